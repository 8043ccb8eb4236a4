"""A running app with a real release, shared by the tests that only ask it."""

from pathlib import Path

import httpx
import pytest

from tests.running_app import run_app
from tests.serving_fixtures import publish


@pytest.fixture(autouse=True)
def untracked(monkeypatch):
    """Let no roll-back reach the developer's own MLflow."""
    monkeypatch.setenv("TRACKING", "off")


@pytest.fixture(scope="session")
def data(tmp_path_factory) -> Path:
    """A data folder with one release; tests that change it make their own."""
    folder = tmp_path_factory.mktemp("data")
    publish(folder / "09_serving" / "digits")
    return folder


@pytest.fixture(scope="session")
def app(data):
    """The app, pages and all, over one release."""
    with run_app(data) as running:
        yield running


@pytest.fixture
def rest(app):
    """A client of the running app."""
    with httpx.Client(base_url=app.url, timeout=30) as client:
        yield client
