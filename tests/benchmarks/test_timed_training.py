"""The stopwatch, read by hand, and what time_to_accuracy makes of its readings."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks import time_to_accuracy
from benchmarks.timed_training import Clocks, Stopwatch, find_first


class Hands:
    """Clocks that tests turn."""

    def __init__(self) -> None:
        self.now = 100.0

    def clocks(self) -> Clocks:
        return Clocks(lambda: self.now, lambda: 2 * self.now)


def test_a_paused_stopwatch_stands_still():
    hands = Hands()
    watch = Stopwatch(hands.clocks())
    hands.now += 3
    watch.pause()
    hands.now += 50
    assert watch.reading() == {"wall": 3, "processor": 6}
    watch.resume()
    hands.now += 4
    assert watch.reading() == {"wall": 7, "processor": 14}


def test_first_time_at_a_target_is_found_through_float32():
    log = [row(1, 0.98), row(2, 0.9919999837875366), row(3, 0.991)]
    assert find_first(log, 0.992) == log[1]
    assert find_first(log, 0.993) is None


def row(seconds: float, accuracy: float) -> dict[str, float]:
    return {"wall": seconds, "processor": 2 * seconds, "accuracy": accuracy}


def run(seconds: float, *log: dict[str, float]) -> dict[str, Any]:
    return {
        "parameters": 10,
        "log": list(log),
        "total": {"wall": seconds, "processor": 2 * seconds},
        "test_right": 99,
        "test_n": 100,
    }


def pair(ours: float, best: float = 0.992) -> dict[str, Any]:
    return {
        "keras": run(120, row(60, 0.985), row(90, 0.992)),
        "ours": run(12, row(5, 0.98), row(ours, best)),
    }


def test_ratio_is_the_whole_recipe_over_our_time_to_the_target():
    figures = time_to_accuracy.summarise([pair(10), pair(8), pair(6)])
    assert figures["ratio"]["wall"] == {"median": 15, "low": 12, "high": 20, "n": 3}
    assert figures["ratio_same_target"]["wall"]["median"] == pytest.approx(90 / 8)
    assert figures["runs"]["keras"]["to"]["0.99"]["wall"]["median"] == 90
    assert "The goal of 15 is met" in time_to_accuracy.render(figures)


def test_a_pair_that_never_gets_there_is_said():
    figures = time_to_accuracy.summarise([pair(10), pair(8, best=0.99)])
    assert figures["ratio"]["wall"]["n"] == 1
    text = time_to_accuracy.render(figures)
    assert "10.0 (10.0 to 10.0) in 1 of 2" in text
    assert "12.0 (12.0 to 12.0)" in text
    assert "not met" in text
    never = time_to_accuracy.summarise([pair(8, best=0.99)])
    assert "never reached 99.2 %" in time_to_accuracy.render(never)


def test_a_kept_pair_is_not_trained_again(tmp_path: Path, monkeypatch):
    trained: list[str] = []

    def train(recipe: str, seed: int) -> dict[str, Any]:
        trained.append(recipe)
        return pair(10)[recipe]

    monkeypatch.setattr(time_to_accuracy, "train", train)
    first, again = (time_to_accuracy.train_pair(1, tmp_path) for _ in range(2))
    assert trained == ["keras", "ours"]
    assert again == first
    time_to_accuracy.train_pair(2, tmp_path)
    assert len(trained) == 4
