"""Predictions counted by day, hour and minute, past ones too; indexes for filters."""

from collections import Counter
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TIME = sa.DateTime(timezone=True)
CHUNK = 5000
INDEXES = {
    "predictions_by_door": ("predictions", ["door", "number"]),
    "predictions_by_verdict": ("predictions", ["verdict", "number"]),
    "predictions_by_label": ("predictions", ["label", "number"]),
    "predictions_by_version": ("predictions", ["model_version", "number"]),
    "predictions_by_image": ("predictions", ["image"]),
    "feedback_by_image": ("feedback", ["image"]),
}
Key = tuple[str, datetime, str, str]
PREDICTIONS = sa.table(
    "predictions",
    sa.column("number", sa.BigInteger),
    sa.column("time", TIME),
    *(sa.column(n) for n in ("door", "model_version", "verdict", "label")),
    sa.column("confidence"),
)


def upgrade() -> None:
    """Add the table and fill it from the predictions."""
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)
    tallies = op.create_table(
        "tallies",
        sa.Column("span", sa.String, primary_key=True),
        sa.Column("start", TIME, primary_key=True),
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("value", sa.String, primary_key=True),
        sa.Column("predictions", sa.BigInteger, nullable=False),
    )
    rows = [
        {
            **dict(zip(("span", "start", "kind", "value"), key, strict=True)),
            "predictions": count,
        }
        for key, count in _count(op.get_bind()).items()
    ]
    if rows:
        op.bulk_insert(tallies, rows)


def downgrade() -> None:
    """Drop the counts; the predictions stay."""
    op.drop_table("tallies")
    for name, (table, _) in INDEXES.items():
        op.drop_index(name, table)


def _count(connection: sa.Connection) -> Counter[Key]:
    """Count in chunks: the rows need not fit into memory."""
    counts: Counter[Key] = Counter()
    last = -1
    while True:
        rows = connection.execute(
            sa.select(PREDICTIONS)
            .where(PREDICTIONS.c.number > last)
            .order_by(PREDICTIONS.c.number)
            .limit(CHUNK)
        ).all()
        if not rows:
            return counts
        last = rows[-1].number
        for row in rows:
            counts.update(_tally(row))


def _tally(row: sa.Row) -> list[Key]:
    # SQLite stores UTC without saying so.
    aware = row.time.tzinfo is not None
    time = row.time.astimezone(UTC) if aware else row.time.replace(tzinfo=UTC)
    minute = time.replace(second=0, microsecond=0)
    hour = minute.replace(minute=0)
    kinds = [
        ("door", row.door),
        ("model_version", row.model_version),
        ("verdict", row.verdict),
    ]
    if row.label is not None:
        kinds.append(("label", row.label))
    if row.verdict != "empty":
        bin_ = sum(row.confidence >= step / 10 for step in range(1, 10))
        kinds.append(("confidence", str(bin_)))
    spans = (("day", hour.replace(hour=0)), ("hour", hour))
    found = [(*span, *kind) for span in spans for kind in kinds]
    return [*found, ("minute", minute, "all", "")]
