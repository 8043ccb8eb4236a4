"""Small bodies share a slot, unless what they hold is large or the work is more."""

import asyncio
import threading
import time

import httpx
import pytest

from digit_pipeline import image_errors
from gradio_app.middleware.costs import SMALL_BODY, SMALL_SHARE, measure_share
from gradio_app.rest.together import Together
from tests.event_loop import run_coroutine
from tests.gradio_app.pictures import canvas, encode


def scope(path="/api/predict", query=b"", **headers):
    listed = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    return {"path": path, "query_string": query, "headers": listed}


def ask_at_once(app, content, count):
    async def scenario():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost"
        ) as client:
            asked = [client.post("/api/predict", content=content) for _ in range(count)]
            return await asyncio.gather(*asked)

    return run_coroutine(scenario())


@pytest.fixture
def patient(running, monkeypatch):
    """Let nobody be refused because the machine stood still."""
    given = [
        one.kwargs["slots"] for one in running.user_middleware if "slots" in one.kwargs
    ]
    monkeypatch.setattr(given[0], "longest_wait", 600)


@pytest.mark.parametrize(
    ("asked", "share"),
    [
        (scope(content_length="300"), SMALL_SHARE),
        (scope("/predict", content_length=str(SMALL_BODY)), SMALL_SHARE),
        (scope(content_length=str(SMALL_BODY + 1)), 1.0),
        (scope(content_length="none"), 1.0),
        (scope(transfer_encoding="chunked"), 1.0),
        (scope(query=b"split=true", content_length="300"), 1.0),
        (scope("/api/predict/batch", content_length="300"), 1.0),
    ],
)
def test_only_small_pictures_share(asked, share):
    assert measure_share(asked) == share


@pytest.mark.usefixtures("patient")
def test_large_pictures_in_small_bodies_are_as_few_as_others(running, monkeypatch):
    """A blank picture of nine million pixels comes in some bytes."""
    at_once, most, lock, two = 0, 0, threading.Lock(), threading.Event()

    def read(_body, **_):
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        if most > 1:
            two.set()
        # However slowly the second comes: it is waited for.
        two.wait(30)
        time.sleep(0.02)
        with lock:
            at_once -= 1
        raise image_errors.empty()

    service = running.state.service
    monkeypatch.setattr(service, "read", read)
    large = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x0b\xb8\0\0\x0b\xb8" + bytes(100)

    answers = ask_at_once(running, large, 12)

    assert {answer.status_code for answer in answers} == {422}
    assert 1 < most <= service.settings.max_in_flight


@pytest.mark.usefixtures("patient")
def test_many_small_pictures_are_read_at_once(running, monkeypatch):
    size, sizes = running.state.service.settings.max_in_flight, []
    read_all = Together._read_all

    def read_and_count(together, asked):
        sizes.append(len(asked))
        return read_all(together, asked)

    monkeypatch.setattr(Together, "_read_all", read_and_count)
    small = encode(canvas(3).resize((28, 28)))

    answers = ask_at_once(running, small, 32)

    assert {answer.status_code for answer in answers} == {200}
    assert sum(sizes) == 32
    assert size < max(sizes) <= size / SMALL_SHARE
