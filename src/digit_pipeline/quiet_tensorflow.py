"""Import this before Keras: TensorFlow without what it prints while it is imported.

Each of its two libraries writes two lines to stderr before any log level counts.
``TF_CPP_MIN_LOG_LEVEL=0`` brings them back.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@contextmanager
def _silenced() -> Iterator[None]:
    """Point the process's own stderr, which C++ writes to, at nothing."""
    sys.stderr.flush()
    kept = os.dup(2)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


if os.environ["TF_CPP_MIN_LOG_LEVEL"] == "3":
    with _silenced():
        import tensorflow  # noqa: F401
