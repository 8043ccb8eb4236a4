"""Uploads, reviews, training manifests and retraining jobs; what corrections add."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)
NEW_COLUMNS: dict[str, sa.types.TypeEngine[Any]] = {
    "upload": sa.String(),
    "name": sa.String(),
    "content": sa.String(),
    "confidence": sa.Double(),
    "verdict": sa.String(),
    "reviewed_label": sa.String(),
    "reviewer": sa.String(),
    "reviewed": TIME,
    "reason": sa.String(),
    "bucket": sa.Integer(),
}
INDEXES = {
    "feedback_by_upload": ("feedback", ["upload", "number"]),
    "feedback_by_content": ("feedback", ["content"]),
    "feedback_by_time": ("feedback", ["time"]),
    "uploads_by_session": ("uploads", ["session", "number"]),
    "uploads_by_client": ("uploads", ["client", "time"]),
    "reviews_by_correction": ("reviews", ["correction", "number"]),
    "manifests_by_correction": ("manifest_corrections", ["correction"]),
    "manifests_by_release": ("manifest_releases", ["version"]),
}
TABLES = (
    "uploads",
    "reviews",
    "manifests",
    "manifest_corrections",
    "manifest_releases",
    "jobs",
)
REFUSAL = "reviews are added, never changed"


def upgrade() -> None:
    """Add the columns and the tables; every row stays as it is."""
    op.add_column(
        "feedback",
        sa.Column("origin", sa.String, nullable=False, server_default="answer"),
    )
    for name, kind in NEW_COLUMNS.items():
        op.add_column("feedback", sa.Column(name, kind))
    _create_uploads()
    _create_reviews()
    _create_manifests()
    _create_jobs()
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)
    _refuse_changed_reviews()


def downgrade() -> None:
    """Drop what came; predictions and corrections stay, without what was new."""
    for name, (table, _) in INDEXES.items():
        op.drop_index(name, table)
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_changed_reviews")
    for name in ("origin", *NEW_COLUMNS):
        op.drop_column("feedback", name)


def _create_uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("time", TIME, nullable=False),
        sa.Column("client", sa.String),
        sa.Column("session", sa.String),
        sa.Column("name", sa.String),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.Column("report", sa.JSON, nullable=False),
        sa.UniqueConstraint("id", name="one_upload_per_id"),
    )


def _create_reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("correction", sa.String, nullable=False),
        sa.Column("time", TIME, nullable=False),
        sa.Column("reviewer", sa.String, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("from_state", sa.String, nullable=False),
        sa.Column("to_state", sa.String, nullable=False),
        sa.Column("label", sa.String, nullable=False),
        sa.Column("reason", sa.String),
    )


def _create_manifests() -> None:
    op.create_table(
        "manifests",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("run_id", sa.String, nullable=False),
        sa.Column("time", TIME, nullable=False),
        sa.Column("environment", sa.String, nullable=False),
        sa.Column("images", sa.Integer, nullable=False),
        sa.UniqueConstraint("digest", "run_id", name="one_manifest_per_run"),
    )
    for table, column in (
        ("manifest_corrections", "correction"),
        ("manifest_releases", "version"),
    ):
        op.create_table(
            table,
            sa.Column("digest", sa.String, primary_key=True),
            sa.Column(column, sa.String, primary_key=True),
        )


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("environment", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("started", TIME, nullable=False),
        sa.Column("started_by", sa.String, nullable=False),
        sa.Column("ended", TIME),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("lease_until", TIME, nullable=False),
        sa.Column("cancel_requested", sa.Boolean, nullable=False),
        sa.Column("stage", sa.String),
        sa.Column("sentence", sa.String),
        sa.Column("result", sa.JSON),
        sa.Column("progress", sa.JSON),
        sa.UniqueConstraint("id", name="one_job_per_id"),
    )
    running = sa.text("state = 'running'")
    op.create_index(
        "one_running_job",
        "jobs",
        ["state"],
        unique=True,
        sqlite_where=running,
        postgresql_where=running,
    )


def _refuse_changed_reviews() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER reviews_stay BEFORE UPDATE ON reviews "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION refuse_changed_reviews() RETURNS trigger LANGUAGE plpgsql "
        f"AS $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER reviews_stay BEFORE UPDATE ON reviews "
        "FOR EACH ROW EXECUTE FUNCTION refuse_changed_reviews()"
    )
