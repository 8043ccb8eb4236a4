"""Whether people draw otherwise than before: said when two windows say so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from digit_pipeline.drift.observations import Observations
from digit_pipeline.drift.two_samples import Family, compare

State = Literal["too_few", "none", "suspected", "confirmed"]


@dataclass(frozen=True)
class DriftSettings:
    """When there is drift.

    Attributes:
        window: latest answers that are looked at; as many before them confirm.
        least: answers under which nothing is said of a window.
        first: answers of a release that later ones are compared with.
        false_alarms: share of windows in which chance alone may alarm, over all
            families of a comparison.
        smallest: distance under which a difference is none to act upon, in [0, 1].
        permutations: how often chance deals out.
    """

    window: int = 300
    least: int = 100
    first: int = 1000
    false_alarms: float = 0.01
    smallest: float = 0.1
    permutations: int = 599


@dataclass(frozen=True)
class Finding:
    """What comparing with one reference found.

    Attributes:
        state: ``too_few`` answers to say anything; ``none``; ``suspected``, by the
            latest window alone; ``confirmed``, by the window before it as well.
        families: those that drifted: in the latest window, and if confirmed in both.
        reference: answers compared with.
        window: answers of the latest window.
        measured: the latest window's families.
    """

    state: State
    families: tuple[str, ...]
    reference: int
    window: int
    measured: Mapping[str, Family]


def look(
    reference: Observations, answers: Observations, settings: DriftSettings
) -> Finding:
    """Compare the latest answers with a reference, and those before them as well.

    Args:
        reference: what to compare with.
        answers: the latest, oldest first; none of them in the reference.
        settings: when there is drift.
    """
    size = min(settings.window, len(answers) // 2)
    if size < settings.least or len(reference) < settings.least:
        return Finding("too_few", (), len(reference), size, {})
    end = len(answers)
    earlier, latest = answers[end - 2 * size : end - size], answers[end - size :]
    measured = compare(reference, latest, settings.permutations, seed=1)
    late = _find_drifted(measured, settings)
    if not late:
        return Finding("none", (), len(reference), size, measured)
    before = compare(reference, earlier, settings.permutations, seed=2)
    both = tuple(n for n in late if n in _find_drifted(before, settings))
    state: State = "confirmed" if both else "suspected"
    return Finding(state, both or late, len(reference), size, measured)


def _find_drifted(
    measured: Mapping[str, Family], settings: DriftSettings
) -> tuple[str, ...]:
    """Name the families that chance does not explain, and that differ enough."""
    level = settings.false_alarms / max(len(measured), 1)
    return tuple(
        name
        for name, family in measured.items()
        if family.p_value <= level
        and any(
            one.value >= settings.smallest and one.p_value <= level
            for one in family.distances.values()
        )
    )
