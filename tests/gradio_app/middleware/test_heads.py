"""HEAD is answered wherever GET is, and brings no body."""

import http.client

import pytest

from gradio_app.sockets import tell_doors
from tests.running_app import run_app
from tests.serving_fixtures import publish

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    data = tmp_path_factory.mktemp("heads")
    publish(data / "09_serving" / "digits", "first")
    with run_app(data, PAGES="off") as running:
        yield running


def ask(app, method, path):
    connection = http.client.HTTPConnection(app.url.removeprefix("http://"), timeout=30)
    connection.request(method, path)
    answer = connection.getresponse()
    found = answer.status, dict(answer.getheaders()), answer.read()
    connection.close()
    return found


@pytest.mark.parametrize(
    "path", ["/api/health", "/api/ready", "/metrics", "/docs", "/nowhere"]
)
def test_head_is_get_without_the_body(app, path):
    status, headers, body = ask(app, "HEAD", path)
    expected = ask(app, "GET", path)

    assert (status, body) == (expected[0], b"")
    assert headers["content-type"] == expected[1]["content-type"]
    assert expected[2]


def test_head_is_no_way_to_ask_what_only_post_answers(app):
    assert ask(app, "HEAD", "/api/predict")[0] == 405


def test_without_pages_the_door_leads_to_the_docs(app):
    status, headers, _ = ask(app, "GET", "/")

    assert (status, headers["location"]) == (307, "docs")


def test_only_doors_that_are_there_are_told():
    assert tell_doors("http://here", pages=True).startswith("Sketch pad: http://here ")
    assert tell_doors("http://here", pages=False) == "REST: http://here/docs"
