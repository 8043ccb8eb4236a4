"""Measure serving: against an empty route and a tutorial's server, under many loads.

``python benchmarks/serving.py [--rounds 3] [--seconds 4] [--save]``, with a champion in
``DATA_DIR``/09_serving and, for the tutorial's server, the run that made it in
``DATA_DIR``/06_models. All servers run at the same time on the same cores and are asked
by turns, round by round. The rate limit is off; every prediction is recorded.
"""

import argparse
import base64
import io
import json
import os
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import httpx
import numpy as np
import psutil

from benchmarks.load_generator import Load, Outcome, generate, write_request
from benchmarks.pictures import draw_picture
from benchmarks.results import save_result
from benchmarks.served_app import served, served_app
from benchmarks.serving_parts import measure_parts, round_parts
from benchmarks.serving_tables import render

__all__ = ["NAME", "render"]

NAME = "serving"
USERS = (1, 50, 100, 200)
BURST = 100
TUTORIAL_USERS = 50
BATCH = 1000
SIDES = (28, 400)
PEERS = str(Path(__file__).with_name("serving_peers.py"))
BOUNDARY = "part-of-a-benchmark"

Case = Callable[[], dict[str, Any]]


def main() -> int:
    """Measure by turns, and print or save the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--save", action="store_true", help="into benchmarks/results")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        # The records of a benchmark are nobody's history.
        records = f"sqlite:///{folder}/records.sqlite3"
        os.environ.update(RATE_LIMIT="0", RECORDS_URL=records, LOG_REQUESTS="failed")
        figures = measure(options.rounds, options.seconds)
    print(render(figures))
    if options.save:
        print(f"saved {save_result(NAME, figures)}")
    return 0


def measure(rounds: int, seconds: float) -> dict[str, Any]:
    """Let every server answer every load, by turns.

    Args:
        rounds: that are counted; a short one goes before them.
        seconds: of each load.

    Returns:
        ``cases`` (by name: figures with median, low and high), ``parts`` (by side:
        milliseconds), ``start`` (seconds, MB), ``rounds`` and ``seconds``.
    """
    start = _measure_start(rounds)
    parts = {
        str(side): round_parts(measure_parts(draw_picture(side))) for side in SIDES
    }
    with ExitStack() as stack:
        one = stack.enter_context(served_app(PAGES="off"))
        two = stack.enter_context(served_app(PAGES="off", WORKERS="2"))
        empty = stack.enter_context(served(PEERS, "empty"))
        model = _find_keras_model()
        tutorial = (
            stack.enter_context(served(PEERS, "tutorial", model)) if model else None
        )
        short = list_cases(one, two, empty, tutorial, min(1.0, seconds))
        for case in short.values():
            case()
        measured: dict[str, list[dict[str, Any]]] = {}
        for turn in range(rounds):
            for name, case in list_cases(one, two, empty, tutorial, seconds).items():
                measured.setdefault(name, []).append(case())
                print(f"{turn + 1}/{rounds} {name}", file=sys.stderr, flush=True)
    return {
        "rounds": rounds,
        "seconds": seconds,
        "cases": {name: summarise(found) for name, found in measured.items()},
        "parts": parts,
        "start": start,
    }


def list_cases(
    one: tuple[str, int],
    two: tuple[str, int],
    empty: tuple[str, int],
    tutorial: tuple[str, int] | None,
    seconds: float,
) -> dict[str, Case]:
    """Name every load and what it is put on."""
    small, canvas = draw_picture(28), draw_picture(400)
    raw = write_raw(small)

    def closed(server: tuple[str, int], request: bytes, users: int) -> Case:
        return lambda: _put(server, Load(server[0], [request], (), users, seconds))

    cases: dict[str, Case] = {}
    for users in USERS:
        cases[f"app {users}"] = closed(one, raw, users)
        cases[f"empty {users}"] = closed(empty, raw, users)
    cases["app burst"] = lambda: _put(one, Load(one[0], [raw], users=BURST, burst=True))
    cases["app open"] = lambda: _put_half(one, raw, seconds)
    cases["two workers 50"] = closed(two, raw, 50)
    for side, picture in zip(SIDES, (small, canvas), strict=True):
        for way, write in WAYS.items():
            cases[f"{side} {way}"] = closed(one, write(picture), 50)
    cases["400 inside"] = lambda: _look_inside(one[0], canvas)
    cases["batch"] = lambda: _send_batches(one[0], small, seconds)
    if tutorial:
        cases["tutorial 50"] = closed(tutorial, write_json(small), TUTORIAL_USERS)
        cases["app json 50"] = closed(one, write_json(small), TUTORIAL_USERS)
    return cases


def write_raw(picture: bytes) -> bytes:
    """Write a request whose body is the picture."""
    return write_request("POST", "/api/predict", picture, "image/png")


def write_json(picture: bytes) -> bytes:
    """Write a request with the picture as base64."""
    body = json.dumps({"image": base64.b64encode(picture).decode()}).encode()
    return write_request("POST", "/api/predict", body, "application/json")


def write_form(picture: bytes) -> bytes:
    """Write a request with the picture as a form's file."""
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; '
        'filename="seven.png"\r\nContent-Type: image/png\r\n\r\n'
    )
    body = head.encode() + picture + f"\r\n--{BOUNDARY}--\r\n".encode()
    content_type = f"multipart/form-data; boundary={BOUNDARY}"
    return write_request("POST", "/api/predict", body, content_type)


