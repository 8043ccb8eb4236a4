"""After a roll-back MLflow's registry names what the app went back to."""

import subprocess
import threading
import time

import httpx
import pytest

from digit_pipeline.releases import ReleaseStore
from gradio_app import registry
from gradio_app.registry import Registry
from gradio_app.settings import Settings
from tests.running_app import run_app
from tests.serving_fixtures import publish

KEY = "a key that is long enough"
# MLflow is imported and makes its database; the app gives it two minutes.
SECONDS = 180


@pytest.mark.slow
def test_the_alias_follows_a_roll_back(tmp_path):
    import mlflow

    folder = tmp_path / "09_serving" / "digits"
    first = publish(folder)
    publish(folder)
    tracking = f"sqlite:///{tmp_path / 'mlflow.db'}"
    settings = {
        "PAGES": "off",
        "API_KEY": KEY,
        "TRACKING": "on",
        "MLFLOW_TRACKING_URI": tracking,
        "MLFLOW_ARTIFACTS": str(tmp_path / "artifacts"),
    }
    headers = {"authorization": f"Bearer {KEY}"}
    with run_app(tmp_path, **settings) as app:
        address = f"{app.url}/api/model/rollback"
        answer = httpx.post(
            address, json={"reason": "a test"}, headers=headers, timeout=30
        )
        assert answer.json()["version"] == ReleaseStore(folder).pointer().version
        log = tmp_path / "server.log"
        _await(lambda: "is release" in log.read_text(), SECONDS)
    client = mlflow.MlflowClient(tracking, tracking)
    champion = client.get_model_version_by_alias("digits", "champion")
    assert champion.tags["release"] == first.version


def test_asked_twice_at_once_it_looks_again_afterwards(monkeypatch, tmp_path):
    monkeypatch.setenv("TRACKING", "on")
    goes_on = threading.Semaphore(0)
    told = []

    def run(command, **_):
        told.append(command[-1])
        goes_on.acquire()
        return subprocess.CompletedProcess(command, 1, "", "no such table\n")

    monkeypatch.setattr(registry.subprocess, "run", run)
    mirror = Registry(Settings(data_dir=tmp_path))
    for _ in range(3):
        mirror.follow()
    _await(lambda: told == ["mirror"])
    mirror.follow()
    goes_on.release(4)
    _await(lambda: told == ["mirror", "mirror"])
    time.sleep(0.2)
    assert told == ["mirror", "mirror"]


def _await(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_where_nothing_trains_there_is_nothing_to_tell(monkeypatch, tmp_path):
    monkeypatch.setenv("TRACKING", "on")
    assert Registry(Settings()).is_there
    assert not Registry(Settings(project_dir=tmp_path)).is_there
    monkeypatch.setenv("TRACKING", "off")
    assert not Registry(Settings()).is_there


def test_a_registry_that_hangs_costs_a_sentence(monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("TRACKING", "on")
    monkeypatch.setattr(registry, "PATIENCE_SECONDS", 0.01)
    Registry(Settings(data_dir=tmp_path)).follow()
    _await(lambda: "could not be told" in caplog.text)
