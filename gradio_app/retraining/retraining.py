"""Starts retrainings, one at a time, and tells how far they are."""

import logging
import os
import shutil
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from digit_pipeline.jobs.names import LEASE_SECONDS, jobs_folder, new_job_id
from digit_pipeline.records import Page, Records, RecordsError
from digit_pipeline.records.jobs import Job
from digit_pipeline.releases import ReleaseStore
from gradio_app.children import has_project
from gradio_app.repeater import Repeater
from gradio_app.retraining.child import Order, order_retraining
from gradio_app.retraining.log_file import read_tail
from gradio_app.retraining.thresholds import Thresholds, is_resting, word_useless
from gradio_app.retraining.view import JobView, Status, show_job
from gradio_app.retraining.watch import PATIENCE_SECONDS, Errand, Watch
from gradio_app.service.errors import ServiceError
from gradio_app.settings import Settings

log = logging.getLogger(__name__)

TRIGGER_SECONDS = 5.0
# Folders of older jobs are deleted: the records keep how they ended.
KEPT_FOLDERS = 50
NOTHING_RUNS = (
    "Expected a retraining to cancel, but none runs; the history says how the last one "
    "ended."
)

MakeOrder = Callable[[Settings, str, str, Path], Order]


class Retraining:
    """What can be done about retraining; any of several processes may do it.

    Args:
        settings: where everything lies, and what starts a retraining by itself.
        records: gives the records.
        store: where releases are published.
        environment: gives Kedro's, unless the settings name one.
        has_drifted: whether drift is confirmed; may take a second.
        make_order: says how a retraining is run; tests run others.
    """

    def __init__(  # noqa: PLR0913 - what it stands on, and what tests put in its place
        self,
        settings: Settings,
        records: Callable[[], Records],
        store: ReleaseStore,
        environment: Callable[[], str] = lambda: "base",
        *,
        has_drifted: Callable[[], bool] = lambda: False,
        make_order: MakeOrder = order_retraining,
    ):
        self._settings = settings
        self._records = records
        self._store = store
        self._environment = environment
        self._has_drifted = has_drifted
        self._thresholds = Thresholds.from_settings(settings)
        self._make_order = make_order
        self._folder = jobs_folder(settings.data_dir.resolve(), settings.task)
        self._watch: Watch | None = None
        self._starting = threading.Lock()
        self._trigger = Repeater(
            "retraining-trigger",
            self._start_when_due,
            seconds=TRIGGER_SECONDS,
            failed="No retraining was started",
        )

    @property
    def is_offered(self) -> bool:
        """Whether this machine can train: the extra and the project are there."""
        # Looked for, never imported: nothing that serves may train.
        return find_spec("tensorflow") is not None and has_project(self._settings)

    def open(self) -> None:
        """Begin to look for enough corrections, if that is wanted."""
        if not self.is_offered:
            return
        useless = word_useless(self._settings)
        if useless:
            log.warning(useless)
        if self._thresholds.are_set:
            self._trigger.start()

    def close(self) -> None:
        """Stop looking, and the retraining that this process has started."""
        self._trigger.stop()
        with self._starting:
            watch = self._watch
        if watch and watch.is_alive():
            watch.leave()
            watch.join(PATIENCE_SECONDS + 2)

    def start(self, started_by: str) -> JobView:
        """Start a retraining.

        Args:
            started_by: who or what wants it.

        Raises:
            JobRunningError: while another one runs, here or elsewhere.
            RecordsError, NoRecordsError: when the records do not answer.
        """
        with self._starting:
            job_id = new_job_id()
            environment = self._settings.retrain_env or self._environment()
            owner = f"{socket.gethostname()}:{os.getpid()}"
            job = self._records().jobs.acquire(
                job_id, environment, owner, LEASE_SECONDS, started_by
            )
            log.info("Retraining %s begins (%s)", job_id, started_by)
            self._delete_old_folders()
            folder = self._folder / job_id
            order = self._make_order(self._settings, job_id, environment, folder)
            errand = Errand(job_id, order, self._settings.retrain_minutes)
            self._watch = Watch(errand, lambda: self._records().jobs, self._store)
            self._watch.start()
        return self._show(job)

    def status(self) -> Status:
        """Give the retraining that runs, or the last one.

        Raises:
            RecordsError, NoRecordsError: when the records do not answer.
        """
        last = self._last()
        return Status(
            running=last is not None and last.state == "running",
            job=self._show(last) if last else None,
            waiting=self._records().jobs.count_waiting(),
            starts_at=self._thresholds.always,
            starts_at_drift=self._thresholds.drifted,
        )

    def cancel(self) -> JobView:
        """Ask the retraining that runs to stop, wherever it runs.

        Raises:
            ServiceError: ``nothing_runs``.
            RecordsError, NoRecordsError: when the records do not answer.
        """
        jobs = self._records().jobs
        running = jobs.running()
        if running is None:
            raise ServiceError(409, "nothing_runs", NOTHING_RUNS)
        return self._show(jobs.request_cancel(running.id))

    def history(self, page: int = 1, page_size: int = 20) -> Page[JobView]:
        """Give a page of retrainings, newest first.

        Args:
            page: from 1.
            page_size: 1 to 1000.

        Raises:
            RecordsError, NoRecordsError: when the records do not answer.
        """
        found = self._records().jobs.jobs(page, page_size)
        items = tuple(self._show(job) for job in found.items)
        return Page(items, found.page, found.page_size, found.total)

    def log_tail(
        self, lines: int = 100, job_id: str | None = None
    ) -> tuple[str | None, list[str]]:
        """Give the end of a retraining's log.

        Args:
            lines: at most so many.
            job_id: whose; the last one's if None.

        Returns:
            whose it is, None when there was none yet; and the lines, oldest first:
            nothing when it ran on another host.
        """
        jobs = self._records().jobs
        job = jobs.job(job_id) if job_id else self._last()
        if job is None:
            return None, []
        return job.id, read_tail(self._folder / job.id, lines)

    def _last(self) -> Job | None:
        found = self._records().jobs.jobs(1, 1).items
        return found[0] if found else None

    def _show(self, job: Job) -> JobView:
        return show_job(job, self._folder / job.id)

    def _start_when_due(self) -> float:
        try:
            last = self._last()
            running = last is not None and last.state == "running"
            if running or is_resting(last, datetime.now(UTC)):
                return TRIGGER_SECONDS
            waiting = self._records().jobs.count_waiting()
            reason = self._thresholds.give_reason(waiting, self._has_drifted)
            if reason:
                self.start(reason)
        except (RecordsError, ServiceError) as error:
            log.warning("No retraining was started: %s", error)
        return TRIGGER_SECONDS

    def _delete_old_folders(self) -> None:
        try:
            folders = sorted(
                (one for one in self._folder.iterdir() if one.is_dir()),
                key=lambda one: one.stat().st_mtime,
            )
        except OSError:
            return
        for folder in folders[:-KEPT_FOLDERS]:
            shutil.rmtree(folder, ignore_errors=True)
