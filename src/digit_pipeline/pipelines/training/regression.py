"""Logistic regression on pixels: what every network has to beat."""

import time
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.onnx_model import to_input
from digit_pipeline.parameters import check_call


def fit_regression(
    train_input: LabelledImages,
    validation_input: LabelledImages,
    hyperparameters: Mapping[str, Any],
    seed: int,
) -> tuple[Any, pd.DataFrame]:
    """Fit scikit-learn's logistic regression.

    Args:
        train_input: uint8 ``(n, h, w, c)``.
        validation_input: likewise.
        hyperparameters: scikit-learn's: C, solver, max_iter.
        seed: for the solvers that draw at random.

    Returns:
        the model, and a history of one row, its epoch the solver's iterations.

    Raises:
        ParameterError: for one that scikit-learn's does not take.
    """
    # Half a second that only training should pay.
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    what = "hyperparameters of logistic_regression"
    check_call(what, LogisticRegression, hyperparameters, ("random_state",))
    started = time.perf_counter()
    model = LogisticRegression(**hyperparameters, random_state=seed)
    with warnings.catch_warnings():
        # max_iter is a parameter: where it ends is meant, and the score tells.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(_rows(train_input), train_input.labels, train_input.weights)
    seconds = time.perf_counter() - started
    loss, accuracy = _score(model, train_input)
    val_loss, val_accuracy = _score(model, validation_input)
    row = {
        "epoch": int(np.max(model.n_iter_)),
        "loss": loss,
        "accuracy": accuracy,
        "val_loss": val_loss,
        "val_accuracy": val_accuracy,
        "seconds": seconds,
    }
    return model, pd.DataFrame([row])


def _score(model: Any, images: LabelledImages) -> tuple[float, float]:
    """Give the mean cross-entropy and the accuracy."""
    logs = model.predict_log_proba(_rows(images))
    own = logs[np.arange(len(images)), images.labels]
    return float(-own.mean()), float((logs.argmax(axis=1) == images.labels).mean())


def _rows(images: LabelledImages) -> np.ndarray:
    return to_input(images.images).reshape(len(images), -1)
