"""What Gradio prints of failures, in the app's log and its form."""

import logging
import sys
from types import SimpleNamespace

from gradio import queueing, route_utils, routes
from gradio.exceptions import InvalidPathError

log = logging.getLogger(__name__)


def log_failures() -> None:
    """Let Gradio log what it would print: several plain lines are no JSON."""
    for module in (queueing, route_utils, routes):
        module.traceback = SimpleNamespace(  # type: ignore[attr-defined]
            print_exc=log_failure
        )


def log_failure() -> None:
    """Log the exception that is being handled; what was refused needs no traceback."""
    error = sys.exception()
    if isinstance(error, InvalidPathError):
        log.warning("A file of this machine was asked for, and refused.")
    else:
        log.error("A page failed", exc_info=error)
