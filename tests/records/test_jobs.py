"""Jobs: one at a time, whoever starts them; a silent owner's is taken over."""

import signal
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from digit_pipeline.records import (
    JobLostError,
    JobRunningError,
    Records,
    RecordsError,
    job_rows,
)
from digit_pipeline.records.tables import jobs as table
from tests.records.child import finish, start

LEASE = 30.0
SHORT = 0.05


@pytest.fixture
def acquire(records):
    def acquire_one(job_id, lease_seconds=LEASE, owner="host:1"):
        return records.jobs.acquire(job_id, "test", owner, lease_seconds, "key")

    return acquire_one


def test_a_job_from_its_start_to_its_end(records, acquire):
    before = datetime.now(UTC)
    job = acquire("a")
    assert (job.state, job.environment, job.owner) == ("running", "test", "host:1")
    assert (job.started_by, job.ended, job.cancel_requested) == ("key", None, False)
    assert abs(job.started - before) < timedelta(minutes=1)
    assert job.lease_until - job.started == timedelta(seconds=LEASE)
    assert records.jobs.running() == records.jobs.job("a") == job
    progress = {"epoch": 3, "epochs": 12, "curve": [[1, 0.5]]}
    renewed = records.jobs.renew("a", LEASE, "fit sketch_cnn", progress)
    assert (renewed.stage, renewed.progress) == ("fit sketch_cnn", progress)
    assert renewed.lease_until > job.lease_until
    # Nothing new to say leaves what was said.
    assert records.jobs.renew("a", LEASE).progress == progress
    result = {"version": "000002", "rules": []}
    ended = records.jobs.finish("a", "promoted", "It is better.", result)
    assert (ended.state, ended.sentence, ended.result) == (
        "promoted",
        "It is better.",
        result,
    )
    assert ended.started == job.started <= ended.ended
    assert records.jobs.running() is None
    assert records.jobs.job("a") == ended


def test_a_second_one_is_refused_and_told_which_runs(records, acquire):
    first = acquire("a")
    with pytest.raises(JobRunningError, match="but a does since") as caught:
        acquire("b", owner="host:2")
    assert (caught.value.status, caught.value.job) == (409, first)
    assert records.jobs.job("b") is None
    records.jobs.finish("a", "refused", "It is worse.")
    assert acquire("b", owner="host:2").state == "running"
    page = records.jobs.jobs(page_size=1)
    assert ([job.id for job in page.items], page.total) == (["b"], 2)


def test_a_silent_owner_s_job_is_taken_over(records, acquire):
    acquire("a", SHORT)
    time.sleep(2 * SHORT)
    assert records.jobs.running() is None
    seen = records.jobs.job("a")
    assert seen.state == records.jobs.jobs().items[0].state == "interrupted"
    assert "sign of life from host:1" in seen.sentence
    acquire("b", owner="host:2")
    assert records.jobs.job("a") == seen
    assert records.jobs.running().id == "b"
    with pytest.raises(JobLostError, match="stop, and start another"):
        records.jobs.renew("a", LEASE)
    with pytest.raises(JobLostError):
        records.jobs.finish("a", "promoted", "too late")
    with pytest.raises(JobRunningError):
        acquire("a")
    records.jobs.finish("b", "refused", "")
    with pytest.raises(JobLostError) as caught:
        acquire("a")
    assert (caught.value.status, caught.value.job.state) == (409, "interrupted")


def test_an_owner_that_was_slow_goes_on_while_nobody_came(records, acquire):
    acquire("a", SHORT)
    time.sleep(2 * SHORT)
    assert records.jobs.renew("a", LEASE).state == "running"
    assert records.jobs.running().id == "a"


def test_what_a_dead_owner_left_can_still_be_explained(records, acquire):
    """Who started it knows better than a lease what its child died of."""
    acquire("a", SHORT)
    time.sleep(2 * SHORT)
    assert records.jobs.finish("a", "failed", "Out of memory.").state == "failed"
    assert records.jobs.job("a").sentence == "Out of memory."


def test_a_child_takes_over_what_was_acquired_for_it(records, acquire):
    first = acquire("a", owner="host:parent")
    second = acquire("a", owner="host:child")
    assert (second.owner, second.started) == ("host:child", first.started)
    assert records.jobs.jobs().total == 1


def test_the_first_word_on_the_end_is_the_last(records, acquire):
    acquire("a")
    first = records.jobs.finish("a", "promoted", "It is better.")
    assert records.jobs.finish("a", "failed", "exit code 1") == first
    assert records.jobs.job("a") == first


