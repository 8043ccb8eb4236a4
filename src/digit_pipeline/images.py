"""The image contract: open any upload, find the ink, make 28x28 model input.

Training and serving both come through here; nothing else in the project turns
pixels into model input. The 28x28 steps are those with which NIST's forms became
MNIST (LeCun et al., 1998; rebuilt by QMNIST, Yadav and Bottou, 2019).
"""

from dataclasses import dataclass
from math import floor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Ink = NDArray[np.float32]
Pixels = NDArray[np.uint8]

DIGIT_SIDE = 28
INK_SIDE = 20
# Pencil on grey paper has about 40 grey levels of contrast, an empty scan under 20.
MIN_CONTRAST = 24
# Fainter ink does not widen the box: JPEG ringing and scanner haze stay below it.
BOX_THRESHOLD = 0.1
OPAQUE = 255
# What True is as a byte.
MARK = b"\1"
PLACES = np.arange(INK_SIDE, dtype=np.float32)


class Box(NamedTuple):
    """Bounding box of the ink, in pixels: right and bottom lie outside it."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, eq=False)
class DigitView:
    """What the model sees of a picture.

    Attributes:
        ink: float32 ``(h, w)`` in [0, 1], ink = 1.
        box: where the ink is, or None when there is none.
        digit: float32 ``(28, 28)`` in [0, 1] in steps of 1/255, ink = 1.
        frame: where in ``digit`` what lies in ``box`` went, or None without ink.
    """

    ink: Ink
    box: Box | None
    digit: Ink
    frame: Box | None

    @property
    def is_empty(self) -> bool:
        """Whether no ink was found."""
        return self.box is None


def view_digit(pixels: Pixels) -> DigitView:
    """Apply the whole contract to a picture: pixels, ink, box, 28x28 digit.

    Args:
        pixels: uint8 ``(h, w)`` or ``(h, w, c)``; c = 1 grey, 3 RGB, 4 RGBA.
    """
    return view_ink(find_ink(pixels))


def view_ink(ink: Ink) -> DigitView:
    """Apply what comes after ``find_ink``, to all of an ink or to a part of it.

    Args:
        ink: float32 ``(h, w)`` in [0, 1], ink = 1.
    """
    box = find_box(ink)
    digit, frame = _fit(ink, box)
    return DigitView(ink, box, digit, frame)


def find_ink(pixels: Pixels) -> Ink:
    """Tell ink from background, whichever of the two is the darker.

    The background is what surrounds the drawing: transparency where the border is
    mostly transparent, otherwise the border's median grey.

    Args:
        pixels: uint8 ``(h, w)`` or ``(h, w, c)``; c = 1 grey, 3 RGB, 4 RGBA.

    Returns:
        float32 ``(h, w)`` in [0, 1], ink = 1, strongest ink exactly 1; all zero when
        the contrast is under ``MIN_CONTRAST`` grey levels.
    """
    return _contrast_with_border(to_grey(pixels))


def to_grey(pixels: Pixels) -> Pixels:
    """Give a picture's grey levels; what is transparent shows the background.

    Args:
        pixels: uint8 ``(h, w)`` or ``(h, w, c)``; c = 1 grey, 3 RGB, 4 RGBA.

    Returns:
        uint8 ``(h, w)``.
    """
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        return _grey_on_background(pixels)
    return _luminance(pixels)


def find_box(ink: Ink) -> Box | None:
    """Find the bounding box of all ink above ``BOX_THRESHOLD``.

    Args:
        ink: float32 ``(h, w)`` in [0, 1], ink = 1.
    """
    marked = ink > BOX_THRESHOLD
    # Found as bytes, row after row: four searches in half of NumPy's time.
    rows, columns = marked.tobytes(), np.logical_or.reduce(marked).tobytes()
    first = rows.find(MARK)
    if first < 0:
        return None
    width = len(columns)
    return Box(
        left=columns.find(MARK),
        top=first // width,
        right=columns.rfind(MARK) + 1,
        bottom=rows.rfind(MARK) // width + 1,
    )


def fit_digit(ink: Ink, box: Box | None = None) -> Ink:
    """Bring ink to 28x28: longer side 20 px, aspect kept, centre of mass centred.

    Args:
        ink: float32 ``(h, w)`` in [0, 1], ink = 1.
        box: the ink's bounding box, found here when it is not given.

    Returns:
        float32 ``(28, 28)`` in [0, 1] in steps of 1/255 (so that what is stored as
        uint8 for training is the very same input as in serving), all zero without ink.
    """
    return _fit(ink, box or find_box(ink))[0]


def scale_ink(crop: Ink) -> Ink:
    """Bring the longer side of what lies in an ink's box to 20 px, aspect kept.

    Args:
        crop: float32 ``(h, w)`` in [0, 1], ink = 1, neither side empty.

    Returns:
        float32 ``(h, w)`` in [0, 1], neither side above 20.
    """
    height, width = crop.shape
    scale = INK_SIDE / max(height, width)
    if scale == 1:
        return crop
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # Box averages areas when it shrinks; enlarging with it would leave blocks.
    kernel = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    return _resize(crop, size, kernel)


def lay_on_picture(values: Ink, view: DigitView, size: tuple[int, int]) -> Ink:
    """Bring a map over the 28x28 digit back to where its pixels came from.

    The inverse of ``view_digit``'s crop, scale and shift.

    Args:
        values: float32 ``(28, 28)``, any range; drawn smoothly (bilinear).
        view: the digit and its picture.
        size: height and width of the result, which covers the whole picture; smaller
            or larger than the picture's to draw at another resolution.

    Returns:
        float32 ``(height, width)``, zero outside of what the 28x28 show.

    Raises:
        ValueError: when the picture has no ink, so that nothing was cropped.
    """
    if view.box is None or view.frame is None:
        raise ValueError("expected a picture with ink, got an empty one: draw first")
    box, frame = view.box, view.frame
    rows = _places_in_digit(
        size[0], view.ink.shape[0], (box.top, box.bottom), (frame.top, frame.bottom)
    )
    columns = _places_in_digit(
        size[1], view.ink.shape[1], (box.left, box.right), (frame.left, frame.right)
    )
    # By hand: as products of matrices it waits for threads on a busy machine.
    values = np.asarray(values, np.float32)
    down = _interpolate(values, rows)
    return np.ascontiguousarray(_interpolate(down.T, columns).T)


def _places_in_digit(
    length: int, picture: int, box: tuple[int, int], frame: tuple[int, int]
) -> Ink:
    """Say where along one side of the digit each pixel of a picture lies.

    Args:
        length: pixels of the result along this side.
        picture: pixels of the picture along this side.
        box: first pixel of the ink in the picture, and the first behind it.
        frame: the same in the digit.

    Returns:
        float32 ``(length,)``: 0 is the first pixel's middle; NaN outside the digit.
    """
    places = (np.arange(length, dtype=np.float32) + 0.5) * (picture / length)
    shrinking = (frame[1] - frame[0]) / (box[1] - box[0])
    places = frame[0] + (places - box[0]) * shrinking
    outside = (places < 0) | (places > DIGIT_SIDE)
    places = np.clip(places - 0.5, 0, DIGIT_SIDE - 1)
    places[outside] = np.nan
    return np.asarray(places, np.float32)


def _interpolate(values: Ink, places: Ink) -> Ink:
    """Take rows at places between them, zero where a place is NaN."""
    outside = np.isnan(places)
    first = np.where(outside, 0, places).astype(np.intp)
    second = np.minimum(first + 1, len(values) - 1)
    share = np.where(outside, 0, places - first).astype(np.float32)[:, None]
    taken = values[first] * (1 - share) + values[second] * share
    taken[outside] = 0
    return np.asarray(taken, np.float32)


def _fit(ink: Ink, box: Box | None) -> tuple[Ink, Box | None]:
    """Give the 28x28 digit, and where in it the box's content lies."""
    digit = np.zeros((DIGIT_SIDE, DIGIT_SIDE), np.float32)
    if box is None:
        return digit, None
    levels = _to_levels(scale_ink(ink[box.top : box.bottom, box.left : box.right]))
    height, width = levels.shape
    # Whole levels sum exactly: a centre between two pixels always goes the same way.
    down, across = np.add.reduce(levels, axis=1), np.add.reduce(levels)
    total = float(np.add.reduce(down))
    top = _start(float(down @ PLACES[:height]) / total, height)
    left = _start(float(across @ PLACES[:width]) / total, width)
    digit[top : top + height, left : left + width] = levels / 255
    return digit, Box(left, top, left + width, top + height)


