"""nginx's rules, by a real nginx in front of servers that tell what reaches them."""

import os
import re
import shutil
import socket
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from deploy.replicas import CONFIGURATION, HOST, Nginx, ReplicasError, render
from tests.deploy.upstream import run_upstream
from tests.ports import pick_port

IN_CI = os.environ.get("CI") == "true"
TEXT = CONFIGURATION.read_text()
PROGRAM = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

pytestmark = pytest.mark.skipif(
    PROGRAM is None and not IN_CI, reason="no nginx on this machine: install it"
)


@pytest.fixture
def start_nginx():
    """Start nginx in front of some ports; it is stopped at the end."""
    with ExitStack() as stack:

        def start(rest, pages=None, limits=False) -> str:
            port = pick_port()
            folder = Path(tempfile.mkdtemp(prefix="nginx-"))
            folder.chmod(0o755)
            start.folders.append(folder)
            stack.callback(shutil.rmtree, folder)
            text = render(TEXT, port=port, rest=rest, pages=pages, limits=limits)
            nginx = Nginx(folder, text, port)
            stack.callback(nginx.stop)
            nginx.start()
            return nginx.url

        start.folders = []
        yield start


@pytest.mark.parametrize("count", [1, 2, 5])
def test_both_upstreams_get_as_many_servers_as_there_are_replicas(count):
    text = render(TEXT, port=9000, rest=range(9001, 9001 + count), pages=9100)
    for name in ("rest", "rest_for_writes"):
        block = re.search(rf"upstream {name} {{(.*?)\n    }}", text, re.DOTALL)[1]
        servers = re.findall(r"server 127\.0\.0\.1:(\d+) (.*);", block)
        assert [int(port) for port, _ in servers] == list(range(9001, 9001 + count))
        assert {options for _, options in servers} == {"max_fails=2 fail_timeout=2s"}
        assert "least_conn" in block
    assert "server 127.0.0.1:9100" in text
    assert "listen 127.0.0.1:9000" in text


def test_the_file_as_it_is_serves_three_replicas():
    assert render(TEXT, port=8080, rest=[7861, 7862, 7863], pages=7860) == TEXT


def test_a_file_with_other_upstreams_is_refused():
    with pytest.raises(ReplicasError, match="upstreams"):
        render(
            TEXT.replace("upstream rest {", "upstream api {"), port=1, rest=[2], pages=3
        )


def test_limits_can_be_left_out_for_benchmarks():
    text = render(TEXT, port=1, rest=[2], pages=3, limits=False)
    assert not re.search(r"^\s+limit_(req|conn) ", text, re.MULTILINE)


def test_a_write_is_never_sent_twice(start_nginx):
    with run_upstream(hangs_up=True) as one, run_upstream(hangs_up=True) as other:
        url = start_nginx([one.port, other.port])
        answer = httpx.post(f"{url}/api/feedback", json={"label": "7"}, timeout=30)
        assert len(one.requests) + len(other.requests) == 1
    assert answer.status_code == 503
    assert answer.json()["code"] == "unavailable"
    assert answer.headers["retry-after"] == "2"


@pytest.mark.parametrize("path", ["/api/predict", "/predict", "/api/explain?overlay=1"])
def test_a_prediction_is_asked_for_again_when_a_replica_dies_with_it(start_nginx, path):
    with run_upstream(hangs_up=True) as dying, run_upstream() as living:
        url = start_nginx([dying.port, living.port])
        for _ in range(4):
            assert (
                httpx.post(f"{url}{path}", content=b"x", timeout=30).status_code == 200
            )
        assert len(living.requests) == 4
        assert dying.requests


def test_a_write_goes_elsewhere_when_a_replica_is_not_there(start_nginx):
    with socket.socket() as free, run_upstream() as living:
        free.bind((HOST, 0))
        gone = free.getsockname()[1]
        url = start_nginx([gone, living.port])
        for _ in range(4):
            assert (
                httpx.post(f"{url}/api/feedback", json={}, timeout=30).status_code
                == 200
            )
        assert len(living.requests) == 4


