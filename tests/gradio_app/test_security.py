"""Other sites, other people's files: rows T31 and T32 of FAULTS.md, for real."""

import http.client
import json
import os
import re
from pathlib import Path

import httpx
import pytest

from gradio_app.champion import ChampionFollower
from gradio_app.service import Service
from gradio_app.settings import Settings
from tests.gradio_app.pictures import canvas, encode
from tests.running_app import run_app

FOREIGN = {"origin": "https://evil.example"}


@pytest.fixture(scope="module")
def secrets(app) -> list[str]:
    """Files that are really there, and addresses that must never be asked."""
    places = [Path("/etc/passwd")]
    for name in ("records.db", ".env", "gradio_cache/someone/else.png"):
        path = app.data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            encode(canvas()) if name.endswith("png") else b"secret-content"
        )
        places.append(path)
    listed = [str(place) for place in places]
    return [
        *listed,
        *(f"file://{place}" for place in listed),
        os.path.relpath("/etc/passwd"),
        "http://169.254.169.254/latest/meta-data/",
        f"{app.url}/gradio_api/file=/etc/passwd",
        f"{app.url}/api/health",
    ]


def _payloads(secret):
    file = {"path": secret, "meta": {"_type": "gradio.FileData"}}
    return [
        secret,
        file,
        {"url": secret, "path": secret, "meta": {"_type": "gradio.FileData"}},
        {"background": file, "layers": [file], "composite": file},
        [file],
        f"data:image/png;base64,{secret}",
    ]


def _call(rest, name, count, payload):
    """Ask one endpoint by each of Gradio's ways, and give all that came back."""
    data = [payload] * count
    texts = []
    for body in ({"data": data}, {"data": data, "session_hash": "abc"}):
        texts.append(rest.post(f"/gradio_api/run{name}", json=body))
        texts.append(rest.post(f"/gradio_api/api{name}", json=body))
    queued = rest.post(f"/gradio_api/call{name}", json={"data": data})
    texts.append(queued)
    if queued.status_code == 200:
        event = queued.json()["event_id"]
        texts.append(rest.get(f"/gradio_api/call{name}/{event}"))
    return texts


def test_no_named_endpoint_opens_a_path_or_an_address(rest, app, secrets):
    named = rest.get("/gradio_api/info").json()["named_endpoints"]
    assert "/read_drawing" in named
    before = {path for path in app.cache.rglob("*") if path.is_file()}
    for name, endpoint in named.items():
        for secret in secrets:
            for payload in _payloads(secret):
                for answer in _call(rest, name, len(endpoint["parameters"]), payload):
                    _assert_refused(answer)
    after = {path for path in app.cache.rglob("*") if path.is_file()}
    assert after == before


def test_a_file_that_is_asked_for_is_a_line_of_the_log_and_no_traceback(app, rest):
    file = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}
    log = app.data / "server.log"
    before = len(log.read_text())
    called = rest.post("/gradio_api/call/read_digits", json={"data": [file]}).json()
    name = called["event_id"]
    assert "error" in rest.get(f"/gradio_api/call/read_digits/{name}").text
    rest.post("/gradio_api/run/read_digits", json={"data": [file]})
    lines = [json.loads(line) for line in log.read_text()[before:].splitlines()]
    told = [line for line in lines if line["logger"] == "gradio_app.pages.failures"]
    assert [line["level"] for line in told] == ["WARNING", "WARNING"]
    assert not any("exc_info" in line for line in lines)


def _assert_refused(answer):
    assert "root:" not in answer.text
    assert "secret-content" not in answer.text
    assert "That is a" not in answer.text
    if answer.status_code == 200 and "event_id" not in answer.text:
        assert "error" in answer.text


def test_no_endpoint_is_there_that_was_not_meant_to_be(rest):
    info = rest.get("/gradio_api/info").json()
    assert set(info["named_endpoints"]) == {"/read_drawing", "/read_digits"}
    assert info["unnamed_endpoints"] == {}


def test_the_page_itself_holds_no_file_of_this_machine(rest):
    config = json.dumps(rest.get("/config").json())
    assert str(Path.home()) not in config
    assert "/site-packages" not in config


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=../../../../etc/passwd",
        "/gradio_api/file=..%2f..%2f..%2fetc%2fpasswd",
        "/gradio_api/file=%2fetc%2fpasswd",
        "/gradio_api/file=.env",
        "/gradio_api/file=pyproject.toml",
        "/gradio_api/file=http://169.254.169.254/",
        "/gradio_api/file/etc/passwd",
        "/file=/etc/passwd",
        "/static/../../../../etc/passwd",
        "/static/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/assets/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/static/.env",
        "/svelte/..%2f..%2fetc%2fpasswd",
        "/gradio_api/info/..%2ffile=/etc/passwd",
        "/monitoring",
        "/monitoring/summary",
        "/monitoring/anything",
        "/gradio_api/proxy=http://169.254.169.254/",
        "/gradio_api/proxy=https://huggingface.co/",
        "/gradio_api/custom_component/1/server/component/style.css",
        "/gradio_api/deep_link",
        "/gradio_api/vibe-code",
        "/gradio_api/runs",
        "/gradio_api/token",
        "/dev/reload",
    ],
)
def test_gradios_other_doors_are_shut(app, path):
    # A raw request: clients would resolve the dots before they send them.
    host = app.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=20)
    connection.putrequest("GET", path)
    connection.endheaders()
    answer = connection.getresponse()
    text = answer.read().decode(errors="replace")
    connection.close()
    assert answer.status in {403, 404}, (answer.status, text[:200])
    assert "root:" not in text


