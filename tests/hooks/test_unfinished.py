"""What a killed run leaves open in MLflow is ended by the next one."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from digit_pipeline.hooks.unfinished import UnfinishedRuns

SECONDS = 300


@pytest.fixture
def client(bootstrapped, tmp_path):
    import mlflow

    before = mlflow.get_tracking_uri()
    address = f"sqlite:///{tmp_path / 'mlflow.db'}"
    mlflow.set_tracking_uri(address)
    yield mlflow.MlflowClient(address)
    mlflow.set_tracking_uri(before)


@pytest.fixture
def unfinished(client, tmp_path):
    return UnfinishedRuns(tmp_path / "test.lock", client.tracking_uri)


def open_run(client, parent=None):
    tags = {"mlflow.parentRunId": parent} if parent else {}
    return client.create_run("0", tags=tags).info.run_id


def status(client, run_id):
    return client.get_run(run_id).info.status


@pytest.mark.slow
def test_a_run_that_was_noted_and_not_closed_is_ended_with_its_child_runs(
    client, unfinished
):
    killed, bystander = open_run(client), open_run(client)
    ended, running = open_run(client, killed), open_run(client, killed)
    client.set_terminated(ended, "FINISHED")
    unfinished.note(killed)
    unfinished.end_abandoned()
    assert [status(client, i) for i in (killed, running)] == ["KILLED", "KILLED"]
    assert [status(client, i) for i in (ended, bystander)] == ["FINISHED", "RUNNING"]


@pytest.mark.slow
def test_what_was_closed_deleted_or_lies_elsewhere_is_left_alone(
    client, unfinished, tmp_path
):
    closed, failed = open_run(client), open_run(client)
    unfinished.note(closed)
    unfinished.forget(closed)
    unfinished.note(failed)
    client.set_terminated(failed, "FAILED")
    unfinished.note("0" * 32)
    elsewhere = UnfinishedRuns(tmp_path / "test.lock", "http://127.0.0.1:9")
    elsewhere.note("1" * 32)
    unfinished.end_abandoned()
    assert status(client, closed) == "RUNNING"
    assert status(client, failed) == "FAILED"
    noted = tmp_path / "test.mlflow.json"
    assert noted.read_text() == f'[["http://127.0.0.1:9", "{"1" * 32}"]]'
    elsewhere.forget("1" * 32)
    assert not noted.exists()


def count_runs(database) -> int:
    try:
        with contextlib.closing(
            sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        ) as connection:
            return int(connection.execute("SELECT COUNT(*) FROM runs").fetchone()[0])
    except sqlite3.Error:
        return 0


@pytest.mark.slow
def test_the_runs_of_a_killed_process_do_not_run_for_ever(kedro_project, project):
    from mlflow.tracking import MlflowClient

    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "kedro", "run", "--env", "test"),
            *("--pipelines", "ingestion,preprocessing,training"),
        ],
        cwd=project,
        env=os.environ | kedro_project.environment,
    )
    deadline = time.monotonic() + SECONDS
    # Until a candidate has its child run.
    while count_runs(kedro_project.folder / "mlflow.db") < 2:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    client = MlflowClient(kedro_project.environment["MLFLOW_TRACKING_URI"])
    experiment = client.get_experiment_by_name("digits").experiment_id
    left = {run.info.run_id for run in client.search_runs([experiment])}
    assert {status(client, run_id) for run_id in left} == {"RUNNING"}

    kedro_project.run("ingestion")
    assert {status(client, run_id) for run_id in left} == {"KILLED"}
    [new] = [r for r in client.search_runs([experiment]) if r.info.run_id not in left]
    assert new.info.status == "FINISHED"
    assert not list((kedro_project.folder / "data" / ".runs").glob("*.json"))
