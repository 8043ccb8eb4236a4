"""Back-pressure: so many requests at a time, a short wait for the others, then 503."""

import asyncio
import time
from collections import deque

# How much the newest request counts in the mean time from one to the next.
NEWEST = 0.05
# Guards against a wrong estimate; who is let in to wait is answered nearly always.
PATIENCE = 2.0


class BusyError(RuntimeError):
    """No slot, and none soon enough."""


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
        pace: seconds from one turn to the next while others wait, on average.
    """

    def __init__(self, size: int, longest_wait: float):
        self.size = size
        self.longest_wait = longest_wait
        self.taken = 0
        self.pace = 0.0
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
        if self.taken < self.size:
            return False
        return self.expected_wait > self.longest_wait or not self.longest_wait

    async def take(self) -> None:
        """Take a slot, waiting for it if need be.

        Raises:
            BusyError: when there is none soon enough.
        """
        if self.taken < self.size:
            self.taken += 1
            return
        if self.is_full:
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
