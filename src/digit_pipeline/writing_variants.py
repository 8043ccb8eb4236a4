"""Digits written another common way: an upstroke before the one, a loop in the two.

Ways of writing differ by country and school, and a training set from one place lacks
those of another: the embedded sevens are nearly all crossed, few of the ones have a
base or an upstroke and hardly a two has a loop; MNIST's nines have no bent feet. All
were seen among the errors on the pen training set's writers and on MNIST's training
images. Parts that are drawn anew in curves are in ``redrawn_parts``.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.redrawn_parts import (
    LINE_POINTS,
    Stroke,
    Way,
    curl_belly,
    draw_line,
    hook_foot,
    loop_foot,
    open_top,
    round_head,
    swing_tail,
)

# Share of the ones drawn anew that have no upstroke.
PLAIN_ONES = 0.25
# Share of them that end in a hook to the left, but for those with a long upstroke: with
# both a one is a bracket. (``add_flag`` comes later and does not ask for a hook.)
HOOKED_ONES = 0.2
LONG_UPSTROKE = 0.4  # heights
# Radians by which the flattest upstroke is steeper for each height of its length.
STEEPER = 0.4


def vary_writing(
    strokes: Sequence[Stroke],
    name: str,
    shares: Mapping[str, float],
    rng: np.random.Generator,
) -> list[Stroke]:
    """Write a digit another way, now and then.

    Args:
        strokes: float32 ``(points, 2)`` each: x to the right, y downward, any unit.
        name: the digit's class.
        shares: how often each of ``WAYS`` is taken by the digits that have it; never
            where it says nothing. They are taken in the order of ``WAYS``.
        rng: where chance comes from.
    """
    varied = list(strokes)
    for way, (whose, vary) in WAYS.items():
        share = shares.get(way, 0.0)
        if share and whose == name and varied and rng.random() < share:
            varied = vary(varied, rng)
    return varied


def redraw_one(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Draw the one anew as pens do: a stem, mostly with an upstroke before it.

    In a scan of 8x8 pixels a one is a thick blot, and the path traced in it wavers: it
    looks like no one that a pen has drawn. Kept are its foot and its height.
    """
    points = np.concatenate(strokes)
    height, foot = _height(points), points[points[:, 1].argmax()]
    top = foot + np.array([rng.uniform(-0.15, 0.4), -1]) * height
    stem = draw_line(top, foot)
    stem[:, 0] += rng.normal(0, 0.03) * height * _BOW
    parts, length = [stem], 0.0
    if rng.random() >= PLAIN_ONES:
        length = rng.uniform(0.12, 0.7)
        # The longer, the steeper: a long flat one makes a seven.
        angle = rng.uniform(0.5 + STEEPER * length, 1.3)
        parts.insert(0, _draw_upstroke(top, length * height, angle))
    if length < LONG_UPSTROKE and rng.random() < HOOKED_ONES:
        hook = np.array([-rng.uniform(0.1, 0.4), rng.uniform(-0.1, 0.05)]) * height
        parts.append(draw_line(foot, foot + hook))
    return [np.concatenate(parts)]


def add_flag(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Draw the upstroke that many hands begin a one with, unless it has one.

    It comes from the lower left, rather steeply: what lies flat begins a seven.
    """
    points = np.concatenate(strokes)
    height, top = _height(points), points[points[:, 1].argmin()]
    upper = points[points[:, 1] < top[1] + 0.6 * height]
    reach = top[0] - upper[:, 0].min(initial=top[0])
    if reach > 0.12 * height and np.ptp(points[:, 0]) > 0.3 * height:
        return list(strokes)
    length, angle = rng.uniform(0.2, 0.8) * height, rng.uniform(0.65, 1.2)
    return [_draw_upstroke(top, length, angle), *strokes]


def add_base(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Draw a short line under the foot."""
    points = np.concatenate(strokes)
    height = _height(points)
    foot = points[points[:, 1].argmax()]
    left, right = rng.uniform(0.12, 0.4, 2) * height
    tilt = rng.uniform(-0.06, 0.06) * height
    start, end = foot - np.array([left, -tilt]), foot + np.array([right, -tilt])
    return [*strokes, draw_line(start, end)]


def change_bar(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Leave the bar through the middle out, or draw one where there is none."""
    points = np.concatenate(strokes)
    height, top = _height(points), points[:, 1].min()
    kept = [stroke for stroke in strokes if not _is_bar(stroke, top, height)]
    if len(kept) < len(strokes):
        tall = kept and _height(np.concatenate(kept)) > 0.7 * height
        return kept if tall else list(strokes)
    level = top + rng.uniform(0.42, 0.62) * height
    stem = points[np.abs(points[:, 1] - level).argmin()]
    half = np.array([rng.uniform(0.15, 0.32) * height, 0])
    return [*strokes, draw_line(stem - half, stem + half)]


def add_slash(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Draw a line from below on the left to above on the right."""
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    over = rng.uniform(-0.1, 0.15) * (high - low)
    start = np.array([low[0] - over[0], high[1] + over[1]])
    end = np.array([high[0] + over[0], low[1] - over[1]])
    return [*strokes, draw_line(start, end)]


def _height(points: Stroke) -> float:
    return max(float(np.ptp(points[:, 1])), 1e-6)


def _is_bar(stroke: Stroke, top: float, height: float) -> bool:
    """Whether a stroke is short, flat and in the middle."""
    width, rise = np.ptp(stroke, axis=0)
    middle = (stroke[:, 1].mean() - top) / height
    return bool(0.3 < middle < 0.72 and width > 1.5 * rise and width < 0.6 * height)


def _draw_upstroke(top: NDArray[np.floating], length: float, angle: float) -> Stroke:
    """Draw the line that comes up to a one's top; the angle is that to the level."""
    way = np.array([-np.cos(angle), np.sin(angle)]) * length
    return draw_line(top + way, top)


# How far a line that bows once lies aside, along its points.
_BOW = np.sin(np.linspace(0, np.pi, LINE_POINTS))
WAYS: dict[str, tuple[str, Way]] = {
    "stem": ("1", redraw_one),
    "slash": ("0", add_slash),
    "flag": ("1", add_flag),
    "base": ("1", add_base),
    "loop": ("2", loop_foot),
    "bar": ("7", change_bar),
    "tail": ("3", swing_tail),
    "open": ("4", open_top),
    "belly": ("6", curl_belly),
    "round": ("9", round_head),
    "hook": ("9", hook_foot),
}
