"""Parts of digits drawn the way other schools teach them.

13 people wrote the embedded digits: hardly a two of theirs has a loop in its foot,
hardly a six an end that comes through its bottom, hardly a nine a straight stem. Who
learned from them alone read two thirds of the twos among MNIST's training scans, and
seven eighths of the sixes and nines; who learned from MNIST alone took nines with bent
feet for threes. What is drawn here is meant to stay what a person reads as that digit.
"""

from collections.abc import Callable, Sequence
from functools import wraps

import numpy as np
from numpy.typing import NDArray

Stroke = NDArray[np.float32]
Point = tuple[float, float]
Way = Callable[[Sequence[Stroke], np.random.Generator], list[Stroke]]

# Enough points that an added line bends with the rest.
LINE_POINTS = 7
# Points from one of those a curve is drawn through to before the next: as a line's.
CURVE_POINTS = LINE_POINTS - 1
# How far above the level of a cut, in heights, the rest may end: farther up the line
# that is drawn on would leave from another part of the digit.
FARTHEST_END = 0.2
# How far up a foot is looked at, and from how far to the left it is a bent one; both in
# heights.
BENT_FOOT = 0.3
LEAST_BEND = 0.12
# Share of the twos whose head is drawn anew as well: a wide arch.
WIDE_HEADS = 0.4


