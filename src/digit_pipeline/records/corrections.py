"""Corrections found again, by whatever is known of them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import ColumnElement, Connection, func, select

from digit_pipeline.records.dialects import is_one_of
from digit_pipeline.records.feedback import (
    COLUMNS,
    FeedbackRecord,
    Origin,
    State,
    to_feedback,
)
from digit_pipeline.records.page import CHUNK, Page, check_page
from digit_pipeline.records.tables import feedback as table
from digit_pipeline.records.tables import manifest_corrections

Plain = Literal[
    "state",
    "origin",
    "client",
    "session",
    "upload",
    "reviewer",
    "content",
    "prediction_id",
]
PLAIN: tuple[Plain, ...] = get_args(Plain)


@dataclass(frozen=True)
class CorrectionFilter:
    """Which corrections; None means any.

    Attributes:
        state: how far their review is.
        origin: said of an answer, or taught in bulk.
        label: the label that counts.
        client: keyed hash of the address.
        upload: id of the upload.
        reviewer: who decided last.
        ids: their own ids, as many as wanted.
        session: id of the session.
        content: hash of the picture that a model sees.
        prediction_id: the answer that they are about.
        manifest: digest of a training manifest that they lie in.
    """

    state: State | None = None
    origin: Origin | None = None
    label: str | None = None
    client: str | None = None
    upload: str | None = None
    reviewer: str | None = None
    ids: Collection[str] | None = None
    session: str | None = None
    content: str | None = None
    prediction_id: str | None = None
    manifest: str | None = None


EVERY_CORRECTION = CorrectionFilter()


def select_page(
    connection: Connection,
    wanted: CorrectionFilter,
    page: int,
    page_size: int,
    oldest_first: bool,
) -> Page[FeedbackRecord]:
    """Read a page in the order of writing, or against it."""
    check_page(page, page_size)
    conditions = to_conditions(connection, wanted)
    total = connection.execute(
        select(func.count()).select_from(table).where(*conditions)
    ).scalar_one()
    number = table.c.number
    rows = connection.execute(
        select(*COLUMNS)
        .where(*conditions)
        .order_by(number if oldest_first else number.desc())
        .limit(page_size)
        .offset((page - 1) * page_size)
    )
    return Page(tuple(map(to_feedback, rows.mappings())), page, page_size, total)


def select_chunk(
    connection: Connection,
    wanted: CorrectionFilter,
    after: int | None,
    oldest_first: bool,
) -> tuple[list[FeedbackRecord], int | None]:
    """Read the next rows after a row number; and say where to go on."""
    number = table.c.number
    conditions = to_conditions(connection, wanted)
    if after is not None:
        conditions.append(number > after if oldest_first else number < after)
    rows = (
        connection.execute(
            select(number, *COLUMNS)
            .where(*conditions)
            .order_by(number if oldest_first else number.desc())
            .limit(CHUNK)
        )
        .mappings()
        .all()
    )
    records = [to_feedback(row) for row in rows]
    return records, (rows[-1]["number"] if len(rows) == CHUNK else None)


def select_correction(connection: Connection, id: str) -> FeedbackRecord | None:
    """Find a correction by its id."""
    found = connection.execute(select(*COLUMNS).where(table.c.id == id)).mappings()
    row = found.one_or_none()
    return to_feedback(row) if row else None


def count_states(
    connection: Connection, column: Plain, values: Collection[str]
) -> dict[str, dict[str, int]]:
    """Count corrections by a column's value, then by state."""
    by = table.c[column]
    rows = connection.execute(
        select(by, table.c.state, func.count())
        .where(is_one_of(connection, by, values))
        .group_by(by, table.c.state)
    )
    counts: dict[str, dict[str, int]] = {}
    for value, state, count in rows:
        counts.setdefault(value, {})[state] = count
    return counts


def to_conditions(
    connection: Connection, wanted: CorrectionFilter
) -> list[ColumnElement[bool]]:
    """Say in SQL which corrections are wanted."""
    conditions: list[ColumnElement[bool]] = [
        table.c[name] == getattr(wanted, name)
        for name in PLAIN
        if getattr(wanted, name) is not None
    ]
    if wanted.label is not None:
        counts = func.coalesce(table.c.reviewed_label, table.c.label)
        conditions.append(counts == wanted.label)
    if wanted.manifest is not None:
        inside = manifest_corrections.c.digest == wanted.manifest
        ids = select(manifest_corrections.c.correction).where(inside)
        conditions.append(table.c.id.in_(ids))
    if wanted.ids is not None:
        conditions.append(is_one_of(connection, table.c.id, wanted.ids))
    return conditions
