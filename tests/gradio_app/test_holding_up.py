"""Limits, slow clients and overload, on a running server: T13, T14, T35, T37."""

import contextlib
import socket
import threading
import time

import httpx
import psutil
import pytest

from benchmarks.load_generator import Load, generate, write_request
from gradio_app.slots import CALM_SECONDS
from tests.gradio_app.pictures import canvas, encode
from tests.running_app import run_app

pytestmark = pytest.mark.slow

BODY = encode(canvas())
PREDICT = write_request("POST", "/api/predict", BODY, "image/png")


def _address(app):
    host, port = app.url.removeprefix("http://").split(":")
    return host, int(port)


@pytest.fixture(scope="module")
def limited(data):
    """An app that allows 30 requests a minute, and believes a proxy elsewhere."""
    with run_app(
        data, PAGES="off", RATE_LIMIT="30", TRUSTED_PROXIES="10.0.0.0/8"
    ) as app:
        yield app


def test_a_spoofed_address_does_not_get_around_the_limit(limited):
    answers = []
    start = time.monotonic()
    with httpx.Client(base_url=limited.url, timeout=30) as client:
        for number in range(100):
            spoofed = {
                "x-forwarded-for": f"203.0.113.{number}",
                "x-real-ip": f"203.0.113.{number}",
                "forwarded": f"for=203.0.113.{number}",
            }
            answer = client.post("/api/predict", content=BODY, headers=spoofed)
            answers.append(answer)
        seconds = time.monotonic() - start
        refused = [one for one in answers if one.status_code == 429]
        allowed = [one for one in answers if one.status_code == 200]
        # One comes back every two seconds.
        assert 30 <= len(allowed) <= 31 + seconds / 2
        assert len(refused) == 100 - len(allowed) > 0
        assert refused[-1].json()["code"] == "too_many_requests"
        assert 1 <= int(refused[-1].headers["retry-after"]) <= 2
        assert "try again in " in refused[-1].json()["detail"]
        # Who watches the app is never refused.
        for path in ("/api/health", "/api/ready", "/metrics"):
            assert client.get(path).status_code == 200


@pytest.fixture(scope="module")
def narrow(data):
    """An app with one slot, a short wait, and two seconds of patience."""
    with run_app(
        data,
        PAGES="off",
        MAX_IN_FLIGHT="1",
        MAX_WAIT_SECONDS="0.1",
        SLOW_SECONDS="2",
        MAX_UPLOAD_MB="1",
    ) as app:
        yield app


def test_overload_is_refused_at_once_and_leaves_no_trace(narrow):
    """The goal is 0.1 s for a refusal; see benchmarks/serving.py for real figures."""
    process = psutil.Process(narrow.process.pid)
    picture = encode(canvas(7, side=400))
    request = write_request("POST", "/api/predict", picture, "image/png")
    # One lap first, so that memory has its size.
    generate(Load(narrow.url, [request], users=20, seconds=1))
    before = process.memory_info().rss
    # The machine may stand still in one lap; who refuses late does so in each.
    assert any(_refuses_at_once(narrow.url, request) for _ in range(3))
    assert process.memory_info().rss - before < 64 << 20
    start = time.monotonic()
    with httpx.Client(base_url=narrow.url, timeout=30) as client:
        while client.post("/api/predict", content=BODY).status_code != 200:
            assert time.monotonic() - start < 60
            time.sleep(0.1)


def _refuses_at_once(url, request):
    """Tell whether hardly anybody waited; hold the rest to what is always true."""
    outcome = generate(Load(url, [request], users=60, seconds=3))
    assert set(outcome.statuses) <= {200, 503}
    assert outcome.errors == 0
    counted = [outcome.statuses.get(status, 0) for status in (200, 503)]
    return (
        min(counted) > 10
        and outcome.accepted_ms["p99"] < 3000
        and outcome.refused_ms["p95"] < 1000
    )


def test_a_refusal_says_when_to_come_back(narrow):
    refused = []
    deadline = time.monotonic() + 60

    def ask():
        with httpx.Client(base_url=narrow.url, timeout=30) as client:
            while len(refused) < 30 and time.monotonic() < deadline:
                answer = client.post("/api/predict", content=BODY)
                if answer.status_code == 503:
                    refused.append(answer)

    threads = [threading.Thread(target=ask) for _ in range(24)]
    for thread in threads:
        thread.start()
    with httpx.Client(base_url=narrow.url, timeout=30) as client:
        while any(thread.is_alive() for thread in threads):
            assert client.get("/api/health").status_code == 200
            assert client.get("/api/ready").status_code == 200
    assert refused
    assert refused[0].headers["retry-after"] == "1"
    assert refused[0].json()["code"] == "busy"
    assert refused[0].json()["detail"].endswith("send it again in a second.")
    assert "x-request-id" in refused[0].headers


