"""Predictions and feedback."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "predictions",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("time", TIME, nullable=False),
        sa.Column("door", sa.String, nullable=False),
        sa.Column("model_version", sa.String, nullable=False),
        sa.Column("verdict", sa.String, nullable=False),
        sa.Column("label", sa.String),
        sa.Column("probabilities", sa.JSON, nullable=False),
        sa.Column("confidence", sa.Double, nullable=False),
        sa.Column("energy", sa.Double),
        sa.Column("elapsed_ms", sa.Double, nullable=False),
        sa.Column("latency", sa.JSON, nullable=False),
        sa.Column("ink", sa.JSON, nullable=False),
        sa.Column("session", sa.String),
        sa.Column("image", sa.String),
        sa.UniqueConstraint("id", name="one_prediction_per_id"),
    )
    op.create_index("predictions_by_time", "predictions", ["time", "elapsed_ms"])
    op.create_index("predictions_by_session", "predictions", ["session", "number"])
    op.create_table(
        "feedback",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("prediction_id", sa.String, nullable=False),
        sa.Column("time", TIME, nullable=False),
        sa.Column("label", sa.String, nullable=False),
        sa.Column("agrees", sa.Boolean, nullable=False),
        sa.Column("model_version", sa.String),
        sa.Column("predicted", sa.String),
        sa.Column("client", sa.String),
        sa.Column("session", sa.String),
        sa.Column("image", sa.String),
        sa.Column("state", sa.String, nullable=False),
        sa.UniqueConstraint("id", name="one_feedback_per_id"),
        sa.UniqueConstraint("prediction_id", "label", name="one_feedback_per_label"),
    )
    op.create_index("feedback_by_client", "feedback", ["client", "time"])
    op.create_index("feedback_by_session", "feedback", ["session"])
    op.create_index("feedback_by_state", "feedback", ["state", "number"])
    op.create_table(
        "checks",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("time", TIME, nullable=False),
    )


def downgrade() -> None:
    """Drop the tables and every record with them."""
    for table in ("checks", "feedback", "predictions"):
        op.drop_table(table)
