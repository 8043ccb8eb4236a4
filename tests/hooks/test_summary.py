"""What a run tells the person who started it."""

import pandas as pd
import pytest
import yaml
from kedro.io import DataCatalog

from digit_pipeline.hooks.summary import SummaryHook
from tests.conftest import PROJECT

ROW = {
    "candidate": "sketch_cnn",
    "chosen": True,
    "validation_accuracy": 0.994,
    "perturbed_accuracy": 0.999,
    "test_accuracy": 0.997,
    "test_low": 0.984,
    "test_high": 0.9994,
    "train_seconds": 21.04,
}


def close(**saved) -> None:
    hook = SummaryHook()
    hook.before_pipeline_run()
    for name, data in saved.items():
        hook.after_dataset_saved(name, data)
    hook.after_pipeline_run(DataCatalog())


def decide(outcome: str) -> dict:
    return {"outcome": outcome, "challenger": "sketch_cnn", "reason": "Not worse."}


def test_the_table_gives_accuracy_interval_and_time(capsys):
    close(comparison=pd.DataFrame([ROW]), decision=decide("promoted"))
    told = capsys.readouterr().out
    assert "sketch_cnn" in told
    assert "99.7 (98.4-99.9)" in told
    assert "21.0 s" in told
    assert "Promoted: sketch_cnn. Not worse." in told
    assert "make app" in told


def test_the_table_fits_in_eighty_columns(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    parameters = PROJECT / "conf" / "base" / "parameters_training.yml"
    names = list(yaml.safe_load(parameters.read_text())["training"]["candidates"])
    widest = {"validation_accuracy": 1, "perturbed_accuracy": 1, "test_accuracy": 1}
    widest |= {"test_low": 0.989, "test_high": 1, "train_seconds": 1306.04}
    names.append("a_candidate_of_somebody_with_a_long_name")
    close(comparison=pd.DataFrame([{**ROW, **widest, "candidate": n} for n in names]))
    told = capsys.readouterr().out
    for heading in ("candidate", "validation", "drawn anew", "test", "training"):
        assert heading in told
    for name in names[:-1]:
        assert name in told
    assert told.count("100.0 (98.9-100.0)") == told.count("1306.0 s") == len(names)
    assert "…" not in told
    assert max(map(len, told.splitlines())) <= 80


@pytest.mark.parametrize(
    ("outcome", "word"),
    [("refused", "Not promoted"), ("already_champion", "Champion already")],
)
def test_a_refusal_is_told_with_its_reason(capsys, outcome, word):
    close(decision=decide(outcome))
    assert f"{word}: sketch_cnn. Not worse." in capsys.readouterr().out


def test_a_run_without_results_says_nothing(capsys):
    close(train_set=object())
    assert capsys.readouterr().out == ""
