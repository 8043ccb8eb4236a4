"""Calibrate a candidate, and measure what it refuses: non-digits, and digits too."""

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.abstention import Calibration, decide, measure_energy
from digit_pipeline.images import view_digit
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.pipelines.evaluation.calibration import fit_calibration
from digit_pipeline.pipelines.evaluation.metrics import measure_ranking
from digit_pipeline.pipelines.evaluation.prediction import ask_logits
from digit_pipeline.pipelines.evaluation.refusal_figures import VERDICTS

Floats = NDArray[np.float32]

# Side of a crop from a photograph, least and greatest, in pixels.
CROPS = (40, 240)


def calibrate(
    onnx: bytes, validation_input: LabelledImages, refused: dict[str, float]
) -> dict[str, Any]:
    """Fit a candidate's temperature and thresholds on published validation images.

    Not on corrections: whoever corrects could move the thresholds, and a hundredth of
    a few dozen of them is the worst one. With 50 real ones among the 180 embedded
    digits, 9 % of the non-digits were recognised instead of 0.4 %.

    Args:
        onnx: the candidate's file.
        validation_input: uint8 ``(n, 28, 28, 1)``.
        refused: shares of the digits that may be called ``unfamiliar`` and ``unsure``.

    Returns:
        the fields of ``Calibration``.
    """
    published = validation_input.published()
    logits = ask_logits(onnx, published)
    return asdict(fit_calibration(logits, published.labels, published.sources, refused))


def collect_non_digits(
    test_input: LabelledImages,
    fashion_images: dict[str, LabelledImages],
    per_family: int,
    seed: int,
) -> LabelledImages:
    """Collect pictures that are no digit and of kinds that no training saw.

    Args:
        test_input: digits that pairs are made of.
        fashion_images: Fashion-MNIST's "test" part; without it where not at hand.
        per_family: pictures of each family.
        seed: the project's seed.

    Returns:
        uint8 ``(n, 28, 28, 1)`` through the image contract; the classes are the
        families.
    """
    from digit_pipeline.non_digits import (  # noqa: PLC0415 - loads cv2 (0.2 s)
        UNSEEN_FAMILIES,
        draw_non_digits,
    )

    drawn = draw_non_digits(
        test_input.images[..., 0],
        families=UNSEEN_FAMILIES,
        per_family=per_family,
        seed=seed + 2,
    )
    random = np.random.default_rng([seed, 13])
    found = {"photographs": _crop_photographs(per_family, random)}
    if "test" in fashion_images:
        clothes = fashion_images["test"].images[..., 0]
        chosen = random.choice(len(clothes), min(per_family, len(clothes)), False)
        found["clothes"] = [clothes[i] for i in np.sort(chosen)]
    views = [view_digit(picture) for pictures in found.values() for picture in pictures]
    digits = np.stack([np.rint(view.digit * 255) for view in views]).astype(np.uint8)
    sizes = [len(pictures) for pictures in found.values()]
    start = len(drawn.class_names)
    return LabelledImages(
        np.concatenate([drawn.images, digits[..., np.newaxis]]),
        np.concatenate([drawn.labels, start + np.repeat(np.arange(len(sizes)), sizes)]),
        (*drawn.class_names, *found),
    )


def measure_refusal(
    onnx: bytes,
    calibration: dict[str, Any],
    test_input: LabelledImages,
    test_non_digits: LabelledImages,
) -> dict[str, Any]:
    """Measure what a candidate recognises, and how well its scores tell digits apart.

    Args:
        onnx: the candidate's file.
        calibration: as ``calibrate`` gives it.
        test_input: digits, uint8 ``(n, 28, 28, 1)``.
        test_non_digits: the same of none; the classes are the families.

    Returns:
        ``digits`` (by source) and ``non_digits`` (by family): ``n`` and the share of
        each verdict; ``refused_digits``, a share; ``scores``: for ``softmax`` (best
        probability) and ``energy`` the ``auroc`` and ``fpr95`` (share of the
        non-digits above the score that 95 % of the digits reach), by family and over
        ``all``.
    """
    fitted = Calibration.from_json(calibration)
    digits = _score(ask_logits(onnx, test_input), fitted)
    others = _score(ask_logits(onnx, test_non_digits), fitted)
    sources = test_input.sources
    if sources is None:
        sources = np.full(len(test_input), "digits")
    families = np.array(test_non_digits.class_names)[test_non_digits.labels]
    verdicts = _decide_all(digits, fitted)
    return {
        "digits": _count(verdicts, sources),
        "refused_digits": float(np.mean(verdicts != "recognised")),
        "non_digits": _count(_decide_all(others, fitted), families),
        "scores": {
            name: {
                "all": measure_ranking(digits[name], others[name]),
                **{
                    family: measure_ranking(
                        digits[name], others[name][families == family]
                    )
                    for family in test_non_digits.class_names
                },
            }
            for name in ("softmax", "energy")
        },
    }


def _score(logits: Floats, calibration: Calibration) -> dict[str, Floats]:
    from digit_pipeline.onnx_model import softmax  # noqa: PLC0415 - slow to import

    return {
        "softmax": softmax(logits, calibration.temperature).max(axis=1),
        "energy": measure_energy(logits),
    }


def _decide_all(
    scores: dict[str, Floats], calibration: Calibration
) -> NDArray[np.str_]:
    pairs = zip(scores["energy"].tolist(), scores["softmax"].tolist(), strict=True)
    return np.array([decide(False, *pair, calibration) for pair in pairs])


def _count(
    verdicts: NDArray[np.str_], groups: NDArray[np.str_]
) -> dict[str, dict[str, Any]]:
    return {
        str(group): {
            "n": int((groups == group).sum()),
            **{v: float(np.mean(verdicts[groups == group] == v)) for v in VERDICTS},
        }
        for group in dict.fromkeys(groups.tolist())
    }


def _crop_photographs(
    count: int, random: np.random.Generator
) -> list[NDArray[np.uint8]]:
    """Cut squares from the two photographs that scikit-learn brings, RGB."""
    from sklearn.datasets import load_sample_images  # noqa: PLC0415 - slow to import

    photographs = load_sample_images().images
    crops = []
    for number in range(count):
        photograph = photographs[number % len(photographs)]
        side = int(random.integers(*CROPS))
        top = int(random.integers(photograph.shape[0] - side))
        left = int(random.integers(photograph.shape[1] - side))
        crops.append(photograph[top : top + side, left : left + side])
    return crops
