"""Slots: in turn, bounded, refused at once, and never lost."""

import asyncio
import time

import pytest

from gradio_app.slots import BusyError, Slots
from tests.event_loop import run_coroutine


def test_no_more_than_its_size_work_at_once_and_all_in_turn():
    async def scenario():
        slots = Slots(2, 10)
        working, most, order = 0, 0, []

        async def work(number):
            nonlocal working, most
            await slots.take()
            order.append(number)
            working += 1
            most = max(most, working)
            await asyncio.sleep(0.01)
            working -= 1
            slots.give_back()

        await asyncio.gather(*(work(number) for number in range(8)))
        await asyncio.sleep(0)
        assert (most, order, slots.taken, slots.waiting) == (2, list(range(8)), 0, 0)
        assert 0 < slots.pace < 0.1

    run_coroutine(scenario())


def test_who_would_wait_too_long_is_refused_at_once():
    async def scenario():
        slots = Slots(1, longest_wait=1)
        slots.pace = 0.4
        await slots.take()
        waiting = [asyncio.create_task(slots.take()) for _ in range(2)]
        await asyncio.sleep(0)
        start = time.perf_counter()
        with pytest.raises(BusyError):
            await slots.take()
        assert time.perf_counter() - start < 0.05
        assert slots.waiting == 2
        for task in waiting:
            task.cancel()

    run_coroutine(scenario())


def test_a_wait_that_the_estimate_did_not_foresee_ends_too():
    async def scenario():
        slots = Slots(1, longest_wait=0.05)
        await slots.take()
        with pytest.raises(BusyError):
            await slots.take()
        assert slots.waiting == 0
        assert slots.taken == 1

    run_coroutine(scenario())


def test_a_slot_is_not_lost_when_who_waits_for_it_leaves():
    async def scenario():
        slots = Slots(1, longest_wait=10)
        await slots.take()
        left = asyncio.create_task(slots.take())
        stays = asyncio.create_task(slots.take())
        await asyncio.sleep(0)
        left.cancel()
        await asyncio.gather(left, return_exceptions=True)
        slots.give_back()
        await asyncio.wait_for(stays, 1)
        slots.give_back()
        await asyncio.sleep(0)
        assert slots.taken == 0

        # It leaves in the very moment in which its turn comes.
        await slots.take()
        late = asyncio.create_task(slots.take())
        await asyncio.sleep(0)
        slots.give_back()
        late.cancel()
        await asyncio.gather(late, return_exceptions=True)
        await asyncio.sleep(0.01)
        assert slots.taken == 0

    run_coroutine(scenario())


def test_work_within_the_event_loop_is_held_back_too():
    """Four take all slots of a turn; who came in the same turn waits or is refused."""

    async def scenario():
        slots = Slots(4, longest_wait=0.05)
        slots.pace = 0.02
        done = []

        async def work():
            await slots.take()
            slots.give_back()
            done.append(1)

        found = await asyncio.gather(
            *(work() for _ in range(10)), return_exceptions=True
        )
        refused = [one for one in found if isinstance(one, BusyError)]
        assert (len(done), len(refused)) == (6, 4)
        await asyncio.sleep(0)
        assert slots.taken == 0

    run_coroutine(scenario())
