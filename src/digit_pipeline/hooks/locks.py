"""One run at a time writes to the folders of an environment.

Every file is replaced whole, yet of two runs at once each would read some of the
other's, and a report on both would be told of one. So a run takes a lock, and the
second one ends at once. `retrain`, `feedback`, `batch_inference` and `monitoring` write
to folders of their own and each have a lock of their own: they may run beside a
training, because whatever they read of it is replaced whole, and a release is verified.

The lock is the system's: it ends with its process, however that ends. Who holds it
stands in a file beside it, because taking the lock empties the file that is locked.
"""

import json
import logging
import os
import socket
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl

from digit_pipeline.atomic import write_atomically
from digit_pipeline.hooks.folders import find_suffix
from digit_pipeline.hooks.sentence import SentenceError

# What writes beside everything else, wherever it is named.
APART = {"batch_inference": "_batch", "monitoring": "_monitoring"}
WORDS = {
    "": "run",
    "_batch": "batch inference",
    "_feedback": "run of feedback",
    "_monitoring": "monitoring",
    "_retrained": "retraining",
}

logger = logging.getLogger(__name__)


class LockHook:
    """Holds the locks of what a run writes from before its first node to its end."""

    def __init__(self) -> None:
        self._context: KedroContext | None = None
        self._held = ExitStack()

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Remember the context, which knows the data folder and the environment."""
        self._context = context

    @hook_impl(wrapper=True)
    def before_pipeline_run(
        self, run_params: dict[str, Any]
    ) -> Generator[None, Any, Any]:
        """Take the locks before anybody else prepares for the run.

        Raises:
            SentenceError: when another run holds one.
        """
        # Of a run in this process that was interrupted: nobody hears of that.
        self._held.close()
        try:
            if self._context:
                for lock in list_locks(self._context, run_params["pipeline_names"]):
                    _take(lock, self._held)
            return (yield)
        except BaseException:
            self._held.close()
            raise

    @hook_impl(wrapper=True)
    def after_pipeline_run(self) -> Generator[None, Any, Any]:
        """Let go once everybody else has closed the run."""
        try:
            return (yield)
        finally:
            self._held.close()

    @hook_impl(wrapper=True)
    def on_pipeline_error(self) -> Generator[None, Any, Any]:
        """Let go once everybody else has heard of the error."""
        try:
            return (yield)
        finally:
            self._held.close()


def list_locks(context: KedroContext, names: Sequence[str] | None) -> list[Path]:
    """Name the locks of a run, always in the same order.

    Args:
        context: knows the data folder and the environment's own folder in it.
        names: of the pipelines that are run; none for the default.
    """
    named = context.config_loader["globals"]
    folder = context.project_path / named["data"] / ".runs"
    named_apart = [APART[name] for name in APART if name in (names or [])]
    suffixes = []
    if set(names or ["__default__"]) - set(APART):
        suffixes.append(find_suffix(names or []))
    suffixes += named_apart
    return [folder / f"{named['source']}{suffix}.lock" for suffix in suffixes]


def is_ours(lock: Path) -> bool:
    """Tell whether this process holds a lock."""
    owner = _read_owner(lock)
    here = (os.getpid(), socket.gethostname())
    return owner is not None and (owner["process"], owner["host"]) == here


def _take(path: Path, held: ExitStack) -> None:
    lock = FileLock(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
        held.callback(lock.release)
        held.callback(_owner(path).unlink, missing_ok=True)
        _write_owner(path)
    except Timeout as error:
        raise SentenceError(_tell_owner(path)) from error
    except NotImplementedError:
        logger.warning(
            "%s is on a file system without locks: nothing keeps two runs apart",
            path.parent,
        )
    except OSError as error:
        raise SentenceError(
            f"expected to write to {path.parent}, got {error.strerror!r}: give access, "
            "make room, or set DATA_DIR"
        ) from error


def _write_owner(lock: Path) -> None:
    owner = {
        "process": os.getpid(),
        "host": socket.gethostname(),
        "since": time.strftime("%Y-%m-%d %H:%M"),
    }
    with write_atomically(_owner(lock)) as file:
        file.write(json.dumps(owner).encode())


def _read_owner(lock: Path) -> dict[str, Any] | None:
    try:
        owner = json.loads(_owner(lock).read_bytes())
    except (OSError, ValueError):
        return None
    known = isinstance(owner, dict) and {"process", "host", "since"} <= owner.keys()
    return owner if known else None


def _owner(lock: Path) -> Path:
    return lock.with_suffix(".json")


def _tell_owner(lock: Path) -> str:
    suffix = next(s for s in reversed(WORDS) if lock.stem.endswith(s))
    source = lock.stem.removesuffix(suffix)
    owner = _read_owner(lock)
    # One that has only just taken the lock has not yet written who it is.
    who, since = "another process", "for a moment"
    if owner is not None:
        who = f"process {owner['process']} on {owner['host']}"
        since = f"since {owner['since']}"
    return (
        f"expected no other {WORDS[suffix]} of environment {source}, but {who} has "
        f"been running {since}: wait for it, or set DATA_DIR"
    )
