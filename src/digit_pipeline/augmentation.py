"""Training digits as other hands and pens would have written them.

Scans (28x28 pixels) are turned, sheared, stretched and bent by one map each, and
their strokes made thicker or thinner. Pen strokes are moved point by point and drawn
anew with another pen. Both then go through the image contract like any picture.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from digit_pipeline.batch_contract import fit_batch
from digit_pipeline.labelled_images import Strokes
from digit_pipeline.scan_warping import (
    BEND_KNOTS,
    CANVAS,
    redraw_edges,
    warp_scans,
)
from digit_pipeline.shapes import (
    Values,
    measure_aspects,
    measure_slants,
    measure_stroke_aspects,
    measure_stroke_slants,
)
from digit_pipeline.stroke_warping import draw_anew

# Pixels of the 40 x 40 canvas, on which strokes are two to four pixels wide.
GAP_RADIUS = (1.0, 2.2)
MOST_GAPS = 4
# Binary places of a hole's place and radius.
SHIFT = 4

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How far digits are changed; every value is drawn evenly up to the given one.

    Attributes:
        rotation: degrees to either side.
        shear: sideways shift per unit of height, to either side.
        stretch: natural logarithm of width over height, to either side.
        aspects: least and greatest width over height that stretching leads to: a seven
            that is squeezed further is a one. Of strokes it is a thin pen's. None
            bounds nothing.
        slants: least and greatest slant that shearing leads to, sideways per unit of
            height downward: a seven that leans further is a two. None bounds nothing.
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
        morphed: share of digits with strokes of their own that are moved towards
            another writer's lookalike or away from it.
        morph: how far at most, as a share of the difference.
        variants: how often digits drawn from strokes are written each of the other
            common ways, ``writing_variants.WAYS``.
        coarse: share of digits that pass through a coarse raster of 9 to 18 pixels.
        gaps: share of digits whose strokes break, at one to four places each.
    """

    rotation: float = 0.0
    shear: float = 0.0
    stretch: float = 0.0
    aspects: tuple[float, float] | None = None
    slants: tuple[float, float] | None = None
    bend: float = 0.0
    proportion: float = 0.0
    blur: tuple[float, float] = (0.6, 0.6)
    edge: tuple[float, float] = (0.5, 0.5)
    pen_width: tuple[float, float] = (0.06, 0.06)
    kept: float = 0.0
    traced: float = 0.0
    morphed: float = 0.0
    morph: float = 0.0
    variants: Mapping[str, float] = field(default_factory=dict)
    coarse: float = 0.0
    gaps: float = 0.0


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
    drawn = np.array(
        [strokes is not None and len(strokes[i]) > 0 for i in range(count)], bool
    )
    own = np.flatnonzero(drawn)
    paths = Strokes.from_digits([strokes[i] for i in own.tolist()] if strokes else [])
    moves = _draw_moves(_Unmoved(digits, drawn, paths), augmentation, rng)
    bends = _draw_bends(count, augmentation, rng)
    blurs = rng.uniform(*augmentation.blur, count)
    edges = rng.uniform(*augmentation.edge, count)
    pens = _draw_pens(count, augmentation, rng)
    coarse = np.where(
        rng.random(count) < augmentation.coarse, rng.integers(9, 19, count), 0
    )
    kept = ~drawn & (rng.random(count) < augmentation.kept)
    inks = np.zeros((count, CANVAS, CANVAS), np.uint8)
    scans = np.flatnonzero(~drawn & ~kept)
    warped = warp_scans(digits[scans], moves[scans], bends[scans])
    inks[scans] = redraw_edges(warped, blurs[scans], edges[scans])
    inks[own] = draw_anew(paths, moves[own], bends[own], pens[own], side=CANVAS)
    for i in np.flatnonzero(coarse * ~kept).tolist():
        inks[i] = _coarsen(inks[i], int(coarse[i]))
    for i in np.flatnonzero(~kept & (rng.random(count) < augmentation.gaps)).tolist():
        inks[i] = _break(inks[i], rng)
    return np.where(kept[:, None, None], digits, fit_batch(inks))


