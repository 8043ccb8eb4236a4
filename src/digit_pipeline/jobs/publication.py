"""Finds what a retraining has published: that counts, however its run ended."""

from digit_pipeline.jobs.endings import Ending, end_by_decision
from digit_pipeline.releases import ReleaseError, ReleaseStore


def end_by_publication(store: ReleaseStore, job_id: str) -> Ending | None:
    """End with the release that a retraining has made champion.

    A process that is stopped or killed between the promotion and its own end would say
    that the champion is unchanged.

    Args:
        store: where it publishes.
        job_id: which retraining.

    Returns:
        None when the champion is not its work.
    """
    try:
        champion = store.champion()
    except (ReleaseError, OSError):
        return None
    if champion.manifest.get("job") != job_id:
        return None
    return end_by_decision(champion.manifest["decision"], champion.version)
