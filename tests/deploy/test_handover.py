"""A process that stops hears out who has only just connected."""

import signal
import socket
import time

import pytest

from tests.running_app import run_app
from tests.serving_fixtures import publish

REQUEST = b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
# The request has 0.2 s to come, which a busy machine may miss.
ATTEMPTS = 8


@pytest.mark.slow
def test_a_request_that_was_on_its_way_when_listening_ended_is_answered(tmp_path):
    publish(tmp_path / "09_serving" / "digits")
    for _ in range(ATTEMPTS):
        with run_app(tmp_path, PAGES="off", DRAIN_SECONDS="0") as app:
            place = ("127.0.0.1", int(app.url.rpartition(":")[2]))
            with socket.create_connection(place, timeout=30) as connected:
                # Taken up, or the kernel refuses it when the listening ends.
                connected.sendall(REQUEST[:3])
                time.sleep(0.5)
                app.process.send_signal(signal.SIGTERM)
                _wait_until_refused(place)
                answer = _finish(connected)
            assert app.process.wait(60) == 0
        if answer.startswith(b"HTTP/1.1 200 "):
            assert b"connection: close" in answer.lower()
            return
    pytest.fail("the request was never answered")


def _wait_until_refused(place: tuple[str, int]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(place, timeout=5).close()
        except OSError:
            return
    raise AssertionError("the app went on listening")


def _finish(connected: socket.socket) -> bytes:
    try:
        connected.sendall(REQUEST[3:])
        return connected.recv(1 << 16)
    except OSError:
        return b""
