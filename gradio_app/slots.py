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
    elsewhere, and not after the wait. Small requests share a slot, because several are
    answered together in little more than the time of one. For one event loop.

    Args:
        size: requests worked on at the same time.
        longest_wait: seconds that a request may be expected to wait.

    Attributes:
        taken: slots that are taken.
        working: requests that have a slot or share one.
        overload: whether more comes than can be answered.
        pace: seconds from one turn to the next while others wait, on average.
    """

    def __init__(self, size: int, longest_wait: float):
        self.size = size
        self.longest_wait = longest_wait
        self.taken = 0.0
        self.working = 0
        self.pace = 0.0
        self.overload = Overload()
        self._last_turn: float | None = None
        self._waiting: deque[tuple[asyncio.Future[None], float]] = deque()

    @property
    def waiting(self) -> int:
        """How many wait for a slot."""
        return len(self._waiting)

    @property
    def _is_free(self) -> bool:
        return self.taken < self.size and not self._waiting

    @property
    def expected_wait(self) -> float:
        """Seconds that one more request would wait."""
        if self._is_free:
            return 0.0
        return (len(self._waiting) + 1) * self.pace

    @property
    def is_full(self) -> bool:
        """Whether one more request would wait too long."""
        if self.overload.is_on:
            late = self.overload.lag > MOST_LAG_SECONDS
            return late or self.expected_wait > SHORT_WAIT_SECONDS
        if self._is_free:
            return False
        return self.expected_wait > self.longest_wait or not self.longest_wait

    def refuse(self) -> None:
        """Say that a request is turned away; in an overload, so is who waits."""
        if self.overload.note_refusal():
            for turn, _ in self._waiting:
                if not turn.done():
                    turn.set_exception(BusyError())
            self._waiting.clear()

    async def take(self, share: float = 1.0) -> None:
        """Take a slot, waiting for it if need be.

        Args:
            share: how much of a slot, above 0 and at most 1.

        Raises:
            BusyError: when there is none soon enough.
        """
        if not self._waiting and self.taken + share <= self.size:
            self._grant(share)
            return
        if self.is_full:
            self.refuse()
            raise BusyError
        await self._wait(share)

    def give_back(self, share: float = 1.0) -> None:
        """Give a slot back, from the next turn of the event loop on.

        Work that is done in the loop itself would otherwise take its slot and give it
        back before anybody else can ask, and nothing would ever be refused.
        """
        asyncio.get_running_loop().call_soon(self._hand_on, share)

    def _grant(self, share: float) -> None:
        self.taken += share
        self.working += 1

    def _hand_on(self, share: float) -> None:
        """Let those in who have waited longest, as far as what has come free goes."""
        self.taken -= share
        self.working -= 1
        if not self._waiting:
            self._last_turn = None
        while self._waiting:
            turn, needed = self._waiting[0]
            if not turn.done():
                if self.taken + needed > self.size:
                    return
                self._grant(needed)
                turn.set_result(None)
                self._keep_pace()
            self._waiting.popleft()

    def _keep_pace(self) -> None:
        now = time.perf_counter()
        if self._last_turn is not None:
            self.pace += NEWEST * (now - self._last_turn - self.pace)
        self._last_turn = now

    async def _wait(self, share: float) -> None:
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        place = turn, share
        self._waiting.append(place)
        timer = loop.call_later(PATIENCE * self.longest_wait, self._give_up, place)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and not turn.exception():
                # The slot came in the very moment of leaving.
                self.give_back(share)
            raise
        finally:
            timer.cancel()

    def _give_up(self, place: "tuple[asyncio.Future[None], float]") -> None:
        turn, _ = place
        if not turn.done():
            self._waiting.remove(place)
            turn.set_exception(BusyError())
