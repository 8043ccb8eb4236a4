"""Split a drawing of several digits into its digits, left to right.

A digit is what hangs together, with what belongs to it all the same: the other half of
a broken stroke, the bar of a 5 that floats above it. Digits that touch hang together
too, and stay one part, which no model here reads: see ``benchmarks/splitting.py``.
"""

from dataclasses import dataclass
from functools import cached_property
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.connected import Components, Integers, find_components
from digit_pipeline.images import (
    BOX_THRESHOLD,
    Box,
    DigitView,
    Ink,
    Pixels,
    find_box,
    find_ink,
    view_ink,
)

# More than these is no number that somebody wrote: a texture, a photograph, a page.
MAX_PARTS = 20
MAX_COMPONENTS = 200
# Larger pictures are searched at a coarser grid: strokes are wider than its cells.
SEARCHED_PIXELS = 160_000
# All lengths are shares of the tallest component's height. The values are the best
# of a grid on pen digits by training writers (``benchmarks/splitting.py --tune``).
SHARED_WIDTH = 0.6
BELOW = 0.3
SMALL = 0.5
NEAR = 0.3
SPECK = 0.12
# Pixels of each component that are compared when the nearest is looked for.
COMPARED_POINTS = 300


@dataclass(frozen=True, eq=False)
class Part:
    """One digit of a drawing.

    Attributes:
        box: where its ink lies in the picture, px.
        ink: float32, of the box's size, in [0, 1]; other parts' ink left out.
        is_undivided: whether the picture has more than ``MAX_PARTS`` parts, and this
            one is all of them.
    """

    box: Box
    ink: Ink
    is_undivided: bool = False

    @cached_property
    def view(self) -> DigitView:
        """What the model sees of it; boxes in there count from the part's own."""
        return view_ink(self.ink)


def split_digits(pixels: Pixels) -> tuple[Part, ...]:
    """Split a picture into digits, left to right.

    A picture of one digit gives one part with the 28x28 that ``view_digit`` gives.
    So does a picture of more than ``MAX_PARTS`` parts. Specks between digits are left
    out: dots, commas, dirt.

    Args:
        pixels: uint8 ``(h, w)`` or ``(h, w, c)``; c = 1 grey, 3 RGB, 4 RGBA.

    Returns:
        At most ``MAX_PARTS`` parts; none when the picture is empty.
    """
    return split_ink(find_ink(pixels))


def split_ink(ink: Ink) -> tuple[Part, ...]:
    """Split ink into digits, as ``split_digits`` does.

    Args:
        ink: float32 ``(h, w)`` in [0, 1], ink = 1.
    """
    box = find_box(ink)
    if box is None:
        return ()
    ink = ink[box.top : box.bottom, box.left : box.right]
    step = max(1, ceil(sqrt(ink.size / SEARCHED_PIXELS)))
    components = find_components(_coarsen(ink > BOX_THRESHOLD, step))
    groups = _group(components) if len(components) <= MAX_COMPONENTS else []
    if not 1 < len(groups) <= MAX_PARTS:
        return (Part(box, ink, is_undivided=len(groups) != 1),)
    parts = [_cut_out(ink, box, components, group, step) for group in groups]
    return tuple(sorted(parts, key=lambda part: part.box.left + part.box.right))


