"""One run in MLflow for one `kedro run`, and what happens when MLflow is not there."""

import contextlib
import functools
import logging
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from types import ModuleType

import pytest
from kedro.framework.cli.utils import KedroCliError

from digit_pipeline.hooks import tracking
from digit_pipeline.hooks.sentence import SentenceError
from digit_pipeline.hooks.tracking import TrackingHook
from digit_pipeline.jobs.endings import StoppedError, end_by_wish, find_stop
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

CANDIDATES = {
    "logistic_regression",
    "baseline_cnn",
    "dropout_cnn",
    "tuned_cnn",
    "sketch_cnn",
}


@pytest.fixture(scope="module")
def runs(trained_project):
    from mlflow.tracking import MlflowClient

    client = MlflowClient(f"sqlite:///{trained_project.folder / 'mlflow-first.db'}")
    experiment = client.get_experiment_by_name("digits")
    return client, client.search_runs([experiment.experiment_id])


@pytest.fixture(scope="module")
def parent(runs):
    (parent,) = [r for r in runs[1] if "mlflow.parentRunId" not in r.data.tags]
    return parent


@pytest.fixture(scope="module")
def children(runs, parent):
    return {
        r.info.run_name: r
        for r in runs[1]
        if r.data.tags.get("mlflow.parentRunId") == parent.info.run_id
    }


def test_one_run_is_one_run_with_a_child_for_each_candidate(runs, parent, children):
    assert len(runs[1]) == 1 + len(CANDIDATES)
    assert set(children) == CANDIDATES
    assert parent.info.status == "FINISHED"
    assert {c.info.status for c in children.values()} == {"FINISHED"}


def test_the_run_knows_its_code_environment_and_exact_images(parent, trained_project):
    digests = trained_project.load("data_digests")
    tags = parent.data.tags
    assert tags["digest.train"] == digests["train"]["sha256"]
    assert tags["environment"] == "test"
    assert tags["training_manifest"] == trained_project.load("training_manifest").digest
    assert {"git_commit", "git_dirty"} <= set(tags)


def test_candidates_can_be_compared_by_parameters_and_metrics(children):
    for child in children.values():
        assert "architecture" in child.data.params
        assert 0 <= child.data.metrics["test.accuracy"] <= 1
        assert 0 <= child.data.metrics["validation.accuracy"] <= 1
        assert child.data.metrics["train_seconds"] > 0


def test_networks_have_a_curve_of_epochs(runs, children, trained_project):
    history = trained_project.load("sketch_cnn.history")
    curve = runs[0].get_metric_history(children["sketch_cnn"].info.run_id, "loss")
    assert [point.step for point in curve] == history["epoch"].tolist()


def test_figures_and_the_model_card_lie_with_the_run(runs, parent):
    client = runs[0]
    top = {f.path for f in client.list_artifacts(parent.info.run_id)}
    report = {f.path for f in client.list_artifacts(parent.info.run_id, "report")}
    assert "model_card.md" in top
    assert {"report/confusion_matrix.png", "report/report.html"} <= report


def test_the_registry_points_at_the_released_champion(runs, trained_project):
    release = trained_project.load("champion_model")
    version = runs[0].get_model_version_by_alias("digits", "champion")
    assert release.version in version.tags.values()


def test_a_server_that_is_down_stops_the_run_in_one_sentence(kedro_project):
    with socket.socket() as unused:
        # Taken, so that nobody else listens there.
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
        kedro_project.environment["MLFLOW_TRACKING_URI"] = address
        sentence = "expected an answer from MLflow at http"
        with pytest.raises(KedroCliError, match=sentence):
            kedro_project.run("ingestion")
    assert not list((kedro_project.folder / "data").glob("0*"))


