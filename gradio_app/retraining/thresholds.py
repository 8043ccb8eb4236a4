"""How many accepted corrections start a retraining by themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from digit_pipeline.records.jobs import Job
from gradio_app.settings import Settings

# What was not decided leaves its corrections waiting. It is not begun again by itself
# before so long: a person wanted none, or whatever broke it may still be broken.
PAUSES = {
    "cancelled": timedelta(days=1),
    "failed": timedelta(hours=1),
    "timed_out": timedelta(hours=1),
    # Most often by a restart of the app.
    "interrupted": timedelta(minutes=10),
}


@dataclass(frozen=True)
class Thresholds:
    """So many accepted corrections that no decided retraining has learned from.

    Attributes:
        always: start one in any case; None if no number does.
        drifted: start one when drift is confirmed; None if no number does, or none
            that is smaller.
    """

    always: int | None
    drifted: int | None

    @classmethod
    def from_settings(cls, settings: Settings) -> "Thresholds":
        """Take what is set; 0 is none."""
        always, drifted = settings.retrain_after, settings.retrain_after_drift
        is_of_use = drifted > 0 and (always == 0 or drifted < always)
        return cls(always or None, drifted if is_of_use else None)

    @property
    def are_set(self) -> bool:
        """Whether any number of corrections starts one."""
        return self.always is not None or self.drifted is not None

    def give_reason(self, waiting: int, has_drifted: Callable[[], bool]) -> str | None:
        """Say why a retraining is due; None when none is.

        Args:
            waiting: corrections that wait, from 0.
            has_drifted: asked only when the answer decides, as a look takes its time.
        """
        noun = "accepted correction" if waiting == 1 else "accepted corrections"
        if self.always is not None and waiting >= self.always:
            return f"{waiting} {noun}"
        if self.drifted is not None and waiting >= self.drifted and has_drifted():
            return f"{waiting} {noun}, and people draw otherwise than before"
        return None


def is_resting(last: Job | None, now: datetime) -> bool:
    """Tell whether it is too early after a retraining that was not decided.

    Args:
        last: the retraining that was begun last, if there was one.
        now: with its zone.
    """
    if last is None or last.state not in PAUSES:
        return False
    return now < (last.ended or last.lease_until) + PAUSES[last.state]


def word_useless(settings: Settings) -> str | None:
    """Say that a number is set that no retraining waits for; None when none is."""
    always, drifted = settings.retrain_after, settings.retrain_after_drift
    if not 0 < always <= drifted:
        return None
    return (
        f"RETRAIN_AFTER_DRIFT={drifted} changes nothing, as RETRAIN_AFTER={always} "
        "starts a retraining with and without drift; set it lower, or to 0."
    )
