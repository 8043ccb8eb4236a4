"""Retraining by REST: who may, what it answers, and what it starts."""

import time

import pytest

from gradio_app.app import create_app
from gradio_app.rest.schemas.retrain import RunningProblem
from gradio_app.settings import Settings
from tests.gradio_app.local_client import LocalClient
from tests.gradio_app.rest.conftest import AUTHORISED, KEY, assert_problem
from tests.stand_in_project import make_project

ROUTES = [
    ("POST", "/api/retrain"),
    ("GET", "/api/retrain/status"),
    ("POST", "/api/retrain/cancel"),
    ("GET", "/api/retrain/log"),
    ("GET", "/api/retrain/history"),
]
SECONDS = 60


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "project")


@pytest.fixture
def api(project, tmp_path):
    settings = Settings(
        data_dir=tmp_path / "data", pages="off", api_key=KEY, project_dir=project
    )
    with LocalClient(create_app(settings), headers=AUTHORISED) as client:
        yield client


def _end(api):
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        status = api.get("/api/retrain/status").json()
        if not status["running"]:
            return status["job"]
        time.sleep(0.05)
    raise AssertionError(status)


def test_without_the_key_nothing_is_told_or_done(api):
    for method, path in ROUTES:
        answer = api.request(method, path, headers={"authorization": "Bearer wrong"})
        assert_problem(answer, 401, "unauthorised")


def test_before_the_first_one_there_is_nothing(api):
    assert api.get("/api/retrain/status").json() == {
        "running": False,
        "job": None,
        "waiting": 0,
        "starts_at": None,
        "starts_at_drift": None,
    }
    assert api.get("/api/retrain/history").json()["items"] == []
    assert api.get("/api/retrain/log").json() == {"job": None, "lines": []}
    assert_problem(api.post("/api/retrain/cancel"), 409, "nothing_runs")


def test_it_runs_kedro_on_the_apps_data_and_says_how_it_ended(api, tmp_path):
    answer = api.post("/api/retrain", headers={"X-Reviewer": "Ad%C3%A8le%0A \u0007"})
    assert answer.status_code == 202, answer.text
    started = answer.json()["job"]
    assert started["state"] == "running"
    assert started["started_by"] == "Adèle"
    job = _end(api)
    assert (job["id"], job["state"]) == (started["id"], "failed")
    assert "'Error: nothing to train here'" in job["sentence"]
    told = api.get("/api/retrain/log", params={"job": job["id"]}).json()
    assert "'run', '--pipelines', 'retrain', '--conf-source'" in told["lines"][0]
    assert str(tmp_path / "data") in told["lines"][0]
    assert api.get("/api/retrain/log", params={"lines": 1}).json()["lines"] == [
        "Error: nothing to train here"
    ]
    assert [one["id"] for one in api.get("/api/retrain/history").json()["items"]] == [
        job["id"]
    ]


def test_a_second_one_is_refused_and_told_of_the_first_which_can_be_cancelled(
    api, project
):
    (project / "slow").touch()
    first = api.post("/api/retrain").json()["job"]["id"]
    answer = api.post("/api/retrain")
    assert_problem(answer, 409, "retraining_runs")
    assert answer.json()["job"] == first
    assert first in RunningProblem(**answer.json()).detail
    assert api.get("/api/retrain/status").json()["running"]
    assert api.post("/api/retrain/cancel").status_code == 202
    assert _end(api)["state"] == "cancelled"


def test_what_makes_no_sense_is_refused(api):
    for query in ("log?lines=0", "log?job=../etc", "history?page=0", "history?page=x"):
        assert_problem(api.get(f"/api/retrain/{query}"), 422, "bad_request")


def test_where_nothing_can_be_trained_there_are_no_routes(tmp_path):
    settings = Settings(
        data_dir=tmp_path, pages="off", api_key=KEY, project_dir=tmp_path
    )
    with LocalClient(create_app(settings), headers=AUTHORISED) as client:
        for method, path in ROUTES:
            assert client.request(method, path).status_code == 404
        assert client.post("/api/model/rollback").status_code == 422
