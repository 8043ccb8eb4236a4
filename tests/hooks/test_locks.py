"""One run at a time writes to an environment's folders; a killed one leaves no lock."""

import os
import re
import signal
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest
from kedro.framework.cli.utils import KedroCliError

from digit_pipeline.hooks.locks import LockHook, list_locks
from digit_pipeline.records import Records, default_url

# A run of its own process: it takes its locks, says so, and never ends.
HOLDER = """
import sys, time
from pathlib import Path
from types import SimpleNamespace
from digit_pipeline.hooks.locks import LockHook
named = {"globals": {"data": "data", "source": "test"}}
hook = LockHook()
hook.after_context_created(
    SimpleNamespace(project_path=Path(sys.argv[1]), config_loader=named)
)
steps = hook.before_pipeline_run(run_params={"pipeline_names": sys.argv[2:]})
next(steps)
next(steps, None)
print("held", flush=True)
time.sleep(600)
"""


def make_context(folder, source="test"):
    named = {"globals": {"data": "data", "source": source}}
    return SimpleNamespace(project_path=folder, config_loader=named)


def make_hook(folder, source="test"):
    hook = LockHook()
    hook.after_context_created(make_context(folder, source))
    return hook


def drive(steps, error=None):
    """Go through a wrapper as pluggy does."""
    next(steps)
    try:
        steps.throw(error) if error else steps.send(None)
    except StopIteration:
        return


def begin(hook, *names, error=None):
    params = {"pipeline_names": list(names) or None}
    drive(hook.before_pipeline_run(run_params=params), error)


@pytest.fixture
def hold(tmp_path):
    """Start processes that run pipelines and never end."""
    processes = []

    def start(*names):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(tmp_path), *names],
            stdout=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("names", "stems"),
    [
        (None, ["test"]),
        (["evaluation", "training"], ["test"]),
        (["retrain"], ["test_retrained"]),
        (["feedback"], ["test_feedback"]),
        (["feedback", "retrain"], ["test_retrained"]),
        # They write where any other run does, see FolderHook.
        (["feedback", "training"], ["test"]),
        (["batch_inference"], ["test_batch"]),
        (["train", "batch_inference"], ["test", "test_batch"]),
        (["monitoring"], ["test_monitoring"]),
        (["monitoring", "batch_inference"], ["test_batch", "test_monitoring"]),
    ],
)
def test_a_run_locks_what_it_writes(tmp_path, names, stems):
    locks = list_locks(make_context(tmp_path), names)
    assert [lock.stem for lock in locks] == stems
    assert {lock.parent for lock in locks} == {tmp_path / "data" / ".runs"}


def test_the_second_run_ends_in_a_sentence_and_the_first_goes_on(hold, tmp_path):
    first = hold("train")
    second = make_hook(tmp_path)
    with pytest.raises(KedroCliError) as told:
        begin(second, "evaluation")
    assert re.fullmatch(
        f"expected no other run of environment test, but process {first.pid} on "
        f"{re.escape(socket.gethostname())} has been running since "
        r"\d{4}-\d\d-\d\d \d\d:\d\d: wait for it, or set DATA_DIR",
        told.value.message,
    )
    assert first.poll() is None
    # Neither did it take the other's name away, nor does another environment wait.
    with pytest.raises(KedroCliError, match=f"process {first.pid} on"):
        begin(second)
    other = make_hook(tmp_path, "mnist")
    begin(other)
    drive(other.after_pipeline_run())


@pytest.mark.parametrize(
    "name", ["retrain", "feedback", "batch_inference", "monitoring"]
)
def test_what_writes_elsewhere_runs_beside_a_training(hold, tmp_path, name):
    hold("train")
    beside = make_hook(tmp_path)
    begin(beside, name)
    drive(beside.after_pipeline_run())
    hold(name)
    with pytest.raises(KedroCliError, match=r"expected no other .* test, but process"):
        begin(beside, name)


def test_a_killed_run_leaves_no_lock(hold, tmp_path):
    killed = hold()
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    hook = make_hook(tmp_path)
    begin(hook)
    drive(hook.after_pipeline_run())


def test_every_way_to_end_lets_go(hold, tmp_path):
    hook = make_hook(tmp_path)
    for end in ("after_pipeline_run", "on_pipeline_error"):
        begin(hook)
        drive(getattr(hook, end)())
    with pytest.raises(ValueError, match="no server"):
        begin(hook, error=ValueError("expected MLflow, got no server"))
    begin(hook)  # interrupted: nobody hears of that
    begin(hook)
    drive(hook.after_pipeline_run())
    hold()
    assert len(list((tmp_path / "data" / ".runs").glob("*.json"))) == 1


def test_who_has_not_said_its_name_yet_is_waited_for_as_well(hold, tmp_path):
    hold()
    (tmp_path / "data" / ".runs" / "test.json").write_text("{")
    with pytest.raises(KedroCliError, match="but another process has been running"):
        begin(make_hook(tmp_path))


@pytest.mark.slow
def test_the_projects_runs_take_turns(kedro_project, hold, monkeypatch):
    monkeypatch.setenv("TRACKING", "off")
    first = hold("train")
    with pytest.raises(KedroCliError, match=f"but process {first.pid} on"):
        kedro_project.run("ingestion")
    first.kill()
    first.wait()
    kedro_project.run("ingestion")
    kedro_project.run("preprocessing")


@pytest.mark.slow
def test_a_retraining_that_finds_the_lock_taken_ends_its_job(
    kedro_project, hold, monkeypatch
):
    monkeypatch.setenv("TRACKING", "off")
    monkeypatch.delenv("RECORDS_URL", raising=False)
    first = hold("retrain")
    with pytest.raises(KedroCliError, match="expected no other retraining of"):
        kedro_project.run("retrain")
    own = kedro_project.folder / "data" / "10_records" / "digits"
    records = Records(default_url(own), own / "images")
    [job] = records.jobs.jobs().items
    records.close()
    assert job.state == "failed"
    assert f"but process {first.pid} on" in job.sentence
