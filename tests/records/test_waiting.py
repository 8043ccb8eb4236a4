"""Accepted corrections wait until a decided retraining has learned from them."""

import pytest

from digit_pipeline.records import Decision
from tests.records.samples import draw_picture, make_feedback, make_manifest


@pytest.fixture
def accept(records):
    def accept_one(number):
        row, _ = records.add_feedback(make_feedback(number), draw_picture(number))
        records.review([Decision(row.id, "accept")], "a person")
        return row

    return accept_one


@pytest.fixture
def retrain(records):
    """Run a retraining that accepts and sees corrections, and ends in a state."""

    def run(state, *seen, meanwhile=lambda: ()):
        id = f"job {records.jobs.jobs().total}"
        records.jobs.acquire(id, "test", "host:1", 30.0, "key")
        seen = [*seen, *meanwhile()]
        records.note_manifest(make_manifest(f"of {id}", *seen, run_id=id))
        decided = state in {"promoted", "refused"}
        decision = {"training_manifest": f"of {id}"} if decided else None
        records.jobs.finish(id, state, "It ended.", {"decision": decision})

    return run


def test_only_accepted_ones_wait(records, accept):
    assert records.jobs.count_waiting() == 0
    records.add_feedback(make_feedback(1), draw_picture(1))
    accept(2)
    assert records.jobs.count_waiting() == 1


@pytest.mark.parametrize("state", ["promoted", "refused"])
def test_what_was_accepted_while_it_ran_was_learned_from(
    records, accept, retrain, state
):
    retrain(state, accept(1), meanwhile=lambda: [accept(2)])
    assert records.jobs.count_waiting() == 0
    accept(3)
    assert records.jobs.count_waiting() == 1


def test_what_came_too_late_for_its_manifest_waits(records, accept, retrain):
    def too_late():
        accept(2)
        return ()

    retrain("refused", accept(1), meanwhile=too_late)
    assert records.jobs.count_waiting() == 1


@pytest.mark.parametrize("state", ["failed", "cancelled", "timed_out", "interrupted"])
def test_one_that_was_not_decided_leaves_them_waiting(records, accept, retrain, state):
    first = accept(1)
    retrain(state, first)
    assert records.jobs.count_waiting() == 1
    retrain("refused", first)
    retrain(state, accept(2))
    assert records.jobs.count_waiting() == 1


def test_what_it_left_out_does_not_start_the_next_one(records, accept, retrain):
    accept(1)
    retrain("refused")
    assert records.jobs.count_waiting() == 0


def test_the_same_manifest_after_a_cancelled_run_is_learned_from(
    records, accept, retrain
):
    seen = accept(1)
    retrain("cancelled", seen)
    retrain("promoted", seen)
    assert records.jobs.count_waiting() == 0
