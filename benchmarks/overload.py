"""Ask for ten times what the app can answer, and see whether it bears it.

``python benchmarks/overload.py [--seconds 60] [--times 10] [--save]``, with a champion
in ``DATA_DIR``/09_serving. Asked is one REST process for 400x400 canvases, in an open
loop: requests come whether it answers or not, and their time counts from when they were
due. First as many as it can answer (a closed loop of 16 users tells), then half as
many, then ten times as many, and at last, at once, half as many again. Every answer is
recorded; the rate limit is off. The generator uses the same cores, and a refusal costs
the server, too: what it answers meanwhile is told.
"""

import argparse
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import psutil

from benchmarks.load_generator import Load, Outcome, generate, write_request
from benchmarks.pictures import draw_picture
from benchmarks.results import save_result
from benchmarks.served_app import served_app

SIDE = 400
CAPACITY_SECONDS = 5.0
HALF_SECONDS = 20.0
# Connections of the open loop: a browser's each, none waits for another.
MOST_USERS = 1000
SAMPLE_SECONDS = 0.5
MOST_RECOVERY_SECONDS = 60.0
BUSY = 503
# Goals.
MOST_TIMES = 2
MOST_REFUSED_MS = 100
MOST_GROWTH = 0.05
MOST_SECONDS_AFTER = 5
MB = 1 << 20
USERS = 16
PARTS = {
    "at its capacity, 16 users": "capacity",
    "half its capacity": "before",
    "overload": "overload",
    "half its capacity, at once after it": "after",
}


