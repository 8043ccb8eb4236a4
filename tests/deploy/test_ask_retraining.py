"""A schedule asks a running app to retrain, and tells how it ended."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from deploy.ask_retraining import main
from tests.running_app import run_app
from tests.stand_in_project import make_project

KEY = "a key of at least sixteen"


@pytest.fixture
def key(monkeypatch):
    monkeypatch.setenv("API_KEY", KEY)


@pytest.fixture
def decided():
    """A server that answers as the app does: running at first, then refused."""
    told = []
    drifted = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            told.append((self.path, self.headers["Authorization"]))
            self._answer(409, {"detail": "Expected no retraining to run.", "job": "7"})

        def do_GET(self):
            if self.path == "/api/drift":
                self._answer(drifted.get("status", 200), drifted.get("body"))
                return
            told.append((self.path, self.headers["Authorization"]))
            running = len(told) < 4
            job = {"state": "refused", "sentence": "Refused: one class fell."}
            self._answer(200, {"running": running, "job": job})

        def _answer(self, status, body):
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", told, drifted
        server.shutdown()
        thread.join()


def test_one_that_runs_is_waited_for_and_a_decision_is_no_failure(key, decided, capsys):
    url, told, _ = decided
    assert main([url, "--poll-seconds", "0.01"]) == 0
    assert capsys.readouterr().out == "refused: Refused: one class fell.\n"
    paths = [path for path, _ in told]
    assert paths == ["/api/retrain", *["/api/retrain/status"] * 3]
    assert {authorisation for _, authorisation in told} == {f"Bearer {KEY}"}


SENTENCE = "The latest 300 answers differ from the first."


@pytest.mark.parametrize("state", ["too_few", "none", "suspected"])
def test_unless_drift_is_confirmed_nothing_starts_and_nothing_failed(
    key, decided, capsys, state
):
    url, told, drifted = decided
    drifted["body"] = {"state": state, "sentence": SENTENCE}
    assert main([url, "--when-drifted"]) == 0
    assert capsys.readouterr().out == f"{SENTENCE}\n"
    assert told == []


def test_confirmed_drift_starts_one(key, decided, capsys):
    url, told, drifted = decided
    drifted["body"] = {"state": "confirmed", "sentence": SENTENCE}
    assert main([url, "--when-drifted", "--poll-seconds", "0.01"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said == [SENTENCE, "refused: Refused: one class fell."]
    assert told[0][0] == "/api/retrain"


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, {"detail": "No such route."}), (503, {"detail": "Away."}), (200, ["x"])],
)
def test_an_app_that_does_not_tell_of_drift_is_a_failure(
    key, decided, capsys, status, body
):
    url, told, drifted = decided
    drifted.update(status=status, body=body)
    assert main([url, "--when-drifted"]) == 1
    said = capsys.readouterr().err
    assert "Expected the app to tell whether people draw otherwise" in said
    assert f"got {status}: " in said
    assert told == []


@pytest.mark.slow
def test_a_real_retraining_that_fails_is_a_failure(key, tmp_path, capsys):
    project = make_project(tmp_path / "project")
    settings = {"PAGES": "off", "API_KEY": KEY, "PROJECT_DIR": str(project)}
    with run_app(tmp_path / "data", **settings) as app:
        assert main([app.url, "--poll-seconds", "0.1"]) == 1
    assert "nothing to train here" in capsys.readouterr().out


def test_nobody_there_and_no_key_cost_a_sentence(monkeypatch, capsys):
    monkeypatch.delenv("API_KEY", raising=False)
    assert main(["http://127.0.0.1:9"]) == 1
    assert "Expected the app's key in API_KEY" in capsys.readouterr().err
    monkeypatch.setenv("API_KEY", KEY)
    assert main(["http://127.0.0.1:9"]) == 1
    assert "Expected an app at http://127.0.0.1:9" in capsys.readouterr().err
    assert main(["http://127.0.0.1:9", "--when-drifted"]) == 1
    assert "Expected an app at http://127.0.0.1:9" in capsys.readouterr().err
