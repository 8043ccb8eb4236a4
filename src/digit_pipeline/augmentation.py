"""Training digits as other hands and pens would have written them.

Scans (28x28 pixels) are turned, sheared, stretched and bent by one map each, and
their strokes made thicker or thinner. Pen strokes are moved point by point and drawn
anew with another pen. Both then go through the image contract like any picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from digit_pipeline.batch_contract import fit_batch
from digit_pipeline.labelled_images import Strokes
from digit_pipeline.rendering import draw_strokes

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

CANVAS = 40
# The moved digit's box is given this side, so that strokes can grow within the canvas.
DRAWN_SIDE = 30
# The blur's kernel: OpenCV has a fast path for 5x5, five times as fast as 11x11.
BLUR_SIDE = 5
# Ink rises from none to full between these shares of the level that is the edge.
EDGE_START, EDGE_END = 0.6, 1.4
# The elastic field is drawn on so many knots a side and spread by cubic interpolation.
BEND_KNOTS = 5
OPAQUE = 255


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How far digits are changed; every value is drawn evenly up to the given one.

    Attributes:
        rotation: degrees to either side.
        shear: sideways shift per unit of height, to either side.
        stretch: natural logarithm of width over height, to either side.
        bend: standard deviation of the elastic field's knots, as a share of the digit.
        proportion: how far the middle is moved against the ends and the corners
            against the sides, as a share of the digit: a large loop under a short stem
            becomes a small one under a long stem.
        blur: least and greatest blur before the stroke's edge is found again, in
            pixels of the 40x40 canvas.
        edge: least and greatest share of ink at which the edge is found: low makes
            strokes thicker, high thinner; the more so the greater the blur.
        pen_width: least and greatest width of the pen that draws strokes anew, as a
            share of the drawing's longer side; spread evenly by logarithm.
        kept: share of scans, of those not traced, that stay as they are.
        traced: share of scans whose pen path is traced and drawn anew like a stroke.
        variants: share of digits drawn from strokes that are written another common
            way: with a base, a bar, a slash.
        coarse: share of digits that pass through a coarse raster of 9 to 18 pixels.
    """

    rotation: float = 0.0
    shear: float = 0.0
    stretch: float = 0.0
    bend: float = 0.0
    proportion: float = 0.0
    blur: tuple[float, float] = (0.6, 0.6)
    edge: tuple[float, float] = (0.5, 0.5)
    pen_width: tuple[float, float] = (0.06, 0.06)
    kept: float = 0.0
    traced: float = 0.0
    variants: float = 0.0
    coarse: float = 0.0


def augment_digits(
    digits: Pixels,
    strokes: Sequence[Sequence[Floats]] | Strokes | None,
    augmentation: Augmentation,
    rng: np.random.Generator,
) -> Pixels:
    """Write digits anew.

    Args:
        digits: uint8 ``(n, 28, 28)``, ink = 255.
        strokes: each digit's pen strokes; digits without any are moved as pixels.
        augmentation: how far they are changed.
        rng: where chance comes from.

    Returns:
        uint8 ``(n, 28, 28)``, through the image contract.
    """
    count = len(digits)
    moves = _draw_moves(count, augmentation, rng)
    bends = _draw_bends(count, augmentation, rng)
    blurs = rng.uniform(*augmentation.blur, count)
    edges = rng.uniform(*augmentation.edge, count)
    pens = _draw_pens(count, augmentation, rng)
    coarse = np.where(
        rng.random(count) < augmentation.coarse, rng.integers(9, 19, count), 0
    )
    drawn = np.array(
        [strokes is not None and len(strokes[i]) > 0 for i in range(count)]
    )
    kept = ~drawn & (rng.random(count) < augmentation.kept)
    inks = np.zeros((count, CANVAS, CANVAS), np.uint8)
    for i in np.flatnonzero(~kept).tolist():
        own = strokes[i] if strokes is not None else []
        if len(own):
            ink = _draw_anew(own, moves[i], bends[i], pens[i])
        else:
            ink = _warp(digits[i], moves[i], bends[i])
            ink = _redraw_edges(ink, blurs[i], edges[i])
        inks[i] = _coarsen(ink, coarse[i]) if coarse[i] else ink
    return np.where(kept[:, None, None], digits, fit_batch(inks))


