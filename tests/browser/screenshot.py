"""Take the README's picture: ``python -m tests.browser.screenshot docs/pad.png``.

Starts the app over the current champion (``DATA_DIR``), draws a 4 by hand, and keeps
what a visitor sees.
"""

import argparse
import math
import os
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import FLAGS, find_chromium
from tests.browser.pad import Pad
from tests.running_app import ROOT, run_app

# A 4 as a hand writes it: corner points of two smooth strokes, shares of the pad.
STROKES = (
    (
        (0.43, 0.17),
        (0.38, 0.32),
        (0.31, 0.46),
        (0.28, 0.55),
        (0.46, 0.555),
        (0.74, 0.54),
    ),
    ((0.61, 0.36), (0.6, 0.52), (0.59, 0.68), (0.575, 0.85)),
)
POINTS = 14
MAX_BYTES = 200_000


def main() -> int:
    """Save the picture; 1 when there is no browser or the picture is too large."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--scheme", choices=("light", "dark"), default="light")
    options = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        print("Expected chromium, found none; install it.", file=sys.stderr)
        return 1
    data = Path(os.environ.get("DATA_DIR", ROOT / "data")).resolve()
    with run_app(data) as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(
            viewport={"width": 1180, "height": 940}, color_scheme=options.scheme
        )
        page.goto(app.url)
        pad = Pad(page)
        _draw(page, pad)
        pad.wait_for_answer()
        page.wait_for_timeout(500)
        options.path.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=options.path)
        browser.close()
    size = options.path.stat().st_size
    print(f"{options.path}: {size:,} bytes")
    return int(size > MAX_BYTES)


def _draw(page: Page, pad: Pad) -> None:
    for stroke in STROKES:
        path = [pad.place(*point) for point in _smooth(stroke)]
        page.mouse.move(*path[0])
        page.mouse.down()
        for point in path[1:]:
            page.mouse.move(*point)
        page.mouse.up()


def _smooth(points):
    """Run a Catmull-Rom curve through the points, with a hand's slight tremble."""
    ends = (points[0], *points, points[-1])
    for before, start, end, after in zip(
        ends, ends[1:], ends[2:], ends[3:], strict=False
    ):
        for step in range(POINTS):
            t = step / POINTS
            x, y = (
                0.5
                * (
                    2 * b
                    + (c - a) * t
                    + (2 * a - 5 * b + 4 * c - d) * t**2
                    + (3 * b - a - 3 * c + d) * t**3
                )
                for a, b, c, d in zip(before, start, end, after, strict=True)
            )
            yield x + 0.002 * math.sin(31 * y), y
    yield points[-1]


if __name__ == "__main__":
    sys.exit(main())
