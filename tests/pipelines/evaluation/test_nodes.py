"""Nodes on a model whose answers are known."""

import numpy as np
import pandas as pd
import pytest

from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.pipelines.evaluation import nodes
from tests.stub_release import make_images, make_model

PLAIN = {"temperature": 1.0}


def test_prediction_is_a_softmax_of_the_models_logits():
    answers = nodes.predict(
        make_model(strength=40.0), make_images([3, 7]), {"temperature": 2.0}
    )
    assert answers.dtype == np.float32
    assert answers.argmax(axis=1).tolist() == [3, 7]
    # One logit of 40, half of it by temperature, against nine of 0.
    assert answers[0, 3] == pytest.approx(1 / (1 + 9 * np.exp(-20)), rel=1e-6)


def test_cost_has_size_and_latency():
    model = make_model()
    report = {"parameters": 7850, "train_seconds": 1.5, "epochs": 3}
    cost = nodes.measure_cost(model, report, repetitions=20)
    assert cost["bytes"] == len(model)
    assert (cost["parameters"], cost["train_seconds"]) == (7850, 1.5)
    assert 0 < cost["latency_ms"] <= cost["latency_p95_ms"]


def test_candidate_is_measured_by_source():
    images = make_images([1, 2])
    images = LabelledImages(
        images.images, images.labels, images.class_names, sources=np.array(["x", "y"])
    )
    answers = np.eye(10)[[1, 5]]
    measured = nodes.measure_candidate(answers, images, {"bytes": 1})
    assert {k: v["accuracy"] for k, v in measured["by_source"].items()} == {
        "x": 1.0,
        "y": 0.0,
    }
    assert measured["cost"] == {"bytes": 1}


def test_choice_reads_results_by_name():
    images = make_images([*range(10)])
    right, wrong = np.eye(10), np.eye(10)[::-1]
    results = {
        "good_cnn__validation_probabilities": right,
        "good_cnn__validation_metrics": {"nll": 0.1},
        "good_cnn__perturbed_metrics": {"accuracy": 0.5},
        "bad_cnn__validation_probabilities": wrong,
        "bad_cnn__validation_metrics": {"nll": 0.1},
        "bad_cnn__perturbed_metrics": {"accuracy": 0.9},
    }
    choice = nodes.choose_candidate(images, 0.05, **results)
    assert choice["candidate"] == "good_cnn"
    assert choice["ruled_out"] == {"bad_cnn": pytest.approx(2 / 2**10)}


def test_table_has_none_where_a_figure_is_missing():
    table = pd.DataFrame({"candidate": ["a"], "roc_auc": [np.nan], "ece": [0.5]})
    assert nodes.to_rows(table) == [{"candidate": "a", "roc_auc": None, "ece": 0.5}]


def test_chosen_ones_results_are_handed_on():
    assert nodes.pick_chosen({"candidate": "b"}, a=1, b=2) == 2


def test_drawn_digits_that_are_not_at_hand_are_not_measured():
    score = nodes.score_drawn_digits(make_model(), PLAIN, {})
    assert score["accuracy"] is None
    assert score["sentence"].startswith("Not measured")


def test_drawn_digits_go_through_the_contract():
    # The ink of every picture ends up centred, where this model sees no digit's pixel:
    # it answers 0 to all.
    drawn = make_images([0, 0, 1, 2])
    score = nodes.score_drawn_digits(make_model(), PLAIN, {"test": drawn})
    assert (score["n"], score["accuracy"]) == (4, 0.5)
    assert "50.00 % are read rightly" in score["sentence"]