HEAD = b"POST /api/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"


@pytest.fixture
def calm(narrow):
    """The same app, once it has got over an overload by the test before."""
    time.sleep(2 * CALM_SECONDS)
    return narrow


def _is_cut(connection):
    """Send one byte more and tell whether the app has had enough."""
    connection.settimeout(0.05)
    try:
        connection.sendall(b"x")
        answer = connection.recv(4096)
    except TimeoutError:
        return False
    except OSError:
        # The byte met a connection that was closed already.
        return True
    assert answer == b"" or b" 408 " in answer.split(b"\r\n")[0]
    return True


def test_a_slow_body_is_cut_and_others_do_not_notice(calm):
    """Row T38 without a balancer in front."""
    slow = [socket.create_connection(_address(calm), timeout=20) for _ in range(30)]
    try:
        for connection in slow:
            connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n" + BODY[:10])
        with httpx.Client(base_url=calm.url, timeout=30) as client:
            for _ in range(10):
                assert client.post("/api/predict", content=BODY).status_code == 200
        start = time.monotonic()
        for connection in slow:
            while not _is_cut(connection):
                assert time.monotonic() - start < 15, "a slow client was never cut"
    finally:
        for connection in slow:
            connection.close()


@pytest.mark.parametrize("start", [b"", b"POST /api/pre", HEAD])
def test_a_request_that_never_gets_going_is_cut(narrow, start):
    begun = time.monotonic()
    with socket.create_connection(_address(narrow), timeout=20) as connection:
        connection.sendall(start)
        assert connection.recv(4096) == b""
        assert 1 < time.monotonic() - begun < 15


def test_headers_one_byte_at_a_time_are_cut_on_a_kept_connection_too(narrow):
    with socket.create_connection(_address(narrow), timeout=20) as connection:
        connection.sendall(b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b" 200 " in connection.recv(4096)
        begun = time.monotonic()
        try:
            while time.monotonic() - begun < 15:
                connection.sendall(b"G")
                time.sleep(0.2)
        except OSError:
            return
        pytest.fail("the connection was never cut")


def test_a_kept_connection_may_rest(narrow):
    with httpx.Client(base_url=narrow.url, timeout=30) as client:
        assert client.get("/api/health").status_code == 200
        time.sleep(3)
        assert client.get("/api/health").status_code == 200


def test_bodies_beyond_the_limit_leave_memory_flat(narrow):
    """By Content-Length, by chunks, and with a Content-Length that lies."""
    process = psutil.Process(narrow.process.pid)
    before = process.memory_info().rss
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    for head, piece in (
        (HEAD + b"Content-Length: 100000000\r\n\r\n", b"x" * 65536),
        (HEAD + b"Content-Length: 99999999999999999999\r\n\r\n", b""),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", chunk),
    ):
        with socket.create_connection(_address(narrow), timeout=20) as connection:
            answer = b""
            try:
                connection.sendall(head)
                for _ in range(200 if piece else 0):
                    connection.sendall(piece)
            except OSError:
                pass
            try:
                answer = connection.recv(4096)
            except OSError:
                continue
            assert answer == b"" or answer.split()[1] in {b"413", b"400"}
    assert process.memory_info().rss - before < 32 << 20


def test_many_large_bodies_at_once_do_not_fill_the_memory(narrow):
    """Each is allowed, all of them together are not."""
    process = psutil.Process(narrow.process.pid)
    before = process.memory_info().rss
    begun = []
    try:
        for _ in range(60):
            connection = socket.create_connection(_address(narrow), timeout=20)
            begun.append(connection)
            connection.settimeout(1)
            with contextlib.suppress(OSError):
                head = HEAD + b"Content-Length: 1300000\r\n\r\n"
                connection.sendall(head + b"x" * 1_200_000)
        time.sleep(1)
        # 16 bodies of 1.4 MB are the most that is held; sent were 72 MB.
        assert process.memory_info().rss - before < 48 << 20
        assert httpx.get(f"{narrow.url}/api/health", timeout=30).status_code == 200
    finally:
        for connection in begun:
            connection.close()
