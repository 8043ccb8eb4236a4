"""The loop that trains a network. Import it only where one is trained."""

import time
from collections.abc import Callable, Generator
from contextlib import ExitStack
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from digit_pipeline.jobs.epochs import report_epoch
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.onnx_model import to_input
from digit_pipeline.pipelines.training.batches import Batch, Batches
from digit_pipeline.pipelines.training.fast_layers import copy_to_train
from digit_pipeline.pipelines.training.settings import FitSettings
from digit_pipeline.progress import progress_bar

VALIDATION_BATCH = 512


def fit_network(
    network: keras.Model,
    batches: Batches,
    validation_input: LabelledImages,
    *,
    settings: FitSettings,
    title: str,
) -> pd.DataFrame:
    """Train a network in place; it gets neither an optimizer nor a loss of its own.

    Args:
        network: gives logits for images float32 ``(n, h, w, c)`` in [0, 1].
        batches: what it learns from.
        validation_input: uint8 ``(n, h, w, c)``; seen by nothing but the early stop.
        settings: how it is trained.
        title: shown before the progress bar.

    Returns:
        a row per epoch: epoch (from 1), loss, accuracy, val_loss, val_accuracy,
        seconds.
    """
    # The same seed gives the same weights, on processors that compute alike; costs
    # nothing measurable.
    tf.config.experimental.enable_op_determinism()
    twin = copy_to_train(network, settings.bfloat16)
    twin.compile(
        optimizer=build_optimizer(settings, batches.steps * settings.epochs),
        loss=open_set_loss(settings.label_smoothing)
        if batches.added
        else keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=settings.label_smoothing
        ),
        metrics=[keras.metrics.MeanMetricWrapper(digit_accuracy, "accuracy")],
    )
    # Built within the first step, its variables have that step traced twice: 0.6 s.
    twin.optimizer.build(twin.trainable_variables)
    log = EpochLog(title, settings.epochs)
    with ExitStack() as stack:
        stack.callback(log.close)
        stream = iter(batches)
        stack.callback(stream.close)
        twin.fit(
            _as_dataset(stream, batches.images),
            shuffle=False,
            steps_per_epoch=batches.steps,
            epochs=settings.epochs,
            validation_data=_validate_on(validation_input),
            callbacks=[*_callbacks(settings), log],
            verbose=0,
        )
    network.set_weights(twin.get_weights())
    return pd.DataFrame(log.rows)


def open_set_loss(label_smoothing: float) -> Callable[[Any, Any], Any]:
    """Give the cross-entropy over the classes and one more: none of them.

    The logit of "none" is fixed at zero and not an output, so that the energy (the
    log-sum-exp of the others) is the log-odds that a picture shows a class at all.
    Its targets are the classes'; a row of zeros is a picture of none.

    Args:
        label_smoothing: share of certainty spread over the classes; "none" takes no
            part in it.
    """

    def loss(targets: Any, logits: Any) -> Any:
        is_digit = keras.ops.sum(targets, axis=-1, keepdims=True)
        spread = label_smoothing / targets.shape[-1]
        smoothed = targets * (1 - label_smoothing) + is_digit * spread
        return keras.ops.categorical_crossentropy(
            keras.ops.concatenate([smoothed, 1 - is_digit], axis=-1),
            keras.ops.pad(logits, [[0, 0], [0, 1]]),
            from_logits=True,
        )

    return loss


def digit_accuracy(targets: Any, logits: Any) -> Any:
    """Tell which digits are read rightly; a picture of none is right when refused."""
    none = keras.ops.sum(targets, axis=-1) == 0
    right = keras.ops.argmax(targets, axis=-1) == keras.ops.argmax(logits, axis=-1)
    refused = keras.ops.logsumexp(logits, axis=-1) < 0
    return keras.ops.cast(keras.ops.where(none, refused, right), "float32")


def build_optimizer(settings: FitSettings, steps: int) -> keras.optimizers.Optimizer:
    """Build Adam with the settings' cycle and weight average.

    Args:
        settings: how a network is trained.
        steps: of the whole training; the cycle ends with the last one.
    """
    rate: Any = settings.learning_rate
    if settings.cycle:
        rising = max(1, round(steps * settings.cycle))
        rate = keras.optimizers.schedules.CosineDecay(
            settings.learning_rate / 25,
            max(1, steps - rising),
            warmup_target=settings.learning_rate,
            warmup_steps=rising,
        )
    return keras.optimizers.Adam(
        rate,
        use_ema=settings.weight_average > 0,
        ema_momentum=settings.weight_average or 0.99,
    )


def _callbacks(settings: FitSettings) -> list[keras.callbacks.Callback]:
    callbacks: list[keras.callbacks.Callback] = []
    if settings.weight_average:
        callbacks.append(keras.callbacks.SwapEMAWeights(swap_on_epoch=True))
    if settings.patience:
        callbacks.append(
            keras.callbacks.EarlyStopping(
                patience=settings.patience, restore_best_weights=True
            )
        )
    return callbacks


def _as_dataset(
    stream: Generator[Batch, None, None], images: LabelledImages
) -> tf.data.Dataset:
    shape = (None, *images.images.shape[1:])
    batches = tf.data.Dataset.from_generator(
        lambda: stream,
        output_signature=(
            tf.TensorSpec(shape, tf.float32),
            tf.TensorSpec((None, len(images.class_names)), tf.float32),
        ),
    ).prefetch(2)
    return _end_at_once(batches)


def _validate_on(validation_input: LabelledImages) -> tf.data.Dataset:
    answers = np.eye(len(validation_input.class_names), dtype=np.float32)
    images = to_input(validation_input.images)
    pairs = (images, answers[validation_input.labels])
    return _end_at_once(
        tf.data.Dataset.from_tensor_slices(pairs).batch(VALIDATION_BATCH)
    )


def _end_at_once(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Give a dataset whose reading ends as soon as its last batch is taken.

    TensorFlow's autotuning wakes up after 10 ms, 20 ms, 40 ms and so on, and whoever
    has read to the end waits until it does: up to once more the time of the reading.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)


class EpochLog(keras.callbacks.Callback):
    """Keeps a row per epoch, tells who listens, and shows a bar on a terminal.

    Attributes:
        rows: epoch, loss, accuracy, val_loss, val_accuracy, seconds.
    """

    def __init__(self, title: str, epochs: int) -> None:
        super().__init__()
        self.rows: list[dict[str, float]] = []
        self._stack = ExitStack()
        self._bar = self._stack.enter_context(progress_bar())
        self._task = self._bar.add_task(title, total=epochs, note="")
        self._epochs = epochs
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Keep the epoch's figures and move the bar."""
        now = time.perf_counter()
        figures = {
            name: float((logs or {})[name])
            for name in ("loss", "accuracy", "val_loss", "val_accuracy")
        }
        self.rows.append(
            {"epoch": epoch + 1, **figures, "seconds": now - self._started}
        )
        self._started = now
        report_epoch(self.rows[-1], self._epochs)
        note = f"validation {figures['val_accuracy']:.2%}"
        self._bar.update(self._task, advance=1, note=note)

    def close(self) -> None:
        """Take the bar away."""
        self._stack.close()
