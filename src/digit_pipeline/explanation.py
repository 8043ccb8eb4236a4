"""Why this answer: which ink spoke for it, and what would make it the runner-up.

Occlusion (Zeiler and Fergus, 2014): the model is asked about the digit with smooth
patches of ink taken away, then with patches added beside the strokes. Only the model's
answers are needed, so it works on any ONNX file. It is a heuristic: it shows what the
model reacts to piece by piece, not how it thinks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.images import BOX_THRESHOLD, DIGIT_SIDE, Ink, find_box, fit_digit

LogitsOf = Callable[[Ink], Ink]

# Patches lie on a grid of this stride and are Gaussians cut off at 1: taking away, 5 px
# across at half their height, so that a stroke goes with its soft edge; adding, 3 px,
# about as wide as a pen.
STRIDE = 2
REMOVED_SIGMA = 1.8
ADDED_SIGMA = 1.2
PEAK = 1.3
# A patch that takes away less ink than this (a black pixel is 1) asks nothing.
LEAST_REMOVED = 0.3
# New ink lies on paper, at most this far from ink: elsewhere nobody would draw.
LEAST_NEW = 0.5
REACH = 5.0
# A change grows from one of the best places, to this many patches, each next to those
# before it. Two places instead of one find a change that makes it the runner-up for 94
# of 120 embedded digits instead of 83, a third only for one more.
PLACES = 2
APART = 5.0
GROWTH = (1, 2, 3, 4, 6, 8)
NEIGHBOUR = 1.5 * STRIDE


@dataclass(frozen=True, eq=False)
class Change:
    """Ink added or taken away in one place.

    Attributes:
        ink: float32 ``(28, 28)`` in [0, 1]: how much ink; all zero when no such change
            helps the runner-up.
        margin: the answer's logit minus the runner-up's after it.
        makes_runner_up: whether the model then reads the runner-up.
    """

    ink: Ink
    margin: float
    makes_runner_up: bool


@dataclass(frozen=True, eq=False)
class Explanation:
    """What spoke for an answer, and what would make it the runner-up.

    Attributes:
        answer: index of the best class.
        runner_up: index of the second best.
        margin: the answer's logit minus the runner-up's, 0 or more.
        spoke: float32 ``(28, 28)`` in [-1, 1], zero off the ink: positive where the ink
            spoke for the answer and against the runner-up (without it the margin is
            smaller), negative where it spoke against.
        added: ink to add that helps the runner-up most.
        removed: ink to take away that helps the runner-up most.
    """

    answer: int
    runner_up: int
    margin: float
    spoke: Ink
    added: Change
    removed: Change


def explain(digit: Ink, logits_of: LogitsOf) -> Explanation:
    """Explain one answer, in two calls of the model with some 200 digits.

    Args:
        digit: float32 ``(28, 28)`` in [0, 1], ink = 1, as the image contract makes it.
        logits_of: float32 ``(n, 28, 28)`` to float32 ``(n, k)``, k at least 2.

    Raises:
        ValueError: when ``digit`` has another shape or no ink, or the model tells
            fewer than two classes apart.
    """
    if digit.shape != (DIGIT_SIDE, DIGIT_SIDE) or not digit.max() > BOX_THRESHOLD:
        raise ValueError(
            f"expected one digit (28, 28) with ink, got shape {digit.shape} with ink "
            f"up to {digit.max(initial=0):.2g}: draw something first"
        )
    taken = _patches_on_ink(digit)
    new = _patches_beside_ink(digit)
    asked = np.concatenate([digit[None], _without(digit, taken), _with(digit, new)])
    logits = logits_of(asked)
    if logits.shape[1] < 2:
        raise ValueError(
            f"expected logits of two classes or more, got {logits.shape}: "
            "one class needs no explanation"
        )
    runner_up, answer = (int(place) for place in np.argsort(logits[0])[-2:])
    margins = logits[:, answer] - logits[:, runner_up]
    effects = margins[0] - margins[1:]
    removal, addition = effects[: len(taken)], effects[len(taken) :]
    contest = _Contest(answer, runner_up, float(margins[0]), logits_of)
    added = [_with(digit, patch) for patch in _grow(new, addition)]
    removed = [_without(digit, patch) for patch in _grow(taken, removal)]
    return Explanation(
        answer=answer,
        runner_up=runner_up,
        margin=contest.margin,
        spoke=_spread(taken, removal) * (digit > 0),
        added=_best_change(digit, added, contest),
        removed=_best_change(digit, removed, contest),
    )


def _patches(sigma: float) -> Ink:
    """Gaussian patches on the grid, cut off at 1, float32 ``(m, 28, 28)``."""
    line = np.arange(DIGIT_SIDE)
    centres = np.arange(STRIDE // 2, DIGIT_SIDE, STRIDE)
    bell = np.exp(-((line - centres[:, None]) ** 2) / (2 * sigma**2))
    patches = np.einsum("iy,jx->ijyx", bell, bell).reshape(-1, DIGIT_SIDE, DIGIT_SIDE)
    return np.asarray(np.minimum(1, PEAK * patches), np.float32)


def _patches_on_ink(digit: Ink) -> Ink:
    patches = _REMOVING
    return patches[(patches * digit).sum(axis=(1, 2)) >= LEAST_REMOVED]


def _patches_beside_ink(digit: Ink) -> Ink:
    """Patches on paper near strokes, inside the box around them.

    Ink outside the box would make the contract scale the whole drawing anew.
    """
    patches = _ADDING
    box = find_box(digit)
    assert box is not None  # noqa: S101 - `explain` has refused digits without ink
    rows, columns = _centres(patches)
    inside = (rows >= box.top) & (rows < box.bottom)
    inside &= (columns >= box.left) & (columns < box.right)
    ink_rows, ink_columns = np.nonzero(digit > 0.5)
    if not len(ink_rows):
        return patches[:0]
    distance = np.hypot(rows[:, None] - ink_rows, columns[:, None] - ink_columns)
    fresh = (patches * (1 - digit)).sum(axis=(1, 2)) / patches.sum(axis=(1, 2))
    return patches[inside & (distance.min(axis=1) <= REACH) & (fresh >= LEAST_NEW)]


def _centres(patches: Ink) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Rows and columns of the patches' centres of mass."""
    total = patches.sum(axis=(1, 2))
    line = np.arange(DIGIT_SIDE, dtype=np.float32)
    return patches.sum(axis=2) @ line / total, patches.sum(axis=1) @ line / total


