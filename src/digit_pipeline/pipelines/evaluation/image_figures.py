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
    Margins,
    as_percent,
    name_panel,
    new_figure,
    style_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MISTAKES = 24
MISTAKES_PER_ROW = 8
# Side of a picture; 1 is what each has to itself.
TILE = 0.88
SAMPLES_PER_CLASS = 11
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
        (8.6, 1.44 * rows),
        "The worst mistakes, then the closest calls",
        caption,
        Margins(0.06, 0.02, 0.06, 0.02),
    )
    # One pair of axes for all: drawing a pair for each takes ten times as long.
    axes = figure.subplots()
    axes.set(xlim=(0, MISTAKES_PER_ROW), ylim=(1.36 * rows, 0), aspect="equal")
    axes.set_axis_off()
    for place, i in enumerate(worst):
        left, top = place % MISTAKES_PER_ROW + 0.06, place // MISTAKES_PER_ROW * 1.36
        answer, truth = int(probabilities[i].argmax()), int(images.labels[i])
        _draw_tile(axes, to_picture(images.images[i]), left, top, answer == truth)
        names = images.class_names
        words = (
            f"{names[truth]}, right"
            if answer == truth
            else f"{names[truth]} read as {names[answer]}"
        )
        middle = left + TILE / 2
        options: Any = {"ha": "center", "va": "center"}
        axes.text(middle, top + 0.1, words, color=TEXT, fontsize=8.5, **options)
        axes.text(
            middle,
            top + 0.3 + TILE,
            f"{probabilities[i].max():.0%} sure",
            color=MUTED,
            fontsize=8,
            **options,
        )
    return figure


def _draw_tile(
    axes: "Axes", picture: NDArray[np.uint8], left: float, top: float, is_right: bool
) -> None:
    """Draw a picture in a frame: blue where the answer is right, orange where not."""
    bottom = top + 0.2 + TILE
    axes.imshow(
        picture,
        cmap="gray",
        vmin=0,
        vmax=255,
        extent=(left, left + TILE, bottom, top + 0.2),
    )
    axes.plot(
        [left, left + TILE, left + TILE, left, left],
        [top + 0.2, top + 0.2, bottom, bottom, top + 0.2],
        color=BLUE if is_right else ORANGE,
        linewidth=1.8,
    )


def draw_sample_sheet(images: LabelledImages, seed: int, caption: str = "") -> "Figure":
    """Draw a row of samples of each class as one picture.

    Args:
        images: uint8 ``(n, h, w, c)``.
        seed: the project's seed.
        caption: a sentence below.
    """
    k = len(images.class_names)
    figure = new_figure(
        (5.6, 0.2 + 0.46 * k),
        "Samples of the training images",
        caption,
        Margins(0.4, 0.1, 0.1, 0.1),
    )
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
    figure = new_figure(
        (8.6, 2.7), "Classes in each set", caption, Margins(0.75, 0.4, 0.1, 0.3)
    )
    grid = figure.subplots(
        1, len(class_counts), sharey=True, squeeze=False, gridspec_kw={"wspace": 0.08}
    )[0]
    for axes, (side, counts) in zip(grid, class_counts.items(), strict=True):
        total = sum(counts.values())
        shares = [count / max(total, 1) for count in counts.values()]
        axes.bar(list(counts), shares, color=BLUE, width=0.75)
        name_panel(axes, f"{side}  ·  {total:,}")
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
    figure = new_figure(
        (8.6, 3.0), "Ink of the training images", caption, Margins(0.85, 0.55, 0.1, 0.1)
    )
    left, right = figure.subplots(
        1, 2, width_ratios=(3, 2), gridspec_kw={"wspace": 0.24}
    )
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
    as_percent(left)
    left.minorticks_off()
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
