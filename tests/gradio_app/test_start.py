"""Starting and stopping: what is imported, what is printed, what is left behind."""

import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import psutil
import pytest

from tests.gradio_app.pictures import canvas, encode
from tests.running_app import ROOT, run_app

pytestmark = pytest.mark.slow  # a process for nearly every test

HEAVY = [
    "tensorflow",
    "keras",
    "mlflow",
    "matplotlib",
    "kedro_viz",
    "sklearn",
    "plotly",
    "cv2",
]
LIST_MODULES = """
import sys
import gradio_app.app as module
from starlette.testclient import TestClient

with TestClient(module.create_app(), base_url="http://localhost") as client:
    picture = bytes.fromhex(sys.argv[1])
    assert client.post("/api/predict", content=picture).status_code == 200
    page = client.post("/gradio_api/run/read_drawing", json={"data": [""]})
    assert page.status_code in {200, 404}
print(*sorted(name for name in sys.modules if "." not in name))
"""


def _modules(data, **environment):
    variables = {**os.environ, "DATA_DIR": str(data), **environment}
    done = subprocess.run(
        [sys.executable, "-c", LIST_MODULES, encode(canvas()).hex()],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_it_imports_nothing_that_trains(data):
    found = _modules(data)
    assert "gradio" in found
    assert not found & set(HEAVY)


def test_without_pages_it_does_not_import_gradio(data):
    found = _modules(data, PAGES="off")
    assert not found & {*HEAVY, "gradio", "pandas"}


@pytest.mark.parametrize("command", [("gradio_app/app.py",), ("-m", "gradio_app.app")])
def test_both_commands_work_and_stop_with_zero(data, command):
    with run_app(data, *command, PAGES="off") as app:
        assert httpx.get(f"{app.url}/api/ready", timeout=30).status_code == 200
        app.process.send_signal(signal.SIGTERM)
        assert app.process.wait(60) == 0


def test_a_request_in_flight_is_answered_when_it_is_told_to_stop(data):
    body = encode(canvas())
    head = (
        "POST /api/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
        f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    )
    with run_app(data, PAGES="off") as app:
        host, port = app.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall(head.encode())
            assert b"100 Continue" in connection.recv(1024)
            app.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            connection.sendall(body)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert app.process.wait(60) == 0
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"verdict":"recognised"' in answer


def test_it_stops_while_a_page_is_open(app, data):
    with run_app(data) as other:
        stream = httpx.stream(
            "GET", f"{other.url}/gradio_api/heartbeat/abc", timeout=30
        )
        with stream as answer:
            assert answer.status_code == 200
            other.process.send_signal(signal.SIGTERM)
            start = time.monotonic()
            assert other.process.wait(60) == 0
            # The page stays open for as long as it is looked at.
            assert time.monotonic() - start < 45


def test_a_taken_port_is_one_sentence(data):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "gradio_app/app.py"],
            cwd=ROOT,
            env={**os.environ, "GRADIO_SERVER_PORT": str(port), "DATA_DIR": str(data)},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 1
    assert "GRADIO_SERVER_PORT" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"GRADIO_SERVER_PORT": "many"}, "The setting GRADIO_SERVER_PORT is wrong"),
        ({"API_KEY": "short"}, "API_KEY is wrong: expected at least 16 characters"),
        ({"WORKERS": "2"}, "Expected PAGES=off with more than one of WORKERS"),
    ],
)
def test_a_wrong_setting_is_one_sentence(settings, said):
    done = subprocess.run(
        [sys.executable, "gradio_app/app.py"],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_it_stays_small(app, rest):
    rest.post("/api/predict", content=encode(canvas()))
    # The goal is 450 MB with the pages; see benchmarks/app_start.py.
    assert psutil.Process(app.process.pid).memory_info().rss < 450 << 20
