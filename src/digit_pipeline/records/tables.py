"""The tables, as the newest revision leaves them.

A change here needs a revision in ``migrations/versions``; a test compares the two.
No column holds an address or anything else that names who sent something: sessions are
random, clients are keyed hashes. The names of uploaded files are kept for the report
to their sender, and go when the client and the session go.
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
    text,
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
    Column("origin", String, nullable=False, server_default="answer"),
    Column("upload", String),
    Column("name", String),
    Column("content", String),
    Column("confidence", Double),
    Column("verdict", String),
    Column("reviewed_label", String),
    Column("reviewer", String),
    Column("reviewed", UtcTime),
    Column("reason", String),
    Column("bucket", Integer),
    UniqueConstraint("id", name="one_feedback_per_id"),
    UniqueConstraint("prediction_id", "label", name="one_feedback_per_label"),
    Index("feedback_by_client", "client", "time"),
    Index("feedback_by_session", "session"),
    Index("feedback_by_state", "state", "number"),
    Index("feedback_by_image", "image"),
    Index("feedback_by_upload", "upload", "number"),
    Index("feedback_by_content", "content"),
    Index("feedback_by_time", "time"),
)

# Batches of labelled pictures that somebody taught.
uploads = Table(
    "uploads",
    metadata,
    _number(),
    Column("id", String, nullable=False),
    Column("time", UtcTime, nullable=False),
    Column("client", String),
    Column("session", String),
    Column("name", String),
    Column("taken", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("report", JSON, nullable=False),
    UniqueConstraint("id", name="one_upload_per_id"),
    Index("uploads_by_session", "session", "number"),
    Index("uploads_by_client", "client", "time"),
)

# Who decided what about a correction, and when. Rows are added, never changed: a
# trigger refuses it.
reviews = Table(
    "reviews",
    metadata,
    _number(),
    Column("correction", String, nullable=False),
    Column("time", UtcTime, nullable=False),
    Column("reviewer", String, nullable=False),
    Column("action", String, nullable=False),
    Column("from_state", String, nullable=False),
    Column("to_state", String, nullable=False),
    Column("label", String, nullable=False),
    Column("reason", String),
    Index("reviews_by_correction", "correction", "number"),
)

# Which trainings saw which manifest ("" for none of MLflow's runs) …
manifests = Table(
    "manifests",
    metadata,
    _number(),
    Column("digest", String, nullable=False),
    Column("run_id", String, nullable=False),
    Column("time", UtcTime, nullable=False),
    Column("environment", String, nullable=False),
    Column("images", Integer, nullable=False),
    UniqueConstraint("digest", "run_id", name="one_manifest_per_run"),
)

# … which corrections lie in it …
manifest_corrections = Table(
    "manifest_corrections",
    metadata,
    Column("digest", String, primary_key=True),
    Column("correction", String, primary_key=True),
    Index("manifests_by_correction", "correction"),
)

# … and which releases came of it.
manifest_releases = Table(
    "manifest_releases",
    metadata,
    Column("digest", String, primary_key=True),
    Column("version", String, primary_key=True),
    Index("manifests_by_release", "version"),
)

jobs = Table(
    "jobs",
    metadata,
    _number(),
    Column("id", String, nullable=False),
    Column("environment", String, nullable=False),
    Column("state", String, nullable=False),
    Column("started", UtcTime, nullable=False),
    Column("started_by", String, nullable=False),
    Column("ended", UtcTime),
    Column("owner", String, nullable=False),
    Column("lease_until", UtcTime, nullable=False),
    Column("cancel_requested", Boolean, nullable=False),
    Column("stage", String),
    Column("sentence", String),
    Column("result", JSON),
    Column("progress", JSON),
    UniqueConstraint("id", name="one_job_per_id"),
    # Whatever a program does, two can't run at once.
    Index(
        "one_running_job",
        "state",
        unique=True,
        sqlite_where=text("state = 'running'"),
        postgresql_where=text("state = 'running'"),
    ),
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