def _to_levels(ink: Ink) -> Ink:
    """Give whole levels from 0 to 255, the highest 255.

    A sum of them, even weighted by their places, is exact in float32: below 2 ** 24.
    """
    return np.asarray(np.rint(ink * (255 / ink.max())), np.float32)


def _resize(ink: Ink, size: tuple[int, int], kernel: Image.Resampling) -> Ink:
    """Resize by Pillow; ``fromarray`` and ``asarray`` would cost half as much again."""
    height, width = ink.shape
    image = Image.frombuffer("F", (width, height), ink.tobytes(), "raw", "F", 0, 1)
    resized = image.resize(size, kernel).tobytes()
    return np.frombuffer(resized, np.float32).reshape(size[::-1])


def _start(centre: float, length: int) -> int:
    """Put ``centre`` on pixel 14, as MNIST does, without leaving the frame."""
    start = floor(DIGIT_SIDE / 2 + 0.5 - centre)
    return min(max(start, 0), DIGIT_SIDE - length)


def _grey_on_background(pixels: Pixels) -> Pixels:
    """Lay RGBA on white, or on black when light strokes float on transparency."""
    alpha = pixels[..., 3]
    grey = _luminance(pixels[..., :3])
    if alpha.min() == OPAQUE:
        return grey
    background = 255.0
    if np.median(_border(alpha)) < OPAQUE / 2 and alpha.any():
        background = 0.0 if np.average(grey, weights=alpha) > OPAQUE / 2 else 255.0
    share = alpha.astype(np.float32) / OPAQUE
    return np.rint(background + (grey - background) * share).astype(np.uint8)


