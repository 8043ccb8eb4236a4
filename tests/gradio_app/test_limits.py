"""Token buckets."""

import pytest

from gradio_app.limits import Buckets


class Clock:
    """A clock that is turned by hand."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_a_bucket_empties_and_refills_evenly(clock):
    buckets = Buckets(per_minute=60, size=3, clock=clock)
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 0]
    assert buckets.take("a") == pytest.approx(1)
    clock.now += 0.25
    assert buckets.take("a") == pytest.approx(0.75)
    clock.now += 0.75
    assert buckets.take("a") == 0
    assert buckets.take("a") > 0


def test_a_bucket_never_holds_more_than_its_size(clock):
    buckets = Buckets(per_minute=60, size=2, clock=clock)
    buckets.take("a")
    clock.now += 3600
    assert [buckets.take("a") == 0 for _ in range(3)] == [True, True, False]


def test_each_client_has_its_own_and_asking_takes_none(clock):
    buckets = Buckets(per_minute=60, size=1, clock=clock)
    assert buckets.wait("a") == buckets.wait("a") == 0
    assert buckets.take("a") == 0
    assert buckets.wait("a") > 0
    assert buckets.take("b") == 0


def test_memory_is_bounded_and_the_longest_unseen_is_forgotten(clock):
    buckets = Buckets(per_minute=1, size=1, clock=clock, most=2)
    for client in "abc":
        buckets.take(client)
    assert len(buckets._buckets) == 2
    assert buckets.wait("a") == 0
    assert buckets.wait("c") > 0
