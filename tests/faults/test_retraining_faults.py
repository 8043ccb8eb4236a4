"""Whole retrainings: through the real app, killed while publishing, left by the app."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from digit_pipeline.records import Records, default_url
from digit_pipeline.releases import ReleaseStore
from digit_pipeline.releases.crash import STEPS
from tests.gradio_app.pictures import canvas, encode
from tests.running_app import run_app
from tests.serving_fixtures import train_small_model
from tests.stub_release import make_draft, make_model

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
KEY = "starts-what-trains"
BODY = encode(canvas())
SECONDS = 900
# The first step that writes, and the longest; the last ones die one by one in `killed`.
STAGES = ("screen_corrections", "sketch_cnn.train_model")
# Before the pointer is replaced, and after: within its line of the record.
KILLED_AT = ("release_renamed", "log_half_written")
DISK_FULL = "disk_full"


@dataclass
class Told:
    """What the app said of a retraining, and how it left the next one."""

    data: Path
    weak: str
    seen: list[dict]
    refused: httpx.Response
    by_hand: tuple[int, str]
    predicted: set[int]
    serving: str
    log: list[str]
    left: dict
    exit_code: int
    exit_seconds: float
    child_lives: bool
    aliases: tuple[str, set[str]]


def _publish_weak_champion(data):
    """Publish a champion that answers 0 to everything, which is not hard to beat."""
    gate = train_small_model().gate.take(slice(0, 20))
    draft = make_draft(
        model=make_model(strength=0),
        gate=gate,
        decision={
            "promoted": True,
            "reason": "a test",
            "challenger_accuracy": float((gate.labels == 0).mean()),
        },
    )
    store = ReleaseStore(data / "09_serving" / "digits")
    return store.publish(draft, expected_previous=None, reason="a test").version


def _open_records(data):
    own = data / "10_records" / "digits"
    return Records(default_url(own), own / "images")


def _watch(rest, until):
    """Ask for the status until it is as wanted, and draw digits all the while."""
    seen, codes = [], set()
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        seen.append(rest.get("/api/retrain/status").json())
        codes.add(rest.post("/api/predict", content=BODY).status_code)
        if until(seen[-1]):
            return seen, codes
        time.sleep(0.2)
    raise AssertionError(seen[-1])


def _await_another(rest, release):
    """Wait until the app serves another release than this one, and name it."""
    deadline = time.monotonic() + 60
    while (serving := rest.get("/api/health").json()["serving"]) == release:
        assert time.monotonic() < deadline, "it never followed"
        time.sleep(0.1)
    return serving


@pytest.fixture(scope="module")
def told(trained_project, tmp_path_factory):
    """One retraining from button to promotion, and one that the app leaves."""
    folder = tmp_path_factory.mktemp("retrained")
    data = folder / "data"
    ours = shutil.ignore_patterns("09_serving", "10_records")
    shutil.copytree(trained_project.folder / "data", data, ignore=ours)
    weak = _publish_weak_champion(data)
    shutil.copy(trained_project.folder / "mlflow.db", folder / "mlflow.db")
    tracking = f"sqlite:///{folder / 'mlflow.db'}"
    settings = {
        "PAGES": "off",
        "API_KEY": KEY,
        "RETRAIN_ENV": "test",
        # One drawing, asked all the time, is no way to judge a new release.
        "WATCH_MINUTES": "0",
        "TRACKING": "on",
        "MLFLOW_TRACKING_URI": tracking,
        "MLFLOW_ARTIFACTS": str(folder / "artifacts"),
    }
    headers = {"authorization": f"Bearer {KEY}"}
    with (
        run_app(data, **settings) as app,
        httpx.Client(base_url=app.url, timeout=30, headers=headers) as rest,
    ):
        assert rest.post("/api/retrain").status_code == 202
        refused = rest.post("/api/retrain")
        by_hand = _start_by_hand(data, settings)
        seen, predicted = _watch(rest, lambda now: not now["running"])
        serving = _await_another(rest, weak)
        log = rest.get("/api/retrain/log").json()["lines"]
        assert rest.post("/api/retrain").status_code == 202
        _watch(rest, lambda now: now["job"]["stage"])
        [child] = psutil.Process(app.process.pid).children()
        start = time.monotonic()
        app.process.send_signal(signal.SIGTERM)
        exit_code = app.process.wait(60)
        exit_seconds = time.monotonic() - start
    records = _open_records(data)
    left = records.jobs.jobs().items[0]
    records.close()
    return Told(
        data=data,
        weak=weak,
        seen=seen,
        refused=refused,
        by_hand=_finish(by_hand),
        predicted=predicted,
        serving=serving,
        log=log,
        left={"state": left.state, "sentence": left.sentence},
        exit_code=exit_code,
        exit_seconds=exit_seconds,
        child_lives=child.is_running(),
        aliases=_read_aliases(tracking),
    )


def _start_by_hand(data, settings):
    """Start what a schedule would, on the same data."""
    command = [sys.executable, "-m", "kedro", "run", "--pipelines", "retrain"]
    return subprocess.Popen(
        [*command, "--env", "test"],
        cwd=ROOT,
        env={**os.environ, **settings, "DATA_DIR": str(data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _finish(process):
    output, _ = process.communicate(timeout=SECONDS)
    return process.returncode, " ".join(output.split())


def _read_aliases(tracking):
    """Give the release that MLflow calls champion, and all that it knows."""
    import mlflow

    client = mlflow.MlflowClient(tracking, tracking)
    champion = client.get_model_version_by_alias("digits", "champion")
    versions = client.search_model_versions("name = 'digits'")
    return champion.tags["release"], {one.tags["release"] for one in versions}


def test_the_button_trains_and_ends_with_the_gates_decision(told):
    job = told.seen[-1]["job"]
    assert job["state"] == "promoted", job["sentence"]
    new = job["decision"]["version"]
    assert f"release {new} answers in the place of {told.weak}" in job["sentence"]
    assert job["decision"]["champion"] == told.weak
    assert len(job["decision"]["rules"]) > 5
    assert all(rule["passed"] and rule["sentence"] for rule in job["decision"]["rules"])
    assert ReleaseStore(told.data / "09_serving" / "digits").pointer().version == new
    assert told.serving == new
    release = ReleaseStore(told.data / "09_serving" / "digits").verify(new)
    assert release.manifest["job"] == job["id"]


def test_while_it_trains_it_says_how_far_it_is_and_the_app_answers(told):
    jobs = [status["job"] for status in told.seen]
    stages = {job["stage"] for job in jobs}
    assert "train model (sketch cnn)" in stages
    # Too short to be seen by whoever asks now and then.
    assert any(line.endswith(" draft release") for line in told.log)
    done = [job["stages_done"] for job in jobs]
    assert done == sorted(done)
    assert done[-1] == jobs[-1]["stages"]
    assert [row["epoch"] for row in jobs[-1]["curve"]] == [1]
    assert jobs[-1]["memory_mb"] > 100
    assert told.predicted == {200}
    assert told.refused.status_code == 409
    assert told.refused.json()["job"] == jobs[-1]["id"]
    assert any("epoch 1 of 1: validation" in line for line in told.log)


def test_meanwhile_the_command_line_is_refused_and_told_which_runs(told):
    """Row T24."""
    code, output = told.by_hand
    runs = told.seen[-1]["job"]["id"]
    assert code == 1
    assert f"Expected no retraining to run, but {runs} does" in output
    assert "Traceback" not in output


def test_mlflow_calls_champion_what_answers_and_heard_of_the_one_before(told):
    """The one before was published without MLflow, as if killed before telling it."""
    new = told.seen[-1]["job"]["decision"]["version"]
    assert told.aliases[0] == new
    assert {told.weak, new} <= told.aliases[1]


def test_an_app_told_to_stop_takes_the_retraining_along(told):
    """Row T30."""
    assert told.exit_code == 0
    # By itself it would go on for longer; the app gives both of them 25 s.
    assert told.exit_seconds < 40
    assert not told.child_lives
    assert told.left["state"] == "interrupted"
    assert "the champion is unchanged" in told.left["sentence"]


def _undo_promotion(folder):
    """Leave the store as if nothing had been retrained.

    A roll-back would not do: what was taken back is not learned again.
    """
    record = folder / "promotions.jsonl"
    first, *others = record.read_text().splitlines(keepends=True)
    record.write_text(first)
    (folder / "champion.json").write_text(first)
    for line in others:
        shutil.rmtree(folder / "releases" / json.loads(line)["version"])


@pytest.fixture(scope="module")
def base(told, tmp_path_factory):
    """The data as they were before the promotion."""
    data = tmp_path_factory.mktemp("base") / "data"
    shutil.copytree(told.data, data, symlinks=True)
    _undo_promotion(data / "09_serving" / "digits")
    return data


def _kill(module, *arguments):
    """Run what kills retrainings; give what it says of each."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.faults.{module}", *arguments],
        cwd=ROOT,
        env=os.environ | {"TRACKING": "off"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"step"')]
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def killed(base, tmp_path_factory):
    """For each step the folder of a retraining that died there, and how it went."""
    folder = tmp_path_factory.mktemp("killed")
    ends = _kill("kill_promotions", base, folder, *KILLED_AT, DISK_FULL)
    return {end["step"]: (folder / end["step"], end) for end in ends}


@pytest.mark.parametrize("step", KILLED_AT)
def test_killed_while_it_publishes_the_next_one_starts_clean(killed, told, step):
    """Row T19; every other step of a publication: tests/faults/test_release_faults."""
    data, end = killed[step]
    assert (end["killed"], end["after"]) == (-signal.SIGKILL, 0)
    store = ReleaseStore(data / "09_serving" / "digits")
    committed = STEPS.index(step) >= STEPS.index("pointer_replaced")
    champion = store.champion()
    jobs = _jobs(data)
    died, then = jobs[1], jobs[0]
    assert (died.state, died.stage) == ("interrupted", "draft release")
    assert then.state == ("refused" if committed else "promoted"), then.sentence
    assert champion.manifest["job"] == (died.id if committed else then.id)
    assert champion.manifest["previous"] == told.weak
    # The record has the pointer's line once, and nothing is left in between.
    history = store.history()
    assert history[-1] == store.pointer()
    assert [line.version for line in history].count(champion.version) == 1
    assert not (store.folder / "staging").exists()
    for version in store.versions():
        store.verify(version)


def test_killed_anywhere_it_leaves_the_champion_and_the_next_one_starts_clean(
    base, told, tmp_path
):
    """Rows T19 and T20: one killed retraining after the other, nothing tidied."""
    data = tmp_path / "data"
    before = len(_jobs(base))
    said = _kill("kill_retrainings", base, data, "20", *STAGES)
    ends = [one["ended"] for one in said]
    assert ends == [-signal.SIGKILL] * len(STAGES) + [0], said
    jobs = _jobs(data)[: len(ends)]
    assert len(_jobs(data)) == before + len(ends)
    assert [job.state for job in jobs] == ["promoted"] + ["interrupted"] * len(STAGES)
    # They died here and there, and not all in one step.
    assert [one["node"] for one in said[:-1]] == list(STAGES), said
    store = ReleaseStore(data / "09_serving" / "digits")
    assert store.champion().manifest["job"] == jobs[0].id
    assert store.champion().manifest["previous"] == told.weak
    for version in store.versions():
        store.verify(version)
    assert not (store.folder / "staging").exists()


def test_without_room_for_the_release_it_fails_and_says_so(killed, told):
    """Row T21."""
    data, end = killed[DISK_FULL]
    assert end["killed"] == 1
    failed = _jobs(data)[0]
    assert (failed.state, failed.result["code"]) == ("failed", "no_space")
    assert "Expected room on the disk at the step 'draft release'" in failed.sentence
    store = ReleaseStore(data / "09_serving" / "digits")
    assert store.champion().version == told.weak
    assert not (store.folder / "staging").exists()


def _jobs(data):
    records = _open_records(data)
    try:
        return records.jobs.jobs().items
    finally:
        records.close()
