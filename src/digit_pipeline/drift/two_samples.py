"""Two-sample statistics whose thresholds come from the samples themselves.

Rules of thumb alarm without drift: a population stability index over 0.2 does so in
nearly every window of 50 answers. Here the answers of both samples are dealt out anew,
599 times, whole sessions at a time, and what was found counts only where chance deals
out so much so seldom (Good, 2005; several columns together by their widest: Westfall
and Young, 1993).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.drift.observations import ANSWERS, INK, NAMED, Observations

# What changes together is tested together: how people draw, how the model takes it,
# and which digits they draw.
FAMILIES = {"ink": INK, "answers": (*ANSWERS, "verdict"), "labels": ("label",)}
# Of a column with fewer values nothing can be said.
LEAST_VALUES = 20

Members = NDArray[np.bool_]
Column = NDArray[np.float64] | NDArray[np.str_]


@dataclass(frozen=True)
class Distance:
    """How far two samples of one column lie apart.

    Attributes:
        value: largest difference of the two distribution functions (Kolmogorov and
            Smirnov) for numbers, half the summed differences of shares (total
            variation) for names; in [0, 1].
        chance: what chance alone stays under 95 times in 100.
        p_value: how often chance deals out as much.
        name: the verdict or label whose share changed most; None for numbers.
        before: median of the reference, or that name's share of it.
        now: the same of the window.
    """

    value: float
    chance: float
    p_value: float
    name: str | None
    before: float
    now: float


@dataclass(frozen=True)
class Family:
    """Columns that were tested together.

    Attributes:
        p_value: how often chance deals out a column so far apart in any of them.
        distances: by column.
    """

    p_value: float
    distances: dict[str, Distance]


def compare(
    reference: Observations,
    window: Observations,
    permutations: int = 599,
    seed: int = 0,
) -> dict[str, Family]:
    """Compare two samples by every family that both have columns of.

    Args:
        reference: what to compare with.
        window: what came later.
        permutations: how often chance deals out; the least p-value is 1 in one more.
        seed: of the dealing.
    """
    members = _deal(reference, window, permutations, seed)
    return {
        name: family
        for name, columns in FAMILIES.items()
        if (family := _test(reference, window, columns, members))
    }


def _deal(
    reference: Observations, window: Observations, permutations: int, seed: int
) -> Members:
    """Say which answers are the window's, bool ``(1 + permutations, n)``; truth first.

    A session on both sides of the border is two: only within a side is it one hand.
    """
    before = len(np.unique(reference.sessions))
    late, numbers = np.unique(window.sessions, return_inverse=True)
    early = np.unique(reference.sessions, return_inverse=True)[1]
    sessions = np.concatenate([early, numbers + before])
    truth = np.arange(before + len(late)) >= before
    dealt = np.random.default_rng(seed).permuted(
        np.tile(truth, (permutations, 1)), axis=1
    )
    return np.concatenate([truth[None], dealt])[:, sessions]


def _test(
    reference: Observations,
    window: Observations,
    columns: tuple[str, ...],
    members: Members,
) -> Family | None:
    measured: dict[str, NDArray[np.float64]] = {}
    told: dict[str, tuple[str | None, float, float]] = {}
    for name in columns:
        sides = [_column(sample, name) for sample in (reference, window)]
        known = [_is_known(side) for side in sides if side is not None]
        if len(known) < len(sides) or min(k.sum() for k in known) < LEAST_VALUES:
            continue
        values = np.concatenate([side for side in sides if side is not None])
        rows = np.concatenate(known)
        measure = _compare_names if name in NAMED else _compare_numbers
        measured[name] = measure(values[rows], members[:, rows])
        told[name] = _tell(values[rows], members[0, rows])
    if not measured:
        return None
    widest = np.max([_standardise(one) for one in measured.values()], axis=0)
    return Family(
        _find_p_value(widest),
        {
            name: Distance(
                float(distances[0]),
                float(np.quantile(distances[1:], 0.95)),
                _find_p_value(distances),
                *told[name],
            )
            for name, distances in measured.items()
        },
    )


def _column(sample: Observations, name: str) -> Column | None:
    return sample.names.get(name) if name in NAMED else sample.numbers.get(name)


def _is_known(column: Column) -> NDArray[np.bool_]:
    return column != "" if column.dtype.kind == "U" else ~np.isnan(column)


def _compare_numbers(values: Column, members: Members) -> NDArray[np.float64]:
    """Give the largest difference of the distribution functions, for each dealing."""
    order = np.argsort(values, kind="stable")
    ends = np.flatnonzero(
        np.append(np.diff(values[order].astype(np.float64)) > 0, True)
    )
    inside = np.cumsum(members[:, order], axis=1, dtype=np.int32)
    window = inside[:, -1:]
    # Equal values are one step of both functions.
    inside = inside[:, ends]
    outside = (ends + 1) - inside
    reference = len(values) - window
    return np.abs(inside / _some(window) - outside / _some(reference)).max(axis=1)


def _compare_names(values: Column, members: Members) -> NDArray[np.float64]:
    """Give half the summed differences of shares, for each dealing."""
    numbers = np.unique(values, return_inverse=True)[1]
    hot = np.eye(numbers.max() + 1, dtype=np.float32)[numbers]
    # Single precision counts whole numbers exactly, and at twice the speed.
    inside = (members.astype(np.float32) @ hot).astype(np.float64)
    outside = hot.sum(axis=0) - inside
    shares = [
        counts / _some(counts.sum(axis=1, keepdims=True))
        for counts in (inside, outside)
    ]
    return np.minimum(np.abs(shares[0] - shares[1]).sum(axis=1) / 2, 1.0)


def _tell(values: Column, inside: Members) -> tuple[str | None, float, float]:
    """Give the name whose share changed most with both shares, or both medians."""
    if values.dtype.kind != "U":
        numbers = values.astype(np.float64)
        sides = numbers[~inside], numbers[inside]
        return None, float(np.median(sides[0])), float(np.median(sides[1]))
    names = np.unique(values)
    before = np.array([np.mean(values[~inside] == name) for name in names])
    now = np.array([np.mean(values[inside] == name) for name in names])
    most = int(np.argmax(np.abs(now - before)))
    return str(names[most]), float(before[most]), float(now[most])


def _some(count: NDArray) -> NDArray:
    """Give at least 1: a dealing may leave a side without a single value."""
    return np.maximum(count, 1)


def _standardise(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Count distances in standard deviations of chance, so that columns compare."""
    return (distances - distances.mean()) / (distances.std() or 1.0)


def _find_p_value(statistics: NDArray[np.float64]) -> float:
    """Give the share of all dealings, the truth among them, that lie as far out."""
    # Rounding must not tell equal dealings apart.
    return float(np.mean(statistics >= statistics[0] - 1e-9))
