"""``/api/trace``, ``/api/manifests``: from an answer to corrections, and back."""

import gzip
from dataclasses import replace

import numpy as np
import pytest

from digit_pipeline.images import view_digit
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.records import CorrectionFilter, ManifestRecord
from digit_pipeline.releases import ReleaseDraft, ReleaseStore
from digit_pipeline.training_manifest import TrainingManifest
from digit_pipeline.uploads import open_upload
from gradio_app.app import create_app
from gradio_app.rest.schemas.tracing import TraceAnswer
from gradio_app.settings import Settings
from tests.gradio_app.local_client import LocalClient
from tests.gradio_app.pictures import canvas, encode
from tests.gradio_app.rest.conftest import AUTHORISED, KEY, SESSION, assert_problem
from tests.serving_fixtures import publish, train_small_model

RUN = "3995529c2d3a46f381f70f51bbd87891"
LABELS = [str(label) for label in train_small_model().gate.labels[:40]]


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("traced")
    publish(folder / "09_serving" / "digits", "before")
    app = create_app(Settings(data_dir=folder, pages="off", api_key=KEY))
    with LocalClient(app):
        yield app


@pytest.fixture(scope="module")
def guard(app):
    return LocalClient(app, headers=AUTHORISED, cookies={"session": SESSION})


@pytest.fixture(scope="module")
def records(app):
    return app.state.service.recorder.records


@pytest.fixture(scope="module")
def taught(guard, records):
    """Corrections: two accepted ones that a training saw, one that waits."""
    files = [("files", (f"{i}.png", encode(canvas(i)))) for i in range(3)]
    answer = guard.post(
        "/api/upload/training-data", files=files, data={"labels": LABELS[:3]}
    ).json()
    wanted = CorrectionFilter(upload=answer["id"])
    stored = list(records.iterate_corrections(wanted))
    decisions = [{"id": one.id, "action": "accept"} for one in stored[:2]]
    guard.post("/api/review", json={"decisions": decisions})
    return stored


@pytest.fixture(scope="module")
def release(app, records, taught):
    """A release trained from a manifest with the two, as ``retrain`` publishes it."""
    store = app.state.service.store
    manifest = make_manifest(records, taught[:2])
    manifest.keep(store.folder / "manifests")
    noted = ManifestRecord(
        digest=manifest.digest,
        environment="base",
        images=len(manifest.rows),
        corrections=manifest.corrections,
        run_id=RUN,
    )
    records.note_manifest(noted)
    published = publish_trained(store, manifest)
    records.note_release(manifest.digest, published.version)
    app.state.service.follower.look()
    return published


def make_manifest(records, corrections):
    """List a published set of 30 images, and the corrections as they were kept."""
    gate = train_small_model().gate.take(slice(100, 130))
    pixels = [
        np.rint(255 * view_digit(open_upload(records.image(c.image)).pixels).digit)
        for c in corrections
    ]
    names = gate.class_names
    added = LabelledImages(
        np.array(pixels, np.uint8)[..., None],
        np.array([names.index(c.final_label) for c in corrections], np.int64),
        names,
        sources=np.full(len(pixels), "corrections"),
        corrections=np.array([c.id for c in corrections]),
    )
    published = replace(gate, sources=np.full(len(gate), "digits"))
    whole = LabelledImages.concatenate([published, added])
    return TrainingManifest.of({"train": whole})


def publish_trained(store: ReleaseStore, manifest):
    model = train_small_model()
    champion = store.pointer().version
    draft = ReleaseDraft(
        model=model.onnx,
        gate=model.gate,
        model_card="# taught\n",
        decision={
            "promoted": True,
            "reason": "a test",
            "challenger_accuracy": model.accuracy,
        },
        champion=champion,
        facts={
            "task": "digits",
            "environment": "base",
            "candidate": "sketch_cnn",
            "mlflow_run": RUN,
            "training": manifest.summarise(),
        },
        training_manifest=manifest.to_file(),
    )
    return store.publish(draft, expected_previous=champion, reason="taught")


def trace(guard, name):
    answer = guard.get(f"/api/trace/{name}")
    assert answer.status_code == 200, answer.text
    return TraceAnswer.model_validate(answer.json())


def test_an_answer_leads_to_the_corrections_behind_it(guard, taught, release):
    prediction = guard.post("/api/predict", content=encode(canvas(9))).json()
    assert prediction["model_version"] == release.version
    sent = {"prediction_id": prediction["id"], "label": prediction["label"]}
    said = guard.post("/api/feedback", json=sent).json()["id"]
    found = trace(guard, prediction["id"])
    assert found.of == "prediction"
    assert found.prediction.id == prediction["id"]
    assert [one.id for one in found.corrections] == [said]
    (answered,) = found.releases
    assert (answered.version, answered.run_id) == (release.version, RUN)
    assert (answered.candidate, answered.champion) == ("sketch_cnn", True)
    (manifest,) = found.manifests
    assert answered.manifest == manifest.digest
    assert (manifest.run_id, manifest.images, manifest.corrections) == (RUN, 32, 2)
    assert {one.correction for one in found.images} == {one.id for one in taught[:2]}
    # From the image's hash to the correction, and from there all the way back.
    for line in found.images:
        (correction,) = trace(guard, line.image).corrections
        assert correction.id == line.correction
        back = trace(guard, correction.id)
        assert [one.version for one in back.releases] == [release.version]
        assert [one.image for one in back.images] == [correction.content]


