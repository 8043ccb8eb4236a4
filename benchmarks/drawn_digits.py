"""Let the running app read digits that people drew: the UCI pen test set.

``python benchmarks/drawn_digits.py [--url http://127.0.0.1:7860] [--count 3498]``.
Without ``--url`` the app is started for it. Every digit is drawn twice on a canvas of
400 x 400 pixels with a round pen: in the middle, and "messy": anywhere on the canvas,
30 to 85 % of its size, with a pen of 8 to 30 pixels. Pillow draws, at four times the
size; training draws with another library.
"""

import argparse
import io
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import httpx
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from benchmarks.served_app import served_app
from benchmarks.sources import load_source
from digit_pipeline.intervals import wilson_interval
from digit_pipeline.labelled_images import LabelledImages

SIDE = 400
FINER = 4
SEED = 7
CLIENTS = 4
CENTRED_SIZE, CENTRED_PEN = 0.6, 22.0
MESSY_SIZES, MESSY_PENS = (0.30, 0.85), (8.0, 30.0)

Points = NDArray[np.float32]


class Placement(NamedTuple):
    """How a digit is drawn.

    Attributes:
        size: longer side of the drawing, pen included, as a share of the canvas.
        pen: width of the pen, px.
        x: place between the leftmost (0) and the rightmost (1) it may take.
        y: place between the topmost (0) and the lowest (1).
    """

    size: float
    pen: float
    x: float = 0.5
    y: float = 0.5


class Score(NamedTuple):
    """Right answers of ``n``, with Wilson's 95 % interval."""

    right: int
    n: int

    def __str__(self) -> str:
        low, high = wilson_interval(self.right, self.n)
        return (
            f"{100 * self.right / self.n:.2f} % of {self.n:,} "
            f"(95 % interval {100 * low:.2f} to {100 * high:.2f} %)"
        )


def main() -> int:
    """Print the accuracy of both ways to draw, and their difference in points."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="the app's address; started here if not given")
    parser.add_argument("--count", type=int, help="how many digits, spread over all")
    options = parser.parse_args()
    digits = load_digits()
    chosen = np.arange(len(digits))
    if options.count and options.count < len(digits):
        chosen = np.random.default_rng(SEED).permutation(chosen)[: options.count]
    app = nullcontext((options.url, 0)) if options.url else served_app(PAGES="off")
    with app as (url, _):
        scores = {
            name: ask(url, digits, chosen, messy)
            for name, messy in (("centred", False), ("messy", True))
        }
    for name, score in scores.items():
        print(f"{name:<8} {score}")
    centred, messy = scores["centred"], scores["messy"]
    points = 100 * (centred.right - messy.right) / centred.n
    print(f"messy is {abs(points):.2f} points {'worse' if points > 0 else 'better'}")
    return 0


def load_digits() -> LabelledImages:
    """Load the pen test set from the catalog, downloading it if need be."""
    return load_source("pen_digits")["test"]


def ask(url: str, digits: LabelledImages, chosen: Iterable[int], messy: bool) -> Score:
    """Draw digits, send them to the app, and count what it reads rightly."""
    strokes = digits.strokes
    if strokes is None:
        raise ValueError("expected digits with strokes, got none: use UCI's pen digits")

    def count_right(positions: list[int]) -> int:
        with httpx.Client(base_url=url, timeout=60) as client:
            return sum(is_right(client, position) for position in positions)

    def is_right(client: httpx.Client, position: int) -> bool:
        random = np.random.default_rng([SEED, position])
        centred = Placement(CENTRED_SIZE, CENTRED_PEN)
        place = place_messily(random) if messy else centred
        picture = draw(strokes[position], place)
        answer = client.post("/api/predict", content=_png(picture)).json()
        # The best guess counts, even where the verdict keeps it back.
        shares: dict[str, float] = answer["probabilities"]
        expected = digits.class_names[digits.labels[position]]
        return bool(shares) and max(shares, key=lambda name: shares[name]) == expected

    positions = [int(one) for one in chosen]
    shares = [positions[first::CLIENTS] for first in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        return Score(sum(pool.map(count_right, shares)), len(positions))


def place_messily(random: np.random.Generator) -> Placement:
    """Choose size, pen and place as people do who do not look."""
    return Placement(
        random.uniform(*MESSY_SIZES), random.uniform(*MESSY_PENS), *random.random(2)
    )


def draw(strokes: list[Points], place: Placement) -> Image.Image:
    """Draw strokes on a white canvas with a round pen.

    Args:
        strokes: each float32 ``(points, 2)``, x to the right and y downward.
        place: where and how.

    Returns:
        Grey picture of ``SIDE`` pixels a side.
    """
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    pen = place.pen * FINER
    length = max(place.size * SIDE * FINER - pen, 1.0)
    scale = length / max(float((high - low).max()), 1e-6)
    room = SIDE * FINER - (high - low) * scale - pen
    start = room * (place.x, place.y) + pen / 2
    canvas = Image.new("L", (SIDE * FINER, SIDE * FINER), 255)
    pencil = ImageDraw.Draw(canvas)
    for stroke in strokes:
        _draw_line(pencil, (stroke - low) * scale + start, pen)
    return canvas.reduce(FINER)


def _draw_line(pencil: ImageDraw.ImageDraw, points: Points, pen: float) -> None:
    path = [(float(x), float(y)) for x, y in points]
    if len(path) > 1:
        pencil.line(path, fill=0, width=round(pen))
    for x, y in path:
        box = (x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2)
        pencil.ellipse(box, fill=0)


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=1)
    return file.getvalue()


if __name__ == "__main__":
    sys.exit(main())
