"""How long a client may take, for its body and for taking its answer."""

import asyncio

import pytest

from gradio_app.middleware.bodies import CHUNK, Bodies
from gradio_app.middleware.turns import Turns
from gradio_app.slots import Slots
from tests.event_loop import LeapingLoop, run_coroutine

SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/api/predict",
    "query_string": b"",
    "headers": [(b"content-length", b"13000000")],
    "state": {},
}


async def answer(scope, receive, send):
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


def ask(body_parts, seconds):
    """Send parts of a body, each after its pause; give the statuses that come back."""
    parts, statuses = iter(body_parts), []

    async def receive():
        pause, size, more = next(parts)
        await asyncio.sleep(pause)
        return {"type": "http.request", "body": bytes(size), "more_body": more}

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    app = Bodies(answer, 14_000_000, seconds, 10 << 20)
    run_coroutine(app(dict(SCOPE), receive, send), LeapingLoop)
    assert app.held == 0
    return statuses


def test_what_came_fast_buys_no_time_for_the_last_byte():
    banked = [(0, 100 * CHUNK, True), (1.0, 1, False)]
    assert ask(banked, seconds=0.2) == [408]


def test_a_steady_body_may_take_its_time_for_each_piece():
    steady = [(0.1, CHUNK, True)] * 6 + [(0.1, 10, False)]
    assert ask(steady, seconds=0.3) == [200]


@pytest.mark.parametrize("blocked", ["http.response.start", "http.response.body"])
def test_a_client_that_takes_nothing_gives_its_slot_back(blocked):
    slots = Slots(1, 0.0)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        if message["type"] == blocked:
            await asyncio.Event().wait()

    async def scenario():
        with pytest.raises(TimeoutError):
            await Turns(answer, slots, 0.1)(dict(SCOPE), receive, send)
        await asyncio.sleep(0)
        assert slots.taken == 0

    run_coroutine(asyncio.wait_for(scenario(), 10), LeapingLoop)
