"""A retraining's process as the app sees it: killed, hung, cancelled, left: row T28."""

import os
import sys
import time
from pathlib import Path

import pytest

from digit_pipeline.jobs.names import JOB_FOLDER, JOB_ID, jobs_folder
from digit_pipeline.jobs.progress import read_progress
from digit_pipeline.records import (
    Decision,
    FeedbackRecord,
    Records,
)
from digit_pipeline.records.jobs import JobRunningError
from digit_pipeline.releases import ReleaseStore
from gradio_app.retraining import Retraining, child
from gradio_app.retraining import retraining as module
from gradio_app.service.errors import ServiceError
from gradio_app.settings import Settings

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SECONDS = 60


class World:
    """A Retraining over records of its own, whose processes do what a test says."""

    def __init__(self, data, *what, command=None, **settings):
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
    with pytest.raises(ProcessLookupError):
        os.kill(here.progress(job).pid, 0)


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
    assert time.monotonic() - start < 10
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


def test_enough_accepted_corrections_start_one_and_no_fewer(world, monkeypatch):
    monkeypatch.setattr(module, "TRIGGER_SECONDS", 0.2)
    here = world("report", retrain_after=2)
    given = [
        FeedbackRecord(prediction_id=f"p{n}", label="1", agrees=False, client="c")
        for n in range(4)
    ]
    for record in given:
        here.records.add_feedback(record)
    _accept(here, given[0])
    here.retraining.open()
    time.sleep(1)
    status = here.retraining.status()
    assert (status.job, status.waiting, status.starts_at) == (None, 1, 2)
    _accept(here, given[1])
    job = here.wait_for(lambda now: now.job and not now.running).job
    assert job.started_by == "2 accepted corrections"
    assert here.retraining.status().waiting == 0
    _accept(here, given[2])
    time.sleep(1)
    assert here.retraining.history().total == 1


def test_secrets_stay_with_the_app(world, monkeypatch):
    monkeypatch.setenv("API_KEY", "not-for-a-training")
    show = "import os; raise SystemExit(os.environ.get('API_KEY', 'has none'))"
    job = world(command=[sys.executable, "-c", show]).run()
    assert "has none" in job.sentence


def _accept(here, record):
    here.records.review([Decision(record.id, "accept")], "a person")


def test_what_somebody_else_ends_on_purpose_is_not_tried_again(world):
    asks = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
    job = world(command=[sys.executable, "-c", asks]).run()
    assert (job.state, job.attempt) == ("interrupted", 1)
    assert "it was told to stop (SIGTERM)" in job.sentence
