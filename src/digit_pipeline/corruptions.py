"""Digits as they come from bad cameras, shaky hands and careless senders.

Eleven corruptions, each at five strengths. A digit is laid on a canvas, dark ink on
light paper, as a person would have it; the canvas is corrupted, and comes back through
the image contract as every upload does. Strength 5 is hard, and still read by a person.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digit_pipeline.images import DIGIT_SIDE, view_digit
from digit_pipeline.skeletons import thin_ink

Pixels = NDArray[np.uint8]
Floats = NDArray[np.floating[Any]]
# What a corruption does: the canvas at each amount. Chance is asked once per canvas,
# so that its five versions differ by the amount alone.
Corrupt = Callable[[Pixels, Sequence[float], np.random.Generator], list[Pixels]]

ENLARGEMENT = 4
CANVAS_SIDE = DIGIT_SIDE * ENLARGEMENT
# Grey levels of a sheet and of a pen under a lamp: room for noise on either side.
PAPER, INK = 235, 25
CLEAN = "clean"
STRENGTHS = (1, 2, 3, 4, 5)
# Parts this module's chance from what else is drawn from the project's seed.
STREAM = 17
# Canvas pixels: a hole is just wider than a usual stroke (MNIST's are 9), and between
# the middles of two lies at least so much, for what is left must tell the digit.
GAP_RADIUS, BETWEEN_GAPS = 5, 24


class Corruption(NamedTuple):
    """One row of the scorecard.

    Attributes:
        apply: what it does to a canvas.
        amounts: how far it goes at strengths 1 to 5.
        unit: what the amounts count.
    """

    apply: Corrupt
    amounts: tuple[float, float, float, float, float]
    unit: str


def corrupt_digits(digits: Pixels, seed: int) -> dict[str, Pixels]:
    """Corrupt digits in every way at every strength.

    Args:
        digits: model input, uint8 ``(n, 28, 28)``, ink = 255.
        seed: the project's seed.

    Returns:
        by condition (``clean``, ``shift 1`` … ``jpeg 5``) uint8 ``(n, 28, 28)``,
        through the image contract.
    """
    canvases = [draw_canvas(digit) for digit in digits]
    conditions = {CLEAN: canvases}
    streams = np.random.default_rng([seed, STREAM]).spawn(len(CORRUPTIONS))
    for (name, one), random in zip(CORRUPTIONS.items(), streams, strict=True):
        versions = [one.apply(canvas, one.amounts, random) for canvas in canvases]
        for i, strength in enumerate(STRENGTHS):
            conditions[name_condition(name, strength)] = [v[i] for v in versions]
    return {name: _read_canvases(group) for name, group in conditions.items()}


def name_condition(corruption: str, strength: int) -> str:
    """Name one corruption at one strength: ``shift 3``."""
    return f"{corruption} {strength}"


def draw_canvas(digit: Pixels) -> Pixels:
    """Lay a digit on paper: uint8 ``(28, 28)``, ink = 255, to ``(112, 112)`` grey."""
    side = (CANVAS_SIDE, CANVAS_SIDE)
    ink = cv2.resize(digit, side, interpolation=cv2.INTER_CUBIC)
    return _write(ink.astype(np.float32) / 255)


def shift(
    canvas: Pixels, amounts: Sequence[float], random: np.random.Generator
) -> list[Pixels]:
    """Move the digit in any direction, by shares of the canvas.

    Its outermost ink may leave the canvas: a digit has 0.14 of room on each side.
    """
    angle = random.uniform(0, 2 * np.pi)
    step = CANVAS_SIDE * np.array([np.cos(angle), np.sin(angle)])
    return [_map(canvas, np.eye(2), step * amount) for amount in amounts]


def scale(
    canvas: Pixels, amounts: Sequence[float], _: np.random.Generator
) -> list[Pixels]:
    """Write smaller: amounts are shares of the size. At 0.2 the digit is 16 px tall."""
    versions = []
    for amount in amounts:
        side = round(CANVAS_SIDE * amount)
        small = cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA)
        start = (CANVAS_SIDE - side) // 2
        sheet = np.full_like(canvas, PAPER)
        sheet[start : start + side, start : start + side] = small
        versions.append(sheet)
    return versions


def rotation(
    canvas: Pixels, amounts: Sequence[float], random: np.random.Generator
) -> list[Pixels]:
    """Turn about the middle, clockwise or counter-clockwise, by degrees."""
    angles = np.deg2rad(np.array(amounts) * random.choice((-1, 1)))
    return [
        _map(canvas, np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]))
        for a in angles
    ]


def shear(
    canvas: Pixels, amounts: Sequence[float], random: np.random.Generator
) -> list[Pixels]:
    """Slant to the left or to the right, by sideways shift per height."""
    slants = np.array(amounts) * random.choice((-1, 1))
    return [_map(canvas, np.array([[1, slant], [0, 1]])) for slant in slants]


def pen_width(
    canvas: Pixels, amounts: Sequence[float], random: np.random.Generator
) -> list[Pixels]:
    """Take a pen thinner by shares of its own width, or thicker by half as much.

    Half as much, for loops must not close. The skeleton stays, however thin the pen: a
    hair does not break.
    """
    ink = _read(canvas) > 0.5
    if not ink.any():
        return [canvas.copy() for _ in amounts]
    inside, middle = _measure_depth(ink)
    half = float(np.median(inside[middle]))
    if random.random() < 0.5:
        skeleton = _find_skeleton(ink)
        thinner = (np.clip(inside - half * share, 0, 1) for share in amounts)
        return [_write(np.maximum(one, skeleton)) for one in thinner]
    outside = cv2.distanceTransform((~ink).astype(np.uint8), cv2.DIST_L2, 5)
    growths = (half * share / 2 for share in amounts)
    return [_write(np.clip(growth - outside + 1, 0, 1)) for growth in growths]


def blur(
    canvas: Pixels, amounts: Sequence[float], _: np.random.Generator
) -> list[Pixels]:
    """Put out of focus: a Gaussian whose standard deviation is in canvas pixels."""
    # OpenCV blurs float32 ten times as fast as uint8.
    grey = canvas.astype(np.float32)
    edge = cv2.BORDER_REPLICATE
    return [
        _round(cv2.GaussianBlur(grey, (0, 0), sigma, borderType=edge))
        for sigma in amounts
    ]


def noise(
    canvas: Pixels, amounts: Sequence[float], random: np.random.Generator
) -> list[Pixels]:
    """Add a sensor's grain: Gaussian, standard deviation in grey levels of 255."""
    grain = random.standard_normal(canvas.shape, np.float32)
    return [_round(canvas + grain * np.float32(amount)) for amount in amounts]