def _coarsen(mask: NDArray[np.bool_], step: int) -> NDArray[np.bool_]:
    """Mark each cell of ``step`` by ``step`` pixels that has a mark."""
    if step == 1:
        return mask
    height, width = mask.shape
    padded = np.pad(mask, ((0, -height % step), (0, -width % step)))
    rows, columns = (side // step for side in padded.shape)
    return np.asarray(padded.reshape(rows, step, columns, step).any(axis=(1, 3)))


def _group(components: Components) -> list[list[int]]:
    """Say which components make up each digit; specks make up none."""
    sizes = components.boxes[:, 2:] - components.boxes[:, :2]
    unit = float(sizes[:, 1].max())
    small = sizes[:, 1] < SMALL * unit
    groups = {i: [i] for i in range(len(components))}
    pairs = _pair_stacked(components.boxes[~small], BELOW * unit)
    large = np.flatnonzero(~small)
    joined = [(int(large[i]), int(large[j])) for i, j in pairs]
    for i in np.flatnonzero(small):
        nearest = _find_nearest(components, int(i), NEAR * unit)
        joined += [(int(i), nearest)] if nearest is not None else []
    for one, other in joined:
        first = next(name for name, group in groups.items() if one in group)
        second = next(name for name, group in groups.items() if other in group)
        if first != second:
            groups[first] += groups.pop(second)
    longest = sizes.max(axis=1)
    return [g for g in groups.values() if longest[g].max() >= SPECK * unit]


def _pair_stacked(boxes: Integers, limit: float) -> Integers:
    """Pair boxes that share columns and lie at most ``limit`` px below each other."""
    low, high = boxes[:, None, :2], boxes[:, None, 2:]
    gaps = np.maximum(low, low.swapaxes(0, 1)) - np.minimum(high, high.swapaxes(0, 1))
    widths = boxes[:, 2] - boxes[:, 0]
    shared = SHARED_WIDTH * np.minimum(widths[:, None], widths)
    return np.argwhere(np.triu((-gaps[..., 0] >= shared) & (gaps[..., 1] <= limit), 1))


def _find_nearest(components: Components, number: int, limit: float) -> int | None:
    """Name the component nearest to one, None when none is within ``limit`` px."""
    left, top, right, bottom = components.boxes[number]
    reach = int(limit) + 1
    row, column = max(0, top - reach), max(0, left - reach)
    labels = components.labels[row : bottom + reach, column : right + reach]
    others = np.argwhere((labels >= 0) & (labels != number))
    own = np.argwhere(labels == number)
    if not len(others):
        return None
    own = own[:: ceil(len(own) / COMPARED_POINTS)]
    others = others[:: ceil(len(others) / COMPARED_POINTS)]
    distances = np.hypot(*(own[:, None] - others).transpose(2, 0, 1)).min(axis=0)
    nearest = int(distances.argmin())
    return int(labels[tuple(others[nearest])]) if distances[nearest] <= limit else None


def _cut_out(
    ink: Ink, place: Box, components: Components, group: list[int], step: int
) -> Part:
    """Give a group's ink without that of others; ``ink`` lies at ``place``."""
    boxes = components.boxes * step
    left, top = (int(side) for side in boxes[group, :2].min(axis=0))
    right, bottom = (int(side) for side in boxes[group, 2:].max(axis=0))
    window = ink[top:bottom, left:right]
    meets = (boxes[:, :2] <= (right, bottom)) & (boxes[:, 2:] >= (left, top))
    if meets.all(axis=1).sum() > len(group):
        window = _leave_out(window, (top, left), components, group, step)
    box = find_box(window)
    if box is None:
        raise ValueError("expected a component to have ink, got none: mend _coarsen")
    x, y = place.left + left, place.top + top
    return Part(
        Box(x + box.left, y + box.top, x + box.right, y + box.bottom),
        window[box.top : box.bottom, box.left : box.right],
    )


def _leave_out(
    window: Ink,
    corner: tuple[int, int],
    components: Components,
    group: list[int],
    step: int,
) -> Ink:
    """Take out the ink that belongs to other groups, with its faint edge."""
    rows = np.arange(corner[0], corner[0] + window.shape[0]) // step
    columns = np.arange(corner[1], corner[1] + window.shape[1]) // step
    labels = components.labels[rows[:, None], columns]
    own = np.isin(labels, group)
    foreign = _widen((labels >= 0) & ~own) & ~own
    return np.where(foreign, np.float32(0), window)


def _widen(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Add every pixel next to a marked one, corners included."""
    padded = np.pad(mask, 1)
    rows = padded[:-2] | padded[1:-1] | padded[2:]
    return np.asarray(rows[:, :-2] | rows[:, 1:-1] | rows[:, 2:])
