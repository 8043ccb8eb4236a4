"""The routes about releases: listed, compared, measured, shown, rolled back."""

import shutil

import httpx
import pytest

from gradio_app.app import create_app
from gradio_app.settings import Settings
from tests.gradio_app.local_client import LocalClient
from tests.gradio_app.pictures import canvas, encode
from tests.gradio_app.rest.conftest import (
    AUTHORISED,
    FIGURE,
    KEY,
    assert_problem,
    pack,
)
from tests.serving_fixtures import train_small_model


@pytest.fixture
def versions(api):
    return [r["version"] for r in api.get("/api/model/releases").json()["releases"]]


def test_every_release_is_listed_newest_first(api, service):
    newest, oldest = api.get("/api/model/releases").json()["releases"]
    assert (newest["champion"], oldest["champion"]) == (True, False)
    assert newest["version"] == service.champion.serving > oldest["version"]
    assert newest["promotions"][0]["why"] == "has everything"
    # By its test images where it tells of them, by its gate images otherwise.
    assert (newest["accuracy"], newest["images"]) == (1.0, 9)
    assert oldest["accuracy"] == pytest.approx(train_small_model().accuracy)
    assert oldest["accuracy_low"] < oldest["accuracy"] < oldest["accuracy_high"]


def test_a_release_tells_of_itself(api, versions):
    found = api.get(f"/api/model/releases/{versions[0]}").json()
    assert found["card"].startswith("# everything")
    assert found["manifest"]["version"] == versions[0]
    assert found["release"]["champion"] is True
    assert found["comparison"] is None


def test_two_releases_are_compared(api, versions):
    newest, oldest = versions
    path = f"/api/model/releases/{newest}"
    found = api.get(path, params={"compare": oldest}).json()["comparison"]
    figures = {one["name"]: one for one in found}
    assert figures["metrics.test.accuracy"] == {
        "name": "metrics.test.accuracy",
        "first": None,
        "second": 1.0,
        "change": None,
    }
    assert figures["gate.accuracy"]["change"] == 0


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/model/releases/000099-20200101T000000Z", 404, "not_found"),
        ("/api/model/releases/..%2f..%2fchampion.json", 404, "not_found"),
        ("/api/model/releases/champion.json", 422, "bad_request"),
    ],
)
def test_other_versions_are_refused(api, path, status, code):
    assert_problem(api.get(path), status, code)


def test_uptime_tells_since_when(api, service):
    found = api.get("/api/model/uptime").json()
    assert found["model_version"] == service.champion.serving
    assert 0 < found["serving_seconds"] <= found["uptime_seconds"] + 1


