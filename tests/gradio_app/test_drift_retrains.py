"""People come to draw otherwise, and one accepted correction starts a retraining."""

import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from digit_pipeline.jobs.names import JOB_FOLDER, JOB_ID
from digit_pipeline.records import Decision
from gradio_app import app as module
from gradio_app.retraining import Retraining, child, retraining
from gradio_app.service import drifting
from gradio_app.settings import Settings
from tests.gradio_app.local_client import LocalClient
from tests.gradio_app.rest.conftest import AUTHORISED, KEY
from tests.records.samples import draw_picture, make_feedback, make_prediction
from tests.serving_fixtures import publish

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SECONDS = 60
FIRST, LATEST = 1000, 600


@pytest.fixture
def soon(monkeypatch):
    """Have the trigger look five times a second, and drift be looked at as often."""
    monkeypatch.setattr(retraining, "TRIGGER_SECONDS", 0.2)
    monkeypatch.setattr(drifting, "KEPT_SECONDS", 0.2)


def order(settings, job_id, _environment, folder):
    """Order a process that reports and is refused, in the place of a training."""
    command = [sys.executable, "-m", "tests.jobs.child", settings.data_dir, "report"]
    variables = {JOB_ID: job_id, JOB_FOLDER: str(folder)}
    return child.Order([str(part) for part in command], ROOT, folder, variables)


@pytest.fixture
def api(tmp_path, soon, monkeypatch):
    monkeypatch.setattr(module, "Retraining", partial(Retraining, make_order=order))
    publish(tmp_path / "09_serving" / "digits")
    settings = Settings(
        data_dir=tmp_path, pages="off", api_key=KEY, retrain_after_drift=1
    )
    with LocalClient(module.create_app(settings), headers=AUTHORISED) as client:
        yield client


def test_drift_and_one_accepted_correction_start_one_retraining(api):
    service = api.app.state.service
    records = service.recorder.records
    row, _ = records.add_feedback(make_feedback(1), draw_picture(1))
    records.review([Decision(row.id, "accept")], "a person")
    time.sleep(1)
    assert service.drifting.report().state == "too_few"
    before = _ask(api)
    assert (before["job"], before["waiting"]) == (None, 1)
    assert (before["starts_at"], before["starts_at_drift"]) == (None, 1)

    version = service.classifier.version
    records.add_predictions(_draw(version, 0, FIRST, thickness=9))
    records.add_predictions(_draw(version, FIRST, LATEST, thickness=15))
    ended = _wait(api, lambda now: now["job"] and not now["running"])
    found = service.drifting.report()
    assert (found.state, found.in_use.families) == ("confirmed", ("ink",))
    said = "1 accepted correction, and people draw otherwise than before"
    assert (ended["job"]["started_by"], ended["job"]["state"]) == (said, "refused")

    # They still do, but nothing waits any more.
    assert _ask(api)["waiting"] == 0
    time.sleep(1)
    assert api.get("/api/retrain/history").json()["total"] == 1


def _draw(version, start, count, thickness):
    """Give answers to pictures whose strokes are about so many pixels thick."""
    drawn = np.random.default_rng(start).normal(thickness, 2, count)
    return [
        make_prediction(
            start + number,
            door="draw",
            model_version=version,
            ink={"share": 0.125, "thickness": float(one)},
        )
        for number, one in enumerate(drawn)
    ]


def _wait(api, condition):
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        status = _ask(api)
        if condition(status):
            return status
        time.sleep(0.1)
    raise AssertionError(status)


def _ask(api):
    return api.get("/api/retrain/status").json()
