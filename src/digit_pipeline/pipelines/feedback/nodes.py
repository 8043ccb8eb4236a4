"""From what people said to what the next training sees."""

from collections import Counter
from typing import Any

import numpy as np

from digit_pipeline.classifier import Classifier
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.pipelines.feedback.teaching import (
    Teaching,
    choose_taught,
    take_side,
    weigh,
)
from digit_pipeline.quarantine import (
    Corrections,
    Ruling,
    ScreeningSettings,
    ask_champion,
    screen,
)
from digit_pipeline.releases import Release


def screen_corrections(  # noqa: PLR0913 - by keyword, from the catalog
    *,
    quarantined_corrections: Corrections,
    earlier_corrections: Corrections,
    screening_champion: Release | None,
    validation_input: LabelledImages,
    gate_input: LabelledImages,
    test_input: LabelledImages,
    field_input: LabelledImages,
    screening: dict[str, Any],
) -> list[Ruling]:
    """Apply the automatic rules to what is in quarantine.

    Args:
        quarantined_corrections: what nobody has decided about.
        earlier_corrections: what was accepted before.
        screening_champion: whose opinion counts; None when there is none yet.
        validation_input: what models are chosen and calibrated on.
        gate_input: what challengers are gated on.
        test_input: what models are reported on.
        field_input: the frozen field set; may be empty.
        screening: fields of ``ScreeningSettings``.

    Returns:
        A ruling per correction.
    """
    names = validation_input.class_names
    corrections = quarantined_corrections.as_quarantined(names)
    if not len(corrections):
        return []
    opinions = None
    if screening_champion is not None and screening_champion.class_names == names:
        champion = Classifier.load(screening_champion, threads=2)
        opinions = ask_champion(champion, corrections.images)
    return screen(
        corrections,
        earlier_corrections.as_quarantined(names),
        _join([validation_input, gate_input, test_input, field_input]),
        opinions,
        ScreeningSettings(**screening),
    )


def teach(  # noqa: PLR0913 - by keyword, from the catalog
    *,
    rulings: list[Ruling],
    accepted_corrections: Corrections,
    train_input: LabelledImages,
    validation_input: LabelledImages,
    gate_input: LabelledImages,
    test_input: LabelledImages,
    field_input: LabelledImages,
    teaching: dict[str, Any],
) -> tuple[LabelledImages, LabelledImages, dict[str, Any]]:
    """Put accepted corrections beside the published images.

    A correction's side is its client's, for ever: nobody is both learned from and
    chosen by. Near copies of images that decide about models are left out here too,
    whoever has accepted them.

    Args:
        rulings: of this run: carried out before the accepted ones are read.
        accepted_corrections: what rules and persons have accepted.
        train_input: published training images, uint8 ``(n, 28, 28, 1)``.
        validation_input: published validation images.
        gate_input: what challengers are gated on.
        test_input: what models are reported on.
        field_input: the frozen field set; may be empty.
        teaching: fields of ``Teaching``.

    Returns:
        the training images with the corrections, the validation images with those of
        some clients, and a report: "rulings" by action and rule, "accepted",
        "learned", "validated" and "left_out" (how many corrections), "clients", and a
        "sentence".
    """
    settings = Teaching(**teaching)
    evaluation = _join([validation_input, gate_input, test_input, field_input])
    names = train_input.class_names
    taught = choose_taught(accepted_corrections, names, evaluation, settings)
    validating = taught.shares < settings.validation_share
    weights = weigh(taught, settings)
    learned = take_side(taught, ~validating, names, weights)
    validated = take_side(taught, validating, names)
    return (
        LabelledImages.concatenate([train_input, learned]) if learned else train_input,
        LabelledImages.concatenate([validation_input, validated])
        if validated
        else validation_input,
        _report(rulings, accepted_corrections, taught, int(validating.sum())),
    )


def _join(sets: list[LabelledImages]) -> np.ndarray:
    return np.concatenate([images.images for images in sets])


def _report(
    rulings: list[Ruling], accepted: Corrections, taught: Corrections, validating: int
) -> dict[str, Any]:
    actions = Counter(ruling.action for ruling in rulings)
    rules = Counter(f"{ruling.action}.{ruling.rule}" for ruling in rulings)
    learning = len(taught) - validating
    if taught.ids:
        sentence = (
            f"Corrections: {learning} to learn from and {validating} to validate by, "
            f"of {len(set(taught.clients))} clients."
        )
    else:
        sentence = (
            "Corrections: none is accepted, so the training sees the published images "
            "alone."
        )
    if rulings:
        sentence += (
            f" The rules accepted {actions['accept']}, rejected {actions['reject']} "
            f"and leave {actions['ask']} to a person."
        )
    return {
        "sentence": sentence,
        "rulings": dict(sorted(rules.items())),
        "accepted": len(accepted),
        "learned": learning,
        "validated": validating,
        "left_out": len(accepted) - len(taught),
        "clients": len(set(taught.clients)),
    }
