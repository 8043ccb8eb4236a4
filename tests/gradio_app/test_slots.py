"""Slots: in turn, bounded, refused at once, and never lost."""

import asyncio
import time

import pytest

from gradio_app.slots import NEWEST, BusyError, Slots
from tests.event_loop import LeapingLoop, run_coroutine


def run_by_its_own_clock(scenario):
    """Run it where no pause of the machine looks like a late event loop."""
    run_coroutine(scenario, LeapingLoop)


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

        start = time.perf_counter()
        await asyncio.gather(*(work(number) for number in range(8)))
        await asyncio.sleep(0)
        assert (most, order, slots.taken, slots.waiting) == (2, list(range(8)), 0, 0)
        # A mean of the times between turns, which began at 0.
        assert 0 < slots.pace < NEWEST * (time.perf_counter() - start)

    run_by_its_own_clock(scenario())


def test_who_would_wait_too_long_is_refused_at_once():
    async def scenario():
        slots = Slots(1, longest_wait=1)
        slots.pace = 0.4
        await slots.take()
        waiting = [asyncio.create_task(slots.take()) for _ in range(2)]
        await asyncio.sleep(0)
        # In its first step: it does not let go of the event loop.
        with pytest.raises(BusyError):
            slots.take().send(None)
        assert slots.waiting == 2
        for task in waiting:
            task.cancel()

    run_by_its_own_clock(scenario())


def test_a_wait_that_the_estimate_did_not_foresee_ends_too():
    async def scenario():
        slots = Slots(1, longest_wait=0.05)
        await slots.take()
        with pytest.raises(BusyError):
            await slots.take()
        assert slots.waiting == 0
        assert slots.taken == 1

    run_by_its_own_clock(scenario())


def test_small_requests_share_a_slot_and_large_ones_do_not_starve():
    async def scenario():
        slots = Slots(1, longest_wait=10)
        order = []

        async def work(name, share):
            await slots.take(share)
            order.append(name)

        small = [asyncio.create_task(work("small", 0.25)) for _ in range(4)]
        await asyncio.gather(*small)
        assert (slots.taken, slots.working) == (1, 4)
        later = [asyncio.create_task(work("large", 1.0))]
        later += [asyncio.create_task(work("late", 0.25)) for _ in range(2)]
        await asyncio.sleep(0)
        for _ in range(4):
            assert order == ["small"] * 4
            slots.give_back(0.25)
            await asyncio.sleep(0.001)
        assert order[4:] == ["large"]
        slots.give_back()
        await asyncio.gather(*later)
        assert order[5:] == ["late"] * 2
        for _ in range(2):
            slots.give_back(0.25)
        await asyncio.sleep(0)
        assert (slots.taken, slots.working, slots.waiting) == (0, 0, 0)

    run_by_its_own_clock(scenario())


def test_nobody_slips_in_beside_who_waits_for_a_whole_slot():
    async def scenario():
        slots = Slots(1, longest_wait=1)
        slots.pace = 0.6
        await slots.take(0.5)
        large = asyncio.create_task(slots.take())
        await asyncio.sleep(0)
        assert slots.is_full
        with pytest.raises(BusyError):
            await slots.take(0.5)
        large.cancel()
        await asyncio.gather(large, return_exceptions=True)

    run_by_its_own_clock(scenario())


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

    run_by_its_own_clock(scenario())


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

    run_by_its_own_clock(scenario())


async def _let_one_wait():
    """Give slots of which none is free, and who waits; one more would be too many."""
    slots = Slots(1, longest_wait=1)
    slots.pace = 0.6
    await slots.take()
    waits = asyncio.create_task(slots.take())
    await asyncio.sleep(0)
    return slots, waits


async def _overload(slots):
    """Refuse until it is no burst any more."""
    while not slots.overload.is_on:
        assert slots.is_full
        slots.refuse()
        await asyncio.sleep(0.01)


def test_after_a_burst_waiting_goes_on():
    async def scenario():
        slots, waits = await _let_one_wait()
        for _ in range(1000):
            assert slots.is_full
            slots.refuse()
        assert not slots.overload.is_on
        assert slots.waiting == 1
        slots.give_back()
        await asyncio.wait_for(waits, 1)

    run_by_its_own_clock(scenario())


def test_in_an_overload_nobody_waits_long_and_nobody_is_let_in_late(caplog):
    async def scenario():
        slots, waits = await _let_one_wait()
        await _overload(slots)
        with pytest.raises(BusyError):
            await waits
        assert slots.waiting == 0
        assert slots.is_full
        # With a slot free again it depends on whether the event loop keeps up.
        slots.give_back()
        await asyncio.sleep(0.02)
        assert not slots.is_full
        asyncio.get_running_loop().hold_up(0.1)
        slots.refuse()
        for _ in range(2):
            await asyncio.sleep(0)
        assert slots.overload.lag > 0.05
        assert slots.is_full
        await asyncio.sleep(0.1)
        assert not slots.is_full
        assert slots.overload.is_on

    run_by_its_own_clock(scenario())
    assert "most are refused" in caplog.text


def test_an_overload_is_over_when_nobody_has_been_refused_for_a_while(caplog):
    async def scenario():
        slots = Slots(1, longest_wait=0.01)
        slots.pace = 1
        await slots.take()
        await _overload(slots)
        refusals = slots.overload.refusals
        assert refusals > 5
        await asyncio.sleep(0.7)
        assert not slots.overload.is_on
        assert f"{refusals} requests were refused in 0." in caplog.text
        slots.refuse()
        assert slots.overload.refusals == 1

    run_by_its_own_clock(scenario())
