"""Holds the lease of a retraining, from within its process, and lets go in order."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from digit_pipeline.jobs.endings import (
    Ending,
    end_by_leaving,
    end_by_time,
    end_by_wish,
)
from digit_pipeline.jobs.names import LEASE_SECONDS
from digit_pipeline.jobs.progress import Progress, write_progress
from digit_pipeline.records import RecordsError
from digit_pipeline.records.job import DECIDED
from digit_pipeline.records.jobs import JobLostError, Jobs

RENEW_SECONDS = 1.0
# How long the run may take to come to its end by itself once it is asked to.
GRACE_SECONDS = 5.0
# How long the records are tried when they don't take how it ended.
FINISH_SECONDS = 10.0
PAUSE_SECONDS = 0.5
EXIT_CODE = 1

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """How long things may take, in seconds.

    Attributes:
        lease: until the retraining counts as dead without a sign of life.
        run: the whole of it; None for any time.
        grace: from being asked to stop until the process is ended.
    """

    lease: float = LEASE_SECONDS
    run: float | None = None
    grace: float = GRACE_SECONDS


class LeaseKeeper:
    """Renews a lease in the background and tells how far the run is.

    The run is asked to stop, by SIGTERM to its own process, when somebody cancels it,
    when it takes too long, and when its lease is lost: then another one may run.
    A run that doesn't is ended from here, wherever it hangs: a publication may be
    killed at any step.

    Args:
        jobs: where the lease is.
        job_id: whose.
        look: gives how far the run is.
        folder: where the progress file is written.
        published: gives how it ended if it has made a champion; None otherwise.
        limits: how long things may take.
    """

    def __init__(  # noqa: PLR0913 - whose lease, and what is asked of its run
        self,
        jobs: Jobs,
        job_id: str,
        *,
        look: Callable[[], Progress],
        folder: Path,
        published: Callable[[], Ending | None] = lambda: None,
        limits: Limits | None = None,
    ) -> None:
        self._jobs = jobs
        self._id = job_id
        self._look = look
        self._folder = folder
        self._published = published
        self._limits = limits or Limits()
        self._wanted: Ending | None = None
        self._asked = 0.0
        self._ended = threading.Event()
        self._finishing = threading.Lock()
        self._began = self._renewed = time.monotonic()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    @property
    def wanted(self) -> Ending | None:
        """How the run is asked to end; None as long as it is not."""
        return self._wanted

    def start(self) -> None:
        """Tell how far the run is, now and from now on."""
        self._write()
        self._thread.start()

    def ask_to_stop(self, ending: Ending) -> None:
        """Note how the run is to end; whoever asks first says how.

        Touches nothing else, so that it can be called from a signal's handler.
        """
        if self._wanted is None:
            self._wanted, self._asked = ending, time.monotonic()

    def judge(self, ending: Ending) -> Ending:
        """Say how it ends: what it has published counts, whatever came after."""
        decided = ending.state in DECIDED
        return (None if decided else self._published()) or ending

    def finish(self, ending: Ending) -> None:
        """End the retraining, once; a lease that was lost stays lost."""
        with self._finishing:
            if self._ended.is_set():
                return
            self._ended.set()
            self._write()
            self._store(ending)

    def _keep(self) -> None:
        while not self._ended.wait(RENEW_SECONDS):
            self._renew()
            late = time.monotonic() - self._asked
            if self._wanted and late > self._limits.grace:
                self.finish(self.judge(self._wanted))
                logging.shutdown()
                os._exit(EXIT_CODE)

    def _renew(self) -> None:
        progress = self._write()
        now = time.monotonic()
        try:
            job = self._jobs.renew(
                self._id, self._limits.lease, progress.stage, progress.to_json()
            )
        except JobLostError as error:
            self._stop(end_by_leaving(f"it is {error.job.state} for everybody else"))
            return
        except RecordsError as error:
            logger.warning("%s", error)
            if now - self._renewed > self._limits.lease:
                self._stop(end_by_leaving("its lease could not be renewed"))
            return
        self._renewed = now
        if job.cancel_requested:
            self._stop(end_by_wish())
        most = self._limits.run
        if most is not None and now - self._began > most:
            self._stop(end_by_time(round(most / 60, 2), progress.stage))

    def _stop(self, ending: Ending) -> None:
        if self._wanted is None:
            self.ask_to_stop(ending)
            os.kill(os.getpid(), signal.SIGTERM)

    def _write(self) -> Progress:
        progress = self._look()
        try:
            write_progress(self._folder, progress)
        except OSError as error:
            # A full disk ends the run where it needs the room, and not here.
            logger.warning("Progress was not written (%s)", error.strerror)
        return progress

    def _store(self, ending: Ending) -> None:
        result = ending.to_result(self._look().timings)
        deadline = time.monotonic() + FINISH_SECONDS
        while True:
            try:
                self._jobs.finish(self._id, ending.state, ending.sentence, result)
            except JobLostError as error:
                logger.warning("%s", error)
            except RecordsError as error:
                if time.monotonic() < deadline:
                    time.sleep(PAUSE_SECONDS)
                    continue
                logger.warning("How it ended was not kept: %s", error)
            return
