"""Sees one retraining through: starts its process, and again when it is killed."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from digit_pipeline.jobs.endings import (
    Ending,
    end_by_exit,
    end_by_kill,
    end_by_leaving,
    end_by_time,
    end_by_wish,
)
from digit_pipeline.jobs.names import LEASE_SECONDS, STOPPING
from digit_pipeline.jobs.progress import Progress, read_progress, write_progress
from digit_pipeline.jobs.publication import end_by_publication
from digit_pipeline.records import RecordsError
from digit_pipeline.records.jobs import JobLostError, Jobs
from digit_pipeline.releases import ReleaseError, ReleaseStore
from gradio_app.retraining.child import Child, Order
from gradio_app.retraining.log_file import add_line, read_tail
from gradio_app.service.errors import ServiceError

log = logging.getLogger(__name__)

ATTEMPTS = 3
LOOK_SECONDS = 0.2
# The records are asked more rarely than the process.
ASK_SECONDS = 1.0
# What a process may take to end once it is asked to; it takes five itself.
PATIENCE_SECONDS = 8.0
RETRY_SECONDS = 5.0
# Sent on purpose: nobody is to try again.
ON_PURPOSE = {getattr(signal, name, None) for name in STOPPING}
STOPPED = "the app that started it was stopped"


@dataclass(frozen=True)
class Errand:
    """A retraining to see through.

    Attributes:
        job_id: whose lease this process holds.
        order: what its process is to do.
        minutes: after which it is stopped.
    """

    job_id: str
    order: Order
    minutes: float


class Watch(threading.Thread):
    """Watches a retraining until the records say how it ended.

    The process says so itself wherever it can. What it cannot say is said here: that
    it was killed, hangs, or never came to run.

    Args:
        errand: the retraining.
        jobs: gives where it is held.
        store: where it publishes.
    """

    def __init__(self, errand: Errand, jobs: Callable[[], Jobs], store: ReleaseStore):
        super().__init__(name="retraining", daemon=True)
        self._errand = errand
        self._jobs = jobs
        self._store = store
        self._leaving = threading.Event()
        self._deadline = time.monotonic() + 60 * errand.minutes
        self._forced: Ending | None = None

    def leave(self) -> None:
        """Have the process stopped, as this one goes."""
        self._leaving.set()

    def run(self) -> None:
        """See it through."""
        try:
            ending = self._see_through()
            while not self._finish(ending) and not self._leaving.is_set():
                self._leaving.wait(RETRY_SECONDS)
        except Exception:
            log.exception("Watching retraining %s failed", self._errand.job_id)

    def _see_through(self) -> Ending:
        ending = end_by_leaving(STOPPED)
        for attempt in range(1, ATTEMPTS + 1):
            if attempt > 1:
                log.warning("%s Trying again.", ending.sentence)
                note = f"--- killed; attempt {attempt} of {ATTEMPTS} ---"
                add_line(self._errand.order.folder, note)
                self._forget_progress(attempt)
            seconds = max(1.0, self._deadline - time.monotonic())
            try:
                child = Child(self._errand.order, attempt, seconds)
            except OSError as error:
                return end_by_exit(127, error.strerror)
            code = self._await(child)
            ending = self._judge(code, attempt)
            if not self._is_worth_another(code):
                break
        return ending

    def _forget_progress(self, attempt: int) -> None:
        """Show a new attempt as such until its process tells how far it is."""
        with suppress(OSError):
            write_progress(self._errand.order.folder, Progress(attempt=attempt))

    def _await(self, child: Child) -> int:
        """Wait for the end of a process, and bring it about when it is time."""
        asked_at: float | None = None
        next_look = 0.0
        while (code := child.wait(LOOK_SECONDS)) is None:
            now = time.monotonic()
            if asked_at is None and self._leaving.is_set():
                child.tell()
                asked_at, self._forced = now, end_by_leaving(STOPPED)
            if asked_at is None and now > self._deadline:
                # It knows the time itself, and is on its way unless it hangs.
                asked_at = now
                stage = self._read(child).stage
                self._forced = end_by_time(self._errand.minutes, stage)
            if asked_at is None and now > next_look:
                next_look = now + ASK_SECONDS
                if self._is_cancelled(child):
                    asked_at, self._forced = now, end_by_wish()
            if asked_at is not None and (
                now - asked_at > PATIENCE_SECONDS or not self._read(child).pid
            ):
                child.kill()
        return code

    def _is_cancelled(self, child: Child) -> bool:
        """Ask the records; renew the lease until the process does so itself."""
        try:
            if not self._read(child).pid:
                renewed = self._jobs().renew(self._errand.job_id, LEASE_SECONDS)
                return renewed.cancel_requested
            job = self._jobs().job(self._errand.job_id)
        except (RecordsError, ServiceError) as error:
            log.warning("Retraining %s: %s", self._errand.job_id, error)
            return False
        return job is not None and job.cancel_requested

    def _read(self, child: Child) -> Progress:
        """Read how far a process is; one that has not begun has no number."""
        found = read_progress(self._errand.order.folder)
        return found if found and found.pid == child.pid else Progress()

    def _judge(self, code: int, attempt: int) -> Ending:
        """Say how it ended, in case that it could not say so itself."""
        if promoted := self._find_promotion():
            return promoted
        if self._forced:
            return self._forced
        if code >= 0:
            lines = read_tail(self._errand.order.folder, 1)
            return end_by_exit(code, lines[-1] if lines else None)
        if -code in ON_PURPOSE:
            return end_by_leaving(f"it was told to stop ({_name(-code)})")
        progress = read_progress(self._errand.order.folder)
        return end_by_kill(-code, attempt, progress.stage if progress else None)

    def _is_worth_another(self, code: int) -> bool:
        """Tell whether nothing but bad luck ended it: it was killed, and not by us."""
        killed = code < 0 and -code not in ON_PURPOSE
        return (
            killed
            and self._forced is None
            and not self._leaving.is_set()
            and self._find_promotion() is None
        )

    def _find_promotion(self) -> Ending | None:
        return end_by_publication(self._store, self._errand.job_id)

    def _finish(self, ending: Ending) -> bool:
        """Note how it ended; False when that is worth another try."""
        progress = read_progress(self._errand.order.folder)
        result = ending.to_result(progress.timings if progress else {})
        try:
            job = self._jobs().finish(
                self._errand.job_id, ending.state, ending.sentence, result
            )
            log.info("Retraining %s: %s", job.id, job.sentence)
            self._store.mend()
        except JobLostError as error:
            log.warning("%s", error)
        except (RecordsError, ServiceError) as error:
            log.warning("How retraining %s ended: %s", self._errand.job_id, error)
            return False
        except ReleaseError as error:
            log.warning("%s", error)
        return True


def _name(number: int) -> str:
    return signal.Signals(number).name
