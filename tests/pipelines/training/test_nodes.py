"""Training candidates on real embedded digits, small, and exporting them."""

import keras
import numpy as np
import onnx as onnx_format
import pytest
from sklearn.datasets import load_digits

from digit_pipeline.batch_contract import fit_batch
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.non_digits import TRAINING_FAMILIES, draw_non_digits
from digit_pipeline.onnx_model import OnnxModel, to_input
from digit_pipeline.parameters import ParameterError
from digit_pipeline.pipelines.training import nodes
from digit_pipeline.pipelines.training.weights import hash_weights, list_weights
from digit_pipeline.restoration import restore_ink

# Keras 3.15 on NumPy 2.4.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"
)

REGRESSION = {
    "architecture": "logistic_regression",
    "hyperparameters": {"C": 0.1, "solver": "lbfgs", "max_iter": 30},
}
NETWORK = {
    "architecture": "sketch_cnn",
    "hyperparameters": {
        "filters": [4, 8, 8, 16], "units": 16, "dropout": 0.1, "normalised": True
    },
    "bfloat16": True,
    "epochs": 2,
    "batch_size": 50,
    "learning_rate": 0.003,
    "cycle": 0.3,
    "label_smoothing": 0.1,
    "weight_average": 0.5,
    "non_digits": 0.2,
    "augmentation": {"rotation": 5, "traced": 0.3},
}  # fmt: skip
NON_DIGITS = draw_non_digits(
    np.zeros((1, 28, 28), np.uint8),
    families={"letters": TRAINING_FAMILIES["letters"]},
    per_family=60,
    seed=1,
)


@pytest.fixture(scope="module")
def sets():
    digits = load_digits()
    images = fit_batch(restore_ink(digits.images[:500])[..., 0])[..., np.newaxis]
    everything = LabelledImages(
        images, digits.target[:500].astype(np.int64), tuple("0123456789")
    )
    return everything.take(slice(0, 400)), everything.take(slice(400, None))


def train(sets, parameters, seed=1):
    return nodes.train_model(
        train_input=sets[0],
        validation_input=sets[1],
        train_non_digits=NON_DIGITS,
        parameters=parameters,
        seed=seed,
    )


def export(sets, model, history, **parameters):
    return nodes.export_onnx(
        model=model, history=history, validation_input=sets[1], parameters=parameters
    )


@pytest.fixture(scope="module")
def network(sets):
    return train(sets, NETWORK)


def test_a_network_has_a_row_of_history_per_epoch(network):
    _, history = network

    assert list(history) == [
        "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds",
    ]  # fmt: skip
    assert history["epoch"].tolist() == [1, 2]
    assert history["loss"].iloc[1] < history["loss"].iloc[0]


