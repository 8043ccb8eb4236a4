"""Train a candidate and write it as ONNX."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.onnx_model import OnnxModel, to_input
from digit_pipeline.parameters import ParameterError
from digit_pipeline.pipelines.training import export, quantisation, regression, weights

REGRESSION = "logistic_regression"
# Training frameworks and ONNX Runtime differ by about 1e-5 where they agree.
LARGEST_DIFFERENCE = 1e-4
COMPARED = 256


def train_model(
    *,
    train_input: LabelledImages,
    validation_input: LabelledImages,
    train_non_digits: LabelledImages,
    parameters: Mapping[str, Any],
    seed: int,
) -> tuple[Any, pd.DataFrame]:
    """Train one candidate.

    Args:
        train_input: uint8 ``(n, 28, 28, 1)``, ink = 255.
        validation_input: likewise; decides about early stopping and nothing else.
        train_non_digits: pictures of no class, for candidates that learn to refuse.
        parameters: the candidate's: "architecture", its "hyperparameters", and how it
            is trained (see ``FitSettings``); "quantised" is for ``export_onnx``.
        seed: of weights, order and augmentation.

    Returns:
        the Keras or scikit-learn model, and its history: a row per epoch with epoch,
        loss, accuracy, val_loss, val_accuracy, seconds.

    Raises:
        ParameterError: for an unknown architecture or parameter, or a missing one.
    """
    settings = dict(parameters)
    architecture = settings.pop("architecture")
    hyperparameters = settings.pop("hyperparameters")
    settings.pop("quantised", None)
    if architecture == REGRESSION:
        return regression.fit_regression(
            train_input, validation_input, hyperparameters, seed
        )
    # TensorFlow: nobody but training pays for its import.
    from digit_pipeline.architectures import build_network  # noqa: PLC0415
    from digit_pipeline.pipelines.training.batches import Batches  # noqa: PLC0415
    from digit_pipeline.pipelines.training.network_fitting import (  # noqa: PLC0415
        fit_network,
    )
    from digit_pipeline.pipelines.training.settings import FitSettings  # noqa: PLC0415

    network = build_network(
        architecture,
        shape=train_input.images.shape[1:],
        classes=len(train_input.class_names),
        seed=seed,
        hyperparameters=hyperparameters,
    )
    fit = FitSettings.from_parameters(settings)
    batch_size = min(fit.batch_size, len(train_input))
    batches = Batches(
        images=train_input,
        batch_size=batch_size,
        seed=seed,
        repeats=fit.repeats,
        augmentation=fit.augmentation,
        non_digits=train_non_digits.images,
        added=round(fit.non_digits * batch_size),
        non_digit_augmentation=fit.non_digit_augmentation,
    )
    history = fit_network(
        network,
        batches,
        validation_input,
        settings=fit,
        title="Epochs",
    )
    return network, history


def export_onnx(
    *,
    model: Any,
    history: pd.DataFrame,
    validation_input: LabelledImages,
    parameters: Mapping[str, Any],
) -> tuple[bytes, dict[str, Any]]:
    """Write a candidate as ONNX, and check that it answers as before.

    A quantised file is not held to that: calibration, evaluation and the gate judge it
    by its own answers.

    Args:
        model: a Keras model or a scikit-learn logistic regression.
        history: what its training returned.
        validation_input: images to compare on, uint8 ``(n, 28, 28, 1)``; they also
            tell the ranges of what is quantised.
        parameters: the candidate's; "quantised", true or false, asks for a file of
            eight-bit integers.

    Returns:
        the ONNX file (input "image", output "logits"), and the training report:
        train_seconds, epochs, parameters, weights_hash, onnx_bytes, max_difference (of
        the float32 file's logits); agreement, the share of the images that a quantised
        file takes for the same digit.

    Raises:
        ValueError: when the float32 file answers differently.
        ParameterError: when "quantised" is neither true nor false.
    """
    quantised = parameters.get("quantised", False)
    if not isinstance(quantised, bool):
        raise ParameterError(
            f"expected quantised: true or false, got {quantised!r}: correct "
            "parameters_training.yml"
        )
    compared = to_input(validation_input.images[:COMPARED])
    # Keras exports only a model that has been called, and a loaded one has not.
    logits = export.find_logits(model, compared)
    onnx = export.to_onnx(model, compared.shape[1:])
    difference = float(np.abs(OnnxModel(onnx).logits(compared) - logits).max())
    if not difference <= LARGEST_DIFFERENCE:
        raise ValueError(
            f"expected logits within {LARGEST_DIFFERENCE:.0e} of the trained model's, "
            f"got a difference of {difference:.2g} from the ONNX file: train again, "
            "and leave out layers that ONNX computes otherwise"
        )
    agreement = {}
    if quantised:
        images = to_input(validation_input.images)
        exact, onnx = onnx, quantisation.quantise(onnx, images)
        agreement["agreement"] = quantisation.measure_agreement(
            *(OnnxModel(file).logits(images) for file in (exact, onnx))
        )
    arrays = weights.list_weights(model)
    return onnx, {
        "train_seconds": round(float(history["seconds"].sum()), 2),
        "epochs": int(history["epoch"].max()),
        "parameters": sum(array.size for array in arrays),
        "weights_hash": weights.hash_weights(arrays),
        "onnx_bytes": len(onnx),
        "max_difference": difference,
        **agreement,
    }