def _draw_moves(
    count: int, augmentation: Augmentation, rng: np.random.Generator
) -> Floats:
    """Draw ``(n, 2, 2)`` matrices that take the digit to its new shape."""
    turns = np.radians(rng.uniform(-1, 1, count) * augmentation.rotation)
    shears = rng.uniform(-1, 1, count) * augmentation.shear
    widths = np.exp(rng.uniform(-0.5, 0.5, count) * augmentation.stretch)
    cosines, sines = np.cos(turns), np.sin(turns)
    turned = np.stack([cosines, -sines, sines, cosines], -1).reshape(-1, 2, 2)
    shaped = np.zeros((count, 2, 2))
    shaped[:, 0, 0], shaped[:, 1, 1] = widths, 1 / widths
    shaped[:, 0, 1] = shears
    return (turned @ shaped).astype(np.float32)


def _draw_pens(
    count: int, augmentation: Augmentation, rng: np.random.Generator
) -> NDArray[np.float64]:
    low, high = augmentation.pen_width
    return np.exp(rng.uniform(np.log(low), np.log(high), count))


def _draw_bends(
    count: int, augmentation: Augmentation, rng: np.random.Generator
) -> Floats:
    """Draw ``(n, knots, knots, 2)`` shifts, as shares of the digit."""
    shape = (count, BEND_KNOTS, BEND_KNOTS, 2)
    scales = rng.random((count, 1, 1, 1), np.float32) * np.float32(augmentation.bend)
    bends = rng.standard_normal(shape, np.float32) * scales
    if augmentation.proportion:
        shares = rng.uniform(-1, 1, (count, len(_SHAPES), 2)) * augmentation.proportion
        bends += np.einsum("nsc,shw->nhwc", shares, _SHAPES).astype(np.float32)
    return bends


def _warp(digit: Pixels, move: Floats, bend: Floats) -> Pixels:
    """Look up every canvas pixel in the digit, by one fused map."""
    left, top, width, height = cv2.boundingRect(digit)
    spread = float((np.abs(move) @ np.array([width, height], np.float32)).max())
    back = cv2.invert(move)[1] * (spread / DRAWN_SIDE)
    centre = np.array([[left + (width - 1) / 2], [top + (height - 1) / 2]])
    straight = cv2.transform(_GRID, np.hstack([back, centre]))
    bent = cv2.resize(bend, (CANVAS, CANVAS), interpolation=cv2.INTER_CUBIC)
    places = cv2.scaleAdd(bent, max(width, height), straight)
    return np.asarray(cv2.remap(digit, places, _NO_MAP, cv2.INTER_LINEAR), np.uint8)


def _redraw_edges(ink: Pixels, blur: float, edge: float) -> Pixels:
    """Blur, then find the stroke's edge again at another share of ink."""
    soft = cv2.GaussianBlur(ink, (BLUR_SIDE, BLUR_SIDE), blur)
    # A faint hair must not vanish: the edge lies below the strongest ink.
    level = edge * float(soft.max())
    low, high = EDGE_START * level, min(EDGE_END * level, float(soft.max()))
    above = cv2.subtract(soft, np.array([low, 0, 0, 0]))
    redrawn = cv2.convertScaleAbs(above, alpha=OPAQUE / max(high - low, 1))
    return np.asarray(redrawn, np.uint8)


def _draw_anew(
    strokes: Sequence[Floats], move: Floats, bend: Floats, pen: float
) -> Pixels:
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    longer = max(float((high - low).max()), 1e-6)
    places = np.clip((points - low) / longer, 0, 1) * (BEND_KNOTS - 1)
    shifts = cv2.remap(bend, places[:, None], _NO_MAP, cv2.INTER_LINEAR)[:, 0]
    moved = (points + shifts * longer) @ move.T
    ends = np.cumsum([len(stroke) for stroke in strokes])[:-1]
    # Every other point: tablets report more than a curve needs, and each costs time.
    sparse = [np.concatenate([s[:-1:2], s[-1:]]) for s in np.split(moved, ends)]
    drawn = draw_strokes(sparse, side=CANVAS, pen_width=float(pen))
    return np.rint(drawn * OPAQUE).astype(np.uint8)


def _coarsen(ink: Pixels, side: int) -> Pixels:
    small = cv2.resize(ink, (side, side), interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, (CANVAS, CANVAS), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.uint8)


_offsets = np.arange(CANVAS, dtype=np.float32) - (CANVAS - 1) / 2
# The first map holds both coordinates. cv2's types know no None here, but an empty
# array gives blank images.
_NO_MAP: Any = None
_GRID = np.stack(np.meshgrid(_offsets, _offsets), axis=-1)
_u, _v = np.meshgrid(*[np.linspace(-1, 1, BEND_KNOTS)] * 2)
# Shifts of the knots, at most 1: the middle across, the middle along, the corners.
_SHAPES = np.stack([1 - _u**2, 1 - _v**2, _u * _v])
