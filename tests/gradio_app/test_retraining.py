"""A retraining's process as the app sees it: killed, hung, cancelled, left: row T28."""

import os
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from digit_pipeline.jobs.names import JOB_FOLDER, JOB_ID, jobs_folder
from digit_pipeline.jobs.progress import read_progress
from digit_pipeline.records import (
    Decision,
    FeedbackRecord,
    Records,
    RecordsError,
)
from digit_pipeline.records.jobs import Job, JobRunningError
from digit_pipeline.releases import ReleaseStore
from gradio_app.retraining import Retraining, child
from gradio_app.retraining import retraining as module
from gradio_app.retraining.thresholds import is_resting
from gradio_app.service.errors import NoRecordsError, ServiceError
from gradio_app.settings import Settings

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SECONDS = 60


class World:
    """A Retraining over records of its own, whose processes do what a test says."""

    def __init__(
        self, data, *what, command=None, has_drifted=lambda: False, **settings
    ):
        self.settings = Settings(data_dir=data, **settings)
        self.records = Records(
            self.settings.records_address, self.settings.records_images
        )
        command = command or [sys.executable, "-m", "tests.jobs.child", str(data)]
        self.command = [*command, *what]
        self.retraining = Retraining(
            self.settings,
            lambda: self.records,
            ReleaseStore(data / "09_serving" / "digits"),
            has_drifted=has_drifted,
            make_order=self.order,
        )

    def order(self, _settings, job_id, _environment, folder):
        variables = {JOB_ID: job_id, JOB_FOLDER: str(folder)}
        return child.Order(self.command, ROOT, folder, variables)

    def run(self):
        started = self.retraining.start("a test")
        assert started.state == "running"
        return self.end()

    def end(self):
        return self.wait_for(lambda status: not status.running).job

    def begun(self):
        return self.wait_for(lambda status: status.job.stage == "train model").job

    def wait_for(self, condition):
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            status = self.retraining.status()
            if condition(status):
                return status
            time.sleep(0.05)
        raise AssertionError(status)

    def progress(self, job):
        return read_progress(jobs_folder(self.settings.data_dir, "digits") / job.id)


@pytest.fixture
def world(tmp_path):
    worlds = []

    def make(*what, **options):
        worlds.append(World(tmp_path, *what, **options))
        return worlds[-1]

    yield make
    for one in worlds:
        one.retraining.close()
        one.records.close()


@pytest.fixture
def soon(monkeypatch):
    """Have the trigger look five times a second."""
    monkeypatch.setattr(module, "TRIGGER_SECONDS", 0.2)


def test_it_ends_with_the_gates_decision_and_shows_the_curve_and_the_log(world):
    here = world("report")
    job = here.run()
    assert job.state == "refused"
    assert job.sentence.startswith("Refused: 80.00 % of the gate images right")
    assert (job.stages_done, job.stages, job.epoch, job.epochs) == (2, 2, 2, 3)
    assert [row["epoch"] for row in job.curve] == [1, 2]
    [rule] = job.decision["rules"]
    assert (rule["name"], rule["passed"], rule["by"]) == ("accuracy", False, 0.1)
    assert job.decision["version"] is None
    whose, lines = here.retraining.log_tail(2)
    assert whose == job.id
    assert "epoch 2 of 3: validation 75.00 %" in lines[0]
    assert lines[1].endswith(job.sentence)
    [kept] = here.retraining.history().items
    assert kept == job
    with pytest.raises(ServiceError, match="none runs"):
        here.retraining.cancel()


def test_killed_each_time_it_is_tried_twice_more_and_fails(world):
    here = world("die")
    job = here.run()
    assert (job.state, job.code, job.attempt) == ("failed", "killed", 3)
    assert "killed 3 times (SIGKILL, most often because memory ran out)" in job.sentence
    assert "--- killed; attempt 3 of 3 ---" in here.retraining.log_tail()[1]
    # Nothing is in the way of the next one.
    here.command[-1] = "report"
    assert here.run().state == "refused"


def test_one_that_is_killed_before_it_begins_tells_its_attempts(world):
    dies = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    job = world(command=[sys.executable, "-c", dies]).run()
    assert (job.code, job.attempt, job.stage) == ("killed", 3, None)


def test_killed_once_it_is_tried_again(world):
    job = world("die-once").run()
    assert (job.state, job.attempt) == ("refused", 2)


