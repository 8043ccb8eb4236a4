"""Records of a data folder, and processes that hold their lease."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from digit_pipeline.records import Records, default_url

ROOT = Path(__file__).parents[2]


@pytest.fixture
def records(tmp_path):
    own = tmp_path / "10_records" / "digits"
    opened = Records(default_url(own), own / "images")
    yield opened
    opened.close()


def _hear_ctrl_c() -> None:
    """A shell starts what it runs in the background deaf to Ctrl+C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def start(tmp_path, records):
    """Start ``tests.jobs.child`` with what it is to do; kill what is left."""
    processes = []

    def start(*what: str, **environment: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.jobs.child", str(tmp_path), *what],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=_hear_ctrl_c,  # noqa: PLW1509 - no thread runs here
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()