WAYS = {"raw": write_raw, "base64": write_json, "multipart": write_form}


def _put(server: tuple[str, int], load: Load) -> dict[str, Any]:
    """Put a load on a server; give its rate, times, failures and processor time."""
    before = _processor_seconds(server[1])
    outcome = generate(load)
    spent = _processor_seconds(server[1]) - before
    return _tell(outcome, spent)


def _put_half(server: tuple[str, int], request: bytes, seconds: float) -> Any:
    """Send half as many as the server can answer, whatever it does (open loop)."""
    most = generate(Load(server[0], [request], users=16, seconds=min(1.0, seconds)))
    rate = max(1.0, most.per_second / 2)
    return _put(server, Load(server[0], [request], (), 500, seconds, rate))


def _tell(outcome: Outcome, spent: float) -> dict[str, Any]:
    answered = sum(outcome.statuses.values())
    return {
        "per_second": outcome.per_second,
        **{f"{name}_ms": value for name, value in outcome.accepted_ms.items()},
        "failures": outcome.failures,
        "cpu_ms": round(1000 * spent / max(1, answered), 3),
        "generator_cpu": outcome.generator_cpu,
    }


def _processor_seconds(pid: int) -> float:
    process = psutil.Process(pid)
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return float(sum(one.user + one.system for one in times))


def _look_inside(url: str, picture: bytes, count: int = 100) -> dict[str, Any]:
    """Ask one by one; give the time that the server itself names."""
    headers = {"content-type": "image/png"}
    with httpx.Client(base_url=url) as client:
        times = [
            client.post("/api/predict", content=picture, headers=headers).json()[
                "elapsed_ms"
            ]
            for _ in range(count)
        ]
    return {"p50_ms": statistics.median(times), "p95_ms": np.quantile(times, 0.95)}


def _send_batches(url: str, picture: bytes, seconds: float) -> dict[str, Any]:
    """Send zips of many pictures, one after the other."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(BATCH):
            archive.writestr(f"{number}.png", picture)
    headers = {"content-type": "application/zip"}
    start, sent = time.perf_counter(), 0
    with httpx.Client(base_url=url, timeout=120) as client:
        while not sent or time.perf_counter() - start < seconds:
            answer = client.post(
                "/api/predict/batch", content=file.getvalue(), headers=headers
            )
            answer.raise_for_status()
            sent += 1
    taken = time.perf_counter() - start
    return {"per_second": round(sent * BATCH / taken, 1), "failures": 0}


def _measure_start(rounds: int) -> dict[str, Any]:
    """Measure from the command to the first answer, and memory after it."""
    seconds, memory = [], []
    picture = draw_picture(28)
    for _ in range(rounds):
        start = time.perf_counter()
        with served_app(PAGES="off") as (url, pid):
            httpx.post(f"{url}/api/predict", content=picture).raise_for_status()
            seconds.append(time.perf_counter() - start)
            memory.append(psutil.Process(pid).memory_info().rss / (1 << 20))
    return {"seconds": spread(seconds), "mb": spread(memory)}


def _find_keras_model() -> str | None:
    folder = Path(os.environ.get("DATA_DIR") or "data") / "06_models"
    found = sorted(folder.glob("*/sketch_cnn/model.keras"))
    found = found or sorted(folder.glob("*/*/model.keras"))
    return str(found[-1]) if found else None


def summarise(rounds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Turn rounds into median, low and high of each figure; failures add up."""
    names = {name for one in rounds for name in one}
    figures: dict[str, Any] = {
        name: spread([float(one[name]) for one in rounds if name in one])
        for name in sorted(names - {"failures"})
    }
    figures["failures"] = sum(int(one.get("failures", 0)) for one in rounds)
    return figures


def spread(values: Sequence[float]) -> dict[str, float]:
    """Give median, low and high."""
    return {
        "median": round(statistics.median(values), 3),
        "low": round(min(values), 3),
        "high": round(max(values), 3),
    }


if __name__ == "__main__":
    sys.exit(main())
