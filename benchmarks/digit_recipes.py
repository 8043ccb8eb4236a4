"""Two ways to train an MNIST network, each timed in a process of its own.

``python benchmarks/digit_recipes.py {keras,ours} [--seed 0]`` prints one line of JSON;
``benchmarks/time_to_accuracy.py`` starts it. The stopwatch starts when the images are
in memory and TensorFlow is imported, so that building, compiling and tracing the
network count; it stands still during validation, and ends with the last step. Between
epochs the recipe waits for TensorFlow's autotuning to end, as it does for its users;
the wait after the last one is not counted. Processor time knows no such waits.
"""

import argparse
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import digit_pipeline.quiet_tensorflow  # noqa: F401 - it has to come first

# isort: split
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from numpy.typing import NDArray

from benchmarks.sources import load_source
from benchmarks.timed_training import Reading, Stopwatch
from digit_pipeline.architectures import build_network
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.onnx_model import to_input
from digit_pipeline.pipelines.training.fast_layers import copy_to_train
from digit_pipeline.pipelines.training.network_fitting import build_optimizer
from digit_pipeline.pipelines.training.settings import FitSettings

# The last tenth, as the recipe's `validation_split=0.1` takes it.
HELD_OUT = 6000
CLASSES = 10
VALIDATION_BATCH = 500

# Ours, chosen on these validation images; the test images decided nothing.
ARCHITECTURE = "normalised_cnn"
HYPERPARAMETERS: dict[str, Any] = {"filters": [16, 32, 32, 64], "units": 128}
SETTINGS = FitSettings(
    epochs=2,
    batch_size=128,
    learning_rate=0.009,
    cycle=0.25,
    label_smoothing=0.1,
    weight_average=0.98,
    bfloat16=True,
)
# Steps between two validations, in one call of TensorFlow.
STEPS_PER_CALL = 53


class Digits(NamedTuple):
    """MNIST: what is learned from, what decides, and what is reported."""

    train: LabelledImages
    validation: LabelledImages
    test: LabelledImages


class ValidationLog(keras.callbacks.Callback):
    """Stops the watch for each validation and keeps its outcome.

    Attributes:
        rows: wall and processor (s, training alone) and accuracy of each validation.
    """

    def __init__(self, watch: Stopwatch) -> None:
        super().__init__()
        self.rows: list[Reading] = []
        self._watch = watch

    def on_test_begin(
        self,
        logs: dict[str, float] | None = None,  # noqa: ARG002 - Keras hands it in
    ) -> None:
        """Stop the watch."""
        self._watch.pause()

    def on_test_end(self, logs: dict[str, float] | None = None) -> None:
        """Keep the accuracy and go on."""
        accuracy = float((logs or {})["accuracy"])
        self.rows.append({**self._watch.reading(), "accuracy": accuracy})
        self._watch.resume()


