"""The rows of retraining jobs, and the clock by which their leases end."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from digit_pipeline.records.errors import RecordsError
from digit_pipeline.records.job import Job, JobLostError
from digit_pipeline.records.tables import jobs as table

INTERRUPTED = (
    "Expected a sign of life from {owner}, but none came before its lease ended; "
    "start another retraining."
)
COLUMNS = [table.c[f.name] for f in fields(Job)]


def read_time(connection: Connection) -> datetime:
    """Give the server's time; a SQLite file has one host, whose time it is."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return now.astimezone(UTC)


def see_at(job: Job, now: datetime) -> Job:
    """Show a job whose owner is silent as what the next one will make of it."""
    if job.state != "running" or job.lease_until > now:
        return job
    sentence = INTERRUPTED.format(owner=job.owner)
    return replace(job, state="interrupted", sentence=sentence, ended=job.lease_until)


def end_or_shorten(
    connection: Connection, job: Job, now: datetime, longest: datetime
) -> Job | None:
    """End a running job whose owner is silent; give it back while its lease lasts."""
    seen = see_at(job, now)
    if seen is not job:
        change_job(
            connection,
            job.id,
            state=seen.state,
            sentence=seen.sentence,
            ended=seen.ended,
        )
        return None
    # A clock that was set back must not keep a dead owner's lease alive.
    return change_job(connection, job.id, lease_until=min(job.lease_until, longest))


def require_job(connection: Connection, job_id: str) -> Job:
    """Find a job.

    Raises:
        RecordsError: ``unknown_job``.
    """
    job = select_job(connection, job_id)
    if job is None:
        raise RecordsError(
            "unknown_job",
            f"Expected the id of a retraining, but there is none with {job_id!r}; "
            "look for it in the history.",
        )
    return job


def require_running(connection: Connection, job_id: str) -> Job:
    """Raise JobLostError unless a job runs; ``unknown_job`` when there is none."""
    job = require_job(connection, job_id)
    if job.state != "running":
        raise JobLostError(job)
    return job


def select_running(connection: Connection) -> Job | None:
    """Find the row that says it runs, whether or not its lease lasts."""
    found = connection.execute(select(*COLUMNS).where(table.c.state == "running"))
    row = found.mappings().one_or_none()
    return to_job(row) if row else None


def select_job(connection: Connection, job_id: str) -> Job | None:
    """Find a row by its id."""
    found = connection.execute(select(*COLUMNS).where(table.c.id == job_id))
    row = found.mappings().one_or_none()
    return to_job(row) if row else None


def insert_job(connection: Connection, job: Job) -> Job:
    """Add a row."""
    values = {f.name: getattr(job, f.name) for f in fields(job)}
    connection.execute(insert(table).values(values))
    return job


def change_job(connection: Connection, job_id: str, **values: Any) -> Job:
    """Change a row and give what it is now."""
    row = (
        connection.execute(
            update(table).where(table.c.id == job_id).values(values).returning(*COLUMNS)
        )
        .mappings()
        .one()
    )
    return to_job(row)


def to_job(row: RowMapping) -> Job:
    """Read a row of ``COLUMNS``."""
    return Job(**{column.name: row[column] for column in COLUMNS})
