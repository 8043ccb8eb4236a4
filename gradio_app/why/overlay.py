"""An explanation as a transparent picture that lies over the drawing.

Never by colour alone: blue ink is solid where it spoke for the answer and striped where
leaving it out helps the runner-up, orange ink is dotted, ink to add is hatched and
framed. Blue, orange and green are those that colour-blind people tell apart (after
Okabe and Ito), each with a contrast of 3 or more to the pad's ink or paper in the light
theme and in the dark one.
"""

import io
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from digit_pipeline.explanation import Explanation
from digit_pipeline.images import DigitView, Ink, lay_on_picture
from gradio_app.why.words import WORTH_PAINTING, choose_changes

Mask = NDArray[np.bool_]
Steps = NDArray[np.int64]
Colour = tuple[int, int, int]
T = TypeVar("T", bound=np.generic)

BLUE: Colour = (38, 118, 255)
ORANGE: Colour = (213, 94, 0)
GREEN: Colour = (0, 158, 115)
WHITE: Colour = (255, 255, 255)
# The overlay of a photograph needs no more; the pad's is 400 wide.
LONGEST_SIDE = 800
# Ink is fully coloured from this share of the strongest on.
FULLY_PAINTED = 0.6
# Hatching repeats this often along the picture's longer side.
REPEATS = 50
# Dots repeat more seldom: what speaks against is often one short piece of a stroke.
DOTS = 36
# How much of a patch counts as inside, when its smooth edge becomes a line.
EDGE = 0.4


def draw_overlay(found: Explanation, view: DigitView) -> bytes:
    """Draw a PNG (RGBA) with the picture's aspect, at most ``LONGEST_SIDE`` long.

    Args:
        found: the explanation of ``view.digit``.
        view: the picture, which has ink.
    """
    height, width = view.ink.shape
    scale = min(1, LONGEST_SIDE / max(height, width))
    size = max(1, round(height * scale)), max(1, round(width * scale))
    ink = np.asarray(Image.fromarray(view.ink).resize(size[::-1], Image.Resampling.BOX))
    spoke = _lay_on_ink(found.spoke, view, size)
    strength = np.clip(
        (np.abs(spoke) - WORTH_PAINTING) / (FULLY_PAINTED - WORTH_PAINTING), 0, 1
    )
    picture = np.zeros((*size, 4), np.uint8)
    _paint(picture, BLUE, np.where(spoke > 0, ink * strength, 0))
    # Weak ones are small, not pale: nobody saw those on the dark theme's light ink.
    dots = _repeat(_apart, size, DOTS) < 0.3 + 0.15 * strength
    _paint(picture, ORANGE, np.where((spoke < 0) & (strength > 0), ink * dots, 0))
    added, removed = choose_changes(found)
    if removed:
        striped = lay_on_picture(removed.ink, view, size) > EDGE
        _paint(picture, BLUE, ink * striped)
        _paint(picture, WHITE, ink * striped * _repeat(_rising, size))
    if added:
        new = lay_on_picture(added.ink, view, size) > EDGE
        line = np.where(_repeat(_falling, size) | _rim(new), 1.0, 0.25).astype(
            np.float32
        )
        _paint(picture, GREEN, new * line)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _lay_on_ink(spoke: Ink, view: DigitView, size: tuple[int, int]) -> Ink:
    """Bring a map over ink to the picture without fading at the ink's edge."""
    inked = lay_on_picture((view.digit > 0).astype(np.float32), view, size)
    laid = lay_on_picture(spoke, view, size) / np.maximum(inked, 0.1)
    return np.asarray(laid, np.float32)


def _paint(picture: NDArray[np.uint8], colour: Colour, cover: Ink) -> None:
    """Put a colour wherever it covers at least as much as what is there."""
    alpha = (255 * cover + 0.5).astype(np.uint8)
    over = (alpha > 0) & (alpha >= picture[..., 3])
    # As one number each, four times as fast as four channels.
    pixels = picture.view(np.uint32)[..., 0]
    whole = np.array([*colour, 0], np.uint8).view(np.uint32)[0]
    np.copyto(pixels, whole, where=over)
    np.copyto(picture[..., 3], alpha, where=over)


def _repeat(
    tile: Callable[[Steps, Steps, int], NDArray[T]],
    size: tuple[int, int],
    repeats: int = REPEATS,
) -> NDArray[T]:
    """Fill a picture with a small pattern."""
    period = max(4, round(max(size) / repeats))
    rows, columns = np.ogrid[:period, :period]
    times = -(-size[0] // period), -(-size[1] // period)
    return np.tile(tile(rows, columns, period), times)[: size[0], : size[1]]


def _falling(rows: Steps, columns: Steps, period: int) -> Mask:
    return np.asarray((rows - columns) % period < 0.4 * period)


def _rising(rows: Steps, columns: Steps, period: int) -> Mask:
    return np.asarray((rows + columns) % period < 0.4 * period)


def _apart(rows: Steps, columns: Steps, period: int) -> Ink:
    """Give how far each place is from the tile's middle, as a share of its side."""
    middle = (period - 1) / 2
    apart = np.hypot(rows - middle, columns - middle) / period
    return np.asarray(apart, np.float32)


def _rim(region: Mask) -> Mask:
    inside = Image.fromarray(region).convert("L").filter(ImageFilter.MinFilter(5))
    return region & (np.asarray(inside) == 0)
