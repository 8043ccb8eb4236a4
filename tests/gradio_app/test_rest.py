"""What REST answers when all is well."""

import base64
import threading
import time

import httpx
import pytest

from gradio_app.rest.docs import ALIASES
from tests.conftest import PROJECT
from tests.gradio_app.pictures import canvas, encode
from tests.serving_fixtures import train_small_model

BODY = encode(canvas(3))
ENCODED = base64.b64encode(BODY).decode()


def _ways(rest, path="/api/predict"):
    raw = {"content-type": "image/png"}
    lines = "\n".join(ENCODED[i : i + 76] for i in range(0, len(ENCODED), 76))
    return {
        "raw": rest.post(path, content=BODY, headers=raw),
        "raw, no type": rest.post(path, content=BODY),
        "curl": rest.post(
            path,
            content=BODY,
            headers={"content-type": "application/x-www-form-urlencoded"},
        ),
        "multipart": rest.post(path, files={"file": ("3.png", BODY)}),
        "base64": rest.post(path, json={"image": ENCODED}),
        "base64 in lines": rest.post(path, json={"image": lines}),
        "data URL": rest.post(path, json={"image": f"data:image/png;base64,{ENCODED}"}),
    }


def test_every_way_to_send_an_image_gives_the_same_answer(rest):
    answers = _ways(rest)
    assert {
        name: answer.status_code for name, answer in answers.items()
    } == dict.fromkeys(answers, 200)
    found = [answer.json() for answer in answers.values()]
    assert all(one["probabilities"] == found[0]["probabilities"] for one in found)
    assert len({one["id"] for one in found}) == len(found)


def test_a_prediction_has_the_promised_fields(rest, app):
    answer = rest.post("/api/predict", content=BODY)
    found = answer.json()
    assert list(found) == [
        "id",
        "verdict",
        "label",
        "confidence",
        "probabilities",
        "model_version",
        "elapsed_ms",
        "notes",
    ]
    assert found["verdict"] == "recognised"
    assert sum(found["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    best = max(found["probabilities"], key=found["probabilities"].get)
    assert (found["label"], found["confidence"]) == (best, found["probabilities"][best])
    assert answer.headers["x-model-version"] == found["model_version"]
    assert (app.store / "releases" / found["model_version"]).is_dir()
    # No longer than the client waited for it.
    assert 0 < found["elapsed_ms"] <= 1000 * answer.elapsed.total_seconds()


def test_held_out_digits_are_read_as_well_as_the_model_reads_them(rest):
    gate = train_small_model().gate
    right = sum(
        rest.post("/api/predict", content=encode(canvas(i))).json()["label"]
        == gate.class_names[gate.labels[i]]
        for i in range(60)
    )
    assert right >= 55


def test_every_alias_is_documented_and_is_no_route_of_its_own(rest):
    described = rest.get("/openapi.json").json()
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    for alias, path in ALIASES.items():
        assert alias not in described["paths"]
        [method] = (m.upper() for m in described["paths"][path])
        assert f"`{alias}` as `{path}`" in described["info"]["description"]
        assert f"| `{method} {alias}` | `{method} {path}` |" in readme
        assert rest.request(method, alias).status_code in {200, 422}


@pytest.mark.parametrize(
    ("alias", "path"),
    [("/health", "/api/health"), ("/model-info", "/api/model/info")],
)
def test_aliases_answer_as_their_originals(rest, alias, path):
    assert rest.get(alias).json() == rest.get(path).json()


def test_predict_has_an_alias(rest):
    answer = rest.post("/predict", files={"file": ("3.png", BODY)})
    assert answer.json()["verdict"] == "recognised"


def test_health_and_readiness_name_the_release(rest):
    health, ready = rest.get("/api/health"), rest.get("/api/ready")
    assert (health.status_code, ready.status_code) == (200, 200)
    found = ready.json()
    assert found == health.json()
    assert found["ready"] is True
    assert found["serving"] == found["desired"]
    assert found["problem"] is None


def test_model_info_gives_the_manifest(rest):
    found = rest.get("/api/model/info").json()
    assert found["class_names"] == list("0123456789")
    assert found["manifest"]["version"] == found["version"]
    assert found["manifest"]["candidate"] == "small"
    assert found["task"] == "digits"
    assert found["watch"] is None  # it has replaced nothing


def test_openapi_describes_every_way_in_and_out(rest):
    paths = rest.get("/openapi.json").json()["paths"]
    assert set(paths) - {"/metrics"} == {
        "/api/predict",
        "/api/predict/batch",
        "/api/explain",
        "/api/feedback",
        "/api/history",
        "/api/statistics",
        "/api/drift",
        "/api/health",
        "/api/ready",
        "/api/model/info",
        "/api/model/uptime",
        "/api/model/releases",
        "/api/model/releases/{version}",
        "/api/upload/training-data",
        "/api/uploads",
        "/api/uploads/{id}",
        "/api/visualizations",
        "/static/{file}",
    }
    predict = paths["/api/predict"]["post"]
    assert {"multipart/form-data", "application/json", "image/png"} <= set(
        predict["requestBody"]["content"]
    )
    assert {"200", "413", "415", "422", "503"} <= set(predict["responses"])
    for status in ("413", "415", "422", "503"):
        assert "application/problem+json" in predict["responses"][status]["content"]


def test_openapi_names_every_schema_it_uses(rest):
    described = rest.get("/openapi.json")
    schemas = described.json()["components"]["schemas"]
    used = {
        part.split('"')[0] for part in described.text.split("#/components/schemas/")[1:]
    }
    assert used <= set(schemas)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/nothing", 404, "not_found"),
        ("GET", "/api/predict", 405, "method_not_allowed"),
        ("POST", "/api/health", 405, "method_not_allowed"),
    ],
)
def test_what_is_not_there_is_a_problem_too(rest, method, path, status, code):
    answer = rest.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_large_image_does_not_hold_up_others(rest, app):
    large = encode(canvas(3).resize((4900, 4900)))
    # The machine may stand still once; who is held up is so each time.
    assert any(_longest_wait(rest, app, large) < 0.5 for _ in range(5))


def _longest_wait(rest, app, large):
    """Give the longest time to an answer while a large image is read, as a share."""
    start = time.perf_counter()
    ends, waits = [], []

    def send():
        answer = httpx.post(f"{app.url}/api/predict", content=large, timeout=60)
        assert answer.status_code == 200
        ends.append(time.perf_counter())

    thread = threading.Thread(target=send)
    thread.start()
    while thread.is_alive():
        asked = time.perf_counter()
        assert rest.get("/api/health").status_code == 200
        waits.append(time.perf_counter() - asked)
    [end] = ends
    return max(waits) / (end - start)
