"""``python -m digit_pipeline.records``: what each command does and says."""

import csv
import io
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from digit_pipeline.records import Records
from digit_pipeline.records.__main__ import main
from tests.records.samples import draw_picture, make_feedback, make_prediction

TODAY = datetime.now(UTC)


@pytest.fixture
def run(url, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("RECORDS_URL", url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delenv("KEEP_DAYS", raising=False)

    def run_one(*arguments: str) -> str:
        assert main(list(arguments)) == 0
        return capsys.readouterr().out

    return run_one


@pytest.fixture
def filled(url, tmp_path):
    records = Records(url, tmp_path / "10_records" / "digits" / "images")
    old = TODAY - timedelta(days=100)
    records.add_predictions(
        [
            make_prediction(1, time=old),
            make_prediction(2, time=TODAY, session="s", label="木"),
            make_prediction(3, time=TODAY, session="=1+1", energy=-3.5),
        ]
    )
    records.add_feedback(make_feedback(1, time=TODAY, session="s"), draw_picture())
    yield records
    records.close()


def test_upgrade_says_whether_there_was_something_to_do(run):
    assert run("upgrade") == "schema 0003\n"
    assert run("upgrade") == "schema 0003 already\n"


def test_prune_keeps_ninety_days(run, filled):
    assert run("prune") == "1 records older than 90 days deleted\n"
    assert filled.predictions().total == 2
    assert run("prune", "--days", "0") == "0 days keep everything: nothing deleted\n"
    assert filled.predictions().total == 2


def test_prune_follows_the_setting(run, filled, monkeypatch):
    monkeypatch.setenv("KEEP_DAYS", "200")
    assert run("prune") == "0 records older than 200 days deleted\n"


def test_forget_deletes_a_session_and_its_picture(run, filled):
    said = run("forget", "--session", "s")
    assert said == "1 predictions, 1 corrections and 1 images deleted\n"
    assert filled.predictions().total == 2
    assert filled.feedback().total == 0


def test_predictions_as_csv(run, filled):
    rows = list(csv.DictReader(io.StringIO(run("export", "predictions"))))
    assert [row["label"] for row in rows] == ["3", "木", "1"]
    assert json.loads(rows[0]["ink"])["width"] == 80.0
    assert rows[0]["time"] == TODAY.isoformat()
    assert rows[0]["energy"] == "-3.5"
    # A spreadsheet must not compute what a browser sent.
    assert rows[0]["session"] == "'=1+1"


def test_some_predictions_as_csv(run, filled):
    assert run("export", "predictions", "--session", "s").count("\n") == 2
    assert run("export", "predictions", "--days", "1").count("\n") == 3


def test_feedback_into_a_file(run, filled, tmp_path):
    path = tmp_path / "out" / "feedback.csv"
    said = run("export", "feedback", "--output", str(path))
    assert said == f"1 records written to {path}\n"
    with path.open(encoding="utf-8", newline="") as file:
        [row] = csv.DictReader(file)
    assert (row["label"], row["state"], row["agrees"]) == ("3", "quarantined", "False")


def test_a_failure_is_one_sentence(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("RECORDS_URL", f"postgresql://me:hunter2@/x?host={tmp_path}")
    assert main(["prune"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("Expected a database that can be written")
    assert error.count("\n") == 1
    assert "hunter2" not in error


@pytest.mark.slow
def test_help_never_shows_the_password(monkeypatch):
    monkeypatch.setenv("RECORDS_URL", "postgresql://me:hunter2@host/x")
    done = subprocess.run(
        [sys.executable, "-m", "digit_pipeline.records", "--help"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    assert "forget" in done.stdout
    assert "hunter2" not in done.stdout


@pytest.mark.slow
def test_opening_imports_neither_alembic_nor_what_trains(tmp_path):
    """Start-up pays for Alembic only when there is something to upgrade."""
    code = (
        "import sys; from pathlib import Path; "
        "from digit_pipeline.records import Records, default_url; "
        f"p = Path({str(tmp_path)!r}); Records(default_url(p), p).close(); "
        "print('alembic' in sys.modules, 'sqlalchemy.orm' in sys.modules, "
        "'kedro' in sys.modules, 'fastapi' in sys.modules)"
    )
    outputs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        for _ in range(2)
    ]
    assert [done.stdout.split()[0] for done in outputs] == ["True", "False"]
    assert outputs[1].stdout.split() == ["False"] * 4
