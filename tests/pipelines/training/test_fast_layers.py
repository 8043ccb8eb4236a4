"""The twin learns what the network would, and the processor is asked what it can."""

import numpy as np
import pytest
import tensorflow as tf

from digit_pipeline.architectures import build_network
from digit_pipeline.pipelines.training import fast_layers
from digit_pipeline.pipelines.training.fast_layers import (
    FusedBatchNormalization,
    copy_to_train,
    multiplies_bfloat16,
)

IMAGES = np.random.default_rng(0).random((24, 28, 28, 1), np.float32)


@pytest.fixture
def network():
    return build_network(
        "sketch_cnn",
        shape=(28, 28, 1),
        classes=10,
        seed=3,
        hyperparameters={
            "filters": [4, 8, 8, 16], "units": 16, "dropout": 0.0, "normalised": True
        },
    )  # fmt: skip


def test_the_twin_normalises_and_follows_the_batches_as_keras_does(network):
    twin = copy_to_train(network, bfloat16=False)

    expected, found = (
        np.asarray(one(IMAGES, training=True)) for one in (network, twin)
    )

    fused = [one for one in twin.layers if isinstance(one, FusedBatchNormalization)]
    assert len(fused) == 4
    np.testing.assert_allclose(found, expected, atol=1e-4)
    # TensorFlow follows the variance of all images, estimated from those in the batch.
    for one, other in zip(twin.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=0.01, atol=1e-5)
    np.testing.assert_allclose(twin(IMAGES), network(IMAGES), atol=0.01)


@pytest.mark.parametrize(
    ("wanted", "able", "expected"),
    [(True, True, "bfloat16"), (True, False, "float32"), (False, True, "float32")],
)
def test_the_twin_computes_in_bfloat16_where_that_is_wanted_and_fast(
    network, monkeypatch, wanted, able, expected
):
    monkeypatch.setattr(fast_layers, "multiplies_bfloat16", lambda: able)

    twin = copy_to_train(network, bfloat16=wanted)

    kinds = [layer.compute_dtype for layer in twin.layers]
    assert kinds == [expected] * (len(kinds) - 1) + ["float32"]
    assert {weight.dtype for weight in twin.weights} == {"float32"}
    # Eight bits of a fraction: a third of a percent of each value.
    np.testing.assert_allclose(twin(IMAGES), network(IMAGES), atol=0.05)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("model name\t: any\nflags\t\t: fpu avx512f avx512_bf16 sse\n", True),
        ("flags\t\t: fpu amx_bf16 amx_tile\n", True),
        ("flags\t\t: fpu avx2 avx512f\n", False),
        ("Features\t: fp asimd bf16\n", False),
        ("", False),
    ],
)
def test_the_processor_says_whether_it_multiplies_bfloat16(tmp_path, text, expected):
    path = tmp_path / "cpuinfo"
    path.write_text(text)

    assert multiplies_bfloat16(path) is expected


def test_a_system_that_does_not_say_does_not(tmp_path):
    assert multiplies_bfloat16(tmp_path / "none") is False


def test_the_twin_learns_by_the_same_gradients(network):
    twin = copy_to_train(network, bfloat16=False)
    labels = np.arange(len(IMAGES)) % 10

    expected, found = (find_gradients(one, labels) for one in (network, twin))

    for one, other in zip(found, expected, strict=True):
        scale = np.abs(other).max()
        np.testing.assert_allclose(one, other, atol=1e-3 * max(scale, 1e-6))


def find_gradients(network, labels):
    with tf.GradientTape() as tape:
        logits = network(IMAGES, training=True)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
        loss = tf.reduce_mean(losses)
    return [np.asarray(one) for one in tape.gradient(loss, network.trainable_variables)]


def test_the_twin_drops_what_the_network_would():
    network, again = (
        build_network(
            "dropout_cnn",
            shape=(28, 28, 1),
            classes=10,
            seed=3,
            hyperparameters={"filters": 4, "units": 8, "dropout": 0.5},
        )
        for _ in range(2)
    )

    twin = copy_to_train(again, bfloat16=False)

    for _ in range(2):
        expected, found = (one(IMAGES, training=True) for one in (network, twin))
        np.testing.assert_allclose(found, expected, atol=1e-5)
