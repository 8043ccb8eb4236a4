"""For the fault tests: die, as by kill -9, at a named step of a publication."""

import os
import signal

VARIABLE = "DIGIT_PIPELINE_CRASH_AT"

# In the order in which a publication reaches them.
STEPS = (
    "lock_taken",
    "staging_made",
    "model_half_written",
    "files_written",
    "manifest_half_written",
    "manifest_written",
    "self_test_passed",
    "release_renamed",
    "pointer_half_written",
    "pointer_written",
    "pointer_replaced",
    "log_half_written",
    "log_written",
)


def reach(step: str) -> None:
    """Kill this process when the environment asks for it at this step."""
    if os.environ.get(VARIABLE) == step:
        os.kill(os.getpid(), signal.SIGKILL)
