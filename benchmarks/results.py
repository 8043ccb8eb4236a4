"""What benchmarks leave behind: ``benchmarks/results/<name>.json``, committed.

``python benchmarks/figures.py`` writes these figures into the README.
"""

import json
import os
import platform
import re
import shlex
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from digit_pipeline.atomic import write_atomically

FOLDER = Path(__file__).resolve().parent / "results"
PROCESSOR = re.compile(r"^model name\s*:\s*(.+)$", re.MULTILINE)


def save_result(name: str, figures: Mapping[str, Any], folder: Path = FOLDER) -> Path:
    """Write a benchmark's figures with the machine, the date and the command.

    Args:
        name: the benchmark's, which is its file's.
        figures: what was measured; JSON.
        folder: where results lie.
    """
    script = f"benchmarks/{Path(sys.argv[0]).name}"
    result = {
        "benchmark": name,
        "command": shlex.join(["python", script, *sys.argv[1:]]),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": describe_machine(),
        "figures": figures,
    }
    path = folder / f"{name}.json"
    with write_atomically(path) as file:
        file.write((json.dumps(result, indent=2) + "\n").encode())
    return path


def load_result(name: str, folder: Path = FOLDER) -> dict[str, Any] | None:
    """Read what ``save_result`` wrote; None when nothing was saved under the name."""
    path = folder / f"{name}.json"
    if not path.is_file():
        return None
    result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return result


def describe_machine() -> dict[str, Any]:
    """Name the processor, its cores, and who else was using them."""
    information = Path("/proc/cpuinfo")
    text = information.read_text(encoding="utf-8") if information.is_file() else ""
    found = PROCESSOR.search(text)
    return {
        "processor": found[1] if found else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
    }


def tell_machine(machine: Mapping[str, Any]) -> str:
    """Say on what a benchmark ran, in half a sentence."""
    return (
        f"{machine['processor']}, {machine['cores']} cores, "
        f"load {machine['load']:.1f} at its end"
    )
