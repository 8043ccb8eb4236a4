"""Measure the app: start to first answer, memory, one prediction, one explanation.

``python benchmarks/app_start.py [--rounds 3] [--requests 500]``, with a release in
``DATA_DIR``. Each round starts a fresh process; one client, one connection.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import httpx
import numpy as np
import psutil

from benchmarks.pictures import draw_picture
from benchmarks.served_app import served_app

SIDES = (28, 400)
# Each asks the model about hundreds of changed digits.
EXPLANATIONS = 50


def main() -> int:
    """Print the figures: the median of the rounds, and their range."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=500)
    options = parser.parse_args()
    for pages in ("on", "off"):
        rounds = [_measure(pages, options.requests) for _ in range(options.rounds)]
        print(f"PAGES={pages}, {options.rounds} rounds of {options.requests} requests")
        for name in rounds[0]:
            values = [one[name] for one in rounds]
            low, middle, high = min(values), statistics.median(values), max(values)
            print(f"  {name:<44}{middle:8.2f}  ({low:.2f} to {high:.2f})")
    return 0


def _measure(pages: str, requests: int) -> dict[str, float]:
    start = time.perf_counter()
    with served_app(PAGES=pages) as (url, pid), httpx.Client(base_url=url) as client:
        _ask(client, draw_picture(SIDES[0]))
        figures = {"start to first answer, s": time.perf_counter() - start}
        for side in SIDES:
            body = draw_picture(side)
            _ask(client, body)
            times = [_ask(client, body) for _ in range(requests)]
            name = f"{side}x{side} PNG, {len(body)} bytes"
            figures[f"{name}, median, ms"] = 1000 * statistics.median(times)
            figures[f"{name}, p95, ms"] = 1000 * float(np.quantile(times, 0.95))
        times = [_ask(client, body, "/api/explain") for _ in range(EXPLANATIONS)]
        for share in (0.5, 0.95):
            name = f"why, {SIDES[-1]}x{SIDES[-1]}, p{100 * share:.0f}, ms"
            figures[name] = 1000 * float(np.quantile(times, share))
        if pages == "on":
            client.get("/").raise_for_status()
        figures["memory (RSS), MB"] = psutil.Process(pid).memory_info().rss / (1 << 20)
    return figures


def _ask(client: httpx.Client, body: bytes, path: str = "/api/predict") -> float:
    """Send a picture; give the seconds until its answer was read."""
    start = time.perf_counter()
    answer = client.post(path, content=body, headers={"content-type": "image/png"})
    seconds = time.perf_counter() - start
    answer.raise_for_status()
    return seconds


if __name__ == "__main__":
    sys.exit(main())
