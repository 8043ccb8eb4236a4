"""Retraining jobs: one at a time, whoever starts them, on whatever host."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, text

from digit_pipeline.records.engine import Database
from digit_pipeline.records.errors import RecordsError
from digit_pipeline.records.job import Job, JobLostError, JobRunningError, JobState
from digit_pipeline.records.job_rows import (
    COLUMNS,
    change_job,
    end_or_shorten,
    insert_job,
    read_time,
    require_job,
    require_running,
    see_at,
    select_job,
    select_running,
    to_job,
)
from digit_pipeline.records.page import Page, check_page
from digit_pipeline.records.tables import jobs as table
from digit_pipeline.records.waiting import count_waiting

# Any number that no other program locks on the same server.
JOB_LOCK = 0x6A6F6273


class Jobs:
    """The retraining jobs of the records' database.

    Times are the database server's, so that hosts need not agree about them.

    Args:
        database: where they are kept.
    """

    def __init__(self, database: Database):
        self.database = database

    def acquire(
        self,
        job_id: str,
        environment: str,
        owner: str,
        lease_seconds: float,
        started_by: str,
    ) -> Job:
        """Start a job, or take one's own over from a process that died.

        A running job whose lease has ended becomes ``interrupted`` first.

        Args:
            job_id: a new one; or the running job's, whose owner changes then.
            environment: Kedro's.
            owner: host and process.
            lease_seconds: how long the job counts as running without a sign.
            started_by: who or what wants it.

        Raises:
            JobRunningError: while another one runs.
            JobLostError: when ``job_id`` has ended.
        """
        with self.database.writing(durable=True) as connection:
            now = self._begin(connection)
            lease = now + timedelta(seconds=lease_seconds)
            running = select_running(connection)
            if running and running.id == job_id:
                return change_job(connection, job_id, owner=owner, lease_until=lease)
            if running:
                running = end_or_shorten(connection, running, now, lease)
            ended = select_job(connection, job_id)
            error: RecordsError
            if running:
                error = JobRunningError(running)
            elif ended:
                error = JobLostError(ended)
            else:
                job = Job(job_id, environment, "running", now, started_by, owner, lease)
                return insert_job(connection, job)
        # Only now: what was found out about the other job is kept.
        raise error

    def renew(
        self,
        job_id: str,
        lease_seconds: float,
        stage: str | None = None,
        progress: dict[str, Any] | None = None,
    ) -> Job:
        """Give a sign of life; look at ``cancel_requested`` of what comes back.

        Args:
            job_id: the running job's.
            lease_seconds: until the next one is due.
            stage: what it does; None leaves what was said before.
            progress: how far it is; None leaves what was said before.

        Raises:
            JobLostError: when it has ended or was taken over.
            RecordsError: ``unknown_job``.
        """
        changes: dict[str, Any] = {}
        if stage is not None:
            changes["stage"] = stage
        if progress is not None:
            changes["progress"] = progress
        with self.database.writing() as connection:
            now = self._begin(connection)
            require_running(connection, job_id)
            changes["lease_until"] = now + timedelta(seconds=lease_seconds)
            return change_job(connection, job_id, **changes)

    def request_cancel(self, job_id: str) -> Job:
        """Ask a running job to stop; one that has ended stays as it is.

        Raises:
            RecordsError: ``unknown_job``.
        """
        with self.database.writing(durable=True) as connection:
            now = self._begin(connection)
            job = require_job(connection, job_id)
            if job.state == "running":
                job = change_job(connection, job_id, cancel_requested=True)
            return see_at(job, now)

    def finish(
        self,
        job_id: str,
        state: JobState,
        sentence: str,
        result: dict[str, Any] | None = None,
    ) -> Job:
        """End a job; whoever comes first says how it ended.

        Args:
            job_id: its id.
            state: how it ended.
            sentence: the same in words.
            result: the same for programs.

        Returns:
            what is stored now.

        Raises:
            JobLostError: when somebody has taken over because its lease had ended.
            RecordsError: ``unknown_job``.
        """
        with self.database.writing(durable=True) as connection:
            now = self._begin(connection)
            job = require_job(connection, job_id)
            if job.state == "interrupted" and state != "interrupted":
                raise JobLostError(job)
            if job.state != "running":
                return job
            return change_job(
                connection,
                job_id,
                state=state,
                sentence=sentence,
                result=result,
                ended=now,
                lease_until=now,
            )

    def running(self) -> Job | None:
        """Give the job that runs; None when there is none, or its owner is silent."""
        with self.database.reading() as connection:
            job = select_running(connection)
            if job is None:
                return None
            seen = see_at(job, read_time(connection))
        return seen if seen.state == "running" else None

    def job(self, job_id: str) -> Job | None:
        """Find a job."""
        with self.database.reading() as connection:
            found = select_job(connection, job_id)
            return see_at(found, read_time(connection)) if found else None

    def jobs(self, page: int = 1, page_size: int = 50) -> Page[Job]:
        """Give a page of jobs, newest first."""
        check_page(page, page_size)
        with self.database.reading() as connection:
            now = read_time(connection)
            total = connection.execute(
                select(func.count()).select_from(table)
            ).scalar_one()
            rows = connection.execute(
                select(*COLUMNS)
                .order_by(table.c.number.desc())
                .limit(page_size)
                .offset((page - 1) * page_size)
            )
            items = tuple(see_at(to_job(row), now) for row in rows.mappings())
        return Page(items, page, page_size, total)

    def count_waiting(self) -> int:
        """Count accepted corrections that no decided retraining has learned from."""
        with self.database.reading() as connection:
            return count_waiting(connection)

    def _begin(self, connection: Connection) -> datetime:
        """Keep other writers of jobs out, then look at the clock."""
        if self.database.file is None:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({JOB_LOCK})"))
        return read_time(connection)
