"""Start the self-test of a release in a child process."""

import os
import subprocess
import sys
from pathlib import Path

import digit_pipeline
from digit_pipeline.releases.release import ReleaseError

SELF_TEST_SECONDS = 300


def run_self_test(folder: Path) -> None:
    """Load and try a release in a process of its own, as a server would.

    Raises:
        ReleaseError: saying what it failed at.
    """
    command = [sys.executable, "-P", "-m", "digit_pipeline.releases", "check"]
    package = str(Path(digit_pipeline.__file__).parents[1])
    paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
    try:
        child = subprocess.run(  # noqa: S603 - our own module, on our own folder
            [*command, str(folder)],
            capture_output=True,
            text=True,
            timeout=SELF_TEST_SECONDS,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
    except subprocess.TimeoutExpired as error:
        raise ReleaseError(
            f"refused: the self-test of release {folder.name} took more than "
            f"{SELF_TEST_SECONDS} s"
        ) from error
    if child.returncode:
        silent = (
            f"the self-test of {folder.name} ended with exit code {child.returncode}"
        )
        said = (child.stderr.strip().splitlines() or [silent])[-1]
        raise ReleaseError(f"refused: {said}")