def contrast(
    canvas: Pixels, amounts: Sequence[float], _: np.random.Generator
) -> list[Pixels]:
    """Take a harder pencil: amounts are shares of the ink's difference from paper."""
    return [_write(_read(canvas) * np.float32(share)) for share in amounts]


def inverted_polarity(
    canvas: Pixels, amounts: Sequence[float], _: np.random.Generator
) -> list[Pixels]:
    """Write in chalk: light ink on a dark ground, by shares of the full contrast."""
    return [
        _round(INK + _read(canvas) * np.float32(share * (PAPER - INK)))
        for share in amounts
    ]


def gaps(
    canvas: Pixels, amounts: Sequence[float], random: np.random.Generator
) -> list[Pixels]:
    """Let the pen skip: amounts are numbers of holes, as far as there is room."""
    places = np.argwhere(_measure_depth(_read(canvas) > 0.5)[1])
    holes = _spread(random.permutation(places), int(max(amounts)))
    versions = []
    for amount in amounts:
        holed = canvas.copy()
        for row, column in holes[: int(amount)]:
            cv2.circle(holed, (column, row), GAP_RADIUS, PAPER, cv2.FILLED)
        versions.append(holed)
    return versions


def jpeg(
    canvas: Pixels, amounts: Sequence[float], _: np.random.Generator
) -> list[Pixels]:
    """Save as JPEG of a poor quality, on libjpeg's scale of 1 to 100."""
    versions = []
    for quality in amounts:
        options = [cv2.IMWRITE_JPEG_QUALITY, int(quality)]
        file = cv2.imencode(".jpg", canvas, options)[1]
        versions.append(np.asarray(cv2.imdecode(file, cv2.IMREAD_GRAYSCALE), np.uint8))
    return versions


