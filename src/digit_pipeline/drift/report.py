"""How the answers of one release drift: from what it was checked with, and in use."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from digit_pipeline.drift.findings import DriftSettings, Finding, State, look
from digit_pipeline.drift.observations import Answered, Observations, observe

# The worst first.
STATES: tuple[State, ...] = ("confirmed", "suspected", "none", "too_few")


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
        """The worst that was found."""
        found = {one.state for one in (self.from_checked, self.in_use) if one}
        return next(state for state in STATES if state in found)

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
        latest: its latest ones after these, oldest first, at most twice
            ``settings.window``.
        settings: when there is drift.
    """
    settings = settings or DriftSettings()
    begun, later = observe(first), observe(latest)
    # Until there are later ones the first are the latest.
    recent = observe([*first, *latest][-2 * settings.window :])
    return DriftReport(
        version=version,
        answers=len(begun) + len(later),
        from_checked=look(reference, recent, settings) if reference else None,
        in_use=(
            look(begun, later, settings)
            if len(begun) >= settings.first
            else Finding("too_few", (), len(begun), 0, {})
        ),
    )
