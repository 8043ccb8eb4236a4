"""The schema: as the tables say, upgraded once, without losing a row."""

import re
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from digit_pipeline.records import Decision, FeedbackRecord, Records, RecordsError
from digit_pipeline.records.engine import Database
from digit_pipeline.records.schema import (
    MIGRATIONS,
    REVISION,
    read_revision,
    upgrade_schema,
)
from digit_pipeline.records.tables import metadata
from tests.records.child import finish, start
from tests.records.samples import NOW, make_feedback, make_prediction

# What would name a person, or where a picture came from.
PERSONAL = re.compile(r"address|ip\b|ip_|host|agent|user|mail|file|name|path|cookie")


def alembic_config(connection=None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


@pytest.fixture
def database(url):
    database = Database(url)
    yield database
    database.close()


@pytest.fixture
def first_revision(database):
    """A database that the first version of this package made, with its rows."""
    with database.writing() as connection:
        command.upgrade(alembic_config(connection), "0001")
        for number in range(7):
            connection.execute(
                text(
                    "INSERT INTO predictions (id, time, door, model_version, verdict,"
                    " label, probabilities, confidence, energy, elapsed_ms, latency,"
                    " ink, session) VALUES (:id, :time, 'rest',"
                    " '000002-20261120T120000Z', 'recognised', :label, :named, 0.93,"
                    " -7.5, 1.5, :named, '{}', NULL)"
                ),
                {
                    "id": make_prediction(number).id,
                    "time": "2026-11-21 12:34:56.789000"
                    + ("" if database.file else "+00"),
                    "label": str(number),
                    "named": '{"7":0.93}',
                },
            )
        connection.execute(
            text(
                "INSERT INTO feedback (id, prediction_id, time, label, agrees, client,"
                " state) VALUES ('f', 'p', :time, '3', :agrees, 'c', 'quarantined')"
            ),
            {
                "time": "2026-11-21 12:34:56.789000" + ("" if database.file else "+00"),
                "agrees": False,
            },
        )
    return database


def test_the_newest_revision_is_the_last_file():
    script = ScriptDirectory.from_config(alembic_config())
    assert script.get_heads() == [REVISION]
    files = sorted(path.name for path in (MIGRATIONS / "versions").glob("0*.py"))
    assert files[-1].startswith(REVISION)


def test_revisions_lead_to_the_tables(database):
    assert upgrade_schema(database)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_an_upgrade_keeps_every_row(first_revision, tmp_path):
    url = first_revision.url.render_as_string(hide_password=False)
    records = Records(url, tmp_path / "images")
    try:
        page = records.predictions()
        assert [row.label for row in page.items] == list("6543210")
        assert {row.time for row in page.items} == {NOW}
        assert page.items[0].probabilities == {"7": 0.93}
        [correction] = records.corrections().items
        assert correction == FeedbackRecord(
            id="f",
            prediction_id="p",
            time=NOW,
            label="3",
            agrees=False,
            client="c",
        )
        [reviewed] = records.review([Decision("f", "relabel", "5")], "ada")
        assert (reviewed.state, reviewed.final_label) == ("accepted", "5")
        # What the new revision counts includes what was there before.
        records.add_predictions([make_prediction(16)])
        statistics = records.statistics()
        assert statistics.total == 8
        assert statistics.by_label == {**dict.fromkeys("012345", 1), "6": 2}
        assert statistics.confidence[9] == 8
        assert records.forget("nobody").predictions == 0
        assert records.prune(NOW.replace(hour=13)) == 8
        assert records.statistics().total == 0
    finally:
        records.close()


def test_the_way_back_keeps_the_rows_too(first_revision):
    upgrade_schema(first_revision)
    with first_revision.writing() as connection:
        command.downgrade(alembic_config(connection), "0001")
    with first_revision.reading() as connection:
        assert read_revision(connection) == "0001"
        tables = set(inspect(connection).get_table_names())
        assert tables == {"alembic_version", "checks", "feedback", "predictions"}
        for table, rows in (("predictions", 7), ("feedback", 1)):
            count = connection.execute(text(f"SELECT count(*) FROM {table}"))  # noqa: S608
            assert count.scalar_one() == rows
    assert upgrade_schema(first_revision)


@pytest.mark.parametrize("step", ["0001", "0002", "0003"])
def test_an_upgrade_that_fails_leaves_the_old_schema(database, monkeypatch, step):
    """As a crash does: the transaction is never committed."""
    real = command.upgrade

    def upgrade(config, revision):
        real(config, step)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", upgrade)
        with pytest.raises(KeyboardInterrupt):
            upgrade_schema(database)
    with database.reading() as connection:
        assert inspect(connection).get_table_names() == []
    assert upgrade_schema(database)


OPEN = """
records = Records(url, images)
records.add_predictions([make_prediction(int(sys.argv[3]))])
records.close()
"""


@pytest.mark.slow
def test_processes_that_open_at_once_upgrade_once(url, tmp_path):
    children = [start(OPEN, url, tmp_path / "images", n) for n in range(6)]
    assert [finish(child) for child in children] == [""] * 6
    records = Records(url, tmp_path / "images")
    assert records.statistics().total == 6
    assert not upgrade_schema(records.database)
    records.close()


def test_a_newer_schema_is_left_alone(database, tmp_path):
    upgrade_schema(database)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    url = database.url.render_as_string(hide_password=False)
    with pytest.raises(RecordsError, match="are at 9999") as caught:
        Records(url, tmp_path)
    assert caught.value.code == "newer_schema"


def test_no_column_names_a_person(database):
    upgrade_schema(database)
    with database.reading() as connection:
        inspector = inspect(connection)
        columns = {
            f"{table}.{column['name']}"
            for table in inspector.get_table_names()
            for column in inspector.get_columns(table)
        }
    assert "predictions.session" in columns
    named = {name for name in columns if PERSONAL.search(name)}
    # The names that files were sent under; prune takes them away.
    assert named == {"feedback.name", "uploads.name"}


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "not a url",
        "mysql://root:hunter2@host/db",
        "postgresql+asyncpg://me:hunter2@host/db",
        "sqlite://",
        "sqlite:///:memory:",
    ],
)
def test_other_urls_are_refused_without_their_password(bad, tmp_path):
    with pytest.raises(RecordsError, match="Expected RECORDS_URL") as caught:
        Records(bad, tmp_path)
    assert caught.value.code == "bad_url"
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("short", ["postgres://", "postgresql://"])
def test_short_postgres_urls_mean_the_driver_that_is_there(short):
    database = Database(f"{short}me@nowhere.invalid/records")
    assert database.url.drivername == "postgresql+psycopg"
    database.close()


