"""Predictions counted by hour, those already there too; indexes for filters."""

from collections import Counter
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TIME = sa.DateTime(timezone=True)
CHUNK = 5000
INDEXES = {
    "predictions_by_verdict": ("predictions", ["verdict", "number"]),
    "predictions_by_label": ("predictions", ["label", "number"]),
    "predictions_by_version": ("predictions", ["model_version", "number"]),
    "predictions_by_image": ("predictions", ["image"]),
    "feedback_by_image": ("feedback", ["image"]),
}
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
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("hour", TIME, primary_key=True),
        sa.Column("value", sa.String, primary_key=True),
        sa.Column("predictions", sa.BigInteger, nullable=False),
    )
    counts = _count(op.get_bind())
    if counts:
        op.bulk_insert(
            tallies,
            [
                {"kind": kind, "hour": hour, "value": value, "predictions": n}
                for (kind, hour, value), n in counts.items()
            ],
        )


def downgrade() -> None:
    """Drop the counts; the predictions stay."""
    op.drop_table("tallies")
    for name, (table, _) in INDEXES.items():
        op.drop_index(name, table)


def _count(connection: sa.Connection) -> Counter[tuple[str, datetime, str]]:
    """Count in chunks: the rows need not fit into memory."""
    counts: Counter[tuple[str, datetime, str]] = Counter()
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


def _tally(row: sa.Row) -> list[tuple[str, datetime, str]]:
    # SQLite stores UTC without saying so.
    aware = row.time.tzinfo is not None
    time = row.time.astimezone(UTC) if aware else row.time.replace(tzinfo=UTC)
    hour = time.replace(minute=0, second=0, microsecond=0)
    found = [
        ("minute", hour, f"{time.minute:02}"),
        ("door", hour, row.door),
        ("model_version", hour, row.model_version),
        ("verdict", hour, row.verdict),
    ]
    if row.label is not None:
        found.append(("label", hour, row.label))
    if row.verdict != "empty":
        bin_ = sum(row.confidence >= step / 10 for step in range(1, 10))
        found.append(("confidence", hour, str(bin_)))
    return found
