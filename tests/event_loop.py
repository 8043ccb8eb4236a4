"""Run coroutines in a test, whatever else the test process does."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run_coroutine(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run to the end, in a thread of its own.

    Playwright keeps an event loop in the main thread for as long as a browser is open,
    and no second one may run there.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()
