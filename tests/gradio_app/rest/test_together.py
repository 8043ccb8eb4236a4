"""Pictures read together: all that come in one turn, each with its own answer."""

import asyncio

from gradio_app.rest.together import Together
from tests.event_loop import run_coroutine


class Reader:
    """Answers with capitals, to ``bad`` with an error, and fails at ``worse``."""

    def __init__(self):
        self.asked = []

    def read(self, asked):
        self.asked.append([body for body, _ in asked])
        if b"worse" in self.asked[-1]:
            raise RuntimeError("worse")
        return [
            ValueError("bad") if body == b"bad" else body.upper() for body, _ in asked
        ]


async def ask(together, *bodies):
    asked = (together.read(body, None) for body in bodies)
    return await asyncio.gather(*asked, return_exceptions=True)


def test_what_comes_in_one_turn_is_read_at_once_and_what_comes_later_later():
    async def scenario():
        reader = Reader()
        together = Together(reader.read)
        assert await ask(together, b"a", b"b", b"c") == [b"A", b"B", b"C"]
        assert await ask(together, b"d") == [b"D"]
        assert reader.asked == [[b"a", b"b", b"c"], [b"d"]]

    run_coroutine(scenario())


def test_what_breaks_one_answer_breaks_no_other():
    async def scenario():
        together = Together(Reader().read)
        for bad in (b"bad", b"worse"):
            first, error, last = await ask(together, b"a", bad, b"b")
            assert (first, str(error), last) == (b"A", bad.decode(), b"B")

    run_coroutine(scenario())


def test_who_left_before_the_answer_disturbs_nobody():
    async def scenario():
        together = Together(Reader().read)
        gone = asyncio.create_task(together.read(b"a", None))
        stays = asyncio.create_task(together.read(b"b", None))
        asyncio.get_running_loop().call_soon(gone.cancel)
        assert await stays == b"B"

    run_coroutine(scenario())
