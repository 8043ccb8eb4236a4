"""The networks: what they take and give, their size, and their seed."""

import numpy as np
import pytest

from digit_pipeline.architectures import ARCHITECTURES, build_network
from digit_pipeline.pipelines.training.weights import hash_weights

# Keras 3.15 on NumPy 2.4.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"
)

HYPERPARAMETERS = {
    "baseline_cnn": {"filters": 4, "units": 8},
    "dropout_cnn": {"filters": 4, "units": 8, "dropout": 0.2},
    "sketch_cnn": {"filters": [4, 8, 8, 16], "units": 8, "dropout": 0.2},
    "normalised_cnn": {"filters": [4, 8, 8, 16], "units": 8},
}


def build(architecture, seed=1):
    return build_network(
        architecture,
        shape=(28, 28, 1),
        classes=7,
        seed=seed,
        hyperparameters=HYPERPARAMETERS[architecture],
    )


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_it_gives_logits_and_not_probabilities(architecture):
    network = build(architecture)
    images = np.random.default_rng(0).random((3, 28, 28, 1), np.float32)

    logits = np.asarray(network(images, training=False))

    assert logits.shape == (3, 7)
    assert logits.min() < 0
    assert network.input_shape == (None, 28, 28, 1)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_seed_decides_the_weights(architecture):
    first, second, other = (
        hash_weights(build(architecture, seed).get_weights()) for seed in (1, 1, 2)
    )

    assert first == second != other


def test_an_unknown_architecture_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="among baseline_cnn, dropout_cnn, sketch_cnn"):
        build_network(
            "sketch_cmn", shape=(28, 28, 1), classes=2, seed=0, hyperparameters={}
        )


@pytest.mark.parametrize(
    ("hyperparameters", "told"),
    [
        ({"filters": 8, "units": 4, "dropuot": 0.1}, "units, dropout, got dropuot"),
        ({"filters": 8, "units": 4}, "of dropout_cnn with dropout, got none"),
    ],
)
def test_hyperparameters_that_no_layer_takes_are_told(hyperparameters, told):
    with pytest.raises(ValueError, match=told):
        build_network(
            "dropout_cnn",
            shape=(28, 28, 1),
            classes=2,
            seed=0,
            hyperparameters=hyperparameters,
        )
