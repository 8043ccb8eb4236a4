"""``POST /api/feedback``: the row T17 of FAULTS.md, and what is kept."""

import base64
import io
import resource
import secrets
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from PIL import Image

from gradio_app.app import create_app
from gradio_app.rest.schemas.records import FeedbackAnswer
from gradio_app.settings import Settings
from tests.gradio_app.local_client import LocalClient
from tests.gradio_app.pictures import canvas, encode
from tests.gradio_app.rest.conftest import SESSION, address_of, assert_problem

PATH = "/api/feedback"
BODY = encode(canvas(3))


@pytest.fixture
def prediction(visitor):
    return visitor.post("/api/predict", content=BODY).json()


def another(label):
    return "1" if label != "1" else "2"


def test_a_correction_is_stored_before_it_is_acknowledged(visitor, service, prediction):
    label = another(prediction["label"])
    sent = {"prediction_id": prediction["id"], "label": label}
    answer = visitor.post(PATH, json=sent)
    assert answer.status_code == 201
    found = FeedbackAnswer.model_validate(answer.json())
    (stored, *_) = service.recorder.records.feedback().items
    assert stored.id == found.id
    assert (stored.label, stored.predicted) == (label, prediction["label"])
    assert (stored.state, stored.agrees) == ("quarantined", False)
    assert stored.model_version == prediction["model_version"]
    assert stored.session == SESSION
    assert stored.image is None
    # The address itself is nowhere.
    assert stored.client == service.hash_client(address_of(visitor))
    assert address_of(visitor) not in repr(stored)


def test_an_agreement_says_so(visitor, prediction):
    sent = {"prediction_id": prediction["id"], "label": prediction["label"]}
    assert visitor.post(PATH, json=sent).json()["agrees"] is True


def test_the_same_said_again_is_one_row(visitor, service, prediction):
    sent = {"prediction_id": prediction["id"], "label": another(prediction["label"])}
    first = visitor.post(PATH, json=sent)
    rows = service.recorder.records.feedback().total
    again = visitor.post(PATH, json=sent)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {**first.json(), "new": False}
    assert service.recorder.records.feedback().total == rows


@pytest.mark.parametrize("label", ["10", "-1", "7 ", "", "seven", "\u0667", "7\0"])
def test_what_is_no_label_is_refused(visitor, service, prediction, label):
    rows = service.recorder.records.feedback().total
    sent = {"prediction_id": prediction["id"], "label": label}
    assert_problem(visitor.post(PATH, json=sent), 422, "unknown_label")
    assert service.recorder.records.feedback().total == rows


@pytest.mark.parametrize("label", [7, -1, None, True, ["7"], {"label": "7"}])
def test_a_label_is_a_string(visitor, prediction, label):
    sent = {"prediction_id": prediction["id"], "label": label}
    assert_problem(visitor.post(PATH, json=sent), 422, "bad_request")


def test_a_forged_id_is_refused(visitor, service, prediction):
    name, _, signature = prediction["id"].partition(".")
    rows = service.recorder.records.feedback().total
    for forged in (
        secrets.token_hex(12),
        f"{secrets.token_hex(12)}.{signature}",
        f"{name}.{secrets.token_hex(12)}",
        prediction["id"].upper(),
        "",
    ):
        sent = {"prediction_id": forged, "label": "7"}
        assert_problem(visitor.post(PATH, json=sent), 403, "forged_id")
    assert service.recorder.records.feedback().total == rows


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"label": "7"}'])
def test_other_bodies_are_refused(visitor, body):
    headers = {"content-type": "application/json"}
    answer = visitor.post(PATH, content=body, headers=headers)
    assert_problem(answer, 422, "bad_request")


def test_a_picture_is_kept_re_encoded_and_named_by_its_hash(
    visitor, service, prediction
):
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    picture = encode(canvas(3).resize((900, 900)), "JPEG", exif=exif)
    sent = {
        "prediction_id": prediction["id"],
        "label": another(prediction["label"]),
        "image": f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}",
    }
    assert visitor.post(PATH, json=sent).json()["image_kept"] is True
    (stored, *_) = service.recorder.records.feedback().items
    kept = service.recorder.records.images.read(stored.image)
    opened = Image.open(io.BytesIO(kept))
    assert (opened.format, opened.mode, max(opened.size)) == ("PNG", "L", 400)
    assert b"where I live" not in kept
    assert np.asarray(opened).min() < 100


