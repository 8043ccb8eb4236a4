"""Uploads: labelled pictures that somebody taught in bulk."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from digit_pipeline.records import feedback
from digit_pipeline.records.bulk import insert_many
from digit_pipeline.records.dialects import insert_into
from digit_pipeline.records.feedback import FeedbackRecord
from digit_pipeline.records.page import Page, check_page
from digit_pipeline.records.tables import feedback as corrections
from digit_pipeline.records.tables import uploads as table


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRecord:
    """One batch, and what became of each of its files.

    Attributes:
        id: its own random id.
        client: keyed hash of the address; None once it is old.
        session: random id of the browser's session; None for programs.
        name: what was sent, like ``digits.zip``; None once it is old.
        taken: pictures that went into quarantine.
        refused: files that did not.
        report: per file ``name``, ``label``, ``taken``, ``code`` and ``sentence``;
            empty once it is old, for the sake of the names.
        time: when it came, with its zone.
    """

    id: str
    client: str | None
    session: str | None
    name: str | None
    taken: int
    refused: int
    report: list[dict[str, Any]]
    time: datetime = field(default_factory=_now)


COLUMNS = [table.c[f.name] for f in fields(UploadRecord)]


def insert_upload(
    connection: Connection, upload: UploadRecord, rows: Sequence[FeedbackRecord]
) -> bool:
    """Add an upload and its corrections; False when it was there before."""
    inserted = connection.execute(
        insert_into(connection, table)
        .values({f.name: getattr(upload, f.name) for f in fields(upload)})
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(table.c.id)
    ).one_or_none()
    if inserted is None:
        return False
    if rows:
        values = [feedback.get_values(row) for row in rows]
        insert_many(connection, corrections, feedback.NAMES, values)
    return True


def select_upload(connection: Connection, id: str) -> UploadRecord | None:
    """Find an upload by its id."""
    found = connection.execute(select(*COLUMNS).where(table.c.id == id)).mappings()
    row = found.one_or_none()
    return _from_row(row) if row else None


def select_page(
    connection: Connection, page: int, page_size: int, session: str | None
) -> Page[UploadRecord]:
    """Read a page, newest first."""
    check_page(page, page_size)
    conditions = [table.c.session == session] if session is not None else []
    total = connection.execute(
        select(func.count()).select_from(table).where(*conditions)
    ).scalar_one()
    rows = connection.execute(
        select(*COLUMNS)
        .where(*conditions)
        .order_by(table.c.number.desc())
        .limit(page_size)
        .offset((page - 1) * page_size)
    )
    return Page(tuple(map(_from_row, rows.mappings())), page, page_size, total)


def _from_row(row: RowMapping) -> UploadRecord:
    return UploadRecord(**{column.name: row[column] for column in COLUMNS})