def by_height(draw: Way) -> Way:
    """Let a digit be drawn where its box begins at (0, 0) and is 1 high.

    One without any height stays as it is.
    """

    @wraps(draw)
    def drawn(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
        points = np.concatenate(strokes)
        origin, height = points.min(axis=0), float(np.ptp(points[:, 1]))
        if not height:
            return list(strokes)
        own = [(stroke - origin) / height for stroke in strokes]
        return [
            (stroke * height + origin).astype(np.float32) for stroke in draw(own, rng)
        ]

    return drawn


@by_height
def loop_foot(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Lead the neck of a two far to the left, into a loop that its foot leaves."""
    kept, neck = keep_above(strokes, rng.uniform(0.35, 0.62))
    if rng.random() < WIDE_HEADS:
        kept, neck = _draw_wide_head(rng)
    if neck is None:
        return list(strokes)
    width, rise = rng.uniform(0.2, 0.7), rng.uniform(0.06, 0.5)
    left = neck[0] - rng.uniform(0.2, 0.85)
    out = (left + width, 1 - rise * rng.uniform(0.3, 0.7))
    end_x = max(neck[0], out[0]) + rng.uniform(0.05, 0.6)
    end = (end_x, 1 + rng.uniform(-0.35, 0.15))
    bow = rng.uniform(-0.08, 0.08)
    foot = draw_curve(
        neck,
        (0.4 * neck[0] + 0.6 * left + rng.uniform(0, 0.2), 0.6 + 0.4 * neck[1]),
        (left + 0.3 * width, 1),
        (left - 0.05 * width, 1 - 0.2 * rise),
        (left + 0.1 * width, 1 - 0.8 * rise),
        (left + 0.5 * width, 1 - rise),
        out,
        ((out[0] + end[0]) / 2, (out[1] + end[1]) / 2 + bow),
        end,
    )
    return [*kept, foot]


def _draw_wide_head(rng: np.random.Generator) -> tuple[list[Stroke], Point]:
    """Draw the arch that a two begins with, and give its end."""
    width = rng.uniform(0.35, 0.85)
    neck = (width * rng.uniform(0.55, 0.9), rng.uniform(0.4, 0.6))
    head = draw_curve(
        (0, rng.uniform(0.12, 0.4)),
        (width * rng.uniform(0.15, 0.35), rng.uniform(0, 0.08)),
        (0.75 * width, 0.02),
        (width, rng.uniform(0.18, 0.3)),
        neck,
    )
    return [head], neck


@by_height
def swing_tail(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Draw a three's lower half anew: a waist, a wide belly, a tail to the left."""
    kept, waist = keep_above(strokes, rng.uniform(0.36, 0.5))
    if waist is None:
        return list(strokes)
    x, y = waist
    reach, depth = rng.uniform(0.25, 0.65), 1 - y
    end = (x - rng.uniform(0, 0.75), 1 - rng.uniform(-0.1, 0.3) * depth)
    belly = draw_curve(
        waist,
        (x - rng.uniform(0, 0.25), y),
        (x + 0.6 * reach, y + 0.08 * depth),
        (x + reach, y + 0.45 * depth),
        (x + 0.55 * reach, 1 - 0.08 * depth),
        ((x + 0.4 * reach + end[0]) / 2, 1 + rng.uniform(-0.05, 0.06)),
        end,
    )
    return [*kept, belly]


@by_height
def open_top(
    strokes: Sequence[Stroke],  # noqa: ARG001 - nothing of it stays
    rng: np.random.Generator,
) -> list[Stroke]:
    """Draw a four anew: a stroke down, a bar to the right, a stem that crosses it."""
    width, bar = rng.uniform(0.35, 0.9), rng.uniform(0.5, 0.75)
    stem_x, lean = rng.uniform(0.55, 0.95) * width, rng.uniform(-0.15, 0.25)
    stem_top = rng.uniform(0, bar - 0.15)
    start = (rng.uniform(0.05, 0.5) * width, rng.uniform(0, 0.15))
    reach = max(width, stem_x + lean) * rng.uniform(1, 1.2)
    bar_end = (reach, bar + rng.uniform(-0.1, 0.1))
    return [
        draw_line(start, (0, bar)),
        draw_line((0, bar), bar_end),
        draw_line((stem_x + lean, stem_top), (stem_x, 1)),
    ]


@by_height
def curl_belly(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Draw a six's belly anew: low, to the right, its end often through the bottom."""
    kept, neck = keep_above(strokes, rng.uniform(0.25, 0.5))
    if neck is None:
        return list(strokes)
    height, width = rng.uniform(0.25, 0.6), rng.uniform(0.3, 0.8)
    x = neck[0] - rng.uniform(-0.05, 0.35)
    rise = rng.uniform(0, 0.25)
    end = x + rng.uniform(-0.15, 0.5) * width, 1 + rng.uniform(-0.4, 0.25) * height
    belly = draw_curve(
        neck,
        (x - 0.02, 1 - (0.45 + rise) * height),
        (x + 0.12 * width, 1 - (0.1 + rise) * height),
        (x + 0.55 * width, 1 - 0.3 * rise * height),
        (x + width, 1 - 0.45 * height),
        (x + 0.78 * width, 1 - height),
        (x + 0.42 * width, 1 - 0.65 * height),
        end,
    )
    return [*kept, belly]


@by_height
def round_head(
    strokes: Sequence[Stroke],  # noqa: ARG001 - nothing of it stays
    rng: np.random.Generator,
) -> list[Stroke]:
    """Draw a nine anew: a head that need not close, and a straight stem."""
    width, height = rng.uniform(0.3, 0.8), rng.uniform(0.3, 0.62)
    head = draw_curve(
        (width * rng.uniform(0.7, 1.15), height * rng.uniform(-0.02, 0.2)),
        (0.5 * width, 0),
        (0.05 * width, 0.4 * height),
        (0.35 * width, height),
        (width * rng.uniform(0.75, 0.95), 0.65 * height),
        (width + 0.02, height * rng.uniform(0.05, 0.5)),
    )
    foot = (width + rng.uniform(-0.4, 0.25), 1)
    x, y = (head[-1] + foot) / 2
    stem = draw_curve(tuple(head[-1]), (x + rng.normal(0, 0.04), y), foot)
    return [np.concatenate([head, stem])]


@by_height
def hook_foot(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Bend a nine's foot to the left, unless what is left of it tells of a bend.

    That is a guess: a foot whose end is its lowest point passes for a straight one.
    """
    points = np.concatenate(strokes)
    x, y = points[points[:, 1].argmax()]
    low = points[points[:, 1] > 1 - BENT_FOOT]
    if x - low[:, 0].min() > LEAST_BEND:
        return list(strokes)
    reach = rng.uniform(0.2, 0.6)
    bottom = (x - 0.4 * reach, y + rng.uniform(0, 0.1))
    end = (x - reach, y - rng.uniform(-0.05, 0.2))
    return [*strokes, draw_curve((x, y), bottom, end)]


def keep_above(
    strokes: Sequence[Stroke], level: float
) -> tuple[list[Stroke], Point | None]:
    """Cut a digit off and give what is above, and where it ends.

    Args:
        strokes: float32 ``(points, 2)`` each, in heights of the digit.
        level: of the cut; points on it are kept, and pieces of one point are not.

    Returns:
        the pieces, and the lowest point of them; None where nothing is left, where it
        ends more than ``FARTHEST_END`` above the level, or where lines cross the level
        in more than one place: which of them is the neck is not known.
    """
    kept, crossings = [], 0
    for stroke in strokes:
        above = np.concatenate([[False], stroke[:, 1] <= level, [False]])
        changes = np.flatnonzero(np.diff(above.astype(np.int8)))
        ends = zip(changes[::2], changes[1::2], strict=True)
        kept += [stroke[first:last] for first, last in ends if last - first > 1]
        crossings += np.isin(changes, [0, len(stroke)], invert=True).sum()
    if not kept or crossings > 1:
        return kept, None
    points = np.concatenate(kept)
    x, y = points[points[:, 1].argmax()].tolist()
    return kept, ((x, y) if level - y <= FARTHEST_END else None)


def draw_line(
    start: Point | NDArray[np.floating], end: Point | NDArray[np.floating]
) -> Stroke:
    """Draw a straight line, float32 ``(LINE_POINTS, 2)``."""
    return np.linspace(start, end, LINE_POINTS).astype(np.float32)


def draw_curve(*points: Point) -> Stroke:
    """Draw a smooth curve through points: a Catmull-Rom spline, float32 ``(n, 2)``."""
    through = np.array(points)
    first, last = 2 * through[0] - through[1], 2 * through[-1] - through[-2]
    knots = np.vstack([first, through, last])
    before, start, end, after = (knots[i : len(knots) - 3 + i, None] for i in range(4))
    t = np.linspace(0, 1, CURVE_POINTS, endpoint=False)[None, :, None]
    drawn = start + 0.5 * (
        (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    )
    return np.vstack([drawn.reshape(-1, 2), through[-1]]).astype(np.float32)
