"""How long a retraining still takes, judged by the last one and by its own speed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

# Before so many seconds, how fast a run is says more of its start than of itself.
TELLING_SECONDS = 5.0
SLOWEST, FASTEST = 5.0, 0.2


@dataclass(frozen=True)
class Position:
    """Where a run is.

    Attributes:
        done: seconds by node of those that have ended.
        ahead: nodes that have not begun.
        current: the node that runs; None between two.
        elapsed: seconds since it began.
        epochs_left: seconds that its epochs still take; None when it has none.
    """

    done: Mapping[str, float] = field(default_factory=dict)
    ahead: Collection[str] = ()
    current: str | None = None
    elapsed: float = 0.0
    epochs_left: float | None = None


def estimate_seconds(before: Mapping[str, float], position: Position) -> float | None:
    """Estimate the seconds that are left.

    Args:
        before: seconds by node of the last retraining; empty when there was none.
        position: where this one is.

    Returns:
        None as long as there is nothing to judge by.
    """
    if not before:
        return position.epochs_left
    pace = _pace(before, position.done)
    rest = pace * sum(before.get(name, 0.0) for name in position.ahead)
    if position.epochs_left is not None:
        return rest + position.epochs_left
    if position.current is None:
        return rest
    usual = pace * before.get(position.current, 0.0)
    return rest + max(0.0, usual - position.elapsed)


def _pace(before: Mapping[str, float], done: Mapping[str, float]) -> float:
    """Give how much longer the same nodes take this time: 2 for twice as long."""
    both = done.keys() & before.keys()
    expected = sum(before[name] for name in both)
    if expected < TELLING_SECONDS:
        return 1.0
    taken = sum(done[name] for name in both)
    return min(SLOWEST, max(FASTEST, taken / expected))
