"""Records on SQLite and on a real PostgreSQL: the same tests on both."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from digit_pipeline.records import PredictionRecord, Records, default_url
from tests.postgres import PostgresServer, run_postgres

NOW = datetime(2026, 11, 21, 12, 34, 56, 789_000, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with run_postgres() as server:
        yield server


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)],
)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return default_url(tmp_path)
    return request.getfixturevalue("postgres").create_database()


@pytest.fixture
def open_records(url: str, tmp_path: Path) -> Iterator[Callable[[], Records]]:
    """Open the records, as often as wanted; all are closed in the end."""
    opened = []

    def open_one() -> Records:
        opened.append(Records(url, tmp_path / "images"))
        return opened[-1]

    yield open_one
    for records in opened:
        records.close()


@pytest.fixture
def records(open_records: Callable[[], Records]) -> Records:
    return open_records()


def make_prediction(number: int, **changes: Any) -> PredictionRecord:
    """Give a prediction; its number makes its id, its label and its time."""
    values: dict[str, Any] = {
        "id": f"{number:024x}.{number:024x}",
        "time": NOW,
        "door": "rest",
        "model_version": "000002-20261120T120000Z",
        "verdict": "recognised",
        "label": str(number % 10),
        "probabilities": {str(number % 10): 0.93, "1": 0.04, "x": 0.02},
        "confidence": 0.93,
        "energy": -7.5,
        "elapsed_ms": 1.5,
        "latency": {"decode_ms": 0.25, "contract_ms": 0.5, "inference_ms": 0.75},
        "ink": {"share": 0.125, "width": 80.0, "height": 200.0, "thickness": 9.5},
        "session": None,
    }
    return PredictionRecord(**values | changes)