def _without(digit: Ink, patches: Ink) -> Ink:
    return digit * (1 - patches)


def _with(digit: Ink, patches: Ink) -> Ink:
    return np.maximum(digit, patches)


def _grow(patches: Ink, effects: Ink) -> list[Ink]:
    """Unite patches around the places of most effect, float32 ``(28, 28)`` each.

    Returns:
        for every place each size of ``GROWTH`` that there is; none if no patch helps.
    """
    helpful = effects > 0
    patches, effects = patches[helpful], effects[helpful]
    rows, columns = _centres(patches)
    apart = np.hypot(rows[:, None] - rows, columns[:, None] - columns)
    grown = []
    left = np.ones(len(patches), bool)
    for _ in range(PLACES):
        if not left.any():
            break
        start = int(np.argmax(np.where(left, effects, 0)))
        left &= apart[start] > APART
        order = _neighbours_of(start, effects, apart)
        grown += [patches[order[:n]].max(axis=0) for n in GROWTH if n <= len(order)]
    return grown


def _neighbours_of(start: int, effects: Ink, apart: Ink) -> list[int]:
    """Order patches from a first one on: always the best one next to those before."""
    order = [start]
    while len(order) < GROWTH[-1]:
        beside = apart[order].min(axis=0) <= NEIGHBOUR
        beside[order] = False
        if not beside.any():
            break
        order.append(int(np.argmax(np.where(beside, effects, 0))))
    return order


def _best_change(digit: Ink, changed: Sequence[Ink], contest: "_Contest") -> Change:
    """Take the smallest change that makes it the runner-up, or what comes nearest."""
    best = Change(np.zeros_like(digit), contest.margin, makes_runner_up=False)
    if not changed:
        return best
    changed = sorted(changed, key=lambda one: float(np.abs(one - digit).sum()))
    # With other ink the contract scales and centres anew, as it will for a person.
    logits = contest.logits_of(np.stack([fit_digit(one) for one in changed]))
    for one, row in zip(changed, logits, strict=True):
        margin = float(row[contest.answer] - row[contest.runner_up])
        if int(row.argmax()) == contest.runner_up:
            return Change(np.abs(one - digit), margin, makes_runner_up=True)
        if margin < best.margin:
            best = Change(np.abs(one - digit), margin, makes_runner_up=False)
    return best


def _spread(patches: Ink, effects: Ink) -> Ink:
    """Give each pixel the mean effect of the patches over it, scaled to [-1, 1]."""
    if not len(patches):
        return np.zeros((DIGIT_SIDE, DIGIT_SIDE), np.float32)
    weights = patches.sum(axis=0)
    mean = np.tensordot(effects, patches, axes=1) / np.maximum(weights, 1e-6)
    strongest = np.abs(mean).max()
    return np.asarray(mean / strongest if strongest > 0 else mean, np.float32)


@dataclass(frozen=True)
class _Contest:
    """Two classes, how far apart they are, and who judges."""

    answer: int
    runner_up: int
    margin: float
    logits_of: LogitsOf


_REMOVING = _patches(REMOVED_SIGMA)
_ADDING = _patches(ADDED_SIGMA)