def main() -> int:
    """Train one network and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", choices=sorted(RECIPES))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    digits = load_digits()
    network, log = RECIPES[options.recipe](digits, options.seed)
    images = to_input(digits.test.images)
    answers = network.predict(images, batch_size=VALIDATION_BATCH, verbose=0)
    right = int(np.sum(answers.argmax(axis=1) == digits.test.labels))
    outcome = {
        "parameters": network.count_params(),
        "log": log,
        "total": log[-1],
        "test_right": right,
        "test_n": len(digits.test),
    }
    print(json.dumps(outcome))
    return 0


def load_digits() -> Digits:
    """Load MNIST and hold out the last images of its training part."""
    parts = load_source("mnist_digits")
    train = parts["train"]
    return Digits(
        train.take(slice(0, -HELD_OUT)),
        train.take(slice(-HELD_OUT, None)),
        parts["test"],
    )


def train_keras(digits: Digits, seed: int) -> tuple[keras.Model, list[Reading]]:
    """Do as keras.io's "Simple MNIST convnet" does, line by line.

    https://keras.io/examples/vision/mnist_convnet/ (34,826 parameters, 15 epochs).
    """
    x_train, y_train = _as_arrays(digits.train)
    x_validation, y_validation = _as_arrays(digits.validation)
    keras.utils.set_random_seed(seed)
    watch = Stopwatch()
    log = ValidationLog(watch)
    network = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Conv2D(64, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )
    network.compile(
        loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"]
    )
    network.fit(
        x_train,
        y_train,
        batch_size=128,
        epochs=15,
        validation_data=(x_validation, y_validation),
        callbacks=[log],
        verbose=0,
    )
    return network, log.rows


def train_ours(digits: Digits, seed: int) -> tuple[keras.Model, list[Reading]]:
    """Train the project's network the project's way, for as short as it takes.

    One rise and fall of the learning rate, averaged weights, softened answers, layers
    that train faster. ``fit`` takes 1.5 s longer to start: here many steps are one
    function, and a validation follows each of its calls.
    """
    images = to_input(digits.validation.images)
    watch = Stopwatch()
    network = build_network(
        ARCHITECTURE,
        shape=digits.train.images.shape[1:],
        classes=CLASSES,
        seed=seed,
        hyperparameters=HYPERPARAMETERS,
    )
    twin = copy_to_train(network, SETTINGS.bfloat16)
    orders = _shuffle(len(digits.train), seed)
    optimizer = build_optimizer(SETTINGS, orders.size // SETTINGS.batch_size)
    optimizer.build(twin.trainable_variables)
    take_steps = _write_steps(twin, optimizer, digits.train)
    log: list[Reading] = []
    for order in orders:
        take_steps(tf.constant(order))
        watch.pause()
        _average_into(network, twin, optimizer)
        found = network.predict(images, batch_size=VALIDATION_BATCH, verbose=0)
        right = found.argmax(axis=1) == digits.validation.labels
        log.append({**watch.reading(), "accuracy": float(right.mean())})
        watch.resume()
    return network, log


def _shuffle(count: int, seed: int) -> NDArray[np.int32]:
    """Give positions of images, int32 ``(calls, steps, batch)``, epoch after epoch."""
    random = np.random.default_rng(seed)
    batch = SETTINGS.batch_size
    calls = math.ceil(SETTINGS.epochs * (count // batch) / STEPS_PER_CALL)
    shown = calls * STEPS_PER_CALL * batch
    epochs = [random.permutation(count) for _ in range(math.ceil(shown / count))]
    order = np.concatenate(epochs)[:shown].astype(np.int32)
    return order.reshape(calls, STEPS_PER_CALL, batch)


def _write_steps(
    twin: keras.Model, optimizer: keras.optimizers.Optimizer, digits: LabelledImages
) -> Callable[[tf.Tensor], None]:
    """Write the function that takes steps, given ``(steps, batch)`` positions."""
    images, labels = tf.constant(digits.images), tf.constant(digits.labels)
    loss_of = keras.losses.CategoricalCrossentropy(
        from_logits=True, label_smoothing=SETTINGS.label_smoothing
    )

    @tf.function
    def take_steps(order: tf.Tensor) -> None:
        for chosen in order:
            pixels = tf.cast(tf.gather(images, chosen), tf.float32) / 255
            answers = tf.one_hot(tf.gather(labels, chosen), CLASSES)
            with tf.GradientTape() as tape:
                loss = loss_of(answers, twin(pixels, training=True))
            gradients = tape.gradient(loss, twin.trainable_variables)
            optimizer.apply(gradients, twin.trainable_variables)

    written: Callable[[tf.Tensor], None] = take_steps
    return written


def _average_into(
    network: keras.Model, twin: keras.Model, optimizer: keras.optimizers.Optimizer
) -> None:
    """Give a network the averaged weights of its twin."""
    network.set_weights(twin.get_weights())
    # Keras keeps the averages beside the weights, in their order, and in no method.
    averages = optimizer._model_variables_moving_average
    for variable, average in zip(network.trainable_variables, averages, strict=True):
        variable.assign(average)


def _as_arrays(
    digits: LabelledImages,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return to_input(digits.images), np.eye(CLASSES, dtype=np.float32)[digits.labels]


RECIPES = {"keras": train_keras, "ours": train_ours}

if __name__ == "__main__":
    sys.exit(main())
