"""A slot for every request that costs something: 503 when there is none."""

import asyncio
import math

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gradio_app.middleware.costs import is_costly, measure_share
from gradio_app.rest.problems import problem
from gradio_app.slots import BusyError, Slots


class TurnAway:
    """Answer 503 at once, before a body is read, while there are no slots.

    It has to cost next to nothing, or refusing would take the time that answering
    needs.
    """

    def __init__(self, app: ASGIApp, slots: Slots):
        self.app = app
        self.slots = slots
        self.busy = _tell_busy(slots)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or turn it away."""
        if is_costly(scope) and self.slots.is_full:
            self.slots.refuse()
            # One line tells of all of them: a line for each would cost more than they.
            scope["state"]["untold"] = self.slots.overload.is_on
            await self.busy(scope, receive, send)
            return
        await self.app(scope, receive, send)


class Turns:
    """Hold a slot from when the body is there until the work has really ended.

    Args:
        app: what comes behind; it returns when its work has ended, whether the client
            is still there or not.
        slots: what is given.
        seconds: time that a client has for each piece of an answer.
    """

    def __init__(self, app: ASGIApp, slots: Slots, seconds: float):
        self.app = app
        self.slots = slots
        self.seconds = seconds
        self.busy = _tell_busy(slots)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on in its turn, or answer 503."""
        if not is_costly(scope):
            await self.app(scope, receive, send)
            return
        share = measure_share(scope)
        try:
            await self.slots.take(share)
        except BusyError:
            await self.busy(scope, receive, send)
            return

        async def impatient(message: Message) -> None:
            # Also the first and the last: they wait for what the client has not taken.
            async with asyncio.timeout(self.seconds):
                await send(message)

        try:
            await self.app(scope, receive, impatient)
        finally:
            self.slots.give_back(share)


def _tell_busy(slots: Slots) -> ASGIApp:
    seconds = max(1, math.ceil(slots.longest_wait))
    after = "a second" if seconds == 1 else f"{seconds} seconds"
    return problem(
        503,
        "busy",
        f"More requests came than this server can answer; send it again in {after}.",
        {"Retry-After": str(seconds)},
    )
