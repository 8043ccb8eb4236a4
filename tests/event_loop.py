"""Run coroutines in a test, whatever else the test process does."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


class _Leaper(selectors.DefaultSelector):
    """Waits for nothing: it moves a clock on by the seconds it should have waited."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        self.now += timeout or 0.0
        return super().select(0)


class LeapingLoop(asyncio.SelectorEventLoop):
    """An event loop by whose clock nothing is late, however slow the machine is.

    The clock leaps to what is due next, so nobody waits for it either.
    """

    def __init__(self) -> None:
        self._leaper = _Leaper()
        super().__init__(self._leaper)

    def time(self) -> float:
        return self._leaper.now

    def hold_up(self, seconds: float) -> None:
        """Let time pass in which the loop does nothing, as work within it would."""
        self._leaper.now += seconds


def run_coroutine(
    coroutine: Coroutine[Any, Any, T],
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> T:
    """Run to the end, in a thread of its own.

    Playwright keeps an event loop in the main thread for as long as a browser is open,
    and no second one may run there.
    """

    def run() -> T:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(coroutine)

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()