def test_the_same_seed_gives_the_same_weights(sets, network):
    again = train(sets, NETWORK)
    other = train(sets, NETWORK, seed=2)

    hashes = [hash_weights(list_weights(model)) for model, _ in (network, again, other)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_what_is_returned_reads_as_what_was_trained(sets):
    model, history = train(sets, {**NETWORK, "bfloat16": False})

    found = np.asarray(model(to_input(sets[1].images))).argmax(axis=1)
    accuracy = (found == sets[1].labels).mean()
    assert accuracy == pytest.approx(history["val_accuracy"].iloc[-1], abs=1e-6)


def test_a_network_is_saved_and_loaded_without_anything_of_ours(
    network, sets, tmp_path
):
    network[0].save(tmp_path / "model.keras")

    loaded = keras.models.load_model(tmp_path / "model.keras")

    images = to_input(sets[1].images)
    # Exported before it is called: a loaded model has no signature of its own.
    onnx, _ = export(sets, loaded, network[1])
    expected = np.asarray(network[0](images))
    np.testing.assert_array_equal(np.asarray(loaded(images)), expected)
    np.testing.assert_allclose(OnnxModel(onnx).logits(images), expected, atol=1e-4)


@pytest.mark.parametrize(
    "parameters", [REGRESSION, NETWORK], ids=lambda p: p["architecture"]
)
def test_the_onnx_file_answers_as_the_model_does(sets, parameters):
    model, history = train(sets, parameters)

    onnx, report = export(sets, model, history)

    logits = OnnxModel(onnx).logits(to_input(sets[1].images))
    assert logits.shape == (100, 10)
    assert report["max_difference"] < 1e-4
    assert report["onnx_bytes"] == len(onnx)
    assert report["epochs"] >= 1
    assert report["train_seconds"] > 0
    assert len(report["weights_hash"]) == 64


def test_a_quantised_file_reads_the_same_digits(sets, network):
    exact, _ = export(sets, *network)

    onnx, report = export(sets, *network, quantised=True)

    images = to_input(sets[1].images)
    logits, expected = (OnnxModel(file).logits(images) for file in (onnx, exact))
    assert report["onnx_bytes"] == len(onnx)
    assert report["agreement"] == (logits.argmax(1) == expected.argmax(1)).mean() > 0.9
    assert 0 < np.abs(logits - expected).max() < 0.2 * np.ptp(expected)
    computed = {node.op_type for node in onnx_format.load_from_string(onnx).graph.node}
    assert {"QuantizeLinear", "DequantizeLinear"} <= computed


def test_a_quantised_file_is_the_same_every_time(sets, network):
    exact, _ = export(sets, *network)
    images = to_input(sets[1].images)

    first, again = (nodes.quantisation.quantise(exact, images) for _ in range(2))

    assert first == again


def test_a_quantised_file_answers_one_image_as_it_answers_many(sets, network):
    onnx, _ = export(sets, *network, quantised=True)

    model = OnnxModel(onnx)
    images = to_input(sets[1].images)
    each = np.concatenate([model.logits(images[i : i + 1]) for i in range(len(images))])
    np.testing.assert_allclose(each, model.logits(images), atol=1e-5)


def test_ranges_come_from_all_images_and_not_from_the_first(monkeypatch, sets, network):
    monkeypatch.setattr(nodes.quantisation, "RANGED", 20)
    faint = sets[1].with_images(sets[1].images.copy())
    faint.images[:50] //= 8

    onnx, report = nodes.export_onnx(
        model=network[0],
        history=network[1],
        validation_input=faint,
        parameters={"quantised": True},
    )

    exact, _ = export(sets, *network)
    images = to_input(sets[1].images)
    logits, expected = (OnnxModel(file).logits(images) for file in (onnx, exact))
    assert np.abs(logits - expected).max() < 0.2 * np.ptp(expected)
    assert report["agreement"] > 0.9


def test_quantised_is_true_or_false(sets, network):
    with pytest.raises(ParameterError, match=r"quantised: true or false, got 'no'"):
        export(sets, *network, quantised="no")


def test_weights_have_seven_bits_so_that_pairs_of_products_fit_in_sixteen(
    sets, network
):
    onnx, _ = export(sets, *network, quantised=True)

    arrays = map(
        onnx_format.numpy_helper.to_array,
        onnx_format.load_from_string(onnx).graph.initializer,
    )
    weights = [array for array in arrays if array.dtype == np.int8 and array.ndim > 1]
    assert len(weights) == 5
    assert max(np.abs(array.astype(int)).max() for array in weights) <= 64


def test_logistic_regression_reads_digits_and_counts_its_parameters(sets):
    model, history = train(sets, REGRESSION)

    onnx, report = export(sets, model, history)

    found = OnnxModel(onnx).logits(to_input(sets[1].images)).argmax(axis=1)
    assert (found == sets[1].labels).mean() == history["val_accuracy"][0] > 0.8
    assert report["parameters"] == 784 * 10 + 10


def test_logistic_regression_of_two_classes_has_two_logits(sets):
    pairs = [part.take(part.labels < 2) for part in sets]
    binary = [LabelledImages(part.images, part.labels, ("0", "1")) for part in pairs]
    model, history = train(binary, REGRESSION)

    onnx, _ = export(binary, model, history)

    logits = OnnxModel(onnx).logits(to_input(binary[1].images))
    expected = model.predict_proba(to_input(binary[1].images).reshape(-1, 784))
    found = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_an_onnx_file_that_answers_otherwise_is_refused(sets, monkeypatch):
    model, history = train(sets, REGRESSION)
    answers = nodes.export.find_logits
    monkeypatch.setattr(
        nodes.export, "find_logits", lambda *given: answers(*given) + 0.001
    )

    with pytest.raises(ValueError, match=r"within 1e-04 .* difference of 0\.001"):
        export(sets, model, history)


def test_patience_stops_at_the_best_epoch(sets):
    parameters = {
        "architecture": "baseline_cnn",
        "hyperparameters": {"filters": 2, "units": 4},
        "epochs": 6,
        "batch_size": 40,
        # So high a rate that the loss on validation soon rises.
        "learning_rate": 0.3,
        "patience": 1,
    }

    model, history = train(sets, parameters)

    assert len(history) < 6
    logits = np.asarray(model(to_input(sets[1].images)))
    accuracy = (logits.argmax(axis=1) == sets[1].labels).mean()
    best = history["val_loss"].idxmin()
    assert accuracy == pytest.approx(history["val_accuracy"][best], abs=1e-6)


def test_unknown_training_parameters_are_refused(sets):
    with pytest.raises(ValueError, match="got momentum: correct"):
        train(sets, NETWORK | {"momentum": 0.9})
    with pytest.raises(ValueError, match="got rotations: correct"):
        train(sets, NETWORK | {"augmentation": {"rotations": 3}})
    with pytest.raises(ValueError, match="got crown: correct"):
        train(sets, NETWORK | {"augmentation": {"variants": {"crown": 0.1}}})


def test_energy_is_the_log_odds_of_being_a_digit():
    from digit_pipeline.pipelines.training.network_fitting import (
        digit_accuracy,
        open_set_loss,
    )

    logits = np.array([[2.0, 0.0], [0.0, -1.0]], np.float32)
    targets = np.array([[1.0, 0.0], [0.0, 0.0]], np.float32)
    loss = np.asarray(open_set_loss(0.0)(targets, logits))
    powers = np.exp(logits)
    assert loss[0] == pytest.approx(-np.log(powers[0, 0] / (1 + powers[0].sum())))
    energy = np.log(powers[1].sum())
    assert loss[1] == pytest.approx(np.log1p(np.exp(energy)))
    # The second is taken for a digit, as its energy is above zero.
    assert np.asarray(digit_accuracy(targets, logits)).tolist() == [1.0, 0.0]
    smoothed = np.asarray(open_set_loss(0.2)(targets, logits))
    by_hand = -(0.9 * 2.0 + 0.1 * 0.0) + np.log(1 + powers[0].sum())
    assert smoothed[0] == pytest.approx(by_hand)
    assert smoothed[1] == pytest.approx(loss[1]), "none takes no part in smoothing"


def test_no_one_waits_for_the_reading_of_batches_to_end(sets, monkeypatch):
    given = {}
    fit = keras.Model.fit

    def note(network, batches, **settings):
        given.update(train=batches, validation=settings["validation_data"])
        return fit(network, batches, **settings)

    monkeypatch.setattr(keras.Model, "fit", note)

    train(sets, {**NETWORK, "epochs": 1})

    # TensorFlow's autotuning would make them wait up to as long again.
    assert [one.options().autotune.enabled for one in given.values()] == [False, False]
