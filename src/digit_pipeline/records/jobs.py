"""Retraining jobs: one at a time, whoever starts them, on whatever host."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, func, insert, select, text, update

from digit_pipeline.records.engine import Database
from digit_pipeline.records.errors import RecordsError
from digit_pipeline.records.page import Page, check_page
from digit_pipeline.records.tables import jobs as table

JobState = Literal[
    "running",
    "promoted",
    "refused",
    "failed",
    "cancelled",
    "timed_out",
    "interrupted",
]
# Any number that no other program locks on the same server.
JOB_LOCK = 0x6A6F6273
INTERRUPTED = (
    "Expected a sign of life from {owner}, but none came before its lease ended; "
    "start another retraining."
)


@dataclass(frozen=True, slots=True)
class Job:
    """One retraining.

    Attributes:
        id: its own.
        environment: Kedro's, like ``sketch``.
        state: what became of it; ``interrupted`` once its owner is silent.
        started: when, with its zone.
        started_by: who or what wanted it.
        owner: host and process that hold it.
        lease_until: when it counts as interrupted unless its owner gives a sign.
        ended: when, with its zone; None while it runs.
        cancel_requested: whether somebody wants it to stop.
        stage: what it does at the moment, in words.
        sentence: how it ended, in words.
        result: how it ended, for programs.
        progress: how far it is, for programs.
    """

    id: str
    environment: str
    state: JobState
    started: datetime
    started_by: str
    owner: str
    lease_until: datetime
    ended: datetime | None = None
    cancel_requested: bool = False
    stage: str | None = None
    sentence: str | None = None
    result: dict[str, Any] | None = None
    progress: dict[str, Any] | None = None


class JobRunningError(RecordsError):
    """Another job runs.

    Attributes:
        job: that one.
    """

    def __init__(self, job: Job):
        super().__init__(
            "job_running",
            f"Expected no retraining to run, but {job.id} does since "
            f"{job.started:%Y-%m-%d %H:%M} UTC; wait for its end, or cancel it.",
        )
        self.job = job


class JobLostError(RecordsError):
    """The job ended, or somebody has taken over: its owner must stop."""

    def __init__(self, job: Job):
        super().__init__(
            "job_lost",
            f"Expected retraining {job.id} to be running, but it is {job.state}; "
            "stop, and start another one.",
        )
        self.job = job


COLUMNS = [table.c[f.name] for f in fields(Job)]


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
            running = _select_running(connection)
            if running and running.id == job_id:
                return _change(connection, job_id, owner=owner, lease_until=lease)
            if running:
                running = _end_or_shorten(connection, running, now, lease)
            ended = _select_job(connection, job_id)
            error: RecordsError
            if running:
                error = JobRunningError(running)
            elif ended:
                error = JobLostError(ended)
            else:
                job = Job(job_id, environment, "running", now, started_by, owner, lease)
                return _insert(connection, job)
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
            _require_running(connection, job_id)
            changes["lease_until"] = now + timedelta(seconds=lease_seconds)
            return _change(connection, job_id, **changes)

    def request_cancel(self, job_id: str) -> Job:
        """Ask a running job to stop; one that has ended stays as it is.

        Raises:
            RecordsError: ``unknown_job``.
        """
        with self.database.writing(durable=True) as connection:
            now = self._begin(connection)
            job = _require(connection, job_id)
            if job.state == "running":
                job = _change(connection, job_id, cancel_requested=True)
            return _seen_at(job, now)

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
            job = _require(connection, job_id)
            if job.state == "interrupted" and state != "interrupted":
                raise JobLostError(job)
            if job.state != "running":
                return job
            return _change(
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
            job = _select_running(connection)
            if job is None:
                return None
            seen = _seen_at(job, read_time(connection))
        return seen if seen.state == "running" else None

    def job(self, job_id: str) -> Job | None:
        """Find a job."""
        with self.database.reading() as connection:
            found = _select_job(connection, job_id)
            return _seen_at(found, read_time(connection)) if found else None

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
            items = tuple(_seen_at(_from_row(row), now) for row in rows.mappings())
        return Page(items, page, page_size, total)

    def _begin(self, connection: Connection) -> datetime:
        """Keep other writers of jobs out, then look at the clock."""
        if self.database.file is None:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({JOB_LOCK})"))
        return read_time(connection)


def read_time(connection: Connection) -> datetime:
    """Give the server's time; a SQLite file has one host, whose time it is."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return now.astimezone(UTC)


def _seen_at(job: Job, now: datetime) -> Job:
    """Show a job whose owner is silent as what the next one will make of it."""
    if job.state != "running" or job.lease_until > now:
        return job
    sentence = INTERRUPTED.format(owner=job.owner)
    return replace(job, state="interrupted", sentence=sentence, ended=job.lease_until)


def _end_or_shorten(
    connection: Connection, job: Job, now: datetime, longest: datetime
) -> Job | None:
    """End a running job whose owner is silent; give it back while its lease lasts."""
    seen = _seen_at(job, now)
    if seen is not job:
        _change(
            connection,
            job.id,
            state=seen.state,
            sentence=seen.sentence,
            ended=seen.ended,
        )
        return None
    # A clock that was set back must not keep a dead owner's lease alive.
    return _change(connection, job.id, lease_until=min(job.lease_until, longest))


def _require(connection: Connection, job_id: str) -> Job:
    job = _select_job(connection, job_id)
    if job is None:
        raise RecordsError(
            "unknown_job",
            f"Expected the id of a retraining, but there is none with {job_id!r}; "
            "look for it in the history.",
        )
    return job


def _require_running(connection: Connection, job_id: str) -> Job:
    job = _require(connection, job_id)
    if job.state != "running":
        raise JobLostError(job)
    return job


def _select_running(connection: Connection) -> Job | None:
    found = connection.execute(select(*COLUMNS).where(table.c.state == "running"))
    row = found.mappings().one_or_none()
    return _from_row(row) if row else None


def _select_job(connection: Connection, job_id: str) -> Job | None:
    found = connection.execute(select(*COLUMNS).where(table.c.id == job_id))
    row = found.mappings().one_or_none()
    return _from_row(row) if row else None


def _insert(connection: Connection, job: Job) -> Job:
    values = {f.name: getattr(job, f.name) for f in fields(job)}
    connection.execute(insert(table).values(values))
    return job


def _change(connection: Connection, job_id: str, **values: Any) -> Job:
    row = (
        connection.execute(
            update(table).where(table.c.id == job_id).values(values).returning(*COLUMNS)
        )
        .mappings()
        .one()
    )
    return _from_row(row)


def _from_row(row: RowMapping) -> Job:
    return Job(**{column.name: row[column] for column in COLUMNS})
