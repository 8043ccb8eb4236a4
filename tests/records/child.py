"""Processes of their own that use the records, as a second server would."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECONDS = 600
HEAD = """
import sys
from pathlib import Path
from digit_pipeline.records import PredictionLog, Records, RecordsError
from tests.records.samples import *
url, images = sys.argv[1], Path(sys.argv[2])
"""


def start(
    code: str, url: str, images: Path, *arguments: object, measured: bool = True
) -> subprocess.Popen[str]:
    """Start a process that finds ``url`` and ``images``, and the samples, ready.

    Args:
        code: what it does.
        url: of the records.
        images: their folder.
        arguments: more of ``sys.argv``, from 3.
        measured: whether coverage may write its own file there.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        if measured or not name.startswith("COVERAGE_")
    }
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    return subprocess.Popen(
        [
            *(sys.executable, "-W", "error", "-c", HEAD + code),
            *(url, str(images), *map(str, arguments)),
        ],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    """Wait for the end and give what it printed."""
    output, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, errors
    return output + errors
