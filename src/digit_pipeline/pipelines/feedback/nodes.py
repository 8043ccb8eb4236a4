"""From what people said to what the next training sees."""

from collections import Counter
from collections.abc import Mapping
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
from digit_pipeline.pipelines.preprocessing.nodes import fit_digits
from digit_pipeline.quarantine import (
    Corrections,
    Ruling,
    ScreeningSettings,
    ask_champion,
    screen,
)
from digit_pipeline.releases import Release


def collect_evaluation(  # noqa: PLR0913 - by keyword, from the catalog
    *,
    validation_input: LabelledImages,
    gate_input: LabelledImages,
    test_input: LabelledImages,
    field_input: LabelledImages,
    pen_digits: Mapping[str, LabelledImages],
    screening_champion: Release | None,
) -> LabelledImages:
    """Collect every image that decides or says something about a model, each once.

    Args:
        validation_input: what models are chosen and calibrated on.
        gate_input: what challengers are gated on.
        test_input: what models are reported on.
        field_input: the frozen field set; may be empty.
        pen_digits: drawings that models are reported on, in their "test" part;
            without it where not at hand.
        screening_champion: brings the images that it was gated and tested on, which
            may be another environment's; None when there is none yet.

    Returns:
        uint8 ``(n, 28, 28, 1)``; the sources are the sets' names.
    """
    sets = {
        "validation": validation_input,
        "gate": gate_input,
        "test": test_input,
        "field": field_input,
    }
    if "test" in pen_digits:
        sets["pen"] = fit_digits(pen_digits["test"])
    champion = screening_champion
    if champion is not None and champion.class_names == gate_input.class_names:
        sets["champion's gate"] = champion.gate
        if champion.test is not None:
            sets["champion's test"] = champion.test
    every = LabelledImages.concatenate(
        [_name_source(name, images) for name, images in sets.items()]
    )
    _, first = np.unique(every.content_hashes(), return_index=True)
    return every.take(np.sort(first))


def _name_source(name: str, images: LabelledImages) -> LabelledImages:
    sources = np.full(len(images), name)
    return LabelledImages(
        images.images, images.labels, images.class_names, sources=sources
    )


def screen_corrections(
    *,
    quarantined_corrections: Corrections,
    earlier_corrections: Corrections,
    screening_champion: Release | None,
    evaluation_images: LabelledImages,
    screening: dict[str, Any],
) -> list[Ruling]:
    """Apply the automatic rules to what is in quarantine.

    Args:
        quarantined_corrections: what nobody has decided about.
        earlier_corrections: what was accepted before.
        screening_champion: whose opinion counts; None when there is none yet.
        evaluation_images: what decides about models: copies of it are never learned.
        screening: fields of ``ScreeningSettings``.

    Returns:
        A ruling per correction.
    """
    names = evaluation_images.class_names
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
        evaluation_images.images,
        opinions,
        ScreeningSettings(**screening),
    )


def teach(  # noqa: PLR0913 - by keyword, from the catalog
    *,
    rulings: list[Ruling],
    accepted_corrections: Corrections,
    train_input: LabelledImages,
    validation_input: LabelledImages,
    evaluation_images: LabelledImages,
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
        evaluation_images: what decides about models.
        teaching: fields of ``Teaching``.

    Returns:
        the training images with the corrections, the validation images with those of
        some clients, and a report: "rulings" by action and rule, "accepted",
        "learned", "validated" and "left_out" (how many corrections), "clients", and a
        "sentence".
    """
    settings = Teaching(**teaching)
    names = train_input.class_names
    taught = choose_taught(
        accepted_corrections, names, evaluation_images.images, settings
    )
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
