"""Wait for what another thread or process brings about."""

import time
from collections.abc import Callable

STEP_SECONDS = 0.02


def wait_until(holds: Callable[[], object], seconds: float) -> None:
    """Ask again and again until it holds; fail after so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"it never came, in {seconds} s"
        time.sleep(STEP_SECONDS)
