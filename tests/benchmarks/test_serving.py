"""The load generator counts what it does, and the tables say what was measured."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.load_generator import Load, generate, write_request
from benchmarks.serving import spread, summarise, write_form, write_json
from benchmarks.serving_parts import PARTS_MEASURED
from benchmarks.serving_tables import PARTS, check_goals, render

DELAY = 0.05


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        size = int(self.headers["Content-Length"])
        self.server.bodies.append(self.rfile.read(size))
        time.sleep(DELAY)
        status = 503 if self.path == "/busy" else 200
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    """A server that takes 50 ms for each request, one connection a thread."""
    running = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    running.daemon_threads = True
    running.bodies = []
    thread = threading.Thread(target=running.serve_forever, args=(0.05,))
    thread.start()
    running.url = f"http://127.0.0.1:{running.server_port}"
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


def test_a_closed_loop_asks_as_often_as_it_is_answered(server):
    request = write_request("POST", "/", b"hello", "text/plain")
    outcome = generate(Load(server.url, [request], users=4, seconds=1))
    assert outcome.failures == 0
    assert set(server.bodies) == {b"hello"}
    assert outcome.statuses == {200: len(server.bodies)}
    # Each asked anew, and none before it was answered.
    assert outcome.statuses[200] > 4
    assert 0 < outcome.per_second <= 4 / DELAY
    assert 1000 * DELAY <= outcome.accepted_ms["p50"] <= outcome.accepted_ms["max"]
    assert 0 < outcome.generator_cpu < 1


def test_a_burst_asks_once_each(server):
    request = write_request("POST", "/", b"hello", "text/plain")
    outcome = generate(Load(server.url, [request], users=7, burst=True))
    assert outcome.statuses == {200: 7}


def test_an_open_loop_counts_from_when_a_request_was_due(server):
    """Ten a second over one connection that takes 0.05 s each are no trouble;
    forty are, and each waits longer than the one before."""
    request = write_request("POST", "/", b"hello", "text/plain")
    # As many connections as requests: none is missing when the machine has paused.
    begun = time.monotonic()
    calm = generate(
        Load(server.url, [request], users=10, seconds=1, rate=10, last_seconds=60)
    )
    assert calm.statuses == {200: 10}
    # What is answered before the time is over is not waited for.
    assert time.monotonic() - begun < 30
    crowd = Load(server.url, [request], seconds=1, rate=100, last_seconds=1)
    crowded = generate(crowd)
    assert crowded.errors > 20


def test_refusals_are_failures_with_times_of_their_own(server):
    request = write_request("POST", "/busy", b"hello", "text/plain")
    outcome = generate(Load(server.url, [request], users=2, seconds=0.5))
    assert outcome.per_second == 0
    assert outcome.failures == outcome.statuses[503] > 0
    assert outcome.refused_ms["p50"] >= 1000 * DELAY
    assert outcome.accepted_ms == {}


def test_a_server_that_is_not_there_is_an_error():
    outcome = generate(Load("http://127.0.0.1:1", [b"x"], users=3, seconds=0.2))
    assert outcome.errors == outcome.failures == 3


def test_requests_are_written_as_http_wants_them():
    assert write_request("GET", "/x", Accept_Charset="a") == (
        b"GET /x HTTP/1.1\r\nHost: localhost\r\nAccept-Charset: a\r\n\r\n"
    )
    assert b'{"image": "cG5n"}' in write_json(b"png")
    head, _, body = write_form(b"png").partition(b"\r\n\r\n")
    assert b"Content-Length: " + str(len(body)).encode() in head


def test_rounds_become_median_and_range_and_failures_add_up():
    found = summarise(
        [{"per_second": n, "failures": 1, "p50_ms": 2.0} for n in (3, 1, 8)]
    )
    assert found["per_second"] == {"median": 3, "low": 1, "high": 8}
    assert found["failures"] == 3
    assert spread([4.0]) == {"median": 4, "low": 4, "high": 4}


def _figures(scale=1.0):
    """Figures that just meet every goal, or miss them by ``scale``."""

    def case(rate, ms=10.0, cpu=0.5):
        return {
            "per_second": spread([rate / scale]),
            "cpu_ms": spread([cpu * scale]),
            "generator_cpu": spread([0.1]),
            "failures": 0,
            **{f"{name}_ms": spread([ms * scale]) for name in ("p50", "p95", "p99")},
        }

    cases = {f"app {users}": case(1000, 240) for users in (1, 50, 100, 200)}
    cases |= {f"empty {users}": case(4000 * scale, 1, 0.1 / scale) for users in (1, 50)}
    cases |= {
        f"{side} {way}": case(900)
        for side in (28, 400)
        for way in ("raw", "base64", "multipart")
    }
    cases |= {
        "two workers 50": case(1500 / (1 if scale == 1 else 2)),
        "400 inside": case(1, 3.9),
        "batch": case(2100),
        "app burst": case(500),
    }
    cases |= {
        "tutorial 50": case(30 * scale**2, 900 / scale**2),
        "app json 50": case(1000, 40),
    }
    parts = {side: dict.fromkeys(PARTS_MEASURED, 0.2) for side in ("28", "400")}
    start = {"seconds": spread([1.9 * scale]), "mb": spread([190 * scale])}
    return {"rounds": 3, "seconds": 4, "cases": cases, "parts": parts, "start": start}


def test_goals_are_met_or_missed_one_by_one():
    met = check_goals(_figures())
    assert [what for what, _, _, good in met if not good] == []
    assert len(met) == 8
    missed = check_goals(_figures(scale=2.0))
    assert [what for what, _, _, good in missed if good] == []


def test_the_tables_show_every_part_and_load():
    text = render(_figures())
    for name in PARTS.values():
        assert name in text
    for told in ("200 users", "Flask", "two workers", "multipart", "0; 240 ms"):
        assert told in text
    assert "**no**" not in text
    assert set(PARTS) == set(PARTS_MEASURED)
