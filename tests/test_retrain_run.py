"""`retrain` on real records: learned from, traced, withdrawn, and kept apart."""

import io
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from digit_pipeline.datasets import EmbeddedDigits, LabelledImagesDataset
from digit_pipeline.images import view_digit
from digit_pipeline.quarantine import content_hash
from digit_pipeline.records import (
    RULES,
    CorrectionFilter,
    Decision,
    FeedbackRecord,
    Records,
)
from digit_pipeline.training_manifest import read_manifest
from tests.conftest import KedroProject

pytestmark = pytest.mark.slow

CLIENTS = 10
# Digits that neither the `test` environment's sources nor its field set hold.
LATE = 40


def to_png(picture) -> bytes:
    file = io.BytesIO()
    Image.fromarray(255 - picture).save(file, "PNG")
    return file.getvalue()


def say(records, number, picture, label, client) -> FeedbackRecord:
    return records.add_feedback(
        FeedbackRecord(
            prediction_id=f"{number:024x}.{0:024x}",
            label=label,
            agrees=False,
            client=client,
            content=content_hash(view_digit(255 - picture)),
        ),
        to_png(picture),
    )[0]


@pytest.fixture(scope="module")
def project_folder(trained_project, tmp_path_factory):
    """What a default run left, in a folder of its own."""
    folder = tmp_path_factory.mktemp("retrained")
    for layer in ("03_primary", "09_serving"):
        shutil.copytree(
            trained_project.folder / "data" / layer, folder / "data" / layer
        )
    return folder


@pytest.fixture(scope="module")
def records(project_folder):
    kept = project_folder / "data" / "10_records" / "digits"
    records = Records(f"sqlite:///{kept / 'records.sqlite3'}", kept / "images")
    yield records
    records.close()


@pytest.fixture(scope="module")
def said(records, project_folder):
    """Corrections: accepted by a person, a copy of a gate image, and a wrong one."""
    digits = EmbeddedDigits(per_class=LATE + 6).load()["all"]
    late = [np.flatnonzero(digits.labels == k)[LATE:] for k in range(10)]
    chosen = np.concatenate(late)
    good = [
        say(
            records,
            n,
            digits.images[i, ..., 0],
            str(digits.labels[i]),
            f"client{n % CLIENTS}",
        )
        for n, i in enumerate(chosen.tolist())
    ]
    records.review([Decision(one.id, "accept") for one in good], "a person")
    file = project_folder / "data" / "03_primary" / "test" / "gate_set.npz"
    gate = LabelledImagesDataset(filepath=file).load()
    copy = say(records, 1000, gate.images[0, ..., 0], "3", "copier")
    wrong = digits.images[np.flatnonzero(digits.labels == 7)[LATE - 1], ..., 0]
    vandal = say(records, 1001, wrong, "1", "vandal")
    return {"good": good, "copy": copy, "vandal": vandal}


@pytest.fixture(scope="module")
def retrained(bootstrapped, project_folder, said):
    project = KedroProject(project_folder)
    project.run("retrain")
    return project


@pytest.fixture(scope="module")
def made(retrained):
    """What the retraining wrote, by layer."""
    return lambda layer: retrained.folder / "data" / layer / "test_retrained"


def read(file):
    return json.loads(file.read_text())


def test_the_champion_learns_what_persons_accepted(retrained, made, said):
    report = read(made("08_reporting") / "feedback_report.json")
    assert report["learned"] + report["validated"] == len(said["good"])
    counted = read(made("08_reporting") / "data_summary.json")["class_counts"]["train"]
    published = len(retrained.load("train_set"))
    assert sum(counted.values()) == published + report["learned"]


def test_what_people_gave_lies_in_the_records_alone(retrained, said):
    given = {one.content for one in said["good"]}
    files = [
        file
        for file in (retrained.folder / "data").rglob("*.npz")
        if "labels" in np.load(file).files
    ]
    assert len(files) > 8
    for file in files:
        images = LabelledImagesDataset(filepath=file).load()
        assert not set(images.corrections if images.corrections is not None else ()) - {
            ""
        }, file
        assert not given & set(images.content_hashes()), file