def test_one_that_hangs_is_ended_when_its_time_is_over(world, monkeypatch):
    monkeypatch.setattr("gradio_app.retraining.watch.PATIENCE_SECONDS", 0.5)
    here = world("stop", retrain_minutes=0.05)
    job = here.run()
    assert job.state == "timed_out"
    assert "within 0.05 minutes" in job.sentence
    # It may have been too slow to tell its number: those of all children are known.
    commands = [one.cmdline() for one in psutil.Process().children(recursive=True)]
    assert not [command for command in commands if "tests.jobs.child" in command]


def test_only_one_runs_and_it_can_be_cancelled(world):
    here = world("wait")
    started = here.retraining.start("a test")
    with pytest.raises(JobRunningError, match=started.id):
        here.retraining.start("another")
    begun = here.begun()
    assert here.retraining.cancel().state == "running"
    ended = here.end()
    assert (ended.id, ended.state) == (begun.id, "cancelled")


def test_cancelled_before_it_has_begun_it_never_begins(world):
    here = world(command=[sys.executable, "-c", "import time; time.sleep(60)"])
    here.retraining.start("a test")
    here.retraining.cancel()
    job = here.end()
    assert (job.state, job.stage) == ("cancelled", None)


def test_one_that_cannot_begin_fails_with_what_it_said(world):
    said = "print('first'); print('Error: no such pipeline'); raise SystemExit(2)"
    here = world(command=[sys.executable, "-c", said])
    job = here.run()
    assert (job.state, job.code) == ("failed", "error")
    assert "ended with 2 and said 'Error: no such pipeline'" in job.sentence
    here.command[0] = "/no/such/program"
    assert "No such file or directory" in here.run().sentence


def test_leaving_takes_it_along(world):
    here = world("wait")
    here.retraining.start("a test")
    number = here.progress(here.begun()).pid
    start = time.monotonic()
    here.retraining.close()
    # By itself it would take five minutes.
    assert time.monotonic() - start < 60
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
    [job] = here.retraining.history().items
    assert job.state == "interrupted"


def test_a_killed_app_leaves_it_running_and_another_one_sees_and_ends_it(world):
    """Nothing but the records and the folder tells the second one of it."""
    first, second = world("wait"), world("report")
    first.retraining.start("a test")
    begun = first.begun()
    first.retraining._watch.leave = lambda: None
    seen = second.retraining.status()
    assert seen.running
    assert seen.job.id == begun.id
    second.retraining.cancel()
    assert second.end().state == "cancelled"


def test_enough_accepted_corrections_start_one_and_no_fewer(world, soon):
    here = world("report", retrain_after=2)
    _accept(here, 0)
    here.retraining.open()
    time.sleep(1)
    status = here.retraining.status()
    assert (status.job, status.waiting, status.starts_at) == (None, 1, 2)
    _accept(here, 1)
    job = here.wait_for(lambda now: now.job and not now.running).job
    assert job.started_by == "2 accepted corrections"
    assert here.retraining.status().waiting == 0
    _accept(here, 2)
    time.sleep(1)
    assert here.retraining.history().total == 1


@pytest.mark.parametrize("retrain_after", [0, 4])
def test_fewer_start_one_when_drift_is_confirmed_and_drift_alone_does_not(
    world, soon, retrain_after
):
    looks = []
    here = world(
        "report",
        has_drifted=lambda: looks.append(1) or True,
        retrain_after=retrain_after,
        retrain_after_drift=2,
    )
    here.retraining.open()
    _accept(here, 0)
    time.sleep(1)
    status = here.retraining.status()
    assert (status.job, status.starts_at_drift) == (None, 2)
    assert status.starts_at == (retrain_after or None)
    # A look takes its time: nothing was looked at while too few waited.
    assert looks == []
    _accept(here, 1)
    job = here.wait_for(lambda now: now.job and not now.running).job
    said = "2 accepted corrections, and people draw otherwise than before"
    assert job.started_by == said
    # Now that one was decided nothing waits, however people draw.
    _accept(here, 2)
    time.sleep(1)
    assert here.retraining.history().total == 1
    assert len(looks) == 1


def test_what_a_person_has_cancelled_is_not_begun_again(world, soon):
    here = world("wait", retrain_after=1)
    here.retraining.open()
    _accept(here, 0)
    here.wait_for(lambda now: now.job)
    here.begun()
    here.retraining.cancel()
    here.wait_for(lambda now: not now.running)
    time.sleep(1)
    status = here.retraining.status()
    assert (status.job.state, status.waiting) == ("cancelled", 1)
    assert here.retraining.history().total == 1
    # A person may.
    assert here.retraining.start("a person").started_by == "a person"


