"""Start the app as a user does, for the benchmarks that ask it."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 120


@contextmanager
def served_app(**environment: str) -> Iterator[tuple[str, int]]:
    """Run the app on a free port; give its address and process id.

    Args:
        environment: further variables, such as ``DATA_DIR`` or ``PAGES``.

    Raises:
        RuntimeError: when it does not start.
    """
    with served("-m", "gradio_app.app", **environment) as found:
        yield found


@contextmanager
def served(*command: str, **environment: str) -> Iterator[tuple[str, int]]:
    """Run a server that prints its address as the app does.

    Args:
        command: what Python runs.
        environment: further variables.

    Raises:
        RuntimeError: when it does not start.
    """
    variables = {**os.environ, "GRADIO_SERVER_PORT": "0", **environment}
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(  # noqa: S603 - a benchmark's own server
            [sys.executable, *command],
            cwd=ROOT,
            env=variables,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield _find_address(process, log.fileno()), process.pid
        finally:
            process.terminate()
            process.wait()


def _find_address(process: "subprocess.Popen[bytes]", log: int) -> str:
    deadline = time.monotonic() + START_SECONDS
    text = ""
    while process.poll() is None and time.monotonic() < deadline:
        text = os.pread(log, 1 << 20, 0).decode()
        if found := re.search(r"REST: (\S+)/docs", text):
            return found[1]
        time.sleep(0.01)
    raise RuntimeError(f"expected the app to start, but it said: {text}")
