"""Corrections: what people say that an answer should have been."""

import secrets
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import Connection, RowMapping, func, select
from sqlalchemy.dialects import postgresql, sqlite

from digit_pipeline.records.page import CHUNK, Page, check_page
from digit_pipeline.records.tables import feedback as table

State = Literal["received", "quarantined", "accepted", "rejected"]


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return secrets.token_hex(12)


@dataclass(frozen=True, slots=True)
class FeedbackRecord:
    """One correction, untrusted until somebody has reviewed it.

    Attributes:
        prediction_id: the answer that it is about.
        label: what the digit was, as the person says.
        agrees: whether that is what the answer said.
        client: keyed hash of the address, for quotas; None once it is old.
        model_version: the release that answered.
        predicted: what it answered.
        session: random id of the browser's session; None for programs.
        image: sha256 of the kept image, if one was sent.
        state: how far its review is.
        time: when it came, with its zone.
        id: its own random id.
    """

    prediction_id: str
    label: str
    agrees: bool
    client: str | None
    model_version: str | None = None
    predicted: str | None = None
    session: str | None = None
    image: str | None = None
    state: State = "quarantined"
    time: datetime = field(default_factory=_now)
    id: str = field(default_factory=_new_id)


COLUMNS = [table.c[f.name] for f in fields(FeedbackRecord)]


def find_feedback(
    connection: Connection, prediction_id: str, label: str
) -> FeedbackRecord | None:
    """Find what was said of a prediction before."""
    row = (
        connection.execute(
            select(*COLUMNS).where(
                table.c.prediction_id == prediction_id, table.c.label == label
            )
        )
        .mappings()
        .one_or_none()
    )
    return _from_row(row) if row else None


def insert_feedback(
    connection: Connection, record: FeedbackRecord
) -> tuple[FeedbackRecord, bool]:
    """Add a row, unless the same was said before: then give that one and False."""
    dialect = {"sqlite": sqlite, "postgresql": postgresql}[connection.dialect.name]
    inserted = connection.execute(
        dialect.insert(table)
        .values({f.name: getattr(record, f.name) for f in fields(record)})
        .on_conflict_do_nothing(index_elements=["prediction_id", "label"])
        .returning(table.c.id)
    ).one_or_none()
    if inserted:
        return record, True
    stored = find_feedback(connection, record.prediction_id, record.label)
    return stored or record, False


def select_page(
    connection: Connection, page: int, page_size: int, state: State | None
) -> Page[FeedbackRecord]:
    """Read a page, newest first."""
    check_page(page, page_size)
    conditions = [table.c.state == state] if state else []
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


def select_chunk(
    connection: Connection, below: int | None
) -> tuple[list[FeedbackRecord], int | None]:
    """Read the next rows, newest first, below a row number; and where to go on."""
    statement = select(table.c.number, *COLUMNS).order_by(table.c.number.desc())
    if below is not None:
        statement = statement.where(table.c.number < below)
    rows = connection.execute(statement.limit(CHUNK)).mappings().all()
    records = [_from_row(row) for row in rows]
    return records, (rows[-1]["number"] if len(rows) == CHUNK else None)


def count_of_client(connection: Connection, client: str, since: datetime) -> int:
    """Count what a client has sent not before a time."""
    return connection.execute(
        select(func.count())
        .select_from(table)
        .where(table.c.client == client, table.c.time >= since)
    ).scalar_one()


def _from_row(row: RowMapping) -> FeedbackRecord:
    return FeedbackRecord(**{column.name: row[column] for column in COLUMNS})