@pytest.mark.parametrize(
    ("state", "minutes"), [("cancelled", 1440), ("failed", 60), ("interrupted", 10)]
)
def test_what_was_not_decided_rests_before_it_is_tried_again(state, minutes):
    ended = datetime(2026, 11, 20, 12, tzinfo=UTC)
    job = Job("j", "base", state, ended, "n", "o", lease_until=ended, ended=ended)
    rest = timedelta(minutes=minutes)
    assert is_resting(job, ended + rest - timedelta(seconds=1))
    assert not is_resting(job, ended + rest)
    # Of one whose owner went silent nobody has noted an end.
    assert is_resting(replace(job, ended=None), ended)


@pytest.mark.parametrize("state", ["promoted", "refused", "running"])
def test_after_a_decision_there_is_no_rest(state):
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    job = Job("j", "base", state, now, "n", "o", lease_until=now, ended=now)
    assert not is_resting(job, now)
    assert not is_resting(None, now)


def test_without_drift_as_many_as_ever_are_needed(world, soon):
    looks = []
    here = world(
        "report",
        has_drifted=lambda: looks.append(1) and False,
        retrain_after=2,
        retrain_after_drift=1,
    )
    here.retraining.open()
    _accept(here, 0)
    time.sleep(1)
    assert here.retraining.status().job is None
    assert looks
    _accept(here, 1)
    job = here.wait_for(lambda now: now.job and not now.running).job
    assert job.started_by == "2 accepted corrections"


def test_drift_is_not_looked_at_while_one_runs(world, soon):
    looks = []
    here = world(
        "wait", has_drifted=lambda: looks.append(1) or True, retrain_after_drift=1
    )
    here.retraining.start("a test")
    here.begun()
    _accept(here, 0)
    here.retraining.open()
    time.sleep(1)
    assert looks == []


@pytest.mark.parametrize("error", [NoRecordsError(), ValueError("expected columns")])
def test_what_goes_wrong_with_a_look_ends_no_looking(world, soon, caplog, error):
    fails = [error, error]

    def has_drifted():
        if fails:
            raise fails.pop()
        return True

    here = world("report", has_drifted=has_drifted, retrain_after_drift=1)
    _accept(here, 0)
    here.retraining.open()
    job = here.wait_for(lambda now: now.job and not now.running).job
    said = "1 accepted correction, and people draw otherwise than before"
    assert job.started_by == said
    told = [line for line in caplog.messages if "No retraining was started" in line]
    assert len(told) == 2


def test_records_that_fail_end_no_looking(world, soon):
    here = world("report", has_drifted=lambda: True, retrain_after_drift=1)
    _accept(here, 0)
    fails = [RecordsError("unavailable", "The database is away.")] * 2
    records = here.retraining._records

    def find():
        if fails:
            raise fails.pop()
        return records()

    here.retraining._records = find
    here.retraining.open()
    deadline = time.monotonic() + SECONDS
    while fails and time.monotonic() < deadline:
        time.sleep(0.05)
    assert here.wait_for(lambda now: now.job and not now.running).job.sentence


@pytest.mark.parametrize(("always", "drifted"), [(2, 2), (2, 3)])
def test_a_number_that_changes_nothing_is_told_of(world, caplog, always, drifted):
    here = world(
        "report",
        has_drifted=lambda: True,
        retrain_after=always,
        retrain_after_drift=drifted,
    )
    here.retraining.open()
    [said] = caplog.messages
    assert said.startswith(f"RETRAIN_AFTER_DRIFT={drifted} changes nothing")
    status = here.retraining.status()
    assert (status.starts_at, status.starts_at_drift) == (always, None)


def test_nothing_is_looked_for_unless_a_number_says_so(world, caplog):
    here = world("report", has_drifted=lambda: True)
    here.retraining.open()
    assert not here.retraining._trigger._thread.is_alive()
    assert caplog.messages == []


def test_secrets_stay_with_the_app(world, monkeypatch):
    monkeypatch.setenv("API_KEY", "not-for-a-training")
    show = "import os; raise SystemExit(os.environ.get('API_KEY', 'has none'))"
    job = world(command=[sys.executable, "-c", show]).run()
    assert "has none" in job.sentence


def _accept(here, number):
    record = FeedbackRecord(
        prediction_id=f"p{number}", label="1", agrees=False, client="c"
    )
    here.records.add_feedback(record)
    here.records.review([Decision(record.id, "accept")], "a person")


def test_what_somebody_else_ends_on_purpose_is_not_tried_again(world):
    asks = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
    job = world(command=[sys.executable, "-c", asks]).run()
    assert (job.state, job.attempt) == ("interrupted", 1)
    assert "it was told to stop (SIGTERM)" in job.sentence
