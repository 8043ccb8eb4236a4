"""The tables, as the newest revision leaves them.

A change here needs a revision in ``migrations/versions``; a test compares the two.
No column holds an address, a file name or anything else that names a person: sessions
are random, clients are keyed hashes.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
)

metadata = MetaData()


class UtcTime(TypeDecorator[datetime]):
    """A time with its zone: stored as UTC, read as UTC, also from SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Dialect) -> datetime | None:
        """Refuse a time without a zone, which would mean another one elsewhere."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"expected a time with its zone, got {value}: add UTC")
        return value.astimezone(UTC)

    def process_result_value(
        self, value: datetime | None, _: Dialect
    ) -> datetime | None:
        """Give the zone back that SQLite does not store."""
        if value is None:
            return None
        if value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return value.astimezone(UTC)


def _number() -> Column[int]:
    """Number rows in the order of their writing, whatever the clock says."""
    kind = BigInteger().with_variant(Integer, "sqlite")
    return Column("number", kind, primary_key=True)


predictions = Table(
    "predictions",
    metadata,
    _number(),
    Column("id", String, nullable=False),
    Column("time", UtcTime, nullable=False),
    Column("door", String, nullable=False),
    Column("model_version", String, nullable=False),
    Column("verdict", String, nullable=False),
    Column("label", String),
    Column("probabilities", JSON, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("energy", Double),
    Column("elapsed_ms", Double, nullable=False),
    Column("latency", JSON, nullable=False),
    Column("ink", JSON, nullable=False),
    Column("session", String),
    Column("image", String),
    UniqueConstraint("id", name="one_prediction_per_id"),
    # Covers the percentiles of the last answers.
    Index("predictions_by_time", "time", "elapsed_ms"),
    Index("predictions_by_session", "session", "number"),
    Index("predictions_by_door", "door", "number"),
    Index("predictions_by_verdict", "verdict", "number"),
    Index("predictions_by_label", "label", "number"),
    Index("predictions_by_version", "model_version", "number"),
    Index("predictions_by_image", "image"),
)

feedback = Table(
    "feedback",
    metadata,
    _number(),
    Column("id", String, nullable=False),
    Column("prediction_id", String, nullable=False),
    Column("time", UtcTime, nullable=False),
    Column("label", String, nullable=False),
    Column("agrees", Boolean, nullable=False),
    Column("model_version", String),
    Column("predicted", String),
    Column("client", String),
    Column("session", String),
    Column("image", String),
    Column("state", String, nullable=False),
    UniqueConstraint("id", name="one_feedback_per_id"),
    UniqueConstraint("prediction_id", "label", name="one_feedback_per_label"),
    Index("feedback_by_client", "client", "time"),
    Index("feedback_by_session", "session"),
    Index("feedback_by_state", "state", "number"),
    Index("feedback_by_image", "image"),
)

# How many predictions there were in each day, hour and minute, one row per value of
# each kind: statistics read these few rows rather than all predictions.
tallies = Table(
    "tallies",
    metadata,
    Column("span", String, primary_key=True),
    Column("start", UtcTime, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("value", String, primary_key=True),
    Column("predictions", BigInteger, nullable=False),
)

# One row that readiness writes, to know that writing works.
checks = Table(
    "checks",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("time", UtcTime, nullable=False),
)
