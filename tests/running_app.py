"""The app as a real server process."""

import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 180
STOP_SECONDS = 60


@dataclass(frozen=True)
class RunningApp:
    """A running app.

    Attributes:
        url: where it listens.
        process: the server.
        data: its DATA_DIR.
        cache: the folder that Gradio would copy files to.
    """

    url: str
    process: subprocess.Popen
    data: Path
    cache: Path

    @property
    def store(self) -> Path:
        return self.data / "09_serving" / "digits"


@contextmanager
def run_app(data: Path, *command: str, **environment: str):
    """Start the app as a user does, wait until it listens, stop it at the end."""
    cache = data / "gradio_cache"
    cache.mkdir(parents=True, exist_ok=True)
    log = data / "server.log"
    variables = {
        **os.environ,
        "DATA_DIR": str(data),
        "GRADIO_SERVER_PORT": "0",
        "GRADIO_TEMP_DIR": str(cache),
        "TRACKING": "off",  # a roll-back must not reach the developer's own MLflow
        **environment,
    }
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, *(command or ("-m", "gradio_app.app"))],
            cwd=ROOT,
            env=variables,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield RunningApp(_address(process, log), process, data, cache)
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


def _address(process: subprocess.Popen, log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"REST: (\S+)/docs", log.read_text())
        if found:
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"the app did not start:\n{log.read_text()}")
