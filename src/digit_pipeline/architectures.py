"""The networks by name: one declarative block each, a layer per line.

Each takes images float32 ``(n, side, side, 1)`` in [0, 1], ink = 1, and gives logits
float32 ``(n, classes)``. Import this module only where a network is built: it brings
TensorFlow.
"""

from collections.abc import Sequence
from typing import Any

import digit_pipeline.quiet_tensorflow  # noqa: F401 - it has to come first

# isort: split
import keras
from keras import layers

from digit_pipeline.parameters import ParameterError, check_call

INPUT = "image"
OUTPUT = "logits"


def baseline_cnn(
    *, shape: tuple[int, ...], classes: int, filters: int, units: int
) -> keras.Model:
    """One convolution and one dense layer."""
    return keras.Sequential(
        [
            keras.Input(shape, name=INPUT),
            layers.Conv2D(filters, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(units, activation="relu"),
            layers.Dense(classes, name=OUTPUT),
        ]
    )


def dropout_cnn(
    *, shape: tuple[int, ...], classes: int, filters: int, units: int, dropout: float
) -> keras.Model:
    """Two convolutions with more filters, and dropout."""
    return keras.Sequential(
        [
            keras.Input(shape, name=INPUT),
            layers.Conv2D(filters, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(2 * filters, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(dropout),
            layers.Dense(units, activation="relu"),
            layers.Dropout(dropout),
            layers.Dense(classes, name=OUTPUT),
        ]
    )


def sketch_cnn(  # noqa: PLR0913 - the network's own, by keyword
    *,
    shape: tuple[int, ...],
    classes: int,
    filters: Sequence[int],
    units: int,
    dropout: float,
    normalised: bool = False,
) -> keras.Model:
    """Four convolutions, three of them with strides.

    A processor spends its time on large maps: the stem halves them at once. A fifth
    convolution on the 7x7 maps cost twice the time and brought no accuracy. Batch
    normalisation costs little in training and nothing afterwards, where it is part of
    the convolution: of 5,495 digits by 22 writers, after learning from four
    others, 98.1 instead of 97.9 % were read.
    """
    stem, fine, middle, coarse = filters
    return keras.Sequential(
        [
            keras.Input(shape, name=INPUT),
            *_convolution(stem, 5, 2, "same", normalised),
            *_convolution(fine, 3, 1, "same", normalised),
            *_convolution(middle, 3, 2, "same", normalised),
            *_convolution(coarse, 3, 2, "valid", normalised),
            layers.Flatten(),
            layers.Dropout(dropout),
            layers.Dense(units, activation="relu"),
            layers.Dropout(dropout),
            layers.Dense(classes, name=OUTPUT),
        ]
    )


def normalised_cnn(
    *, shape: tuple[int, ...], classes: int, filters: Sequence[int], units: int
) -> keras.Model:
    """Four small convolutions with batch normalisation, for two epochs.

    benchmarks/time_to_accuracy.py shows what it reads after them. Short trainings need
    the normalisation's averages to follow quickly: hence the momentum.
    """
    stem, middle, fine, coarse = filters
    return keras.Sequential(
        [
            keras.Input(shape, name=INPUT),
            *_convolution(stem, 5, 2, "same"),
            *_convolution(middle, 3, 2, "same"),
            *_convolution(fine, 3, 1, "same"),
            *_convolution(coarse, 3, 2, "valid"),
            layers.Flatten(),
            layers.Dense(units, activation="relu"),
            layers.Dense(classes, name=OUTPUT),
        ]
    )


def _convolution(
    filters: int, side: int, stride: int, padding: str, normalised: bool = True
) -> list[keras.Layer]:
    if not normalised:
        return [layers.Conv2D(filters, side, stride, padding, activation="relu")]
    return [
        layers.Conv2D(filters, side, stride, padding, use_bias=False),
        layers.BatchNormalization(momentum=0.9),
        layers.ReLU(),
    ]


ARCHITECTURES = {
    builder.__name__: builder
    for builder in (baseline_cnn, dropout_cnn, sketch_cnn, normalised_cnn)
}


def build_network(
    architecture: str,
    *,
    shape: tuple[int, ...],
    classes: int,
    seed: int,
    hyperparameters: dict[str, Any],
) -> keras.Model:
    """Build an untrained network; the same seed gives the same weights.

    Args:
        architecture: a name in ``ARCHITECTURES``.
        shape: ``(height, width, channels)`` of the images.
        classes: number of logits.
        seed: of the initial weights and of dropout.
        hyperparameters: the architecture's own.

    Raises:
        ParameterError: when there is no such architecture, or none that takes these.
    """
    if architecture not in ARCHITECTURES:
        raise ParameterError(
            f"expected an architecture among {', '.join(ARCHITECTURES)}, got "
            f"{architecture!r}: correct it in parameters_training.yml"
        )
    build = ARCHITECTURES[architecture]
    what = f"hyperparameters of {architecture}"
    check_call(what, build, hyperparameters, ("shape", "classes"))
    keras.utils.set_random_seed(seed)
    return build(shape=shape, classes=classes, **hyperparameters)
