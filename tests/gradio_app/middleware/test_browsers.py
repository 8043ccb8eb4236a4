"""Whose pages may ask an app that listens to its own machine alone."""

from ipaddress import ip_network

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from gradio_app.middleware.browsers import OwnOrigin, is_loopback
from gradio_app.settings import Settings

ALLOWED = ("https://pad.example:8443",)


def _ask(host, local=True, **headers):
    app = Starlette(routes=[Route("/", lambda _: PlainTextResponse("hello"))])
    client = TestClient(OwnOrigin(app, ALLOWED, local), base_url="http://localhost")
    return client.get("/", headers={"host": host, **headers})


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost:7860", "LOCALHOST:1", "pad.localhost:7860"),
        *("127.0.0.1", "127.0.0.1:7860", "127.3.2.1:80", "[::1]", "[::1]:7860"),
        "pad.example:8443",
    ],
)
def test_this_machine_s_own_names_are_welcome(host):
    assert _ask(host).text == "hello"


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:7860", "localhost.evil.example", "localhost.x"),
        *("127.0.0.1.evil.example:7860", "1270.0.0.1", "192.168.1.7:7860", "[::2]"),
        *("", "[", "0.0.0.0:7860", "pad.example", "testserver", "2130706433"),
    ],
)
def test_a_name_that_somebody_led_here_is_refused(host):
    """Its page is of the origin that it asks: nothing but Host tells."""
    answer = _ask(host, origin=f"http://{host}")
    assert answer.status_code in {421, 403}
    answer = _ask(host)
    assert (answer.status_code, answer.json()["code"]) == (421, "foreign_host")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "ALLOWED_ORIGINS" in answer.json()["detail"]


def test_an_app_that_others_can_ask_knows_not_all_of_its_names():
    assert _ask("pad.example", local=False).text == "hello"


@pytest.mark.parametrize(
    ("options", "local"),
    [
        ({}, True),
        ({"gradio_server_name": "::1"}, True),
        ({"gradio_server_name": "localhost"}, True),
        ({"gradio_server_name": "0.0.0.0"}, False),  # noqa: S104
        # As the replicas behind nginx, which passes the visitor's Host.
        ({"trusted_proxies": (ip_network("127.0.0.1"),)}, False),
    ],
)
def test_only_an_app_without_a_door_to_others_is_local(options, local):
    assert Settings(**options).is_local is local


def test_a_name_is_looked_at_once():
    is_loopback.cache_clear()
    for _ in range(5):
        assert _ask("localhost:7860").status_code == 200
    assert is_loopback.cache_info().misses == 1
