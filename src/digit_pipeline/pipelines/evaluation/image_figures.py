"""Figures of images: samples, mistakes, and how the data are made up."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.pipelines.evaluation.style import (
    BLUE,
    MUTED,
    ORANGE,
    TEXT,
    as_percent,
    new_figure,
    style_axes,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MISTAKES = 24
MISTAKES_PER_ROW = 8
SAMPLES_PER_CLASS = 12
GREY_LEVELS = 32


def find_worst(
    probabilities: NDArray[Any], labels: NDArray[np.int64], count: int = MISTAKES
) -> NDArray[np.int64]:
    """Order images from the surest mistake to the closest call, and give the first.

    Args:
        probabilities: float ``(n, k)``.
        labels: int64 ``(n,)``.
        count: how many to give at most.

    Returns:
        int64 positions: mistakes first, the surest leading; then right answers, the
        least sure leading.
    """
    wrong = probabilities.argmax(axis=1) != labels
    confidence = probabilities.max(axis=1)
    return np.lexsort((np.where(wrong, -confidence, confidence), ~wrong))[:count]


def draw_worst_mistakes(
    images: LabelledImages, probabilities: NDArray[Any], caption: str = ""
) -> "Figure":
    """Draw the surest mistakes, then the closest calls.

    Args:
        images: uint8 ``(n, h, w, c)``.
        probabilities: float ``(n, k)`` for them.
        caption: a sentence below.
    """
    worst = find_worst(probabilities, images.labels)
    rows = -(-len(worst) // MISTAKES_PER_ROW)
    figure = new_figure(
        8.6, 0.7 + 1.32 * rows, "The worst mistakes, then the closest calls", caption
    )
    grid = figure.subplots(rows, MISTAKES_PER_ROW, squeeze=False)
    for axes in grid.flat[len(worst) :]:
        axes.set_visible(False)
    for axes, i in zip(grid.flat, worst, strict=False):
        answer, truth = int(probabilities[i].argmax()), int(images.labels[i])
        colour = BLUE if answer == truth else ORANGE
        axes.imshow(to_picture(images.images[i]), cmap="gray", vmin=0, vmax=255)
        axes.set(xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set(color=colour, linewidth=2)
        names = images.class_names
        verdict = (
            f"{names[truth]} read as {names[answer]}"
            if answer != truth
            else f"{names[truth]}, right"
        )
        axes.set_title(verdict, fontsize=8.5, color=TEXT, pad=4)
        axes.set_xlabel(
            f"{probabilities[i].max():.0%} sure", fontsize=8, color=MUTED, labelpad=2
        )
    return figure


def draw_sample_sheet(images: LabelledImages, seed: int, caption: str = "") -> "Figure":
    """Draw a row of samples of each class as one picture.

    Args:
        images: uint8 ``(n, h, w, c)``.
        seed: the project's seed.
        caption: a sentence below.
    """
    k = len(images.class_names)
    figure = new_figure(7.2, 0.9 + 0.55 * k, "Samples of the training images", caption)
    axes = figure.subplots()
    sheet = make_sheet(images, seed)
    axes.imshow(sheet, cmap="gray", vmin=0, vmax=255)
    step = sheet.shape[0] / k
    axes.set_yticks((np.arange(k) + 0.5) * step - 0.5, images.class_names)
    axes.set_xticks([])
    style_axes(axes)
    axes.tick_params(axis="y", labelcolor=TEXT, labelsize=11)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return figure


def make_sheet(
    images: LabelledImages, seed: int, columns: int = SAMPLES_PER_CLASS
) -> NDArray[np.uint8]:
    """Lay samples side by side, a row per class; blank where a class has too few.

    Returns:
        uint8 ``(k * h, columns * w)``, or ``(…, 3)`` for colour.
    """
    random = np.random.default_rng([seed, 11])
    pictures = np.full(
        (len(images.class_names), columns, *images.images.shape[1:]), 255
    )
    pictures = to_picture(np.zeros_like(pictures, dtype=np.uint8), squeeze=False)
    for label in range(len(images.class_names)):
        members = np.flatnonzero(images.labels == label)
        chosen = random.choice(members, min(columns, len(members)), replace=False)
        pictures[label, : len(chosen)] = to_picture(
            images.images[chosen], squeeze=False
        )
    k, _, height, width, channels = pictures.shape
    sheet = pictures.transpose(0, 2, 1, 3, 4).reshape(
        k * height, columns * width, channels
    )
    return sheet[..., 0] if channels == 1 else sheet


def to_picture(image: NDArray[np.uint8], *, squeeze: bool = True) -> NDArray[np.uint8]:
    """Turn ink = 255 into ink on paper, and leave colour as it is."""
    if image.shape[-1] != 1:
        return image
    paper = 255 - image
    return paper[..., 0] if squeeze else paper


def draw_class_distribution(
    class_counts: dict[str, dict[str, int]], caption: str = ""
) -> "Figure":
    """Draw the share of each class in each set, a panel per set.

    Args:
        class_counts: by set, then by class.
        caption: a sentence below.
    """
    figure = new_figure(8.6, 2.9, "Classes in each set", caption)
    grid = figure.subplots(1, len(class_counts), sharey=True, squeeze=False)[0]
    for axes, (side, counts) in zip(grid, class_counts.items(), strict=True):
        total = sum(counts.values())
        shares = [count / max(total, 1) for count in counts.values()]
        axes.bar(list(counts), shares, color=BLUE, width=0.75)
        axes.set_title(f"{side}  ·  {total:,}")
        style_axes(axes, grid="y")
        as_percent(axes, "y")
    grid[0].set_ylabel("share of the set")
    return figure


def draw_intensity(intensity: dict[str, Any], caption: str = "") -> "Figure":
    """Draw the grey levels of all pixels, and the ink each class takes.

    Args:
        intensity: as ``describe_intensity`` gives it.
        caption: a sentence below.
    """
    figure = new_figure(8.6, 3.2, "Ink of the training images", caption)
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    left.bar(
        (np.arange(GREY_LEVELS) + 0.5) / GREY_LEVELS,
        intensity["histogram"],
        width=0.9 / GREY_LEVELS,
        color=BLUE,
    )
    left.set_yscale("log")
    left.set_xlabel("ink, from blank paper to full")
    left.set_ylabel("share of pixels (log scale)")
    right.bar(
        list(intensity["ink_by_class"]),
        list(intensity["ink_by_class"].values()),
        color=ORANGE,
        width=0.75,
    )
    right.set_xlabel("class")
    right.set_ylabel("mean share of the square")
    for axes in (left, right):
        style_axes(axes, grid="y")
    as_percent(left, "x")
    as_percent(left, "y", decimals=1)
    as_percent(right, "y")
    return figure


def describe_intensity(images: LabelledImages) -> dict[str, Any]:
    """Describe how dark the pixels are.

    Args:
        images: uint8 ``(n, h, w, c)``.

    Returns:
        ``histogram`` (share of pixels in each of 32 equal steps of grey), ``blank``,
        ``grey`` and ``full`` (shares of pixels at 0, between, and at 230 or more of
        255), ``ink_by_class`` (mean grey as a share of 255).
    """
    levels = np.bincount(images.images.reshape(-1), minlength=256) / images.images.size
    means = images.images.mean(axis=(1, 2, 3)) / 255
    return {
        "histogram": levels.reshape(GREY_LEVELS, -1).sum(axis=1).tolist(),
        "blank": float(levels[0]),
        "grey": float(levels[1:230].sum()),
        "full": float(levels[230:].sum()),
        "ink_by_class": {
            name: float(means[images.labels == k].mean())
            for k, name in enumerate(images.class_names)
            if (images.labels == k).any()
        },
    }