def _luminance(pixels: Pixels) -> Pixels:
    if pixels.ndim == 2:
        return pixels
    if pixels.shape[2] == 1:
        return pixels[..., 0]
    return np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).convert("L"))


def _border(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    sides = (values[0], values[-1], values[1:-1, 0], values[1:-1, -1])
    return np.concatenate(sides)


def _contrast_with_border(grey: Pixels) -> Ink:
    frame = _border(grey)
    background = _median(frame)
    lighter = float(grey.max()) - background
    darker = background - float(grey.min())
    peak = max(lighter, darker)
    if peak < MIN_CONTRAST:
        return np.zeros(grey.shape, np.float32)
    sign = 1 if lighter > darker else -1
    ink = grey.astype(np.float32)
    ink -= background
    ink *= sign / peak
    # Paper grain and sensor noise show on the border, where nobody writes.
    noise = 4 * _median(np.abs(frame - background)) / peak
    if noise > 0:
        least = min(noise, 0.5)
        ink -= least
        ink /= 1 - least
    np.maximum(ink, 0, out=ink)
    return np.minimum(ink, 1, out=ink)


def _median(values: NDArray[Any]) -> float:
    """Give what ``np.median`` gives, in a tenth of its time for a border's pixels."""
    ordered = np.sort(values)
    half = len(ordered) // 2
    return (float(ordered[half]) + float(ordered[-half - 1])) / 2
