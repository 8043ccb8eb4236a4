"""What the upload page asks for, and the scripts that ask."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from tests.gradio_app.pictures import canvas, encode

PAGE = {"accept": "text/html"}


def send(rest, *bodies, **options):
    files = [("file", ("<script>.png", body)) for body in bodies]
    return rest.post("/pages/read", files=files, **options)


def test_each_picture_is_answered_in_order_and_a_bad_one_for_itself(rest):
    good = encode(canvas())
    answer = send(rest, good, b"<html>", good[:-40], b"", good)
    assert answer.status_code == 200
    items = answer.json()["items"]
    codes = [item.get("problem", {}).get("code") for item in items]
    assert codes == [None, "unsupported_format", "truncated", "empty_image", None]
    alone = rest.post("/api/predict", content=good).json()
    for item in (items[0], items[-1]):
        assert item["prediction"]["label"] == alone["label"]
        assert item["prediction"]["probabilities"] == pytest.approx(
            alone["probabilities"]
        )
        assert f'data-id="{item["prediction"]["id"]}"' in item["card"]
        assert "<script" not in item["card"]


def test_what_the_model_sees_is_28_by_28_white_on_black(rest):
    [item] = send(rest, encode(canvas())).json()["items"]
    body = base64.b64decode(item["seen"].partition(",")[2])
    seen = np.asarray(Image.open(io.BytesIO(body)))
    assert seen.shape == (28, 28)
    assert seen[0, 0] == 0
    assert seen.max() > 200
    # Alone, a picture is shown in all three steps; among many in the last one.
    assert item["card"].count("<figcaption>") == 4
    items = send(rest, encode(canvas()), encode(canvas())).json()["items"]
    assert items[0]["card"].count("<figcaption>") == 2


def test_it_is_recorded_as_an_upload_of_the_session(rest):
    rest.get("/", headers=PAGE)
    assert "session" in rest.cookies
    send(rest, encode(canvas()), b"no")
    found = rest.get("/api/history").json()
    assert [row["door"] for row in found["items"]] == ["upload"]


def test_a_drawing_is_recorded_as_one_of_the_session(rest):
    rest.get("/", headers=PAGE)
    drawing = base64.b64encode(encode(canvas())).decode()
    answer = rest.post("/gradio_api/run/read_drawing", json={"data": [drawing]})
    assert answer.status_code == 200
    found = rest.get("/api/history").json()
    assert [row["door"] for row in found["items"]] == ["draw"]


@pytest.mark.parametrize("count", [17, 200])
def test_too_many_at_once_are_refused(rest, count):
    answer = send(rest, *[b"x"] * count)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("content", "kind"), [(b"", "application/json"), (b"{}", "text/plain")]
)
def test_what_is_no_form_holds_no_pictures(rest, content, kind):
    answer = rest.post("/pages/read", content=content, headers={"content-type": kind})
    assert answer.status_code == 200
    assert answer.json() == {"items": []}


def test_scripts_are_kept_by_browsers_for_ever_and_nothing_else_is_served(rest):
    page = rest.get("/config").text
    folder = re.search(r"pages/[0-9a-f]{12}/", page)
    assert folder is not None
    script = rest.get(f"/{folder[0]}app.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "immutable" in script.headers["cache-control"]
    old = rest.get("/pages/000000000000/app.js")
    assert old.text == script.text
    assert old.headers["cache-control"] == "no-store"
    for name in ("page.css", "none.js", "..%2fdraw.py", "..%2f..%2fapp.py", ".js"):
        assert rest.get(f"/{folder[0]}{name}").status_code == 404
    named = set(re.findall(r"from '\./(\w+\.js)'", script.text))
    assert named
    assert all(rest.get(f"/{folder[0]}{name}").status_code == 200 for name in named)


def test_gradios_own_client_reads_the_digits_of_a_drawing(app):
    from gradio_client import Client
    from gradio_client.exceptions import AppError

    from gradio_app.pages.draw import tell

    client = Client(f"{app.url}/", verbose=False)
    drawing = base64.b64encode(encode(canvas())).decode()
    [found] = client.predict(drawing, api_name="/read_digits")
    # What a visitor sends wrongly is no fault to log.
    assert not tell("A sentence.").print_exception
    assert found["label"] in "0123456789"
    assert sum(found["probabilities"].values()) == pytest.approx(1, abs=1e-3)
    with pytest.raises(AppError, match="Expected a PNG"):
        client.predict(base64.b64encode(b"none").decode(), api_name="/read_digits")
