"""Rounds by turns, and what is said of them."""

from typing import Any

import numpy as np
import pytest

from benchmarks import batch_prediction


def test_rounds_go_by_turns_and_the_first_is_not_counted():
    asked: list[str] = []
    seconds = iter([0.0, 9.0, 0.0, 9.0, 0.0, 0.5, 0.0, 2.0])
    speeds = batch_prediction.measure_by_turns(
        {"a": lambda _: asked.append("a"), "b": lambda _: asked.append("b")},
        np.zeros((4, 28, 28, 1), np.float32),
        rounds=1,
        clock=lambda: next(seconds),
    )
    assert asked == ["a", "b", "a", "b"]
    assert speeds == {"a": [8.0], "b": [2.0]}


def measured(onnx: float, keras: float) -> dict[str, Any]:
    sizes = {str(size): [onnx / 2] for size in batch_prediction.ONNX_BATCHES}
    return {
        "images": 4,
        "parameters": 1000,
        "keras_file": "base/sketch_cnn/model.keras",
        "onnx": sizes | {"512": [onnx, onnx, onnx + 30], "128": [2 * onnx]},
        "float32": {"512": [onnx / 3]},
        "keras": {"32": [keras], "512": [2 * keras], "2048": [keras]},
        "single_ms": [0.1, 0.2, 0.3],
    }


def test_ratios_are_against_the_default_and_the_best_of_keras():
    figures = batch_prediction.summarise(
        {"1": measured(6000, 1000), "2": measured(9000, 1000)}, 512
    )
    one = figures["threads"]["1"]
    assert (one["ratio_default"], one["ratio_best"]) == (6, 3)
    assert (one["fastest_onnx_batch"], one["fastest_keras_batch"]) == (128, 512)
    assert one["onnx"]["512"] == {"median": 6000, "low": 6000, "high": 6030}
    assert one["single_ms"]["median"] == 0.2
    text = batch_prediction.render(figures)
    assert "6,000 (6,000 to 6,030) | 9,000 (9,000 to 9,030)" in text
    assert "2,000 (2,000 to 2,000) | 3,000 (3,000 to 3,000)" in text
    assert "6.0 (one thread) and 9.0 times (two)" in text
    assert "is met against the default" in text
    assert "batches of 128 are the fastest, 2.00 times" in text


def test_the_original_lies_beside_the_same_file(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    for name, content in {"dropout_cnn": b"other", "sketch_cnn": b"champion"}.items():
        file = tmp_path / "06_models" / "base" / name / "model.onnx"
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
    file.with_name("model.keras").touch()

    original = batch_prediction.find_original(b"champion")

    assert original.parts[-2:] == ("sketch_cnn", "model.keras")
    for without in (b"neither", b"other"):
        with pytest.raises(ValueError, match="set DATA_DIR"):
            batch_prediction.find_original(without)