@dataclass(frozen=True)
class _Unmoved:
    """Digits before they are moved, some of them to be drawn from strokes.

    A path that was traced in a scan and written another way has little of the scan's
    shape.

    Attributes:
        digits: uint8 ``(n, 28, 28)``.
        drawn: bool ``(n,)``, which of them are drawn from strokes.
        strokes: theirs, in that order.
    """

    digits: Pixels
    drawn: NDArray[np.bool_]
    strokes: Strokes

    def __len__(self) -> int:
        return len(self.digits)

    def aspects(self) -> Values:
        return self._measure(measure_aspects, measure_stroke_aspects)

    def slants(self) -> Values:
        return self._measure(measure_slants, measure_stroke_slants)

    def _measure(
        self,
        of_scans: Callable[[Pixels], Values],
        of_strokes: Callable[[Strokes], Values],
    ) -> Values:
        values = np.zeros(len(self))
        values[~self.drawn] = of_scans(self.digits[~self.drawn])
        values[self.drawn] = of_strokes(self.strokes)
        return values


def _draw_moves(
    unmoved: _Unmoved, augmentation: Augmentation, rng: np.random.Generator
) -> Floats:
    """Draw ``(n, 2, 2)`` matrices that take the digit to its new shape."""
    count = len(unmoved)
    turns = np.radians(rng.uniform(-1, 1, count) * augmentation.rotation)
    widths = np.exp(_draw_stretches(unmoved, augmentation, rng) / 2)
    shears = _draw_shears(unmoved, widths, augmentation, rng)
    cosines, sines = np.cos(turns), np.sin(turns)
    turned = np.stack([cosines, -sines, sines, cosines], -1).reshape(-1, 2, 2)
    shaped = np.zeros((count, 2, 2))
    shaped[:, 0, 0], shaped[:, 1, 1] = widths, 1 / widths
    shaped[:, 0, 1] = shears
    return (turned @ shaped).astype(np.float32)


def _draw_stretches(
    unmoved: _Unmoved, augmentation: Augmentation, rng: np.random.Generator
) -> Values:
    """Draw natural logarithms of by how much each width over height grows."""
    reach = augmentation.stretch
    if augmentation.aspects is None:
        return rng.uniform(-reach, reach, len(unmoved))
    least, most = np.log(augmentation.aspects)
    aspects = np.log(unmoved.aspects())
    return _draw_within(least - aspects, most - aspects, reach, rng)


def _draw_shears(
    unmoved: _Unmoved,
    widths: Values,
    augmentation: Augmentation,
    rng: np.random.Generator,
) -> Values:
    """Draw how far each digit, its width so many times as great, is sheared."""
    reach = augmentation.shear
    if augmentation.slants is None:
        return rng.uniform(-reach, reach, len(unmoved))
    # What makes a digit wider makes it lower, and lean more for both reasons.
    least, most = (bound / widths for bound in augmentation.slants)
    slants = unmoved.slants() * widths
    return _draw_within(least - slants, most - slants, reach, rng)


def _draw_within(
    least: Values, most: Values, reach: float, rng: np.random.Generator
) -> Values:
    """Draw changes between bounds, each at most ``reach``.

    What is beyond a bound as it is goes no further.
    """
    return rng.uniform(np.clip(least, -reach, 0), np.clip(most, 0, reach))


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


def _coarsen(ink: Pixels, side: int) -> Pixels:
    """Pass a picture through a raster, its darkest ink as dark as before."""
    small = cv2.resize(ink, (side, side), interpolation=cv2.INTER_AREA)
    small = cv2.convertScaleAbs(small, alpha=float(ink.max()) / max(small.max(), 1))
    large = cv2.resize(small, (CANVAS, CANVAS), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.uint8)


def _break(ink: Pixels, rng: np.random.Generator) -> Pixels:
    """Let the pen skip: holes about as wide as the stroke, in its darkest pixels."""
    if not ink.any():
        return ink  # no stroke to break
    places = np.argwhere(ink > 0.8 * ink.max())
    holes = int(rng.integers(1, MOST_GAPS + 1))
    broken = ink.copy()
    for row, column in rng.choice(places, holes).tolist():
        radius = round(rng.uniform(*GAP_RADIUS) * (1 << SHIFT))
        place = (column << SHIFT, row << SHIFT)
        cv2.circle(broken, place, radius, 0, cv2.FILLED, cv2.LINE_AA, SHIFT)
    # A dot whose only ink was taken stays: no picture becomes empty.
    return broken if broken.any() else ink


_u, _v = np.meshgrid(*[np.linspace(-1, 1, BEND_KNOTS)] * 2)
# Shifts of the knots, at most 1: the middle across, the middle along, the corners.
_SHAPES = np.stack([1 - _u**2, 1 - _v**2, _u * _v])