def main() -> int:
    """Measure, and print or save the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--times", type=float, default=10)
    parser.add_argument("--save", action="store_true", help="into benchmarks/results")
    options = parser.parse_args()
    with served_app(PAGES="off", RATE_LIMIT="0", LOG_FORMAT="json") as (url, pid):
        figures = measure(url, pid, options.seconds, options.times)
    print(render(figures))
    if options.save:
        print(save_result("overload", figures))
    return 0


def measure(url: str, pid: int, seconds: float, times: float) -> dict[str, Any]:
    """Put the loads on a running app, one after the other."""
    picture = draw_picture(SIDE)
    request = [write_request("POST", "/api/predict", picture, "image/png")]
    generate(Load(url, request, users=USERS, seconds=1))
    capacity = generate(Load(url, request, users=USERS, seconds=CAPACITY_SECONDS))

    def load(share: float, duration: float) -> Outcome:
        rate = share * capacity.per_second
        return generate(
            Load(url, request, users=MOST_USERS, seconds=duration, rate=rate)
        )

    before = load(0.5, HALF_SECONDS)
    with sampled_memory(pid) as memory:
        overload = load(times, seconds)
    recovery = measure_recovery(lambda: load(0.5, 1), before)
    after = load(0.5, HALF_SECONDS)
    outcomes = (capacity, before, overload, after)
    return {
        "seconds": seconds,
        "times": times,
        "recovery_seconds": recovery,
        "memory_mb": {
            "first_quarter": round(_middle(memory, 0) / MB, 1),
            "last_quarter": round(_middle(memory, 3) / MB, 1),
        },
        **{
            name: asdict(outcome)
            for name, outcome in zip(PARTS.values(), outcomes, strict=True)
        },
    }


def measure_recovery(ask: Callable[[], Outcome], before: Outcome) -> float:
    """Give the seconds until a whole second is answered as it was before.

    Args:
        ask: puts a load on for a second.
        before: how it was answered; up to twice its p99 is as before.
    """
    start = time.perf_counter()
    while True:
        began = time.perf_counter() - start
        found = ask()
        good = not found.failures and found.accepted_ms
        if good and found.accepted_ms["p99"] <= MOST_TIMES * before.accepted_ms["p99"]:
            return round(began, 1)
        if began > MOST_RECOVERY_SECONDS:
            raise RuntimeError(f"expected an app that recovers, but it had {found}")


@contextmanager
def sampled_memory(pid: int) -> Iterator[list[int]]:
    """Note a process's resident memory, bytes, while something goes on."""
    process, over = psutil.Process(pid), threading.Event()
    found: list[int] = []

    def sample() -> None:
        while not over.wait(SAMPLE_SECONDS):
            found.append(process.memory_info().rss)

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def _middle(memory: list[int], quarter: int) -> float:
    size = max(1, len(memory) // 4)
    return statistics.median(memory[quarter * size :][:size])


def check_goals(figures: Mapping[str, Any]) -> list[tuple[str, str, str, bool]]:
    """Give each goal: what, the goal, what was measured, whether it is met."""
    capacity, overload = figures["capacity"], figures["overload"]
    usual, accepted = capacity["accepted_ms"]["p99"], overload["accepted_ms"]["p99"]
    refused = overload["refused_ms"].get("p99", 0.0)
    memory = figures["memory_mb"]
    grown = memory["last_quarter"] / memory["first_quarter"] - 1
    recovery = figures["recovery_seconds"]
    return [
        (
            "accepted requests' p99, against that at capacity",
            "≤ 2 times",
            f"{accepted:.0f} ms against {usual:.0f} ms: {accepted / usual:.1f} times",
            accepted <= MOST_TIMES * usual,
        ),
        (
            "the others: 503 with Retry-After, p99",
            "≤ 100 ms",
            f"{refused:.0f} ms",
            refused <= MOST_REFUSED_MS,
        ),
        (
            "neither answered nor refused",
            "0",
            f"{overload['errors']:,}",
            not overload["errors"],
        ),
        (
            "memory, last quarter against the first",
            "flat (≤ 5 %)",
            f"{memory['first_quarter']:.0f} to {memory['last_quarter']:.0f} MB "
            f"({grown:+.1%})",
            grown <= MOST_GROWTH,
        ),
        (
            "answering as before",
            "≤ 5 s after it",
            f"{recovery:.1f} s",
            recovery <= MOST_SECONDS_AFTER,
        ),
    ]


def render(figures: Mapping[str, Any]) -> str:
    """Write the figures as Markdown tables."""
    goals = "\n".join(
        f"| {what} | {goal} | {found} | {'yes' if met else '**no**'} |"
        for what, goal, found, met in check_goals(figures)
    )
    loads = "\n".join(_tell(figures, title, name) for title, name in PARTS.items())
    return (
        f"| {figures['times']:g} times its capacity for {figures['seconds']:g} s "
        "| goal | measured | met |\n| --- | --- | --- | --- |\n"
        f"{goals}\n\n"
        "| load | asked per second | answered per second | refused "
        "| p50 / p99 of the answered | p99 of the refused | generator's share of a core"
        " |\n| --- | --- | --- | --- | --- | --- | --- |\n"
        f"{loads}\n\n"
        "Drawings of 400x400 as raw PNG, one process, every answer recorded, the rate "
        "limit off. The load is an open loop, except at its capacity."
    )


def _tell(figures: Mapping[str, Any], title: str, name: str) -> str:
    found, capacity = figures[name], figures["capacity"]["per_second"]
    shares = {"capacity": 1.0, "overload": figures["times"]}
    refused = sum(n for status, n in found["statuses"].items() if int(status) == BUSY)
    total = sum(found["statuses"].values()) + found["errors"]
    times = found["accepted_ms"]
    last = found["refused_ms"].get("p99")
    return (
        f"| {title} | {shares.get(name, 0.5) * capacity:,.0f} "
        f"| {found['per_second']:,.0f} | {refused / total:.0%} "
        f"| {times['p50']:.1f} / {times['p99']:.1f} ms "
        f"| {'none' if last is None else f'{last:.1f} ms'} "
        f"| {found['generator_cpu']:.0%} |"
    )


if __name__ == "__main__":
    sys.exit(main())
