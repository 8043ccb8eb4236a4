"""``/api/drift``: whether people draw as before, for programs and for the page."""

import dataclasses

import numpy as np
import pytest

from digit_pipeline.releases import ReleaseStore
from gradio_app.app import create_app
from gradio_app.rest.schemas.drift import DriftAnswer
from gradio_app.service import drifting
from gradio_app.settings import Settings
from tests.drift.samples import make_records
from tests.gradio_app.local_client import LocalClient
from tests.gradio_app.pictures import canvas, encode
from tests.gradio_app.rest.conftest import assert_problem
from tests.serving_fixtures import publish

PATH = "/api/drift"
SETTINGS = {
    "window": 300,
    "least": 100,
    "first": 1000,
    "false_alarms": 0.01,
    "smallest": 0.1,
    "door": "draw",
    "per_session": 3,
}


@pytest.fixture
def folder(tmp_path):
    publish(tmp_path / "09_serving" / "digits")
    return tmp_path


@pytest.fixture
def client(folder):
    with LocalClient(create_app(Settings(data_dir=folder, pages="off"))) as client:
        yield client


@pytest.fixture
def add(client):
    """Record answers of the release that is served."""
    service = client.app.state.service

    def add_all(*rows):
        service.recorder.records.add_predictions([one for part in rows for one in part])

    return add_all


@pytest.fixture
def version(client):
    return client.app.state.service.classifier.version


def answer_like_the_gate(folder, version, count, thinner=1.0, seed=9):
    """Give answers as to the gate's images, with strokes so many times as thick."""
    gate = ReleaseStore(folder / "09_serving" / "digits").champion().drift_reference
    rows = np.random.default_rng(seed).integers(len(gate), size=count)
    numbers = {name: column[rows] for name, column in gate.numbers.items()}
    return [
        dataclasses.replace(
            record,
            ink={
                "share": float(numbers["share"][i]),
                "thickness": float(numbers["thickness"][i] * thinner),
            },
            confidence=float(numbers["confidence"][i]),
            energy=float(numbers["energy"][i]),
            verdict=str(gate.names["verdict"][rows[i]]),
            label=str(gate.names["label"][rows[i]]) or None,
        )
        for i, record in enumerate(make_records(version, count, seed))
    ]


def test_a_few_answers_say_nothing_yet(client, add, version):
    add(make_records(version, 3))
    # What programs send is nothing that people have drawn.
    client.post("/api/predict", content=encode(canvas(0)))
    client.app.state.service.flush(60)
    found = client.get(PATH).json()
    assert DriftAnswer.model_validate(found)
    assert list(found) == [
        "version",
        "answers",
        "state",
        "sentence",
        "from_checked",
        "in_use",
        "settings",
    ]
    assert (found["version"], found["answers"]) == (version, 3)
    assert found["state"] == "too_few"
    assert found["sentence"] == "Nothing can be said yet: 3 of 200 answers."
    assert found["from_checked"]["reference"] == 450
    assert found["from_checked"]["families"] == found["in_use"]["families"] == {}
    assert found["settings"] == SETTINGS


def test_who_draw_as_in_the_gate_draw_as_before(client, add, folder, version):
    add(answer_like_the_gate(folder, version, 240))
    found = client.get(PATH).json()
    assert (found["state"], found["in_use"]["state"]) == ("none", "too_few")
    assert found["sentence"] == (
        "People draw as before: like the digits this model was checked with."
    )
    assert found["from_checked"]["window"] == 120
    assert set(found["from_checked"]["families"]) == {"ink", "answers", "labels"}


def test_thinner_strokes_than_in_the_gate_are_confirmed(client, add, folder, version):
    add(answer_like_the_gate(folder, version, 400, thinner=0.6))
    found = client.get(PATH).json()
    checked = found["from_checked"]
    assert (found["state"], checked["state"]) == ("confirmed", "confirmed")
    assert checked["drifted"] == ["ink"]
    ink = checked["families"]["ink"]
    assert ink["p_value"] <= 0.0033
    thickness = ink["columns"]["thickness"]
    assert thickness["differs"] is True
    assert thickness["what"] == "Stroke thickness"
    assert 0.1 < thickness["distance"] <= 1
    assert thickness["chance"] < thickness["distance"]
    assert thickness["now"] == pytest.approx(0.6 * thickness["before"], rel=0.1)
    assert thickness["now_text"] == f"{thickness['now']:.1f} pixels"
    assert thickness["name"] is None
    assert ink["columns"]["share"]["differs"] is False
    assert checked["families"]["labels"]["columns"]["label"]["name"] in "0123456789"
    assert "strokes are thinner (" in found["sentence"]


def test_what_began_lately_is_suspected(client, add, version):
    add(
        make_records(version, 1300, 0, thickness=2.4),
        make_records(version, 300, 1, thickness=1.8),
    )
    found = client.get(PATH).json()["in_use"]
    assert (found["state"], found["drifted"]) == ("suspected", ["ink"])
    assert (found["reference"], found["window"]) == (1000, 300)
    assert found["families"]["ink"]["columns"]["thickness"]["now_text"] == "1.8 pixels"


def test_a_release_without_a_reference_is_compared_in_use(
    client, add, version, monkeypatch
):
    monkeypatch.setattr(drifting.Drifting, "_reference", lambda *_: None)
    add(
        make_records(version, 1000, 0, thickness=2.4),
        make_records(version, 600, 1, thickness=1.8),
    )
    found = client.get(PATH).json()
    assert found["from_checked"] is None
    assert (found["state"], found["in_use"]["drifted"]) == ("confirmed", ["ink"])


def test_it_is_looked_at_once_a_minute(client, add, version):
    assert client.get(PATH).json()["answers"] == 0
    add(make_records(version, 5))
    assert client.get(PATH).json()["answers"] == 0
    client.app.state.service.drifting._until = 0
    assert client.get(PATH).json()["answers"] == 5


def test_distances_that_rounding_put_above_one_are_one(client, add, version):
    labels = [np.array(list(some)) for some in ("012", "3456789")]
    add(
        make_records(version, 1000, 0, labels=labels[0]),
        make_records(version, 600, 1, labels=labels[1]),
    )
    families = client.get(PATH).json()["in_use"]["families"]
    assert families["labels"]["columns"]["label"]["distance"] == pytest.approx(1)


def test_without_a_release_it_is_503(tmp_path):
    with LocalClient(create_app(Settings(data_dir=tmp_path, pages="off"))) as client:
        assert_problem(client.get(PATH), 503, "no_model")


def test_without_records_it_is_503(folder):
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    settings = Settings(data_dir=folder, pages="off", records_url=nowhere)
    with LocalClient(create_app(settings)) as client:
        assert_problem(client.get(PATH), 503, "no_records")