def test_a_picture_that_is_none_stores_nothing(visitor, service, prediction):
    rows = service.recorder.records.feedback().total
    sent = {"prediction_id": prediction["id"], "label": "7"}
    answer = visitor.post(PATH, json={**sent, "image": "%%"})
    assert_problem(answer, 422, "bad_request")
    answer = visitor.post(PATH, json={**sent, "image": "Z3Jh"})
    assert_problem(answer, 415, "unsupported_format")
    assert service.recorder.records.feedback().total == rows


def test_one_address_has_a_quota(visitor, service, prediction, monkeypatch):
    client = service.hash_client(address_of(visitor))
    since = datetime.now(UTC) - timedelta(days=1)
    sent = service.recorder.records.count_feedback(client, since)
    few = service.settings.model_copy(update={"daily_corrections": max(1, sent)})
    monkeypatch.setattr(service, "settings", few)
    if not sent:
        other = another(prediction["label"])
        visitor.post(PATH, json={"prediction_id": prediction["id"], "label": other})
    sent = {"prediction_id": prediction["id"], "label": "7"}
    answer = visitor.post(PATH, json=sent)
    assert_problem(answer, 429, "quota")
    assert int(answer.headers["retry-after"]) > 0


def test_a_repeat_is_no_more_than_the_quota(visitor, service, prediction, monkeypatch):
    sent = {"prediction_id": prediction["id"], "label": "7"}
    first = visitor.post(PATH, json=sent)
    few = service.settings.model_copy(update={"daily_corrections": 1})
    monkeypatch.setattr(service, "settings", few)
    again = visitor.post(PATH, json=sent)
    assert again.status_code == 200
    assert again.json() == {**first.json(), "new": False}
    assert_problem(visitor.post(PATH, json={**sent, "label": "1"}), 429, "quota")
    forged = {**sent, "prediction_id": secrets.token_hex(12)}
    assert_problem(visitor.post(PATH, json=forged), 403, "forged_id")


def test_a_picture_that_comes_with_the_repeat_is_kept(visitor, service, prediction):
    sent = {"prediction_id": prediction["id"], "label": "7"}
    assert visitor.post(PATH, json=sent).json()["image_kept"] is False
    picture = base64.b64encode(BODY).decode()
    again = visitor.post(PATH, json={**sent, "image": picture})
    assert again.status_code == 200
    assert (again.json()["new"], again.json()["image_kept"]) == (False, True)
    (stored, *_) = service.recorder.records.feedback().items
    assert service.recorder.records.images.read(stored.image)
    assert (stored.content is None, stored.verdict) == (False, "recognised")


def test_on_a_full_disk_it_is_not_acknowledged_and_predictions_go_on(
    visitor, service, prediction
):
    rows = service.recorder.records.feedback().total
    sent = {"prediction_id": prediction["id"], "label": "7"}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
    try:
        refused = visitor.post(PATH, json=sent)
        predicted = visitor.post("/api/predict", content=BODY)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert_problem(refused, 507, "no_space")
    assert int(refused.headers["retry-after"]) > 0
    assert predicted.json()["verdict"] == "recognised"
    assert service.recorder.records.feedback().total == rows
    assert visitor.post(PATH, json=sent).status_code == 201


def test_without_records_predictions_go_on(two_releases):
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    settings = Settings(data_dir=two_releases, pages="off", records_url=nowhere)
    with LocalClient(create_app(settings)) as client:
        predicted = client.post("/api/predict", content=BODY).json()
        assert predicted["verdict"] == "recognised"
        sent = {"prediction_id": predicted["id"], "label": "7"}
        assert_problem(client.post(PATH, json=sent), 503, "no_records")
        assert_problem(client.get("/api/statistics"), 503, "no_records")
        assert client.get("/api/health").status_code == 200