CORRUPTIONS = {
    "shift": Corruption(shift, (0.04, 0.08, 0.12, 0.16, 0.2), "of the canvas"),
    "scale": Corruption(scale, (0.8, 0.6, 0.45, 0.3, 0.2), "of the size"),
    "rotation": Corruption(rotation, (6, 12, 18, 24, 30), "degrees"),
    "shear": Corruption(shear, (0.1, 0.2, 0.3, 0.4, 0.5), "sideways per height"),
    "pen_width": Corruption(
        pen_width,
        (0.15, 0.3, 0.45, 0.6, 0.75),
        "of the pen, thinner; half as much, thicker",
    ),
    "blur": Corruption(blur, (1.5, 2.5, 4, 5.5, 7), "pixels of the canvas"),
    "noise": Corruption(noise, (8, 16, 28, 40, 56), "grey levels"),
    "contrast": Corruption(contrast, (0.6, 0.4, 0.28, 0.2, 0.14), "of the contrast"),
    "inverted_polarity": Corruption(
        inverted_polarity, (1, 0.6, 0.4, 0.25, 0.14), "of the contrast"
    ),
    "gaps": Corruption(gaps, (1, 2, 3, 4, 5), "holes in the stroke"),
    "jpeg": Corruption(jpeg, (40, 25, 15, 8, 4), "quality of 100"),
}


def _read_canvases(canvases: Sequence[Pixels]) -> Pixels:
    digits = np.zeros((len(canvases), DIGIT_SIDE, DIGIT_SIDE), np.uint8)
    for i, canvas in enumerate(canvases):
        digits[i] = np.rint(view_digit(canvas).digit * 255)
    return digits


def _read(canvas: Pixels) -> Floats:
    """Give the ink on paper, float32 in [0, 1]."""
    return (PAPER - canvas.astype(np.float32)) / (PAPER - INK)


def _write(ink: Floats) -> Pixels:
    """Lay ink, float in [0, 1], on paper."""
    return _round(PAPER - ink * (PAPER - INK))


def _round(grey: Any) -> Pixels:
    return np.rint(np.clip(grey, 0, 255)).astype(np.uint8)


def _map(
    canvas: Pixels,
    matrix: NDArray[np.float64],
    step: NDArray[np.float64] | float = 0.0,
) -> Pixels:
    """Move what is on the canvas about its middle; what comes in is paper."""
    middle = np.full(2, (CANVAS_SIDE - 1) / 2)
    offset = middle - matrix @ middle + step
    return np.asarray(
        cv2.warpAffine(
            canvas,
            np.column_stack([matrix, offset]),
            canvas.shape[::-1],
            borderValue=PAPER,
        ),
        np.uint8,
    )


def _spread(places: NDArray[np.int64], most: int) -> list[tuple[int, int]]:
    """Take the first places that keep their distance, at most so many."""
    kept: list[tuple[int, int]] = []
    while len(places) and len(kept) < most:
        kept.append((int(places[0, 0]), int(places[0, 1])))
        ways = np.hypot(*(places - places[0]).T)
        places = places[ways >= BETWEEN_GAPS]
    return kept


def _measure_depth(ink: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.bool_]]:
    """Give each pixel's depth in the ink, in pixels, and where a stroke is deepest."""
    depth = cv2.distanceTransform(ink.astype(np.uint8), cv2.DIST_L2, 5)
    middle = ink & (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8)))
    return np.asarray(depth), middle


def _find_skeleton(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Find the line that a stroke is drawn along, two pixels wide.

    At half the size: thinning takes a quarter of the time there.
    """
    half = CANVAS_SIDE // 2
    coarse: NDArray[np.bool_] = np.any(ink.reshape(half, 2, half, 2), axis=(1, 3))
    skeleton = thin_ink(coarse[np.newaxis])[0]
    return ink & skeleton.repeat(2, axis=0).repeat(2, axis=1)
