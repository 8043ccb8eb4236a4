"""Paired tests: two models, the same images, who was right where."""

from functools import lru_cache
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Answers = NDArray[np.bool_]


@lru_cache(maxsize=10_000)
def loss_p_value(only_first: int, only_second: int) -> float:
    """McNemar's test, exact and one-sided: has the second lost against the first?

    Args:
        only_first: images that only the first got right.
        only_second: images that only the second got right.

    Returns:
        The chance of at least ``only_first`` such images when the two are equally
        good; 1.0 when they never differ.
    """
    from scipy.stats import binom  # noqa: PLC0415 - 0.5 s that only a gate needs

    return float(binom.sf(only_first - 1, only_first + only_second, 0.5))


def difference_bound(
    only_first: int, only_second: int, images: int, alpha: float
) -> float:
    """Bound the second's accuracy less the first's from below (Bonett and Price, 2012).

    Wald's bound with one image added to either count: it holds its level on few
    discordant images as well, where Wald's own claims to be sure of everything.

    Args:
        only_first: images that only the first got right.
        only_second: images that only the second got right.
        images: all images, at least one.
        alpha: chance that the truth lies below, one-sided.

    Returns:
        a share in [-1, 1].
    """
    lost, won = ((one + 1) / (images + 2) for one in (only_first, only_second))
    deviation = sqrt((lost + won - (won - lost) ** 2) / (images + 2))
    bound = won - lost - NormalDist().inv_cdf(1 - alpha) * deviation
    return max(-1.0, min(1.0, bound))


def holm(p_values: dict[str, float]) -> dict[str, float]:
    """Adjust p-values for being many, by Holm's step-down method.

    Returns:
        By the same names; each may be compared with the level as if it were alone.
    """
    adjusted: dict[str, float] = {}
    highest = 0.0
    for place, name in enumerate(sorted(p_values, key=lambda name: p_values[name])):
        highest = max(highest, (len(p_values) - place) * p_values[name])
        adjusted[name] = min(1.0, highest)
    return {name: adjusted[name] for name in p_values}


def count_discordant(first: Answers, second: Answers) -> tuple[int, int]:
    """Count images that only the first, and only the second, got right.

    Args:
        first: bool ``(n,)``, whether the first was right.
        second: bool ``(n,)``, whether the second was right.
    """
    return int((first & ~second).sum()), int((second & ~first).sum())
