"""Let challenger, champion and baseline answer every frozen image, each one once."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.abstention import Calibration, measure_energy
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.onnx_model import Floats, OnnxModel, softmax, to_input
from digit_pipeline.pipelines.promotion.margins import Answered, Margins, PooledTrial
from digit_pipeline.releases import DamagedReleaseError, Release
from digit_pipeline.releases.release import MODEL

# Other pictures than training (0) and evaluation (2) draw from the project's seed.
NON_DIGITS_SEED = 4302


def hold_trial(
    challenger: tuple[OnnxModel, Calibration],
    champion: Release,
    baseline: Release | None,
    sets: Mapping[str, LabelledImages],
    margins: Margins,
) -> PooledTrial:
    """Let all models answer the frozen images and newly drawn non-digits.

    Args:
        challenger: its model and what turns its logits into verdicts.
        champion: knows the challenger's classes.
        baseline: the frozen release; None when there is none to be had.
        sets: "challenger" (its gate set), "champion" and "field", uint8
            ``(n, 28, 28, 1)``; an image that stands in several counts for the first.
        margins: how many non-digits to draw.
    """
    counts, images = pool_images(sets)
    non_digits = _draw_non_digits(sets["challenger"], margins.non_digits_per_family)
    names = sets["challenger"].class_names
    problem = _find_problem(baseline, names)
    opponents = {"champion": champion, "baseline": None if problem else baseline}
    return PooledTrial(
        images=counts,
        field_sha256=sets["field"].digest(),
        challenger=_answer(*challenger, images, non_digits),
        opponents={
            name: None
            if release is None
            else _answer(
                OnnxModel(release.read(MODEL)), release.calibration, images, non_digits
            )
            for name, release in opponents.items()
        },
        versions={
            "champion": champion.version,
            "baseline": baseline.version if baseline else None,
        },
        baseline_problem=problem,
    )


def pool_images(
    sets: Mapping[str, LabelledImages],
) -> tuple[dict[str, int], LabelledImages]:
    """Join sets so that no image is in the result twice, by its pixels.

    Returns:
        how many images each set brings that no set before it has, and the images.
    """
    full = {name: images for name, images in sets.items() if len(images)}
    if not full:
        return dict.fromkeys(sets, 0), next(iter(sets.values()))
    joined = LabelledImages.concatenate(list(full.values()))
    _, first = np.unique(joined.content_hashes(), return_index=True)
    kept = np.sort(first)
    whose = np.repeat(list(full), [len(images) for images in full.values()])[kept]
    counts = {name: int((whose == name).sum()) for name in sets}
    return counts, joined.take(kept)


def _answer(
    model: OnnxModel,
    calibration: Calibration,
    images: LabelledImages,
    non_digits: NDArray[np.uint8],
) -> Answered:
    logits = model.logits(to_input(images.images))
    passed = ~_refuse(model.logits(to_input(non_digits)), calibration)
    return Answered(
        logits.argmax(axis=1) == images.labels, _refuse(logits, calibration), passed
    )


def _refuse(logits: Floats, calibration: Calibration) -> NDArray[np.bool_]:
    """Say which answers get another verdict than "recognised"; see abstention."""
    confidences = softmax(logits, calibration.temperature).max(axis=1)
    refused: NDArray[np.bool_] = confidences < calibration.min_confidence
    if calibration.min_energy is not None:
        refused |= measure_energy(logits) < calibration.min_energy
    return refused


def _draw_non_digits(gate: LabelledImages, per_family: int) -> NDArray[np.uint8]:
    """Draw the kinds that training knows anew: the others are there to report only."""
    from digit_pipeline.non_digits import (  # noqa: PLC0415 - loads cv2 (0.2 s)
        TRAINING_FAMILIES,
        draw_non_digits,
    )

    if not len(gate) or not per_family:
        return np.zeros((0, *gate.images.shape[1:]), np.uint8)
    return draw_non_digits(
        gate.images[..., 0],
        families=TRAINING_FAMILIES,
        per_family=per_family,
        seed=NON_DIGITS_SEED,
    ).images


def _find_problem(baseline: Release | None, names: tuple[str, ...]) -> str | None:
    """Say why the baseline cannot be met, half a sentence; None when it can."""
    how = "name one with `python -m digit_pipeline.releases baseline --to VERSION`"
    if baseline is None:
        return f"Expected a whole baseline to meet, got none: {how}"
    if baseline.class_names != names:
        return (
            f"Expected a baseline of the challenger's classes, got "
            f"{baseline.class_names}: {how}"
        )
    try:
        baseline.read(MODEL)
    except DamagedReleaseError as error:
        return f"{error}: {how}"
    return None
