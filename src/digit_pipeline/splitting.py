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

from digit_pipeline.connected import Components, find_components
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
# All lengths are shares of the tallest component's longer side. The values are the best
# of a grid on pen digits by training writers (``benchmarks/splitting.py --tune``).
SHARED_WIDTH = 0.5
BELOW = 0.3
SMALL = 0.45
NEAR = 0.2
SPECK = 0.12


@dataclass(frozen=True, eq=False)
class Part:
    """One digit of a drawing.

    Attributes:
        box: where its ink lies in the picture, px.
        ink: float32, of the box's size, in [0, 1]; other parts' ink left out.
    """

    box: Box
    ink: Ink

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
        return (Part(box, ink),)
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
    boxes = components.boxes
    sides = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    unit = float(sides.max())
    groups = {i: [i] for i in range(len(components))}
    for one, other in _pairs(components, unit):
        first = next(name for name, group in groups.items() if one in group)
        second = next(name for name, group in groups.items() if other in group)
        if first != second:
            groups[first] += groups.pop(second)
    return [group for group in groups.values() if max(sides[group]) >= SPECK * unit]


def _pairs(components: Components, unit: float) -> list[tuple[int, int]]:
    """Name the pairs of components that belong to one digit."""
    boxes = components.boxes.astype(np.float64)
    low, high = boxes[:, None, :2], boxes[:, None, 2:]
    gaps = np.maximum(low, low.swapaxes(0, 1)) - np.minimum(high, high.swapaxes(0, 1))
    across, down = gaps[..., 0], gaps[..., 1]
    sizes = boxes[:, 2:] - boxes[:, :2]
    narrower = np.minimum(sizes[:, None, 0], sizes[None, :, 0])
    above = (across <= -SHARED_WIDTH * narrower) & (down <= BELOW * unit)
    small = sizes.max(axis=1) < SMALL * unit
    distance = np.hypot(np.maximum(across, 0), np.maximum(down, 0))
    near = (small[:, None] | small[None, :]) & (distance <= NEAR * unit)
    joined = np.triu(above | near, 1)
    return [(int(i), int(j)) for i, j in np.argwhere(joined)]


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
