"""Predictions counted as they are written, so that statistics stay fast."""

from bisect import bisect
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal, NamedTuple, Protocol

from sqlalchemy import Connection, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from digit_pipeline.records.tables import tallies as table

CONFIDENCE_BINS = 10
# The bins' borders, the same here and in SQL: 0.3 lies in the bin from 0.3 to 0.4.
BORDERS = [step / CONFIDENCE_BINS for step in range(1, CONFIDENCE_BINS)]
KINDS = ("door", "model_version", "verdict", "label")
COUNTED = ("time", *KINDS, "confidence")


class Tally(NamedTuple):
    """What is counted: a value of a kind in a day, an hour or a minute."""

    span: Literal["day", "hour", "minute"]
    start: datetime
    kind: str
    value: str


class Counted(Protocol):
    """What a prediction is counted by."""

    @property
    def time(self) -> datetime: ...  # noqa: D102
    @property
    def door(self) -> str: ...  # noqa: D102
    @property
    def model_version(self) -> str: ...  # noqa: D102
    @property
    def verdict(self) -> str: ...  # noqa: D102
    @property
    def label(self) -> str | None: ...  # noqa: D102
    @property
    def confidence(self) -> float: ...  # noqa: D102


def count_tallies(rows: Iterable[Counted]) -> Counter[Tally]:
    """Count predictions by day, hour and minute."""
    # Alike ones first: a batch has few kinds of them, and most time goes here.
    alike = Counter(
        (
            row.time.astimezone(UTC).replace(second=0, microsecond=0),
            row.door,
            row.model_version,
            row.verdict,
            row.label,
            bisect(BORDERS, row.confidence),
        )
        for row in rows
    )
    counts: Counter[Tally] = Counter()
    for (minute, door, version, verdict, label, confidence), count in alike.items():
        kinds = [("door", door), ("model_version", version), ("verdict", verdict)]
        if label is not None:
            kinds.append(("label", label))
        if verdict != "empty":
            kinds.append(("confidence", str(confidence)))
        hour = minute.replace(minute=0)
        for kind, value in kinds:
            counts[Tally("day", hour.replace(hour=0), kind, value)] += count
            counts[Tally("hour", hour, kind, value)] += count
        counts[Tally("minute", minute, "all", "")] += count
    return counts


def count_tallied(
    connection: Connection, kind_and_value: tuple[str, str] | None = None
) -> int:
    """Count all predictions, or those with a value of one of ``KINDS``."""
    statement = select(func.coalesce(func.sum(table.c.predictions), 0))
    statement = statement.where(table.c.span == "day")
    if kind_and_value is None:
        # Every prediction has a verdict.
        statement = statement.where(table.c.kind == "verdict")
    else:
        kind, value = kind_and_value
        statement = statement.where(table.c.kind == kind, table.c.value == value)
    return int(connection.execute(statement).scalar_one())


def add_tallies(connection: Connection, counts: Counter[Tally]) -> None:
    """Add to what was counted before."""
    dialect = {"sqlite": sqlite, "postgresql": postgresql}[connection.dialect.name]
    statement = dialect.insert(table)
    statement = statement.on_conflict_do_update(
        index_elements=[*table.primary_key],
        set_={"predictions": table.c.predictions + statement.excluded.predictions},
    )
    # In one order, or two writers could wait for each other on a server.
    rows = [{**t._asdict(), "predictions": counts[t]} for t in sorted(counts)]
    if rows:
        connection.execute(statement, rows)


def subtract_tallies(connection: Connection, counts: Counter[Tally]) -> None:
    """Take predictions out of the counts that are no longer there."""
    if not counts:
        return
    key = [column == bindparam(f"of_{column.name}") for column in table.primary_key]
    statement = (
        update(table)
        .where(*key)
        .values(predictions=table.c.predictions - bindparam("gone"))
    )
    rows = [
        {**{f"of_{n}": v for n, v in t._asdict().items()}, "gone": counts[t]}
        for t in sorted(counts)
    ]
    connection.execute(statement, rows)
    connection.execute(delete(table).where(*key, table.c.predictions <= 0), rows)
