"""``POST /api/explain``: good bodies, empty ones, bad ones, and what OpenAPI says."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from gradio_app.app import create_app
from gradio_app.settings import Settings
from tests.gradio_app.local_client import LocalClient
from tests.gradio_app.pictures import canvas, encode

PATH = "/api/explain"
BODY = encode(canvas(3))
ENCODED = base64.b64encode(BODY).decode()
BLANK = encode(Image.fromarray(np.full((60, 80), 255, np.uint8)))


def overlay_of(answer):
    head, _, encoded = answer["overlay"].partition(",")
    assert head == "data:image/png;base64"
    return Image.open(io.BytesIO(base64.b64decode(encoded)))


def test_an_explanation_has_the_promised_fields(rest):
    answer = rest.post(PATH, content=BODY)
    found = answer.json()
    assert list(found) == [
        "label",
        "runner_up",
        "sentence",
        "overlay",
        "model_version",
        "elapsed_ms",
    ]
    predicted = rest.post("/api/predict", content=BODY).json()
    ranked = sorted(predicted["probabilities"], key=predicted["probabilities"].get)
    assert [found["label"], found["runner_up"]] == ranked[:-3:-1]
    assert found["label"] == predicted["label"]
    assert f"for {found['label']} rather than {found['runner_up']}" in found["sentence"]
    assert "This is a heuristic" in found["sentence"]
    # No longer than the client waited for it.
    assert 0 < found["elapsed_ms"] <= 1000 * answer.elapsed.total_seconds()
    assert answer.headers["x-model-version"] == found["model_version"]


def test_the_overlay_is_transparent_and_as_large_as_the_picture(rest):
    picture = overlay_of(rest.post(PATH, content=BODY).json())
    assert picture.mode == "RGBA"
    assert picture.size == canvas(3).size
    alpha = np.asarray(picture)[..., 3]
    assert 0.01 < (alpha > 0).mean() < 0.5


def test_every_way_to_send_an_image_is_taken(rest):
    answers = [
        rest.post(PATH, content=BODY, headers={"content-type": "image/png"}),
        rest.post(PATH, files={"file": ("3.png", BODY)}),
        rest.post(PATH, json={"image": ENCODED}),
        rest.post(PATH, json={"image": f"data:image/png;base64,{ENCODED}"}),
    ]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    assert len({answer.json()["overlay"] for answer in answers}) == 1


def test_an_empty_picture_asks_for_a_drawing(rest):
    answer = rest.post(PATH, content=BLANK)
    assert answer.status_code == 200
    found = answer.json()
    assert found["sentence"] == "Draw a digit first"
    assert (found["label"], found["runner_up"], found["overlay"]) == (None, None, None)


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"content": b""}, 422, "empty_image"),
        ({"content": b"just text\n" * 20}, 415, "unsupported_format"),
        ({"content": BODY[: len(BODY) // 2]}, 422, "truncated"),
        ({"json": {"picture": ENCODED}}, 422, "bad_request"),
        ({"json": {"image": "%%%"}}, 422, "bad_request"),
        ({"files": {"picture": ("3.png", BODY)}}, 422, "empty_image"),
    ],
    ids=["nothing", "text", "half", "no field", "no base64", "wrong field"],
)
def test_bad_bodies_are_problems(rest, sent, status, code):
    answer = rest.post(PATH, **sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].endswith(".")


def test_other_methods_are_refused(rest):
    answer = rest.get(PATH)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_openapi_shows_an_example_that_fits_its_schema(rest):
    described = rest.get("/openapi.json").json()
    route = described["paths"][PATH]["post"]
    assert {"200", "400", "413", "415", "422", "503"} <= set(route["responses"])
    assert "application/json" in route["requestBody"]["content"]
    schema = described["components"]["schemas"]["ExplanationAnswer"]
    (example,) = schema["examples"]
    assert set(example) == set(schema["properties"])


def test_without_a_release_it_is_not_ready(tmp_path):
    settings = Settings(data_dir=tmp_path, pages="off")
    with LocalClient(create_app(settings)) as empty:
        answer = empty.post(PATH, content=BODY)
    assert (answer.status_code, answer.json()["code"]) == (503, "no_model")