def test_a_correction_leads_to_its_upload_history_and_releases(guard, taught, release):
    found = trace(guard, taught[0].id)
    assert (found.of, found.images_total) == ("correction", 1)
    assert [one.id for one in found.corrections] == [taught[0].id]
    assert found.upload.id == taught[0].upload
    assert [one.action for one in found.reviews] == ["accept"]
    assert [one.version for one in found.releases] == [release.version]
    (line,) = found.images
    assert (line.image, line.label) == (taught[0].content, LABELS[0])
    assert (line.source, line.split, line.weight) == ("corrections", "train", 1)
    # Its number in the upload names it, too.
    assert trace(guard, taught[0].prediction_id) == found


def test_what_waits_has_been_learned_from_by_nobody(guard, taught, release):
    found = trace(guard, taught[2].id)
    assert (found.releases, found.manifests, found.images) == ([], [], [])


def test_an_upload_leads_to_every_release_that_saw_a_part_of_it(guard, taught, release):
    found = trace(guard, taught[0].upload)
    assert found.of == "upload"
    assert [one.id for one in found.corrections] == [one.id for one in taught]
    assert [one.version for one in found.releases] == [release.version]
    assert found.images_total == 2


def test_a_release_and_a_manifest_lead_to_each_other(guard, release):
    of_release = trace(guard, release.version)
    (manifest,) = of_release.manifests
    of_manifest = trace(guard, manifest.digest)
    assert (of_release.of, of_manifest.of) == ("release", "manifest")
    assert of_manifest.releases == of_release.releases
    assert of_manifest.images == of_release.images
    answer = guard.get(manifest.file)
    assert answer.headers["content-type"] == "application/gzip"
    whole = gzip.decompress(answer.content).decode().splitlines()
    assert whole[0] == "image,label,source,split,weight,correction"
    assert len(whole) == 1 + 32
    assert TrainingManifest.from_file(answer.content).digest == manifest.digest


def test_a_release_without_a_manifest_says_so(guard, app):
    first = app.state.service.store.versions()[0]
    found = trace(guard, first)
    assert [one.version for one in found.releases] == [first]
    assert (found.releases[0].manifest, found.manifests) == (None, [])


def test_a_release_tells_its_manifest_where_the_records_were_lost(
    guard, release, app, tmp_path
):
    expected = trace(guard, release.version)
    file_digest = expected.manifests[0].digest
    settings = app.state.service.settings.model_copy(
        update={"records_url": f"sqlite:///{tmp_path / 'new.sqlite3'}"}
    )
    manifests = app.state.service.store.folder / "manifests"
    for moved_away in (False, True):
        # The store's copy is one of two: the release carries its own.
        if moved_away:
            manifests.rename(tmp_path / "manifests")
        with LocalClient(create_app(settings), headers=AUTHORISED) as anew:
            found = trace(anew, release.version)
            file = anew.get(found.manifests[0].file)
        assert found.images == expected.images
        assert found.manifests[0].corrections == 2
        assert TrainingManifest.from_file(file.content).digest == file_digest
    (tmp_path / "manifests").rename(manifests)


def test_after_a_withdrawal_the_trace_still_tells_who_learned_from_it(
    guard, taught, release, records
):
    body = {"ids": [taught[1].id], "reason": "a wish"}
    answer = guard.post("/api/withdraw", json=body).json()
    assert answer["releases"] == [release.version]
    assert answer["champion"] == release.version
    found = trace(guard, taught[1].id)
    assert found.corrections[0].state == "withdrawn"
    assert [one.version for one in found.releases] == [release.version]
    assert [one.action for one in found.reviews] == ["accept", "withdraw"]
    # What is accepted now, and so the next manifest, is without it.
    accepted = records.iterate_corrections(CorrectionFilter(state="accepted"))
    assert [one.id for one in accepted] == [taught[0].id]


@pytest.mark.parametrize(
    "name",
    [
        "0" * 24,
        "0" * 32,
        "0" * 64,
        f"{'0' * 24}.{'0' * 24}",
        "999999-20261120T231949Z",
        f"upload:{'0' * 24}:1",
        "nothing",
    ],
)
def test_what_is_no_name_here_is_not_found(guard, name):
    assert_problem(guard.get(f"/api/trace/{name}"), 404, "not_found")


@pytest.mark.parametrize("name", ["..%2F..%2Fetc", "a b", "%00", "x" * 101])
def test_what_can_be_no_name_is_refused(guard, name):
    answer = guard.get(f"/api/trace/{name}")
    assert answer.status_code in {404, 422}
    assert_problem(guard.get("/api/manifests/..%2Fchampion"), 404, "not_found")
    assert_problem(guard.get(f"/api/manifests/{'0' * 64}"), 404, "not_found")
    assert_problem(guard.get("/api/manifests/champion"), 422, "bad_request")
