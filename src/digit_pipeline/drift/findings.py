"""Whether people draw otherwise than before: said when two windows say so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from digit_pipeline.door import Door
from digit_pipeline.drift.observations import Observations
from digit_pipeline.drift.two_samples import Distance, Family, compare

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
        door: where the answers came in that are looked at: ``draw``, the sketch pad;
            or ``upload``, ``rest``, ``batch``, whose programs have no sessions.
        per_session: answers of one session that count, at either end.
    """

    window: int = 300
    least: int = 100
    first: int = 1000
    false_alarms: float = 0.01
    smallest: float = 0.1
    permutations: int = 599
    door: Door = "draw"
    per_session: int = 3


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
        differing: columns of the drifted families that differ in it, the farthest
            apart first.
    """

    state: State
    families: tuple[str, ...]
    reference: int
    window: int
    measured: Mapping[str, Family]
    differing: tuple[str, ...] = ()


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
    late = _list_differing(measured, settings)
    if not late:
        return Finding("none", (), len(reference), size, measured)
    before = compare(reference, earlier, settings.permutations, seed=2)
    earlier_too = _list_differing(before, settings)
    both = {
        name: tuple(
            column
            for column in columns
            if column in earlier_too.get(name, ())
            and _are_alike(*(m[name].distances[column] for m in (before, measured)))
        )
        for name, columns in late.items()
    }
    confirmed = {name: columns for name, columns in both.items() if columns}
    state: State = "confirmed" if confirmed else "suspected"
    drifted = confirmed or late
    distances = {
        column: measured[name].distances[column].value
        for name, columns in drifted.items()
        for column in columns
    }
    differing = tuple(sorted(distances, key=lambda column: -distances[column]))
    return Finding(state, tuple(drifted), len(reference), size, measured, differing)


def _are_alike(earlier: Distance, latest: Distance) -> bool:
    """Tell whether two windows differ from the reference to the same side."""
    if latest.name is not None:
        # Of names several may have changed, and either may have changed most.
        return True
    sides = [one.now - one.before for one in (earlier, latest)]
    return sides[0] * sides[1] >= 0


def _list_differing(
    measured: Mapping[str, Family], settings: DriftSettings
) -> dict[str, tuple[str, ...]]:
    """Name by family the columns that chance does not explain, and differ enough."""
    level = settings.false_alarms / max(len(measured), 1)
    differing = {
        name: tuple(
            column
            for column, one in family.distances.items()
            if one.value >= settings.smallest and one.p_value <= level
        )
        for name, family in measured.items()
        if family.p_value <= level
    }
    return {name: columns for name, columns in differing.items() if columns}
