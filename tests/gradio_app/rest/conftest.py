"""REST alone with every route, over two releases: a bare one, one with everything."""

import io
import json
import zipfile
from functools import partial
from itertools import count

import pytest

from digit_pipeline.releases import ReleaseDraft, ReleaseStore
from gradio_app.app import create_app
from gradio_app.settings import Settings
from tests.gradio_app.local_client import LocalClient
from tests.gradio_app.pictures import canvas, encode
from tests.serving_fixtures import publish, train_small_model

KEY = "opens-what-is-guarded"
AUTHORISED = {"authorization": f"Bearer {KEY}"}
ADDRESSES = count()
SESSION = "abcdefghijklmnopqrstuv"
FIGURE = {
    "name": "confusion_matrix",
    "title": "Confusion matrix",
    "interpretation": "Most often a 4 is read as a <b>9</b>.",
    "file": "confusion_matrix.png",
    "width": 200,
    "height": 200,
}


def publish_with_everything(folder):
    """Publish the small model with a test set and a gallery, as the next champion."""
    model = train_small_model()
    store = ReleaseStore(folder)
    champion = store.champion().version
    draft = ReleaseDraft(
        model=model.onnx,
        gate=model.gate,
        model_card="# everything\n\nReads digits.\n",
        decision={
            "promoted": True,
            "reason": "a test",
            "challenger_accuracy": model.accuracy,
        },
        champion=champion,
        facts={"candidate": "small", "metrics": {"test": {"n": 9, "accuracy": 1.0}}},
        test=model.gate.take(slice(0, 100)),
        gallery={
            "gallery.json": json.dumps([FIGURE]).encode(),
            "confusion_matrix.png": encode(canvas(0)),
        },
    )
    return store.publish(draft, expected_previous=champion, reason="has everything")


@pytest.fixture(scope="session")
def two_releases(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two_releases")
    publish(folder / "09_serving" / "digits", "bare")
    publish_with_everything(folder / "09_serving" / "digits")
    return folder


@pytest.fixture(scope="session")
def guarded_app(two_releases):
    return create_app(Settings(data_dir=two_releases, pages="off", api_key=KEY))


@pytest.fixture(scope="session")
def running(guarded_app):
    with LocalClient(guarded_app):
        yield guarded_app


@pytest.fixture
def service(running):
    return running.state.service


@pytest.fixture
def from_elsewhere(running):
    """Make a client at an address that no other has, so that limits count it alone."""
    return partial(new_client, running)


@pytest.fixture
def api(from_elsewhere):
    """A program: no session."""
    return from_elsewhere()


@pytest.fixture
def visitor(from_elsewhere):
    """A browser with a session of its own."""
    client = from_elsewhere(cookies={"session": SESSION})
    client.delete("/api/history")
    return client


def new_client(app, **options) -> LocalClient:
    number = next(ADDRESSES)
    return LocalClient(app, client=(f"10.{number >> 8}.{number & 255}.1", 1), **options)


def address_of(client: LocalClient) -> str:
    return client._transport.client[0]


def pack(files, **options) -> bytes:
    """Make a zip of names and contents."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return packed.getvalue()


def assert_problem(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["detail"].endswith(".")
