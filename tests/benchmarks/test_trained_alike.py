"""What is kept of a training, and when it is trained again."""

import json

import pytest

from benchmarks import trained_alike
from tests.stub_release import make_images


@pytest.fixture
def trained(monkeypatch, tmp_path):
    """Give the seeds that are trained, and the candidates' parameters."""
    seeds = []
    parameters = {
        "seed": 20,
        "training": {"candidates": {"sketch_cnn": {"epochs": 1}}},
    }
    monkeypatch.setattr(trained_alike, "FOLDER", tmp_path)
    monkeypatch.setattr(trained_alike, "read_configuration", lambda *_: parameters)
    images = {"validation_input": make_images([0, 1])}
    monkeypatch.setattr(trained_alike, "load_entries", lambda *_: images)

    def train(*, seed, **_):
        seeds.append(seed)
        return f"model {seed}", None

    monkeypatch.setattr(trained_alike, "train_model", train)
    monkeypatch.setattr(
        trained_alike, "export_onnx", lambda *, model, **_: (model.encode(), {"n": 1})
    )
    return seeds, parameters["training"]["candidates"]


def test_a_seed_is_trained_once(trained):
    seeds, _ = trained
    first = trained_alike.load_or_train("base", 20)
    again = trained_alike.load_or_train("base", 20)
    assert first == again
    assert first[0] == b"model 20"
    assert first[1]["seed"] == 20
    assert seeds == [20]


def test_other_parameters_are_trained_anew(trained):
    seeds, candidates = trained
    trained_alike.load_or_train("base", 20)
    candidates["sketch_cnn"] = {"epochs": 2}
    assert trained_alike.find_trained("base") == []
    assert trained_alike.load_or_train("base", 20)[1]["candidate"] == {"epochs": 2}
    assert seeds == [20, 20]


def test_a_training_that_broke_off_while_written_is_trained_anew(trained, tmp_path):
    seeds, _ = trained
    trained_alike.load_or_train("base", 20)
    (tmp_path / "base" / "seed-20.json").unlink()
    assert trained_alike.find_trained("base") == []
    trained_alike.load_or_train("base", 20)
    assert seeds == [20, 20]


def test_retrainings_are_by_other_seeds_than_the_champions(trained, tmp_path):
    seeds, _ = trained
    trained_alike.load_or_train("base", 20)
    models = trained_alike.train_alike("base", 2)
    assert [path.name for path in models] == ["seed-21.onnx", "seed-22.onnx"]
    assert len(trained_alike.find_trained("base")) == 3
    assert trained_alike.find_trained("mnist") == []
    assert json.loads((tmp_path / "base" / "seed-22.json").read_text())["seed"] == 22
    assert seeds == [20, 21, 22]
