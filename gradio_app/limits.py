"""How often a client may ask: token buckets."""

import time
from collections import OrderedDict
from collections.abc import Callable

MOST_CLIENTS = 10_000


class Buckets:
    """A bucket of tokens for each client, refilled evenly.

    Safe within one thread; the event loop is one. A client that nobody has seen has a
    full bucket, so the longest unseen are forgotten first when there are too many.

    Args:
        per_minute: tokens that come back in a minute.
        size: tokens in a full bucket: what may be asked at once.
        clock: gives seconds; tests turn it by hand.
        most: clients that are remembered.
    """

    def __init__(
        self,
        per_minute: float,
        size: float,
        clock: Callable[[], float] = time.monotonic,
        most: int = MOST_CLIENTS,
    ):
        self._per_second = per_minute / 60
        self._size = size
        self._clock = clock
        self._most = most
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> float:
        """Take a token.

        Returns:
            0 when there was one, otherwise the seconds until there is.
        """
        tokens, now = self._look(client)
        wait = self._wait(tokens)
        if not wait:
            self._buckets[client] = (tokens - 1, now)
            self._buckets.move_to_end(client)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        return wait

    def wait(self, client: str) -> float:
        """Give the seconds until there is a token, taking none."""
        return self._wait(self._look(client)[0])

    def _look(self, client: str) -> tuple[float, float]:
        now = self._clock()
        tokens, since = self._buckets.get(client, (self._size, now))
        return min(self._size, tokens + (now - since) * self._per_second), now

    def _wait(self, tokens: float) -> float:
        return 0.0 if tokens >= 1 else (1 - tokens) / self._per_second
