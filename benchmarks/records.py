"""Measure the records: what recording costs an answer, and a million of them a page.

``python benchmarks/records.py [--rows 1000000] [--url URL] [--save]`` fills an empty
database (SQLite in a temporary folder, unless an empty PostgreSQL is named) with
predictions of 90 days, then times what the app asks of it. Milliseconds are medians of
``ROUNDS``. What a row costs is processor time of this process, in batches of the size
that the log gathers at 2,500 answers a second: with PostgreSQL the server's own comes
on top.
"""

import argparse
import random
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.results import save_result
from digit_pipeline.records import (
    PredictionFilter,
    PredictionLog,
    PredictionRecord,
    Records,
    default_url,
)

NAME = "records"
BATCH = 250
ROUNDS = 9
ADDED = 5000
DAYS = 90
VERDICTS = ("recognised",) * 88 + ("unsure",) * 7 + ("unfamiliar",) * 4 + ("empty",)


def main() -> int:
    """Fill, measure, and print or save the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--url", help="an empty database; default: SQLite")
    parser.add_argument("--save", action="store_true", help="into benchmarks/results")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        records = Records(options.url or default_url(folder), folder / "images")
        figures = measure(records, options.rows)
        records.close()
    print(render(figures))
    if options.save:
        print(f"saved {save_result(NAME, figures)}")
    return 0


def measure(records: Records, rows: int) -> dict[str, Any]:
    """Fill empty records and time what the app does with them.

    Returns:
        ``database``, ``rows``, ``row_us`` (processor time of a row), ``add_us`` (median
        and 99th percentile of ``PredictionLog.add``) and ``ms`` by question.
    """
    row_us = fill(records, rows)
    now = datetime.now(UTC)
    day = now - timedelta(days=1)
    session = PredictionFilter(session="0" * 32)
    questions: dict[str, Callable[[], object]] = {
        "statistics of everything": records.statistics,
        "statistics of 24 hours": lambda: records.statistics(day),
        "first page of everybody's history": records.predictions,
        "first page of a session's history": lambda: records.predictions(session),
        "first page of one verdict": lambda: records.predictions(
            PredictionFilter(verdict="unfamiliar")
        ),
        "first page of 24 hours": lambda: records.predictions(
            PredictionFilter(since=day)
        ),
        "readiness": records.check,
    }
    return {
        "database": records.database.engine.dialect.name,
        "rows": rows,
        "row_us": row_us,
        "add_us": time_adding(records),
        "ms": {name: time_question(ask) for name, ask in questions.items()},
    }


def fill(records: Records, rows: int) -> float:
    """Write rows; give the processor time of one in microseconds."""
    chance = random.Random(0)  # noqa: S311 - the same rows each time
    end = datetime.now(UTC)
    spent = 0.0
    for first in range(0, rows, BATCH):
        batch = [
            draw_record(chance, end - timedelta(days=DAYS) * (1 - (number + 1) / rows))
            for number in range(first, min(rows, first + BATCH))
        ]
        start = time.process_time()
        records.add_predictions(batch)
        spent += time.process_time() - start
    return 1e6 * spent / rows


def draw_record(chance: random.Random, moment: datetime) -> PredictionRecord:
    """Draw a prediction as the app would record it; half of them with a session."""
    verdict = chance.choice(VERDICTS)
    label = str(chance.randrange(10))
    confidence = chance.random() ** 0.2
    rest = (1 - confidence) / 2
    return PredictionRecord(
        id=f"{secrets.token_hex(12)}.{secrets.token_hex(12)}",
        time=moment,
        door="draw" if chance.random() < 0.5 else "rest",
        model_version=f"{moment.month:06}-20261120T120000Z",
        verdict=verdict,
        label=label if verdict in {"recognised", "unsure"} else None,
        probabilities={label: confidence, "x": rest, "y": rest},
        confidence=confidence,
        energy=-10 * chance.random(),
        elapsed_ms=round(chance.lognormvariate(1, 0.5), 3),
        latency={"decode_ms": 0.21, "contract_ms": 0.52, "inference_ms": 0.08},
        ink={"share": 0.031, "width": 0.4, "height": 0.7, "thickness": 0.05},
        session=f"{chance.randrange(50_000):032x}" if chance.random() < 0.5 else None,
    )


def time_adding(records: Records) -> dict[str, float]:
    """Time what an answer waits for the log, in microseconds."""
    chance = random.Random(1)  # noqa: S311 - the same rows each time
    now = datetime.now(UTC)
    rows = [draw_record(chance, now) for _ in range(ADDED)]
    log = PredictionLog(records)
    times = []
    for row in rows:
        start = time.perf_counter()
        log.add(row)
        times.append(1e6 * (time.perf_counter() - start))
        time.sleep(0.0004)
    log.close()
    if log.dropped:
        raise RuntimeError(f"expected every row to be written, {log.dropped} were not")
    return {"median": statistics.median(times), "p99": sorted(times)[ADDED * 99 // 100]}


def time_question(ask: Callable[[], object]) -> float:
    """Give the median of ``ROUNDS`` in milliseconds, after one that isn't counted."""
    ask()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        ask()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def render(figures: Mapping[str, Any]) -> str:
    """Render figures as Markdown."""
    add = figures["add_us"]
    lines = [
        f"With {figures['rows']:,} predictions in {figures['database']}: an answer "
        f"waits {add['median']:.1f} µs for the log (99 % at most {add['p99']:.0f} µs); "
        f"writing a row takes {figures['row_us']:.0f} µs of the processor.",
        "",
        "| asked of the records | ms |",
        "| --- | ---: |",
        *(f"| {name} | {value:.1f} |" for name, value in figures["ms"].items()),
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
