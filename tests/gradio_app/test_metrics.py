"""What Prometheus is told, and what is written down of requests."""

import logging
import shutil

import pytest
from prometheus_client.parser import text_string_to_metric_families

from digit_pipeline.releases import ReleaseStore
from gradio_app.app import create_app
from gradio_app.settings import Settings
from tests.drift.samples import make_records
from tests.gradio_app.local_client import LocalClient
from tests.gradio_app.pictures import canvas, encode
from tests.serving_fixtures import publish

BODY = encode(canvas(3))


@pytest.fixture
def folder(tmp_path, data):
    shutil.copytree(data / "09_serving", tmp_path / "09_serving")
    return tmp_path


@pytest.fixture
def app(folder):
    # The tests look at the pointer themselves, so that nothing is loaded in between.
    return create_app(
        Settings(data_dir=folder, pages="off", log_requests="all", poll_seconds=3600)
    )


@pytest.fixture
def client(app):
    with LocalClient(app, raise_server_exceptions=False) as client:
        yield client


def _figures(client):
    text = client.get("/metrics").text
    return {
        (sample.name.removeprefix("digit_pipeline_"), *sorted(sample.labels.items())): (
            sample.value
        )
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _count(client, name, **labels):
    return _figures(client).get((name, *sorted(labels.items())))


def test_requests_are_counted_by_route_and_status_never_by_path(client):
    client.get("/api/health")
    client.get("/api/health?key=secret")
    for number in range(5):
        client.get(f"/api/none/{number}")
    ok = {"route": "/api/health", "method": "GET", "status": "200"}
    assert _count(client, "requests_total", **ok) == 2
    missing = {"route": "none", "method": "GET", "status": "404"}
    assert _count(client, "requests_total", **missing) == 5
    assert _count(client, "request_seconds_count", route="/api/health") == 2
    text = client.get("/metrics").text
    assert "/api/none/" not in text
    assert "secret" not in text


def test_predictions_are_counted_by_label_verdict_release_and_door(client):
    answer = client.post("/api/predict", content=BODY).json()
    labels = {
        "label": answer["label"],
        "verdict": answer["verdict"],
        "release": answer["model_version"],
        "door": "rest",
    }
    assert _count(client, "predictions_total", **labels) == 1


def test_it_tells_what_serves_what_should_and_what_could_not_be_loaded(
    client, app, folder
):
    store = ReleaseStore(folder / "09_serving" / "digits")
    good = store.champion().version
    assert _count(client, "release", role="serving", version=good) == 1
    assert _count(client, "release_load_failures_total") == 0

    bad = publish(store.folder, "second").version
    model = store.folder / "releases" / bad / "model.onnx"
    model.chmod(0o644)
    model.write_bytes(b"not a model")
    app.state.service.follower.look()
    assert _count(client, "release", role="desired", version=bad) == 1
    assert _count(client, "release", role="desired", version=good) == 0
    assert _count(client, "release", role="serving", version=good) == 1
    assert _count(client, "release_load_failures_total") == 1


def test_what_is_recorded_and_what_is_not_is_counted(client, app):
    client.post("/api/predict", content=BODY)
    recorder = app.state.service.recorder
    assert recorder.log.flush(60)
    assert _count(client, "records_written_total") == 1
    log, recorder.log = recorder.log, None
    client.post("/api/predict", content=BODY)
    recorder.log = log
    assert _count(client, "records_dropped_total") == 1


def test_drift_is_told_as_it_was_last_found_and_never_looked_for(
    client, app, folder, monkeypatch
):
    assert not [name for name, *_ in _figures(client) if name == "drift"]
    client.get("/api/drift")
    assert _count(client, "drift", state="too_few") == 1

    service = app.state.service
    answers = make_records(service.classifier.version, 400, thickness=9)
    service.recorder.records.add_predictions(answers)
    service.drifting._until = 0
    with monkeypatch.context() as patched:
        patched.setattr(service.drifting, "report", None)
        assert _count(client, "drift", state="too_few") == 1
    client.get("/api/drift")
    assert _count(client, "drift", state="confirmed") == 1
    assert _count(client, "drift", state="too_few") == 0

    publish(folder / "09_serving" / "digits", "second")
    service.follower.look()
    assert _count(client, "drift", state="confirmed") == 0


def test_a_request_is_one_line_with_its_id_and_nobodys_data(client, caplog):
    with caplog.at_level(logging.INFO, "gradio_app.requests"):
        client.post(
            "/api/predict?note=private",
            content=BODY,
            headers={"x-request-id": "order-66", "x-forwarded-for": "203.0.113.9"},
        )
    [record] = [one for one in caplog.records if one.name == "gradio_app.requests"]
    assert record.getMessage() == "POST /api/predict 422"
    assert record.status == 422
    assert record.ms > 0
    told = str(vars(record))
    for private in ("private", "203.0.113.9", "testclient"):
        assert private not in told


def test_what_nobody_foresaw_is_500_with_all_headers_and_a_line(app, caplog):
    @app.get("/api/broken")
    async def broken():
        raise RuntimeError("a secret of the house")

    with LocalClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/api/broken")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-request-id"]
    [line] = [one for one in caplog.records if one.exc_info]
    assert "RuntimeError" in caplog.text
    assert line.getMessage() == "GET /api/broken failed"
