"""A model's weights, whatever library it comes from, and their identity."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def list_weights(model: Any) -> list[NDArray[Any]]:
    """Give the trained arrays of a Keras model or a scikit-learn linear model."""
    if hasattr(model, "coef_"):
        return [model.coef_, model.intercept_]
    return [np.asarray(array) for array in model.get_weights()]


def hash_weights(arrays: Sequence[NDArray[Any]]) -> str:
    """Identify weights by their values: files of equal models differ in bytes.

    Returns:
        sha256, hex, of shapes, types and values in order.
    """
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(repr((array.shape, array.dtype.str)).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
