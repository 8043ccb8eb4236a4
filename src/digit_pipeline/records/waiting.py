"""Corrections that wait for a retraining: accepted, and learned from by none yet."""

from sqlalchemy import Connection, func, select

from digit_pipeline.records.job import DECIDED
from digit_pipeline.records.tables import feedback, jobs, manifest_corrections


def count_waiting(connection: Connection) -> int:
    """Count the accepted corrections that no decided retraining has learned from.

    What one has left out, as for want of a picture, had its chance: it would start a
    retraining again and again. So nothing waits that was accepted before the last of
    them began, nor what was accepted meanwhile and lies in its manifest.
    """
    decided = jobs.c.state.in_(DECIDED)
    last = select(func.max(jobs.c.started)).where(decided).scalar_subquery()
    digest = jobs.c.result[("decision", "training_manifest")].as_string()
    learned = select(manifest_corrections.c.correction).where(
        manifest_corrections.c.digest.in_(select(digest).where(decided))
    )
    accepted = func.coalesce(feedback.c.reviewed, feedback.c.time)
    return connection.execute(
        select(func.count())
        .select_from(feedback)
        .where(
            feedback.c.state == "accepted",
            # A comparison with no time at all would be no answer.
            accepted >= func.coalesce(last, accepted),
            feedback.c.id.not_in(learned),
        )
    ).scalar_one()
