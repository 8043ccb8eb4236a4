"""Back-pressure: so many requests at a time, a short wait for the others, then 503."""

import asyncio
import logging
import math
import time
from collections import deque

log = logging.getLogger(__name__)

# How much the newest request counts in the mean time from one to the next.
NEWEST = 0.05
# Guards against a wrong estimate; who is let in to wait is answered nearly always.
PATIENCE = 2.0
# Refusing for so long is no burst any more; not refusing for so long is the end of it.
OVERLOAD_SECONDS = 0.1
CALM_SECONDS = 0.5
# What a request may be expected to wait meanwhile, and the event loop to be late.
SHORT_WAIT_SECONDS = 0.02
MOST_LAG_SECONDS = 0.02
LOOK_SECONDS = 0.005


class BusyError(RuntimeError):
    """No slot, and none soon enough."""


class Overload:
    """Whether more has been coming for a while than can be answered.

    Then waiting helps nobody: a queue that never empties makes everybody late. Who is
    let in waits shortly or not at all, and only while the event loop keeps up, because
    refusing takes its time as well.

    Attributes:
        is_on: whether it is so.
        lag: seconds that the event loop was late when it was looked at last.
        refusals: requests refused since it began, or in the last one.
    """

    def __init__(self) -> None:
        self.is_on = False
        self.lag = 0.0
        self.refusals = 0
        self._since = self._refused = -math.inf

    def note_refusal(self) -> bool:
        """Say that somebody was refused; tell whether that makes it an overload."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if now - self._refused > CALM_SECONDS:
            self._since, self.refusals = now, 0
        self._refused = now
        self.refusals += 1
        if self.is_on or now - self._since < OVERLOAD_SECONDS:
            return False
        self.is_on = True
        log.warning("More requests come than can be answered; most are refused")
        self._look_at(now)
        return True

    def _look_at(self, due: float) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        self.lag = now - due
        if now - self._refused > CALM_SECONDS:
            self.is_on = False
            seconds = self._refused - self._since
            log.warning("%d requests were refused in %.1f s", self.refusals, seconds)
        else:
            due = now + LOOK_SECONDS
            loop.call_at(due, self._look_at, due)


class Slots:
    """Give slots in the order of asking, and refuse at once who would wait too long.

    How long the newest would wait follows from how many wait and how fast they have
    been getting their turns. So a refusal comes at once, when the client can still go
    elsewhere, and not after the wait. For one event loop.

    Args:
        size: requests worked on at the same time.
        longest_wait: seconds that a request may be expected to wait.

    Attributes:
        taken: slots that are taken.
        overload: whether more comes than can be answered.
        pace: seconds from one turn to the next while others wait, on average.
    """

    def __init__(self, size: int, longest_wait: float):
        self.size = size
        self.longest_wait = longest_wait
        self.taken = 0
        self.pace = 0.0
        self.overload = Overload()
        self._last_turn: float | None = None
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        """How many wait for a slot."""
        return len(self._waiting)

    @property
    def expected_wait(self) -> float:
        """Seconds that one more request would wait."""
        if self.taken < self.size:
            return 0.0
        return (len(self._waiting) + 1) * self.pace

    @property
    def is_full(self) -> bool:
        """Whether one more request would wait too long."""
        if self.overload.is_on:
            late = self.overload.lag > MOST_LAG_SECONDS
            return late or self.expected_wait > SHORT_WAIT_SECONDS
        if self.taken < self.size:
            return False
        return self.expected_wait > self.longest_wait or not self.longest_wait

    def refuse(self) -> None:
        """Say that a request is turned away; in an overload, so is who waits."""
        if self.overload.note_refusal():
            for turn in self._waiting:
                if not turn.done():
                    turn.set_exception(BusyError())
            self._waiting.clear()

    async def take(self) -> None:
        """Take a slot, waiting for it if need be.

        Raises:
            BusyError: when there is none soon enough.
        """
        if self.taken < self.size:
            self.taken += 1
            return
        if self.is_full:
            self.refuse()
            raise BusyError
        await self._wait()

    def give_back(self) -> None:
        """Give a slot back, from the next turn of the event loop on.

        Work that is done in the loop itself would otherwise take its slot and give it
        back before anybody else can ask, and nothing would ever be refused.
        """
        asyncio.get_running_loop().call_soon(self._hand_on)

    def _hand_on(self) -> None:
        """Give a slot to who has waited longest, if anybody does."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                # The slot changes hands without becoming free.
                turn.set_result(None)
                self._keep_pace()
                return
        self._last_turn = None
        self.taken -= 1

    def _keep_pace(self) -> None:
        now = time.perf_counter()
        if self._last_turn is not None:
            self.pace += NEWEST * (now - self._last_turn - self.pace)
        self._last_turn = now

    async def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting.append(turn)
        timer = loop.call_later(PATIENCE * self.longest_wait, self._give_up, turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and not turn.exception():
                # The slot came in the very moment of leaving.
                self.give_back()
            raise
        finally:
            timer.cancel()

    def _give_up(self, turn: "asyncio.Future[None]") -> None:
        if not turn.done():
            self._waiting.remove(turn)
            turn.set_exception(BusyError())
