"""Rules for drift that are in use elsewhere, to stand beside the project's."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2_contingency, ks_2samp

from digit_pipeline.drift import Observations

PSI_LIMIT = 0.2
PSI_BINS = 10
# So that an empty bin has a logarithm.
PSI_LEAST = 1e-4
LEVEL = 0.05
HALF = 0.5

Counts = NDArray[np.float64]
Rule = Callable[[Observations, Observations], bool]


def exceeds_psi(reference: Observations, window: Observations) -> bool:
    """Tell whether the population stability index of any column is over 0.2."""
    return any(
        _index(*counts) > PSI_LIMIT for counts in _count_columns(reference, window)
    )


def fails_any_test(reference: Observations, window: Observations) -> bool:
    """Tell whether any column fails its test at 5 %."""
    return any(p < LEVEL for p in _test_columns(reference, window))


def fails_half_of_tests(reference: Observations, window: Observations) -> bool:
    """Tell whether half of the columns fail their tests at 5 %."""
    failed = [p < LEVEL for p in _test_columns(reference, window)]
    return sum(failed) >= HALF * len(failed)


PEERS: dict[str, Rule] = {
    "stability index > 0.2 in any column": exceeds_psi,
    "test at 5 % in any column": fails_any_test,
    "test at 5 % in half of the columns": fails_half_of_tests,
}


def _index(before: Counts, now: Counts) -> float:
    shares = [np.maximum(one / one.sum(), PSI_LEAST) for one in (before, now)]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def _count_columns(
    reference: Observations, window: Observations
) -> Iterator[tuple[Counts, Counts]]:
    """Count each column's values: numbers in the deciles of the reference."""
    for sides in _list_numbers(reference, window):
        cuts = np.quantile(sides[0], np.arange(1, PSI_BINS) / PSI_BINS)
        counted = [
            np.bincount(np.searchsorted(cuts, side), minlength=PSI_BINS)
            for side in sides
        ]
        yield counted[0].astype(np.float64), counted[1].astype(np.float64)
    yield from _count_names(reference, window)


def _list_numbers(
    reference: Observations, window: Observations
) -> Iterator[list[Counts]]:
    """Give both sides of each column that both have values of."""
    for name, column in reference.numbers.items():
        sides = [one[~np.isnan(one)] for one in (column, window.numbers[name])]
        if all(len(side) for side in sides):
            yield sides


def _count_names(
    reference: Observations, window: Observations
) -> Iterator[tuple[Counts, Counts]]:
    for name, column in reference.names.items():
        sides = [one[one != ""] for one in (column, window.names[name])]
        values = np.unique(np.concatenate(sides))
        counted = [(side[:, None] == values).sum(axis=0) for side in sides]
        yield counted[0].astype(np.float64), counted[1].astype(np.float64)


def _test_columns(reference: Observations, window: Observations) -> Iterator[float]:
    for sides in _list_numbers(reference, window):
        yield float(ks_2samp(*sides).pvalue)
    for counts in _count_names(reference, window):
        table = np.stack(counts)
        yield float(chi2_contingency(table).pvalue) if table.shape[1] > 1 else 1.0
