"""Records on SQLite and on a real PostgreSQL: the same tests on both."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from digit_pipeline.records import Records, default_url
from tests.postgres import PostgresServer, run_postgres


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


@pytest.fixture(scope="session")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the newest schema: to copy it takes a twentieth of the upgrade."""
    folder = tmp_path_factory.mktemp("upgraded")
    Records(default_url(folder), folder / "images").close()
    return folder / "records.sqlite3"


@pytest.fixture
def open_records(
    url: str, upgraded: Path, tmp_path: Path
) -> Iterator[Callable[[], Records]]:
    """Open the records, as often as wanted; all are closed in the end."""
    opened = []
    if url == default_url(tmp_path):
        shutil.copy(upgraded, tmp_path)

    def open_one() -> Records:
        opened.append(Records(url, tmp_path / "images"))
        return opened[-1]

    yield open_one
    for records in opened:
        records.close()


@pytest.fixture
def records(open_records: Callable[[], Records]) -> Records:
    return open_records()


@pytest.fixture
def sqlite_records(upgraded: Path, tmp_path: Path) -> Iterator[Records]:
    """Records where only SQLite has something to show."""
    shutil.copy(upgraded, tmp_path)
    records = Records(default_url(tmp_path), tmp_path / "images")
    yield records
    records.close()