def test_nothing_can_be_uploaded_to_gradio(rest, app):
    before = sorted(app.cache.rglob("*"))
    answer = rest.post(
        "/gradio_api/upload", files={"files": ("a.png", encode(canvas()))}
    )
    assert answer.status_code == 404
    assert sorted(app.cache.rglob("*")) == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/config"),
        ("GET", "/api/health"),
        ("POST", "/api/predict"),
        ("OPTIONS", "/api/predict"),
        ("POST", "/gradio_api/run/read_drawing"),
        ("POST", "/gradio_api/queue/join"),
    ],
)
def test_a_foreign_origin_is_refused(rest, method, path):
    answer = rest.request(method, path, headers=FOREIGN)
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    ["null", "http://localhost:1", "http://127.0.0.1", "http://[", b"\xff"],
)
def test_near_misses_are_foreign_too(rest, origin):
    assert rest.get("/api/health", headers={"origin": origin}).status_code == 403


@pytest.mark.parametrize("path", ["/", "/api/health", "/api/history", "/docs"])
def test_a_name_that_was_led_to_this_machine_is_refused(rest, path):
    """DNS rebinding: the page of such a name is of the origin that it asks."""
    led = {"host": "evil.example:7860", "origin": "http://evil.example:7860"}
    answer = rest.get(path, headers=led)
    assert (answer.status_code, answer.json()["code"]) == (421, "foreign_host")
    assert answer.headers["content-type"] == "application/problem+json"


def test_no_connection_becomes_another_protocol(rest):
    """A web socket would not be looked after, by nobody's limits."""
    upgrade = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    assert rest.get("/api/health", headers=upgrade).status_code == 200


def test_its_own_origin_is_welcome_also_behind_a_proxy(rest, app):
    assert rest.get("/api/health", headers={"origin": app.url}).status_code == 200
    behind = {"origin": "https://pad.example", "x-forwarded-host": "pad.example"}
    assert rest.get("/api/health", headers=behind).status_code == 200


@pytest.mark.parametrize("path", ["/", "/api/health", "/docs", "/api/none", "/config"])
def test_every_answer_carries_the_security_headers(rest, path):
    headers = rest.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy or "default-src 'none'" in policy
    assert "*" not in policy
    assert "access-control-allow-origin" not in headers


def test_the_page_asks_no_other_site(rest):
    page = rest.get("/").text
    for tag in re.findall(r"<(?:script|link|img|iframe)[^>]*>", page):
        address = re.search(r'(?:src|href)="([^"]+)"', tag)
        assert address is None or not re.match(r"https?:|//", address[1]), tag


def test_a_forged_prediction_id_is_recognised_as_such(rest):
    follower = ChampionFollower(lambda: None, lambda: None, Path("none"), 1)
    service = Service(Settings(signing_key="key"), follower)
    other = Service(Settings(signing_key="other"), follower)
    name = service.new_id()
    assert service.signed(name)
    assert not other.signed(name)
    for forged in ("", ".", "a.b", name[:-1], name + "0", name.swapcase(), "é.é"):
        assert not service.signed(forged)


def test_allowed_origins_may_ask_and_frame(app):
    site = "https://huggingface.co"
    with (
        run_app(app.data, ALLOWED_ORIGINS=f"{site}/", PAGES="off") as other,
        httpx.Client(base_url=other.url, timeout=30) as client,
    ):
        assert client.get("/health", headers={"origin": site}).status_code == 200
        assert client.get("/health", headers=FOREIGN).status_code == 403
        policy = client.get("/health").headers["content-security-policy"]
        assert f"frame-ancestors 'self' {site}" in policy


PROBE = """
import asyncio, socket, sys
import gradio as gr
import uvicorn
from fastapi import FastAPI
from gradio_app.pages.mount import mount_blocks
from gradio_app.settings import Settings

with gr.Blocks(analytics_enabled=False) as blocks:
    picture, text = gr.Image(type="filepath"), gr.Textbox()
    picture.change(lambda path: f"opened {path}", picture, text, api_name="look")
app = FastAPI()
mount_blocks(app, blocks, Settings())
listening = socket.create_server(("127.0.0.1", 0))
print(f"REST: http://127.0.0.1:{listening.getsockname()[1]}/docs", flush=True)
uvicorn.Server(uvicorn.Config(app)).run([listening])
"""


def test_a_mounted_component_that_takes_files_opens_no_path(tmp_path):
    """Gradio's trap: mounted without has_launched it copied whatever path it got."""
    secret = tmp_path / "secret.png"
    secret.write_bytes(encode(canvas()))
    with (
        run_app(tmp_path / "data", "-c", PROBE) as probe,
        httpx.Client(base_url=probe.url, timeout=60) as client,
    ):
        for path in ("/etc/passwd", str(secret), f"file://{secret}"):
            file = {"path": path, "meta": {"_type": "gradio.FileData"}}
            for answer in _call(client, "/look", 1, file):
                assert "opened" not in answer.text
        copied = [path for path in probe.cache.rglob("*") if path.is_file()]
    assert copied == []