def test_a_server_that_is_down_is_told_once_in_plain_words(project, tmp_path):
    ended = subprocess.run(
        [sys.executable, "-m", "kedro", "run", "--pipelines=ingestion", "--env=test"],
        cwd=project,
        env={
            **os.environ,
            "DATA_DIR": str(tmp_path),
            "MLFLOW_TRACKING_URI": "http://127.0.0.1:9",
        },
        capture_output=True,
        text=True,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        "expected an answer from MLflow at http://127.0.0.1:9, got 'Connection "
        "refused': start or unlock it, or run without tracking by TRACKING=off\n"
    )


# Whoever runs the tests in the background has them, and their children, ignore Ctrl-C.
INTERRUPTIBLE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from kedro.framework.cli import main
main()
"""


def test_a_run_that_is_interrupted_was_killed_and_did_not_finish(project, tmp_path):
    from mlflow.tracking import MlflowClient

    tracking = f"sqlite:///{tmp_path / 'mlflow.db'}"
    settings = {
        "DATA_DIR": str(tmp_path / "data"),
        "MLFLOW_TRACKING_URI": tracking,
        "MLFLOW_ARTIFACTS": str(tmp_path / "artifacts"),
    }
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, "run", "--env=test"],
        cwd=project,
        env=os.environ | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        # By then the run and a candidate's child run are open.
        model = tmp_path / "data/06_models/test/logistic_regression/model.onnx"
        wait_until(model.exists, 600)
        process.send_signal(signal.SIGINT)
    assert process.returncode != 0
    client = MlflowClient(tracking)
    experiment = client.get_experiment_by_name("digits")
    runs = client.search_runs([experiment.experiment_id])
    assert len(runs) > 1
    assert {run.info.status for run in runs} == {"KILLED"}


def test_a_stop_while_the_run_is_opened_is_no_fault_of_mlflows(monkeypatch):
    hook, ended = TrackingHook(), []
    stop = StoppedError(end_by_wish())

    def open_run(*_):
        raise RuntimeError("wrapped") from stop

    monkeypatch.setattr(hook, "_is_tracked", lambda _: True)
    monkeypatch.setattr(hook, "_open_run", open_run)
    monkeypatch.setattr(tracking, "_end_runs", ended.append)
    monkeypatch.setitem(sys.modules, "mlflow", ModuleType("mlflow"))
    with pytest.raises(SentenceError, match="Cancelled") as caught:
        hook.before_pipeline_run({"pipeline_names": []}, None, None)
    assert find_stop(caught.value) is stop
    assert ended == ["KILLED"]


def test_without_tracking_no_mlflow_is_needed(kedro_project, monkeypatch):
    kedro_project.environment["MLFLOW_TRACKING_URI"] = "http://127.0.0.1:1"
    monkeypatch.setenv("TRACKING", "off")
    kedro_project.run("ingestion")
    assert len(kedro_project.load("train_set")) > 0


@contextlib.contextmanager
def locked_from(dataset, database, monkeypatch):
    """Lock the database as soon as a dataset is saved, until the block ends."""
    saved = TrackingHook.after_dataset_saved
    options = {"timeout": 60, "check_same_thread": False}
    with contextlib.closing(sqlite3.connect(database, **options)) as connection:

        @functools.wraps(saved)
        def lock(hook, dataset_name, data):
            if dataset_name == dataset:
                connection.execute("BEGIN EXCLUSIVE")
            saved(hook, dataset_name, data)

        monkeypatch.setattr(TrackingHook, "after_dataset_saved", lock)
        yield


def test_a_database_locked_in_the_middle_costs_no_result(
    kedro_project, caplog, monkeypatch
):
    kedro_project.run("ingestion")
    caplog.clear()
    with (
        caplog.at_level(logging.WARNING),
        locked_from("train_input", kedro_project.folder / "mlflow.db", monkeypatch),
    ):
        kedro_project.run("preprocessing")
    assert len(kedro_project.load("data_digests")) == 4
    told = [r for r in caplog.records if "stopped answering" in r.getMessage()]
    assert len(told) == 1
    assert "every model is kept" in told[0].getMessage()

    import mlflow

    assert mlflow.active_run() is None