def test_a_wish_to_cancel_reaches_the_owner(records, acquire):
    acquire("a")
    assert records.jobs.request_cancel("a").cancel_requested
    assert records.jobs.renew("a", LEASE).cancel_requested
    ended = records.jobs.finish("a", "cancelled", "As was wished.")
    assert records.jobs.request_cancel("a") == ended
    assert not acquire("b").cancel_requested


@pytest.mark.parametrize("method", ["renew", "request_cancel", "finish"])
def test_a_job_that_nobody_knows(records, method):
    rest = {"renew": (LEASE,), "finish": ("failed", "")}.get(method, ())
    with pytest.raises(RecordsError) as caught:
        getattr(records.jobs, method)("nothing", *rest)
    assert (caught.value.code, caught.value.status) == ("unknown_job", 404)
    assert records.jobs.job("nothing") is None


def test_a_clock_set_back_does_not_keep_a_dead_owner_alive(records, acquire):
    """T29: the lease was written an hour later than it is now."""
    acquire("a")
    later = datetime.now(UTC) + timedelta(hours=1)
    with records.database.writing() as connection:
        connection.execute(update(table).values(lease_until=later))
    with pytest.raises(JobRunningError):
        acquire("b", 2 * SHORT)
    time.sleep(3 * SHORT)
    assert acquire("b").state == "running"


@pytest.mark.slow
def test_hosts_need_not_agree_about_the_time(postgres, tmp_path, monkeypatch):
    class Late(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(days=1)

    monkeypatch.setattr(job_rows, "datetime", Late)
    records = Records(postgres.create_database(), tmp_path)
    job = records.jobs.acquire("a", "test", "host:1", LEASE, "key")
    assert abs(job.started - datetime.now(UTC)) < timedelta(hours=1)
    assert records.jobs.running() == job
    records.close()


RACE = """
import time
from digit_pipeline.records import JobRunningError
records = Records(url, images)
me, folder = sys.argv[3], images.parent

def wait_for(name):
    print("ready", flush=True)
    while not (folder / name).exists():
        time.sleep(0.001)

wait_for("start")
try:
    print("got", records.jobs.acquire(me, "test", "host:1", 60, "key").id)
except JobRunningError as error:
    print("refused", error.job.id)
wait_for("go on")
records.jobs.finish(me, "refused", "") if records.jobs.job(me) else None
turns = 0
while turns < 10:
    try:
        records.jobs.acquire(f"{me}-{turns}", "test", "host:1", 60, "key")
    except JobRunningError:
        time.sleep(0.001)
        continue
    (folder / "inside").touch(exist_ok=False)
    (folder / "inside").unlink()
    records.jobs.finish(f"{me}-{turns}", "refused", "")
    turns += 1
records.close()
"""


@pytest.mark.slow
def test_of_processes_that_race_exactly_one_gets_it(url, records, tmp_path):
    """T24: the others are told which; and never are two in at once."""
    children = [start(RACE, url, tmp_path / "images", f"job-{n}") for n in range(3)]
    assert [child.stdout.readline() for child in children] == ["ready\n"] * 3
    (tmp_path / "start").touch()
    said = [child.stdout.readline().split() for child in children]
    [winner] = [id for word, id in said if word == "got"]
    assert sorted(said) == [["got", winner], *[["refused", winner]] * 2]
    assert [job.id for job in records.jobs.jobs().items] == [winner]
    assert [child.stdout.readline() for child in children] == ["ready\n"] * 3
    (tmp_path / "go on").touch()
    assert [finish(child) for child in children] == [""] * 3
    assert records.jobs.jobs().total == 1 + 3 * 10


OWNER = """
import time
records = Records(url, images)
records.jobs.acquire("dead", "test", "host:1", 1.5, "key")
print("got", flush=True)
time.sleep(60)
"""


@pytest.mark.slow
def test_a_killed_owner_s_lock_is_taken_over(url, records, acquire, tmp_path):
    """T24: after the lease, not before."""
    child = start(OWNER, url, tmp_path / "images", measured=False)
    assert child.stdout.readline() == "got\n"
    child.send_signal(signal.SIGKILL)
    child.communicate()
    lease_until = records.jobs.job("dead").lease_until
    assert take_over(acquire).started >= lease_until
    assert records.jobs.job("dead").state == "interrupted"


def take_over(acquire):
    deadline = time.monotonic() + 60
    while True:
        try:
            return acquire("next")
        except JobRunningError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