def test_what_a_client_claims_of_its_address_does_not_pass(start_nginx):
    claims = {
        "X-Forwarded-For": "6.6.6.6",
        "X-Real-IP": "6.6.6.6",
        "Forwarded": "for=6.6.6.6",
        "X-Forwarded-Host": "elsewhere.example",
        "X-Forwarded-Proto": "https",
    }
    with run_upstream() as rest, run_upstream() as pages:
        url = start_nginx([rest.port], pages.port)
        for path in ("/api/predict", "/api/feedback", "/"):
            httpx.post(f"{url}{path}", headers=claims, timeout=30)
        heads = rest.requests + pages.requests
    assert len(heads) == 3
    for head in heads:
        assert "6.6.6.6" not in head
        assert "elsewhere" not in head
        assert "X-Forwarded-For: 127.0.0.1\r\n" in head
        assert "X-Forwarded-Proto: http\r\n" in head


@pytest.mark.parametrize(
    ("sent", "passed"),
    [
        ("order-17.a_b", "order-17.a_b"),
        ('"}{"', r"[0-9a-f]{32}"),
        ("x" * 65, r"[0-9a-f]{32}"),
        ("", r"[0-9a-f]{32}"),
    ],
)
def test_a_request_s_id_passes_when_it_is_one(start_nginx, sent, passed):
    with run_upstream() as rest:
        url = start_nginx([rest.port])
        httpx.post(f"{url}/api/predict", headers={"X-Request-ID": sent}, timeout=30)
        found = re.search(r"X-Request-ID: (.*)\r\n", rest.requests[0])[1]
    assert re.fullmatch(passed, found)


def test_rest_and_pages_go_to_their_own_processes(start_nginx):
    with run_upstream() as rest, run_upstream() as pages:
        url = start_nginx([rest.port], pages.port)
        for path in ("/api/model/info", "/health", "/docs", "/openapi.json"):
            assert httpx.get(url + path, timeout=30).status_code == 200
        for path in ("/", "/gradio_api/queue/data", "/static/report.png", "/apis"):
            assert httpx.get(url + path, timeout=30).status_code == 200
        assert (len(rest.requests), len(pages.requests)) == (4, 4)
        assert httpx.get(f"{url}/metrics", timeout=30).status_code == 404
        assert (len(rest.requests), len(pages.requests)) == (4, 4)


def test_a_client_that_asks_too_often_is_told_when_to_come_again(start_nginx):
    with run_upstream() as rest:
        url = start_nginx([rest.port], limits=True)
        answers = []
        deadline = time.monotonic() + 60
        with httpx.Client(timeout=30) as client:
            # Forty at once and twenty a second: a slow client has to go on for longer.
            while not _has_refused(answers, 20) and time.monotonic() < deadline:
                answers.append(client.get(f"{url}/api/statistics"))
            assert client.get(f"{url}/api/health").status_code == 200
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(answers) > len(refused) > 0
    for answer in refused:
        assert answer.headers["retry-after"] == "1"
        assert answer.json()["code"] == "too_many_requests"
        assert answer.headers["content-type"] == "application/problem+json"


def _has_refused(answers, often):
    return [answer.status_code for answer in answers].count(429) >= often


def test_too_large_a_body_never_reaches_a_replica(start_nginx):
    with run_upstream() as rest:
        url = start_nginx([rest.port])
        # Not sent: nginx closes the connection, and what is on its way is lost.
        head = f"POST /api/predict HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 99999999"
        with socket.create_connection((HOST, int(url.rpartition(":")[2]))) as sending:
            sending.sendall(f"{head}\r\n\r\n".encode())
            sending.settimeout(60)
            answer = sending.recv(1 << 16).decode()
        assert not rest.requests
    assert answer.startswith("HTTP/1.1 413 ")
    assert '"code":"too_large"' in answer


def test_no_log_names_a_client(start_nginx):
    with run_upstream(hangs_up=True) as dying, run_upstream() as living:
        url = start_nginx([dying.port, living.port])
        # A body that is too large for memory, to a replica that fails.
        for _ in range(4):
            httpx.post(f"{url}/api/predict", content=b"x" * 1_000_000, timeout=30)
        assert dying.requests
    folder = start_nginx.folders[-1]
    lines = [(folder / name).read_text() for name in ("error.log", "access.log")]
    assert lines[1].count("/api/predict") == 4
    assert f'"{HOST}"' not in lines[1]
    assert "client:" not in lines[0]


def test_no_server_means_one_sentence(start_nginx):
    with socket.socket() as free:
        free.bind((HOST, 0))
        url = start_nginx([free.getsockname()[1]])
        started = time.monotonic()
        answer = httpx.get(f"{url}/api/model/info", timeout=30)
    assert answer.status_code == 503
    assert answer.json()["detail"].count(".") == 1
    # A server that hangs would be waited for twice as long.
    assert time.monotonic() - started < 15
