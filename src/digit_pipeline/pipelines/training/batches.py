"""Training batches, written anew for each epoch in a thread beside the training."""

import queue
import threading
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.augmentation import Augmentation, augment_digits
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.skeletons import trace_strokes
from digit_pipeline.stroke_morphing import Lookalikes
from digit_pipeline.writing_variants import vary_writing

Batch = tuple[NDArray[np.float32], NDArray[np.float32]]

# Shares of ink, of 255, at which a scan is taken for black before its path is traced: a
# low one keeps faint lines, a high one keeps small loops open.
INK_LEVELS = (80, 130, 190)
# Sums of weights miss a whole number by less.
ROUNDING = 1e-6
# Sets the drawing of places apart from that of orders.
PLACE = 1 << 20
# Batches that wait for the network: enough that it never waits for them.
AHEAD = 8


@dataclass(frozen=True, kw_only=True)
class Batches:
    """An endless row of training batches; batch ``i`` depends on nothing but the seed.

    An image that has a weight is shown that many times as often as its source's repeats
    say, on average over the epochs.

    A batch is images float32 ``(n, h, w, c)`` in [0, 1] and targets float32 ``(n, k)``:
    one for the class, and nothing at all for a picture of no class.

    Attributes:
        images: training input, uint8 ``(n, h, w, c)``.
        batch_size: images in each batch.
        seed: of the order and of the augmentation.
        repeats: how often an epoch shows the images of a source, by its name; once
            where it says nothing.
        augmentation: how each image is changed; not at all when it is None.
        non_digits: pictures uint8 ``(m, h, w, c)`` that belong to no class.
        added: how many of them come on top of each batch.
        non_digit_augmentation: how each of them is changed, likewise.
    """

    images: LabelledImages
    batch_size: int
    seed: int
    repeats: Mapping[str, int] = field(default_factory=dict)
    augmentation: Augmentation | None = None
    non_digits: NDArray[np.uint8] | None = None
    added: int = 0
    non_digit_augmentation: Augmentation | None = None
    _traces: dict[tuple[int, int], list[NDArray[np.float32]]] = field(
        default_factory=dict, init=False, repr=False
    )

    @property
    def steps(self) -> int:
        """Batches in an epoch; the few images left over wait for the next one."""
        shown = int(self._times().sum() + ROUNDING)
        return max(1, shown // self.batch_size)

    def __iter__(self) -> Generator[Batch, None, None]:
        """Make the batches in a thread, a few ahead of who asks for them."""
        ready: queue.Queue[Batch | Exception] = queue.Queue(AHEAD)
        stopped = threading.Event()
        thread = threading.Thread(target=self._fill, args=(ready, stopped), daemon=True)
        thread.start()
        try:
            while True:
                made = ready.get()
                if isinstance(made, Exception):
                    raise made
                yield made
        finally:
            stopped.set()
            thread.join()

    def _fill(
        self, ready: "queue.Queue[Batch | Exception]", stopped: threading.Event
    ) -> None:
        made: Iterator[Batch | Exception] = self._make()
        while not stopped.is_set():
            try:
                item = next(made)
            except Exception as error:  # handed on to who asks for the next batch
                item = error
            while not stopped.is_set():
                try:
                    ready.put(item, timeout=0.1)
                    break
                except queue.Full:
                    continue
            if isinstance(item, Exception):
                return

    def _make(self) -> Iterator[Batch]:
        epoch = 0
        while True:
            rng = np.random.default_rng([self.seed, epoch])
            order = rng.permutation(self._positions(epoch))
            for step in range(self.steps):
                start = step * self.batch_size
                chosen = order[start : start + self.batch_size]
                yield self._batch(
                    chosen, np.random.default_rng([self.seed, epoch, step])
                )
            epoch += 1

    def _positions(self, epoch: int) -> NDArray[np.int64]:
        """Give the position of each image as often as the epoch shows it.

        What is shown one and a half times comes once in one epoch and twice in
        another; in all there are as many in each, but for one.
        """
        passed = np.cumsum(self._times())
        start = np.random.default_rng([self.seed, epoch, PLACE]).random()
        marks = np.floor(passed + (start * (1 - ROUNDING) + ROUNDING)).astype(np.int64)
        counts = np.diff(marks, prepend=0)
        return np.repeat(np.arange(len(self.images)), counts)

    def _times(self) -> NDArray[np.float64]:
        """Say how often an epoch shows each image, on average."""
        times = np.ones(len(self.images))
        if self.images.sources is not None and self.repeats:
            names, source = np.unique(self.images.sources, return_inverse=True)
            each = [float(self.repeats.get(str(name), 1)) for name in names]
            times = np.array(each)[source]
        if self.images.weights is not None:
            times = times * self.images.weights
        return times

    def _batch(self, chosen: NDArray[np.int64], rng: np.random.Generator) -> Batch:
        pixels = self.images.images[chosen]
        if self.augmentation is not None:
            strokes = self._strokes(chosen, self.augmentation, rng)
            pixels = augment_digits(pixels[..., 0], strokes, self.augmentation, rng)
            pixels = pixels[..., np.newaxis]
        classes = np.eye(len(self.images.class_names), dtype=np.float32)
        targets = classes[self.images.labels[chosen]]
        if self.non_digits is not None and self.added:
            chosen = rng.integers(len(self.non_digits), size=self.added)
            others = self.non_digits[chosen]
            if self.non_digit_augmentation is not None:
                ways = self.non_digit_augmentation
                others = augment_digits(others[..., 0], None, ways, rng)[
                    ..., np.newaxis
                ]
            pixels = np.concatenate([pixels, others])
            targets = np.pad(targets, ((0, self.added), (0, 0)))
        return (pixels / np.float32(255)).astype(np.float32), targets

    def _strokes(
        self,
        chosen: NDArray[np.int64],
        augmentation: Augmentation,
        rng: np.random.Generator,
    ) -> list[list[NDArray[np.float32]]]:
        """Give each image's own strokes, or now and then those traced in it."""
        traced = rng.random(len(chosen)) < augmentation.traced
        levels = rng.choice(INK_LEVELS, len(chosen))
        found = self._own_strokes(chosen, augmentation, rng)
        scans = [i for i, own in enumerate(found) if traced[i] and not own]
        for i, path in zip(
            scans, self._trace(chosen[scans], levels[scans]), strict=True
        ):
            found[i] = path
        if not augmentation.variants:
            return found
        names = self.images.class_names
        return [
            vary_writing(own, names[label], augmentation.variants, rng)
            for own, label in zip(found, self.images.labels[chosen], strict=True)
        ]

    def _own_strokes(
        self,
        chosen: NDArray[np.int64],
        augmentation: Augmentation,
        rng: np.random.Generator,
    ) -> list[list[NDArray[np.float32]]]:
        """Give each image's own strokes, some of them morphed."""
        strokes = self.images.strokes
        if strokes is None:
            return [[] for _ in chosen]
        found = [strokes[i] for i in chosen]
        if augmentation.morphed:
            morphed = rng.random(len(chosen)) < augmentation.morphed
            for i in np.flatnonzero(morphed).tolist():
                position, reach = int(chosen[i]), augmentation.morph
                found[i] = self._lookalikes.morph(position, reach, rng) or found[i]
        return found

    @cached_property
    def _lookalikes(self) -> Lookalikes:
        return Lookalikes.find(self.images)

    def _trace(
        self, positions: NDArray[np.int64], levels: NDArray[np.int64]
    ) -> list[list[NDArray[np.float32]]]:
        """Trace images, each at its level, unless it was done before."""
        keys = list(zip(positions.tolist(), levels.tolist(), strict=True))
        new = [i for i, key in enumerate(keys) if key not in self._traces]
        digits = self.images.images[positions[new], ..., 0]
        traced = trace_strokes(digits, levels[new])
        self._traces.update({keys[i]: traced[place] for place, i in enumerate(new)})
        return [self._traces[key] for key in keys]
