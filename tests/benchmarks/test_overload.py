"""The overload benchmark: what it calls borne, and what not."""

import os

import pytest

from benchmarks import overload
from benchmarks.load_generator import Outcome

CALM = {
    "statuses": {"200": 1000},
    "errors": 0,
    "per_second": 185.0,
    "accepted_ms": {"p50": 4.0, "p99": 10.0},
    "refused_ms": {},
    "generator_cpu": 0.05,
}
BORNE = {
    "seconds": 60,
    "times": 10,
    "recovery_seconds": 0.0,
    "memory_mb": {"first_quarter": 170.0, "last_quarter": 171.0},
    "capacity": {**CALM, "per_second": 370.0},
    "before": CALM,
    "overload": {
        **CALM,
        "statuses": {"200": 1000, "503": 3000},
        "accepted_ms": {"p50": 12.0, "p99": 20.0},
        "refused_ms": {"p99": 90.0},
    },
    "after": CALM,
}


def test_what_is_borne_meets_every_goal():
    assert [met for *_, met in overload.check_goals(BORNE)] == [True] * 5
    table = overload.render(BORNE)
    assert "| accepted requests' p99, against that at capacity | ≤ 2 times" in table
    assert "| overload | 3,700 | 185 | 75% | 12.0 / 20.0 ms | 90.0 ms | 5% |" in table
    assert "**no**" not in table


@pytest.mark.parametrize(
    ("place", "change"),
    [
        (0, {"overload": {**BORNE["overload"], "accepted_ms": {"p99": 20.1}}}),
        (1, {"overload": {**BORNE["overload"], "refused_ms": {"p99": 100.1}}}),
        (2, {"overload": {**BORNE["overload"], "errors": 1}}),
        (3, {"memory_mb": {"first_quarter": 100.0, "last_quarter": 105.1}}),
        (4, {"recovery_seconds": 5.1}),
    ],
)
def test_each_goal_can_be_missed(place, change):
    met = [met for *_, met in overload.check_goals({**BORNE, **change})]
    assert [i for i, one in enumerate(met) if not one] == [place]


def test_it_has_recovered_when_a_second_is_as_before():
    before = Outcome(statuses={200: 10}, accepted_ms={"p99": 10.0})
    seconds = iter(
        [
            Outcome(statuses={503: 3}),
            Outcome(statuses={200: 9, 503: 1}, accepted_ms={"p99": 5.0}),
            Outcome(statuses={200: 10}, accepted_ms={"p99": 20.1}),
            Outcome(statuses={200: 10}, accepted_ms={"p99": 20.0}),
        ]
    )
    assert overload.measure_recovery(lambda: next(seconds), before) < 1
    assert next(seconds, None) is None


def test_memory_is_noted_while_it_goes_on(monkeypatch):
    monkeypatch.setattr(overload, "SAMPLE_SECONDS", 0.001)
    with overload.sampled_memory(os.getpid()) as memory:
        while len(memory) < 8:
            pass
    assert all(size > 1 << 20 for size in memory)