def test_a_missing_driver_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(RecordsError, match=r"pip install .\.\[postgres\]"):
        Records("postgresql://me@host/records", tmp_path)


def test_a_server_that_is_not_there_is_unavailable(tmp_path):
    url = f"postgresql+psycopg://me:hunter2@/records?host={tmp_path}"
    with pytest.raises(RecordsError, match="see that it runs") as caught:
        Records(url, tmp_path)
    assert caught.value.code == "unavailable"
    assert "hunter2" not in str(caught.value)


def test_the_file_survives_other_tools(sqlite_records):
    """Anybody may look at it with the sqlite3 command."""
    sqlite_records.add_predictions([make_prediction(1)])
    sqlite_records.add_feedback(make_feedback(1))
    engine = create_engine(f"sqlite:///{sqlite_records.database.file}")
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        found = connection.execute(
            text("SELECT json_extract(ink, '$.share'), time FROM predictions")
        ).one()
    engine.dispose()
    assert tuple(found) == (0.125, "2026-11-21 12:34:56.789000")


def test_migrations_travel_with_the_package():
    assert Path(MIGRATIONS, "env.py").is_file()
    for folder in (MIGRATIONS, MIGRATIONS / "versions"):
        assert Path(folder, "__init__.py").is_file(), "setuptools finds packages only"
