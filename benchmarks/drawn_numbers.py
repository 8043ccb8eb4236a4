"""Numbers of several digits, set from pen digits that one writer wrote."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from digit_pipeline.labelled_images import LabelledImages

Points = NDArray[np.float32]
Floats = NDArray[np.float64]
Pixels = NDArray[np.uint8]

SIDE = 400
# Digits are drawn this high, then the whole number is shrunk onto the canvas.
DRAWN_HEIGHT = 240
HEIGHTS = (0.85, 1.15)
WIDEST = 1.2
PENS = (0.06, 0.16)
BASELINE = 0.06
FILLED = 0.92
TALLEST = 0.55
# Least white between two digits in any row, as shares of their height. Below zero the
# digits' ink overlaps.
GAPS = {
    "wide": (0.30, 0.80),
    "usual": (0.12, 0.30),
    "narrow": (0.04, 0.12),
    "touching": (-0.06, -0.02),
}
# White in a broken stroke, in widths of the pen.
HOLES = (0.3, 1.2)


class Span(NamedTuple):
    """From where to where a digit reaches, px from the left."""

    left: float
    right: float


@dataclass(frozen=True, eq=False)
class Number:
    """A number on a canvas.

    Attributes:
        pixels: uint8 ``(SIDE, SIDE)``, black on white.
        text: its digits.
        spans: where each digit is.
    """

    pixels: Pixels
    text: str
    spans: tuple[Span, ...]


def draw_number(
    digits: LabelledImages,
    length: int,
    gap: str,
    broken: bool,
    random: np.random.Generator,
) -> Number:
    """Set digits of one writer side by side.

    Args:
        digits: with strokes and writers.
        length: how many digits.
        gap: a name in ``GAPS``.
        broken: whether each digit's ink has a hole right across a stroke.
        random: where chance comes from.

    Raises:
        ValueError: when the digits have no strokes or no writers.
    """
    strokes, writers = digits.strokes, digits.groups
    if strokes is None or writers is None:
        raise ValueError("expected digits with strokes, got none: use UCI's pen digits")
    writer = random.choice(np.unique(writers))
    chosen = random.choice(np.flatnonzero(writers == writer), length)
    pen = random.uniform(*PENS) * DRAWN_HEIGHT
    drawn = [_draw_digit(strokes[int(i)], pen, broken, random) for i in chosen]
    white = random.uniform(*GAPS[gap], length - 1) * DRAWN_HEIGHT
    drop = random.uniform(-BASELINE, BASELINE, length) * DRAWN_HEIGHT
    page, spans = _set(drawn, white, drop)
    pixels, spans = _lay_on_canvas(page, spans, random)
    text = "".join(digits.class_names[label] for label in digits.labels[chosen])
    return Number(pixels, text, tuple(spans))


def _draw_digit(
    strokes: list[Points], pen: float, broken: bool, random: np.random.Generator
) -> NDArray[np.bool_]:
    """Give a digit's ink, cropped."""
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    width, height = np.maximum(high - low, 1e-6)
    goal = random.uniform(*HEIGHTS) * DRAWN_HEIGHT - pen
    scale = min(goal / height, WIDEST * DRAWN_HEIGHT / width)
    lines = [(stroke - low) * scale + pen for stroke in strokes]
    if broken:
        lines = _break(lines, pen, random)
    size = (int(width * scale + 2 * pen) + 1, int(height * scale + 2 * pen) + 1)
    picture = Image.new("L", size, 0)
    pencil = ImageDraw.Draw(picture)
    for line in lines:
        path = [(float(x), float(y)) for x, y in line]
        if len(path) > 1:
            pencil.line(path, fill=255, width=round(pen))
        for x, y in path:
            half = pen / 2
            pencil.ellipse((x - half, y - half, x + half, y + half), fill=255)
    ink = np.asarray(picture) > 0
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _break(
    lines: list[Points], pen: float, random: np.random.Generator
) -> list[Points]:
    """Lift the pen for a moment, somewhere in the longest stroke."""
    lengths = [_measure(line)[-1] for line in lines]
    longest = int(np.argmax(lengths))
    # Round ends reach half a pen into the hole from both sides.
    hole = (1 + random.uniform(*HOLES)) * pen
    if lengths[longest] < 2 * hole:
        return lines
    start = random.uniform(0.15, 0.85) * (lengths[longest] - hole)
    line = _refine(lines[longest])
    way = _measure(line)
    parts = [line[way <= start], line[way >= start + hole]]
    kept = [part for part in parts if len(part)]
    return [*lines[:longest], *kept, *lines[longest + 1 :]]


def _measure(line: Points) -> NDArray[np.float64]:
    """Give the way along a line to each of its points, px."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    return np.concatenate(([0.0], np.cumsum(steps)))


def _refine(line: Points) -> Points:
    """Add points so that none are farther than a pixel apart."""
    way = _measure(line)
    places = np.linspace(0, way[-1], int(way[-1]) + 2)
    columns = [np.interp(places, way, line[:, axis]) for axis in (0, 1)]
    return np.stack(columns, axis=1).astype(np.float32)


def _set(
    drawn: list[NDArray[np.bool_]], white: Floats, drop: Floats
) -> tuple[NDArray[np.bool_], list[Span]]:
    """Put digits in a row, each as near to the one before as its white says."""
    height = max(len(ink) for ink in drawn) + 2 * int(BASELINE * DRAWN_HEIGHT) + 2
    width = sum(ink.shape[1] for ink in drawn) + int(np.abs(white).sum()) + DRAWN_HEIGHT
    page = np.zeros((height, width), np.bool_)
    spans: list[Span] = []
    end = np.full(height, -np.inf)
    for i, ink in enumerate(drawn):
        top = int((height - len(ink)) / 2 + drop[i])
        rows = slice(top, top + len(ink))
        starts = np.where(ink.any(axis=1), ink.argmax(axis=1), np.inf)
        left = 0
        if i:
            nearest = _reach(end, max(0, round(float(white[i - 1]))))[rows] - starts
            left = round(float(nearest.max() + white[i - 1]))
            left = max(left, round(spans[-1].left) + 1)
        page[rows, left : left + ink.shape[1]] |= ink
        ends = left + ink.shape[1] - ink[:, ::-1].argmax(axis=1)
        end[rows] = np.maximum(end[rows], np.where(ink.any(axis=1), ends, -np.inf))
        spans.append(Span(left, left + ink.shape[1]))
    return page[:, : int(max(span.right for span in spans))], spans


def _reach(end: NDArray[np.float64], rows: int) -> NDArray[np.float64]:
    """Say how far ink reaches in a row or in the rows above and below it."""
    padded = np.pad(end, rows, constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * rows + 1)
    return np.asarray(windows.max(axis=1))


def _lay_on_canvas(
    page: NDArray[np.bool_], spans: list[Span], random: np.random.Generator
) -> tuple[Pixels, list[Span]]:
    """Shrink a page until it fits, and put it somewhere on white."""
    height, width = page.shape
    scale = min(FILLED * SIDE / width, TALLEST * SIDE / DRAWN_HEIGHT)
    size = (round(width * scale), round(height * scale))
    paper = Image.fromarray(np.where(page, 0, 255).astype(np.uint8))
    small = np.asarray(paper.resize(size, Image.Resampling.BOX))
    left = int(random.integers(2, SIDE - size[0] - 1))
    top = int(random.integers(2, SIDE - size[1] - 1))
    canvas = np.full((SIDE, SIDE), 255, np.uint8)
    canvas[top : top + size[1], left : left + size[0]] = small
    return canvas, [Span(left + a * scale, left + b * scale) for a, b in spans]
