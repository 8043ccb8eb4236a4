"""The whole default run in a temporary folder, and every registered name after it."""

import json
import os
import sqlite3
import subprocess
import sys

import pytest

from digit_pipeline.datasets.kept_records import FILE
from tests.drift.samples import make_records

pytestmark = pytest.mark.slow


def test_the_default_run_ends_with_a_released_champion(trained_project):
    release = trained_project.load("champion_model")
    release.verify_files()
    assert release.manifest["environment"] == "test"
    assert release.manifest["candidate"] == trained_project.load("choice")["candidate"]


def test_sets_share_no_image(trained_project):
    hashes = [
        set(trained_project.load(f"{side}_set").content_hashes().tolist())
        for side in ("train", "validation", "gate", "test")
    ]
    assert len(set.union(*hashes)) == sum(len(h) for h in hashes)


def test_the_report_is_one_page_without_outside_links(trained_project):
    page = trained_project.load("report")
    assert "sketch_cnn" in page
    assert 'src="http' not in page
    assert 'href="http' not in page


def test_what_was_dropped_is_reported(trained_project):
    report = trained_project.load("ingestion_report")
    assert set(report) == {"dropped", "train", "validation", "gate", "test"}
    assert report["train"]["images"] == len(trained_project.load("train_set"))


@pytest.mark.parametrize("name", ["ingestion", "preprocessing", "evaluation", "train"])
def test_registered_names_run_on_what_is_there(trained_project, name):
    trained_project.run(name)


def test_promoting_twice_is_harmless(trained_project):
    before = trained_project.load("champion_model").version
    for _ in range(2):
        trained_project.run("promotion")
        assert trained_project.load("decision")["outcome"] == "already_champion"
    assert trained_project.load("champion_model").version == before


def test_same_seed_same_weights(trained_project):
    first = trained_project.load("sketch_cnn.training_report")["weights_hash"]
    trained_project.run("training", namespaces=["sketch_cnn"])
    again = trained_project.load("sketch_cnn.training_report")["weights_hash"]
    assert again == first


def test_another_seed_gives_other_weights(trained_project):
    first = trained_project.load("sketch_cnn.training_report")["weights_hash"]
    trained_project.run("training", namespaces=["sketch_cnn"], params={"seed": 21})
    other = trained_project.load("sketch_cnn.training_report")["weights_hash"]
    trained_project.run("training", namespaces=["sketch_cnn"])
    assert other != first


def test_batch_inference_reads_with_the_champion(trained_project):
    trained_project.run("batch_inference")
    predictions = trained_project.load("batch_predictions")
    version = trained_project.load("champion_model").version
    assert len(predictions) > 0
    assert set(predictions["model_version"]) == {version}


def test_monitoring_compares_the_answers_with_the_champion_s_own(trained_project):
    """Thinner strokes than any it was checked with, and less sure answers."""
    champion = trained_project.load("champion_model")
    own = champion.drift_reference
    assert len(own) == len(champion.gate)
    log = trained_project.load("prediction_log").records
    log.folder.mkdir(parents=True)
    # What a database makes when it is opened.
    with sqlite3.connect(log.folder / FILE):
        pass
    answers = make_records(champion.version, 240, thickness=0.8)
    with log.open() as records:
        records.add_predictions(answers)
    params = {"monitoring": {"least": min(50, len(own))}}
    trained_project.run("monitoring", params=params)
    report = trained_project.load("drift_report")
    assert (report["state"], report["version"]) == ("confirmed", champion.version)
    assert "strokes are thinner (0." in report["sentence"]
    assert report["in_use"]["state"] == "too_few"
    assert trained_project.load("drift_figure").size > (500, 200)
    from mlflow import MlflowClient

    client = MlflowClient(trained_project.environment["MLFLOW_TRACKING_URI"])
    experiment = client.get_experiment_by_name("digits")
    [run, *_] = client.search_runs([experiment.experiment_id])
    assert run.data.tags["drift"] == "confirmed"
    thickness = run.data.metrics["drift.from_checked.ink.thickness"]
    measured = report["from_checked"]["measured"]["ink"]["distances"]
    assert thickness == measured["thickness"]["value"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--pipeline", "ingestion"),
        ("--pipelines", "ingestion,preprocessing"),
        ("--from-nodes", "digest_sets", "--pipelines", "preprocessing"),
        ("--pipelines", "ingestion", "--params", "ingestion.min_per_class=2"),
    ],
    ids=" ".join,
)
def test_the_command_line_takes_what_a_kedro_user_types(
    trained_project, project, arguments
):
    done = subprocess.run(
        [sys.executable, "-m", "kedro", "run", "--env", "test", *arguments],
        cwd=project,
        env=os.environ | trained_project.environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_an_unusable_source_ends_in_a_sentence(trained_project, project):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "kedro", "run", "--env", "test"),
            *("--pipelines", "ingestion", "--params", "ingestion.min_per_class=99999"),
        ],
        cwd=project,
        env=os.environ | trained_project.environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    output = " ".join((done.stdout + done.stderr).split())
    assert "expected at least 99999 images of each class" in output
    assert "Traceback" not in output


def test_a_run_that_is_no_terminal_is_quiet(trained_project, project):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "kedro", "run", "--env", "test"),
            *("--pipelines", "preprocessing"),
        ],
        cwd=project,
        env=os.environ | trained_project.environment | {"TF_CPP_MIN_LOG_LEVEL": "0"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    assert done.stdout.strip() == ""
    assert done.stderr.strip() == ""


def test_the_decision_says_every_rules_figure(trained_project):
    decision = json.loads(json.dumps(trained_project.load("decision")))
    for rule in decision["rules"]:
        assert rule["sentence"]
        assert rule["passed"] in (True, False)
