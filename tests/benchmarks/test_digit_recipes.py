"""What the project's recipe is made of, on a network that trains in a second."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from benchmarks import digit_recipes
from digit_pipeline.labelled_images import LabelledImages


@pytest.fixture
def digits(monkeypatch):
    settings = replace(digit_recipes.SETTINGS, batch_size=4)
    monkeypatch.setattr(digit_recipes, "SETTINGS", settings)
    monkeypatch.setattr(digit_recipes, "STEPS_PER_CALL", 3)
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (14, 28, 28, 1)).astype(np.uint8)
    return LabelledImages(images, np.arange(14) % 10, tuple("0123456789"))


def test_each_epoch_shows_each_image_once_in_an_order_of_its_own(digits):
    order = digit_recipes._shuffle(len(digits), seed=1)

    assert order.shape == (2, 3, 4)
    first, rest = np.split(order.ravel(), [14])
    assert sorted(first) == list(range(14))
    assert len(set(rest)) == 10
    assert rest.tolist() != first[:10].tolist()


def test_the_network_gets_the_average_of_the_weights_that_were_passed(digits):
    def build():
        keras.utils.set_random_seed(1)
        layers = [keras.Input((28, 28, 1)), keras.layers.Flatten()]
        return keras.Sequential([*layers, keras.layers.Dense(10)])

    network, twin = build(), build()
    optimizer = keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5)
    optimizer.build(twin.trainable_variables)
    take_steps = digit_recipes._write_steps(twin, optimizer, digits)
    passed = [twin.get_weights()]

    for start in (0, 4, 8):
        take_steps(np.arange(start, start + 4, dtype=np.int32)[np.newaxis])
        passed.append(twin.get_weights())
    digit_recipes._average_into(network, twin, optimizer)

    assert not np.allclose(passed[0][0], passed[-1][0])
    for place, found in enumerate(network.get_weights()):
        average = passed[1][place]
        for weights in passed[2:]:
            average = 0.5 * average + 0.5 * weights[place]
        np.testing.assert_allclose(found, average, atol=1e-6)
