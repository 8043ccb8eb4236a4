"""Whom limits count, and what cookies look like (row T35 of FAULTS.md)."""

from ipaddress import ip_network

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from gradio_app.middleware.visitors import Visitors, find_client, name_client

PROXIES = (ip_network("10.0.0.0/8"), ip_network("127.0.0.1/32"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        # Not a proxy of ours: what it says of itself does not count.
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        # The client began the list; the proxy added whom it saw.
        ("127.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.7", "198.51.100.1"),
        ("127.0.0.1", "1.2.3.4, nonsense, 10.0.0.7", "10.0.0.7"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ],
)
def test_the_client_is_the_first_that_no_trusted_proxy_vouches_for(
    peer, forwarded, client
):
    assert find_client(peer, forwarded, PROXIES) == client


def test_one_household_is_one_client():
    assert name_client("2001:db8::1") == name_client("2001:db8::ffff:1")
    assert name_client("2001:db8::1") != name_client("2001:db8:0:1::1")
    assert name_client("::ffff:1.2.3.4") == "1.2.3.4"


def _client(base_url="http://pad.example", framed=False, **options):
    async def tell(request):
        return JSONResponse(request.scope["state"])

    app = Starlette(routes=[Route("/", tell), Route("/api/x", tell)])
    wrapped = Visitors(app, PROXIES, framed)
    return TestClient(wrapped, base_url=base_url, client=("10.1.1.1", 1), **options)


def test_a_page_gets_a_session_that_scripts_cannot_read_and_keeps_it():
    client = _client()
    first = client.get("/", headers={"accept": "text/html"})
    cookie = first.headers["set-cookie"]
    assert cookie.startswith(f"session={first.json()['session']}; Path=/; HttpOnly")
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    second = client.get("/api/x")
    assert second.json()["session"] == first.json()["session"]
    assert "set-cookie" not in second.headers


def test_a_program_gets_none_and_may_choose_its_own():
    client = _client()
    for cookie in ("", "other=1", "my_session=short"):
        found = client.get("/api/x", headers={"cookie": cookie})
        assert found.json()["session"] is None
        assert "set-cookie" not in found.headers
    chosen = "chosen-by-a-program_22"
    found = client.get("/api/x", headers={"cookie": f"a=b; session={chosen}"})
    assert found.json()["session"] == chosen
    assert "set-cookie" not in found.headers


@pytest.mark.parametrize("path", ["/", "/api/x"])
@pytest.mark.parametrize("other", ["", "short", "x" * 200, "<script>alert(1)</script>"])
def test_a_session_of_another_form_is_replaced_by_a_fresh_one(path, other):
    found = _client().get(path, headers={"cookie": f"a=b; session={other}"})
    session = found.json()["session"]
    assert len(session) == 22
    assert found.headers["set-cookie"].startswith(f"session={session}; ")


def test_behind_https_the_cookie_is_secure_and_lives_in_a_frame_where_allowed():
    behind = {"accept": "text/html", "x-forwarded-proto": "https"}
    plain = _client().get("/", headers=behind).headers["set-cookie"]
    assert plain.endswith("SameSite=Lax; Secure")
    framed = _client(framed=True).get("/", headers=behind).headers["set-cookie"]
    assert framed.endswith("Secure; SameSite=None; Partitioned")


def test_a_request_id_comes_back_and_a_strange_one_is_replaced():
    client = _client()
    answer = client.get("/api/x", headers={"x-request-id": "order-66"})
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == "order-66"
    for strange in ("a b", "x" * 65, '"; drop'):
        named = client.get("/api/x", headers={"x-request-id": strange})
        assert len(named.headers["x-request-id"]) == 16
