"""The app follows the champion's pointer while it runs."""

import json
import shutil
import time

import httpx
import pytest

from digit_pipeline.releases import ReleaseStore
from tests.gradio_app.pictures import canvas, encode
from tests.running_app import run_app
from tests.serving_fixtures import publish

BODY = encode(canvas(3))
# The app looks twice a second; loading takes a moment; tests run on busy machines.
PATIENCE_SECONDS = 60


def open_client(app):
    return httpx.Client(base_url=app.url, timeout=30)


def _wait_for(client, condition):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = client.get("/api/health").json()
        if condition(found):
            return found
        time.sleep(0.05)
    raise AssertionError(f"still {found}")


@pytest.fixture
def folder(tmp_path, data):
    """A data folder of the test's own, with one release."""
    shutil.copytree(data / "09_serving", tmp_path / "09_serving")
    return tmp_path


def test_without_a_release_it_says_how_to_make_one_and_takes_it_when_it_comes(tmp_path):
    with run_app(tmp_path) as app, open_client(app) as client:
        health = client.get("/api/health")
        assert (health.status_code, health.json()["ready"]) == (200, False)
        ready = client.get("/api/ready")
        assert ready.status_code == 503
        assert "`make run`" in ready.json()["problem"]
        answer = client.post("/api/predict", content=BODY)
        assert (answer.status_code, answer.json()["code"]) == (503, "no_model")
        assert "`make run`" in answer.json()["detail"]
        assert client.get("/api/model/info").status_code == 503
        page = client.post("/gradio_api/run/read_drawing", json={"data": [""]})
        assert "make run" in page.text

        release = publish(app.store)
        found = _wait_for(client, lambda state: state["ready"])
        assert found["serving"] == found["desired"] == release.version
        assert client.post("/api/predict", content=BODY).status_code == 200
        page = client.post("/gradio_api/run/read_drawing", json={"data": [""]})
        assert release.version in page.text


def test_a_new_release_a_roll_back_and_a_bad_release(folder):
    with run_app(folder, PAGES="off") as app, open_client(app) as client:
        store = ReleaseStore(app.store)
        first = store.champion().version
        second = publish(app.store, "second").version
        _wait_for(client, lambda state: state["serving"] == second)
        assert client.get("/api/model/info").json()["manifest"]["candidate"] == "second"

        store.rollback(reason="a test")
        _wait_for(client, lambda state: state["serving"] == first)

        _break(app.store, second)
        _point_at(app.store, second)
        found = _wait_for(client, lambda state: state["desired"] == second)
        assert found["serving"] == first
        assert second in found["problem"]
        assert client.get("/api/ready").status_code == 200
        assert client.post("/api/predict", content=BODY).status_code == 200


@pytest.mark.parametrize("content", [b"", b"garbage", None])
def test_a_lost_pointer_leaves_the_old_release_serving(folder, content):
    with run_app(folder, PAGES="off") as app, open_client(app) as client:
        serving = client.get("/api/health").json()["serving"]
        pointer = app.store / "champion.json"
        pointer.unlink()
        if content is not None:
            pointer.write_bytes(content)
        found = _wait_for(client, lambda state: state["problem"])
        assert (found["serving"], found["desired"]) == (serving, None)
        answer = client.post("/api/predict", content=BODY).json()
        assert answer["model_version"] == serving


def test_every_answer_during_swaps_names_a_release_that_was_champion(folder):
    with run_app(folder, PAGES="off") as app, open_client(app) as client:
        store = ReleaseStore(app.store)
        versions = {store.champion().version}
        seen = set()
        versions.add(publish(app.store, "second").version)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while seen != versions and time.monotonic() < deadline:
            answer = client.post("/api/predict", content=BODY)
            assert answer.status_code == 200
            seen.add(answer.json()["model_version"])
            assert answer.headers["x-model-version"] == answer.json()["model_version"]
            if len(seen) == 1 and max(versions) in seen:
                store.rollback(reason="a test")
        assert seen == versions


def _break(store, version):
    model = store / "releases" / version / "model.onnx"
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 1
    model.chmod(0o644)
    model.write_bytes(content)


def _point_at(store, version):
    """Make a release champion without asking whether it is whole."""
    lines = (store / "promotions.jsonl").read_text().splitlines()
    promoted = [line for line in map(json.loads, lines) if line["version"] == version]
    (store / "champion.json").write_text(json.dumps(promoted[-1]))
