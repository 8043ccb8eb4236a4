"""Trace the pen's path in scanned digits, so that any pen can draw them anew.

Ink is thinned to a skeleton (Zhang and Suen, 1984), the skeleton's pixels are followed
from branch to branch, and the paths smoothed: strokes like those of a pen tablet.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from digit_pipeline.labelled_images import Strokes

Pixels = NDArray[np.uint8]
Points = NDArray[np.float32]

ENLARGEMENT = 2
HALF_INK = 128
# Digits thinned at a time: few enough for the processor's cache.
BATCH = 64
# Spurs shorter than this, in enlarged pixels, come from the stroke's ragged edge.
SHORTEST_SPUR = 4
SMOOTHING_ROUNDS = 3
# A path leaves out too much where this share of the ink is farther from it than
# half of this width, in enlarged pixels: at its level the digit had fallen apart.
LEFT_OUT = 0.05
REACH = 11


def trace_strokes(
    digits: Pixels, levels: int | NDArray[np.int64] = HALF_INK
) -> Strokes:
    """Trace digits.

    Args:
        digits: uint8 ``(n, side, side)``, ink = 255.
        levels: value from which a pixel counts as ink; one for all, or each its own.

    Returns:
        each digit's strokes in its own pixels; a digit has none without ink, and
        where the path would leave out much of its ink.
    """
    traced = []
    levels = np.broadcast_to(levels, len(digits))[:, None, None]
    for start in range(0, len(digits), BATCH):
        inks = np.stack([_enlarge(digit) for digit in digits[start : start + BATCH]])
        skeletons = thin_ink(inks >= levels[start : start + BATCH])
        traced += [
            paths if _covers(paths, ink) else []
            for paths, ink in zip(map(_follow, skeletons), inks, strict=True)
        ]
    return Strokes.from_digits(
        [[_smooth(path) / ENLARGEMENT for path in paths] for paths in traced]
    )


def _enlarge(digit: Pixels) -> Pixels:
    height, width = digit.shape
    size = (width * ENLARGEMENT, height * ENLARGEMENT)
    return np.asarray(cv2.resize(digit, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def thin_ink(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Thin to lines of one pixel that keep the ink's holes and ends.

    Args:
        ink: bool ``(n, height, width)``; the outermost pixels count as paper.
    """
    thin = ink.astype(np.uint8)
    thin[:, 0] = thin[:, -1] = thin[:, :, 0] = thin[:, :, -1] = 0
    changed = True
    while changed:
        changed = False
        for removable in _REMOVABLE:
            code = _neighbour_codes(thin)
            goes = removable[code] & thin.astype(bool)
            if goes.any():
                thin[goes] = 0
                changed = True
    return thin.astype(bool)


def _neighbour_codes(thin: Pixels) -> Pixels:
    """Which of the eight neighbours are ink, a bit each, clockwise from above.

    The images are laid on one another for one call of OpenCV: their outermost rows
    then see the next image, but these are paper and stay so.
    """
    laid = thin.reshape(-1, thin.shape[2])
    codes = cv2.filter2D(laid, -1, _BITS, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(codes, np.uint8).reshape(thin.shape)


def _removable() -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Zhang and Suen's rules for both half-steps, by neighbour code."""
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    count = bits.sum(axis=1)
    rises = ((bits == 0) & (np.roll(bits, -1, axis=1) == 1)).sum(axis=1)
    border = (count >= 2) & (count <= 6) & (rises == 1)
    above, right, below, left = bits[:, 0], bits[:, 2], bits[:, 4], bits[:, 6]
    first = border & (above * right * below == 0) & (right * below * left == 0)
    second = border & (above * right * left == 0) & (above * below * left == 0)
    return first, second


def _follow(skeleton: NDArray[np.bool_]) -> list[Points]:
    """Follow the skeleton's lines from ends and branches until all are drawn."""
    rows, columns = np.nonzero(skeleton)
    places = list(zip(columns.tolist(), rows.tolist(), strict=True))
    open_links = _link(set(places))
    paths = []
    degrees = {place: len(links) for place, links in open_links.items()}
    # Ends first, then branches, then what is left: closed loops.
    by_degree = sorted(places, key=lambda place: (degrees[place] == 2, degrees[place]))
    for start in by_degree:
        while open_links[start]:
            path = _walk(start, open_links, degrees)
            ends = min(degrees[path[0]], degrees[path[-1]])
            branches = max(degrees[path[0]], degrees[path[-1]])
            if not (ends == 1 and branches > 2 and len(path) <= SHORTEST_SPUR):
                paths.append(np.array(path, np.float32))
        if not degrees[start]:
            paths.append(np.array([start], np.float32))
    return paths


def _covers(paths: list[Points], ink: Pixels) -> bool:
    """Whether nearly all ink lies near a path."""
    near = np.zeros_like(ink)
    lines = [path.astype(np.int32) for path in paths]
    cv2.polylines(near, lines, isClosed=False, color=1, thickness=REACH)
    total = int(ink.sum(dtype=np.int64))
    left_out = int(ink[near == 0].sum(dtype=np.int64))
    return left_out <= LEFT_OUT * total


def _link(places: set[tuple[int, int]]) -> dict[tuple[int, int], set[tuple[int, int]]]:
    """Link each pixel with its neighbours, diagonally only where no corner lies."""
    links = {}
    for x, y in places:
        straight = {(x + right, y + down) for down, right in _CLOCKWISE[::2]} & places
        diagonal = {
            (x + right, y + down)
            for down, right in _CLOCKWISE[1::2]
            if (x + right, y) not in straight and (x, y + down) not in straight
        }
        links[x, y] = straight | (diagonal & places)
    return links


def _walk(
    start: tuple[int, int],
    open_links: dict[tuple[int, int], set[tuple[int, int]]],
    degrees: dict[tuple[int, int], int],
) -> list[tuple[int, int]]:
    """Walk along links not yet drawn up to the next end or branch."""
    path = [start]
    here = start
    while open_links[here]:
        there = min(open_links[here])
        open_links[here].discard(there)
        open_links[there].discard(here)
        path.append(there)
        here = there
        if degrees[here] != 2:
            break
    return path


def _smooth(path: Points) -> Points:
    """Even out the pixel steps; ends stay where they are."""
    for _ in range(SMOOTHING_ROUNDS if len(path) > 2 else 0):
        middle = (path[:-2] + 2 * path[1:-1] + path[2:]) / 4
        path = np.concatenate([path[:1], middle, path[-1:]])
    return np.concatenate([path[:-1:2], path[-1:]])


# Steps down and right to the eight neighbours, from the one above.
_CLOCKWISE = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
_REMOVABLE = _removable()
_BITS = np.zeros((3, 3), np.float32)
for _bit, (_down, _right) in enumerate(_CLOCKWISE):
    _BITS[1 + _down, 1 + _right] = 1 << _bit