def test_the_rules_decided_and_say_who_they_are(records, retrained, said):
    copy = records.correction(said["copy"].id)
    assert (copy.state, copy.reviewer) == ("rejected", RULES)
    assert "near copy of one that models are judged by" in copy.reason
    vandal = records.correction(said["vandal"].id)
    assert (vandal.state, vandal.reviewer) == ("quarantined", None)


def test_what_was_trained_on_can_be_followed_back(records, retrained, made, said):
    named = read(made("05_model_input") / "training_manifest.json")
    store = retrained.folder / "data" / "09_serving" / "digits"
    manifest = read_manifest(store / "manifests", named["manifest"])
    good = {one.id: one for one in said["good"]}
    assert set(manifest.corrections) == set(good)
    for row in manifest.rows:
        if row.correction:
            assert row.image == good[row.correction].content
            assert row.label == good[row.correction].label
    known = records.manifest(manifest.digest)
    assert set(known.corrections) == set(good)
    assert known.run_id
    assert [m.digest for m in records.manifests_of(said["good"][0].id)] == [
        manifest.digest
    ]
    assert records.manifests_of(said["copy"].id) == ()


def test_mlflow_carries_the_manifest(retrained, made):
    from mlflow.tracking import MlflowClient

    named = read(made("05_model_input") / "training_manifest.json")
    client = MlflowClient(retrained.environment["MLFLOW_TRACKING_URI"])
    experiment = client.get_experiment_by_name("digits")
    runs = client.search_runs([experiment.experiment_id])
    [run] = [r for r in runs if "training_manifest" in r.data.tags]
    assert run.data.tags["training_manifest"] == named["manifest"]
    [artefact] = client.list_artifacts(run.info.run_id, "data")
    assert artefact.path == f"data/{named['manifest']}.csv.gz"


def test_the_gate_went_by_stricter_rules(made):
    rules = read(made("08_reporting") / "retraining_rules.json")
    assert rules["margins"]["min_images"] == 10
    decision = read(made("08_reporting") / "decision.json")
    assert decision["challenger"] == "sketch_cnn"


def test_it_is_kept_apart_from_what_a_plain_run_made(retrained):
    data = retrained.folder / "data"
    written = {p.relative_to(data).parts[:2] for p in data.rglob("*") if p.is_file()}
    layers = {layer for layer, folder in written if folder == "test_retrained"}
    assert layers == {
        "05_model_input",
        "06_models",
        "07_model_output",
        "08_reporting",
    }
    # The plain run's folders that were copied, and none that it would write anew.
    assert {layer for layer, folder in written if folder == "test"} == {"03_primary"}


def test_the_next_manifest_is_without_what_is_withdrawn(
    retrained, records, made, said, project
):
    gone = records.withdraw(client="client3", reason="They asked for it.")
    assert len(gone.corrections) == len(said["good"]) // CLIENTS
    assert len(gone.manifests) == 1

    # As a schedule would, without the app.
    done = subprocess.run(
        [
            *(sys.executable, "-m", "kedro", "run", "--env", "test"),
            "--pipeline=feedback",
        ],
        cwd=project,
        env=os.environ | retrained.environment | {"TRACKING": "off"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "to learn from" in done.stdout
    folder = retrained.folder / "data" / "05_model_input" / "test_feedback"
    named = read(folder / "training_manifest.json")
    assert named["corrections"] == len(said["good"]) - len(gone.corrections)
    accepted = records.iterate_corrections(CorrectionFilter(state="accepted"))
    assert set(records.manifest(named["manifest"]).corrections) == {
        one.id for one in accepted
    }
    # What was trained on stays as it was.
    before = read(made("05_model_input") / "training_manifest.json")
    assert before["manifest"] == gone.manifests[0]
