"""One retraining at a time, held by processes that are told to stop, hang and die."""

import os
import signal
import time
from contextlib import closing

import pytest
from sqlalchemy import text

from digit_pipeline.jobs.holding import Plan, find_timings, open_records
from digit_pipeline.jobs.names import jobs_folder
from digit_pipeline.jobs.progress import read_progress
from tests.jobs.child import ENOUGH

pytestmark = pytest.mark.slow

SECONDS = 120


def _ended(records, job_id):
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        job = records.jobs.job(job_id)
        if job.state != "running":
            return job
        time.sleep(0.05)
    raise AssertionError(job)


def _held(process):
    return process.stdout.readline().strip()


def _hold(start, *what, **environment):
    process = start(*what, **environment)
    return process, _held(process)


def test_of_two_at_once_one_runs_and_the_other_is_told_which(start, records, tmp_path):
    """Row T24: two processes, nothing in common but the records."""
    racers = [start("stay") for _ in range(2)]
    deadline = time.monotonic() + SECONDS
    while all(racer.poll() is None for racer in racers):
        assert time.monotonic() < deadline, "both run"
        time.sleep(0.05)
    (tmp_path / ENOUGH).touch()
    codes = [racer.wait(SECONDS) for racer in racers]
    said = [racer.stdout.read() for racer in racers]
    assert sorted(codes) == [0, 1]
    won, lost = said[codes.index(0)].strip(), said[codes.index(1)]
    assert f"Expected no retraining to run, but {won} does since" in lost
    assert [job.id for job in records.jobs.jobs().items] == [won]
    assert records.jobs.job(won).state == "refused"


def test_a_killed_owners_lease_is_taken_over_even_if_the_clock_is_set_back(
    start, records
):
    """Rows T24 and T29: by the new clock, the dead one's lease ends in an hour."""
    killed, first = _hold(start, "wait", TEST_LEASE="2")
    killed.kill()
    killed.wait()
    with records.database.writing() as connection:
        connection.execute(
            text("UPDATE jobs SET lease_until = datetime(lease_until, '+1 hour')")
        )
    early = start(TEST_LEASE="2")
    assert early.wait(SECONDS) == 1
    assert first in early.stdout.read()
    assert _ended(records, first).state == "interrupted"
    later, second = _hold(start)
    assert later.wait(SECONDS) == 0
    jobs = records.jobs.jobs().items
    assert [(job.id, job.state) for job in jobs] == [
        (second, "refused"),
        (first, "interrupted"),
    ]


def test_progress_lies_in_the_jobs_folder_and_in_the_records(start, records, tmp_path):
    process, job_id = _hold(start, "report", "linger")
    assert process.wait(SECONDS) == 0
    progress = read_progress(jobs_folder(tmp_path, "digits") / job_id)
    assert (progress.stage, progress.stages_done, progress.stages) == (
        ("train model", 2, 2)
    )
    assert (progress.epoch, progress.epochs, len(progress.curve)) == (2, 3, 2)
    assert progress.curve[0]["loss"] is None
    assert progress.curve[0]["val_accuracy"] == 0.75
    assert progress.pid == process.pid
    assert records.jobs.job(job_id).progress["curve"] == list(progress.curve)
    result = records.jobs.job(job_id).result
    assert result["decision"]["rules"][0]["figure"] == 0.8
    assert result["timings"]["train_model"] >= 1.5


@pytest.mark.parametrize(
    ("number", "state"),
    [(signal.SIGTERM, "interrupted"), (signal.SIGINT, "cancelled")],
)
def test_told_to_stop_it_says_so(start, records, number, state):
    process, job_id = _hold(start, "wait")
    process.send_signal(number)
    assert process.wait(SECONDS) == 1
    job = records.jobs.job(job_id)
    assert job.state == state
    assert "the champion is unchanged" in job.sentence


@pytest.mark.parametrize("what", ["wait", "deaf"])
def test_cancelled_in_the_records_it_stops_wherever_it_is(start, records, what):
    """Deaf to signals, its own process is ended from within."""
    process, job_id = _hold(start, what)
    records.jobs.request_cancel(job_id)
    assert process.wait(SECONDS) == 1
    assert records.jobs.job(job_id).state == "cancelled"


def test_what_takes_too_long_is_stopped(start, records):
    process, job_id = _hold(start, "wait", JOB_SECONDS="0.5")
    assert process.wait(SECONDS) == 1
    job = records.jobs.job(job_id)
    assert job.state == "timed_out"
    assert "still at the step 'train model'" in job.sentence


def test_who_has_lost_the_lease_stops_and_changes_nothing(start, records):
    """Stopped for longer than its lease, then woken: another one runs by now."""
    process, first = _hold(start, "wait", TEST_LEASE="2")
    os.kill(process.pid, signal.SIGSTOP)
    _ended(records, first)
    other, second = _hold(start, "linger")
    os.kill(process.pid, signal.SIGCONT)
    assert process.wait(SECONDS) == 1
    assert other.wait(SECONDS) == 0
    assert records.jobs.job(first).state == "interrupted"
    assert records.jobs.job(second).state == "refused"


def test_a_full_disk_ends_it_with_the_reason(start, records):
    """Row T21, by a file size limit: the weights do not fit."""
    process, job_id = _hold(start, "limited", "fill")
    assert process.wait(SECONDS) == 1
    job = records.jobs.job(job_id)
    assert (job.state, job.result["code"]) == ("failed", "no_space")
    assert "Expected room on the disk at the step 'train model'" in job.sentence


def test_an_error_ends_it_with_its_words(start, records):
    process, job_id = _hold(start, "fail")
    assert process.wait(SECONDS) == 1
    job = records.jobs.job(job_id)
    assert (job.state, job.result["code"]) == ("failed", "error")
    assert "ValueError: expected weights, got none: train first" in job.sentence


def test_how_long_steps_take_is_learned_from_decided_runs_alone(tmp_path):
    plan = Plan(tmp_path, "digits", "test", ["train_model"])
    with closing(open_records(plan)) as records:
        for state, seconds in (("refused", 100.0), ("cancelled", 9.0), ("failed", 8.0)):
            records.jobs.acquire(state, "test", "host:1", 30.0, "key")
            result = {"timings": {"train_model": seconds}}
            records.jobs.finish(state, state, "It ended.", result)
        assert find_timings(records.jobs, plan) == {"train_model": 100.0}
