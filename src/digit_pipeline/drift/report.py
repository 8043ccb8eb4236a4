"""How the answers of one release drift: from what it was checked with, and in use."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from digit_pipeline.drift.findings import DriftSettings, Finding, State, look
from digit_pipeline.drift.observations import Answered, Observations, observe


@dataclass(frozen=True)
class DriftReport:
    """What was found of a release's answers.

    Attributes:
        version: the release.
        answers: of its answers, how many were looked at.
        from_checked: how they differ from its answers to the images it was checked
            with; None when the release holds no such reference.
        in_use: how the latest differ from the first that it gave in use.
    """

    version: str
    answers: int
    from_checked: Finding | None
    in_use: Finding

    @property
    def state(self) -> State:
        """What counts: how people draw compared with before, once that can be said.

        Until then, how they draw compared with what the release was checked with.
        From that they may differ for ever.
        """
        if self.in_use.state == "too_few" and self.from_checked:
            return self.from_checked.state
        return self.in_use.state

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON holds it."""
        return {**asdict(self), "state": self.state}


def report_drift(
    version: str,
    reference: Observations | None,
    first: Sequence[Answered],
    latest: Sequence[Answered],
    settings: DriftSettings | None = None,
) -> DriftReport:
    """Look for drift.

    Args:
        version: of the release.
        reference: its answers to the images it was checked with, if it holds them.
        first: its first answers in use, at most ``settings.first``.
        latest: its latest ones, oldest first, at most twice ``settings.window``; none
            of them among the first, once these are as many.
        settings: when there is drift.
    """
    settings = settings or DriftSettings()
    if len(first) < settings.first:
        in_use = Finding("too_few", (), len(first), 0, {})
        recent, answers = latest, len(first)
    else:
        in_use = look(observe(first), observe(latest), settings)
        recent = [*first, *latest][-2 * settings.window :]
        answers = len(first) + len(latest)
    return DriftReport(
        version=version,
        answers=answers,
        from_checked=look(reference, observe(recent), settings) if reference else None,
        in_use=in_use,
    )
