"""How far a retraining is: kept, estimated, written whole."""

import json
import time

import pytest

from digit_pipeline.jobs.epochs import hear_epochs, report_epoch
from digit_pipeline.jobs.forecast import Position, estimate_seconds
from digit_pipeline.jobs.progress import Progress, read_progress, write_progress
from digit_pipeline.jobs.tracker import Tracker

BEFORE = {"prepare": 10.0, "train": 100.0, "judge": 20.0}


def _row(epoch, **figures):
    row = {"loss": 1.0, "accuracy": 0.5, "val_loss": 1.0, "val_accuracy": 0.6}
    return {"epoch": epoch, "seconds": 2.0, **row, **figures}


def test_what_is_written_is_read_and_garbage_is_none(tmp_path):
    progress = Progress(stage="train", stages=3, curve=({"epoch": 1, "loss": None},))
    write_progress(tmp_path / "job", progress)
    assert read_progress(tmp_path / "job") == progress
    assert read_progress(tmp_path) is None
    for garbage in ("", "[]", "{", '{"unknown": 1}', "7"):
        (tmp_path / "progress.json").write_text(garbage)
        assert read_progress(tmp_path) is None


def test_a_step_has_ended_when_the_next_one_begins():
    tracker = Tracker(["prepare", "train"], {}, 2)
    assert tracker.look().stage is None
    tracker.begin("prepare", "prepare images")
    assert (tracker.look().stage, tracker.look().stages_done) == ("prepare images", 0)
    tracker.begin("train", "train model")
    assert (tracker.look().stage, tracker.look().stages_done) == ("train model", 1)
    tracker.end()
    tracker.end()
    seen = tracker.look()
    assert (seen.stages_done, seen.stages, seen.attempt) == (2, 2, 2)
    assert set(seen.timings) == {"prepare", "train"}
    assert seen.memory_mb is None or seen.memory_mb > 1


def test_each_training_begins_a_curve_of_its_own_that_json_can_hold():
    tracker = Tracker(["train"], {}, 1)
    with hear_epochs(tracker.add_epoch):
        for epoch in (1, 2, 3):
            report_epoch(_row(epoch), 3)
        report_epoch(_row(1, loss=float("inf")), 5)
    report_epoch(_row(2), 5)
    seen = tracker.look()
    assert (seen.epoch, seen.epochs, len(seen.curve)) == (1, 5, 1)
    assert seen.curve[0]["loss"] is None
    json.dumps(seen.to_json(), allow_nan=False)


def test_a_step_without_epochs_keeps_the_curve_and_has_none_left():
    tracker = Tracker(["train", "judge"], {}, 1)
    tracker.begin("train", "train")
    tracker.add_epoch(_row(1, seconds=9.0), 11)
    tracker.add_epoch(_row(2, seconds=3.0), 11)
    # The first epoch is not typical: nine more of three seconds.
    assert tracker.look().seconds_left == pytest.approx(27, abs=0.5)
    tracker.begin("judge", "judge")
    assert tracker.look().seconds_left is None
    assert len(tracker.look().curve) == 2


@pytest.mark.parametrize(
    ("position", "seconds"),
    [
        (Position(ahead=BEFORE), 130),
        (Position(done={"prepare": 10}, ahead=["judge"], current="train"), 120),
        (Position({"prepare": 10}, ["judge"], "train", elapsed=30), 90),
        (Position({"prepare": 10}, ["judge"], "train", elapsed=300), 20),
        (Position({"prepare": 10}, ["judge"], "train", 30, epochs_left=55), 75),
        # Twice as slow so far, on a busy machine.
        (Position({"prepare": 20}, ["judge"], "train"), 240),
        (Position({"prepare": 10_000}, ["judge"], "train"), 600),
        (Position(dict.fromkeys(BEFORE, 1)), 0),
    ],
)
def test_time_left_goes_by_the_last_retraining_and_by_this_ones_pace(position, seconds):
    assert estimate_seconds(BEFORE, position) == pytest.approx(seconds)


def test_without_a_retraining_before_only_epochs_tell():
    assert estimate_seconds({}, Position(ahead=["train"])) is None
    assert estimate_seconds({}, Position(epochs_left=12.0)) == 12


def test_a_clock_that_is_set_changes_no_duration(monkeypatch):
    """Row T29: durations and forecasts go by a clock that nobody sets."""
    tracker = Tracker(["train"], {"train": 6000.0}, 1)
    tracker.begin("train", "train")
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 3600)
    seen = tracker.look()
    assert 0 <= seen.seconds < 600
    assert 5400 < seen.seconds_left <= 6000