def test_the_gallery_is_listed_and_served(api, service):
    listed = api.get("/api/visualizations")
    found = listed.json()
    assert found["model_version"] == service.champion.serving
    (figure,) = found["figures"]
    assert figure["interpretation"] == FIGURE["interpretation"]
    address = listed.url.join(figure["url"])
    assert address.path == "/static/confusion_matrix.png"
    answer = api.get(address)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.content == encode(canvas(0))
    again = api.get(address, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    # Where a proxy has the app in a folder, the figures are in it as well.
    inside = httpx.URL("https://example.org/digits/api/visualizations")
    assert inside.join(figure["url"]).path == "/digits/static/confusion_matrix.png"


@pytest.mark.parametrize(
    "name",
    ["gallery.json", "model.onnx", "MANIFEST.json", "other.png", "..%2fchampion.json"],
)
def test_nothing_else_of_a_release_is_served(api, name):
    assert_problem(api.get(f"/static/{name}"), 404, "not_found")


def test_evaluation_on_the_frozen_test_set(api, service):
    answer = api.post("/api/model/evaluate", headers=AUTHORISED)
    assert answer.status_code == 200
    found = answer.json()
    assert (found["source"], found["n"]) == ("test_set", 100)
    test = train_small_model().gate.take(slice(0, 100))
    confusion = found["confusion_matrix"]
    right = sum(confusion[i][i] for i in range(10))
    assert found["accuracy"] == right / 100
    assert [sum(row) for row in confusion] == list(test.class_counts().values())
    assert found["accuracy_low"] < found["accuracy"] < found["accuracy_high"]
    assert sum(found["verdicts"].values()) == 100
    assert answer.headers["x-model-version"] == service.champion.serving


def test_evaluation_on_a_zip_of_label_folders(api):
    gate = train_small_model().gate
    files = [(f"digits/{gate.labels[i]}/{i}.png", encode(canvas(i))) for i in range(60)]
    # Its own ink for certain, in the folder of another label: one mistake.
    wrong = (int(gate.labels[0]) + 1) % 10
    bad = [
        (f"{wrong}/wrong.png", encode(canvas(0))),
        ("7/text.png", b"text"),
        ("else/a.png", encode(canvas(0))),
        ("../7/a.png", encode(canvas(0))),
    ]
    body = pack([*files, *bad])
    for sent in ({"content": body}, {"files": {"file": ("digits.zip", body)}}):
        answer = api.post("/api/model/evaluate", headers=AUTHORISED, **sent)
        found = answer.json()
        assert (found["source"], found["n"]) == ("archive", 61)
        assert found["confusion_matrix"][wrong][int(gate.labels[0])] >= 1
        assert 55 / 61 < found["accuracy"] < 1
        failures = {one["name"]: one["code"] for one in found["failures"]}
        assert failures == {
            "7/text.png": "unsupported_format",
            "else/a.png": "unknown_label",
            "../7/a.png": "unsafe_name",
        }
        assert found["per_class"]["7"]["support"] == sum(gate.labels[:60] == 7) + (
            wrong == 7
        )


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"content": b"text"}, 422, "corrupt_zip"),
        ({"files": {"other": ("a.zip", b"")}}, 422, "bad_request"),
        ({"content": pack((f"7/{i}.png", b"") for i in range(3000))}, 413, "too_large"),
    ],
    ids=["text", "no file", "3,000 files"],
)
def test_what_cannot_be_evaluated_is_refused(api, sent, status, code):
    answer = api.post("/api/model/evaluate", headers=AUTHORISED, **sent)
    assert_problem(answer, status, code)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ([("7/a.png", b"x")], "Of the first: Expected a PNG"),
        ([("a.png", b"x"), ("b.png", b"x")], "Of the first: "),
        ([], "it is empty; put images into it."),
    ],
    ids=["unreadable", "in no folder", "empty"],
)
def test_a_zip_without_an_image_that_counts_is_refused(api, files, told):
    """An accuracy of 0 would be no measurement."""
    answer = api.post("/api/model/evaluate", headers=AUTHORISED, content=pack(files))
    assert_problem(answer, 422, "nothing_labelled")
    assert told in answer.json()["detail"]


def test_what_changes_the_model_needs_the_key(api):
    body = {"reason": "a test"}
    for path in ("/api/model/rollback", "/api/model/evaluate"):
        assert_problem(api.post(path, json=body), 401, "unauthorised")


def test_rolling_back_is_live_at_once_and_recorded(two_releases, tmp_path):
    shutil.copytree(two_releases / "09_serving", tmp_path / "09_serving")
    app = create_app(Settings(data_dir=tmp_path, pages="off", api_key=KEY))
    path = "/api/model/rollback"
    with LocalClient(app, headers=AUTHORISED) as client:
        newest, oldest = (
            r["version"] for r in client.get("/api/model/releases").json()["releases"]
        )
        assert_problem(client.post(path, json={}), 422, "bad_request")
        answer = client.post(path, json={"reason": "Sevens are read as ones."})
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert (found["version"], found["serving"]) == (oldest, oldest)
        predicted = client.post("/api/predict", content=encode(canvas(0))).json()
        assert predicted["model_version"] == oldest
        listed = client.get("/api/model/releases").json()["releases"][1]
        assert listed["promotions"][-1]["why"] == "Sevens are read as ones."
        # The first release has nothing before it, and carries no test set.
        assert_problem(client.post(path, json={"reason": "again"}), 409, "release")
        assert_problem(client.post("/api/model/evaluate"), 404, "no_test_set")
        unknown = {"reason": "a", "to": "000099-20200101T000000Z"}
        refused = client.post(path, json=unknown)
        assert_problem(refused, 409, "release")
        assert "Expected the version of a release as `to`" in refused.json()["detail"]
        back = client.post(path, json={"reason": "better after all", "to": newest})
        assert back.json()["serving"] == newest
        again = client.post(path, json={"reason": "once more", "to": newest})
        assert_problem(again, 409, "release")
        assert "is the champion already" in again.json()["detail"]
