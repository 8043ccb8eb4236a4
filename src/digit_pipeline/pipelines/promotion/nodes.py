"""Let the chosen candidate meet the champion, and draft its release."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.abstention import Calibration
from digit_pipeline.drift import Observations, observe_reference
from digit_pipeline.intervals import wilson_interval
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.onnx_model import Floats, OnnxModel, softmax, to_input
from digit_pipeline.pipelines.evaluation.metrics import (
    expected_calibration_error,
)
from digit_pipeline.pipelines.evaluation.prediction import measure_latency
from digit_pipeline.pipelines.evaluation.robustness import measure_robustness
from digit_pipeline.pipelines.promotion.frozen_images import hold_trial
from digit_pipeline.pipelines.promotion.gallery import FIGURES, hang_gallery
from digit_pipeline.pipelines.promotion.gate import (
    Evidence,
    Limits,
    Meeting,
    decide_promotion,
)
from digit_pipeline.pipelines.promotion.margins import Margins, read_margins
from digit_pipeline.pipelines.promotion.model_card import write_card
from digit_pipeline.releases import Release, ReleaseDraft, TakenBack
from digit_pipeline.releases.release import MODEL
from digit_pipeline.training_manifest import TrainingManifest

LATENCY_CALLS = 200
# More make the comparison with answers in use dearer, and hardly sharper.
REFERENCE_IMAGES = 2000
# Two files hold one model when no answer of theirs differs by more.
SAME_ANSWERS = 1e-6


def compare_with_champion(  # noqa: PLR0913 - by keyword, from the catalog
    *,
    choice: dict[str, Any],
    gate_input: LabelledImages,
    validation_input: LabelledImages,
    corrupted_gate: LabelledImages,
    field_input: LabelledImages,
    robustness: dict[str, Any],
    incumbent: Release | None,
    baseline: Release | None,
    taken_back: Sequence[TakenBack],
    training_manifest: TrainingManifest,
    chosen_calibration: dict[str, Any],
    parameters: dict[str, Any],
    **models: bytes,
) -> dict[str, Any]:
    """Let the chosen candidate and the champion answer both gate sets, and decide.

    Where the parameters hold ``margins``, the field set, the baseline and what was
    taken back count too.

    Args:
        choice: names the ``candidate``.
        gate_input: the challenger's gate images, uint8 ``(n, 28, 28, 1)``.
        validation_input: what it was chosen on, to tell when the two are the same.
        corrupted_gate: gate images with corruptions, their conditions as sources.
        field_input: the frozen field set, uint8 ``(n, 28, 28, 1)``; may be empty.
        robustness: the candidate's scorecard on them.
        incumbent: the champion, None when there is none yet.
        baseline: the frozen release that counts besides; None when there is none.
        taken_back: the releases that were rolled back from.
        training_manifest: exactly what the candidate was trained on.
        chosen_calibration: what turns the challenger's logits into verdicts.
        parameters: ``promotion`` of the parameters.
        models: every candidate's ONNX file, by name.

    Returns:
        The decision record of ``decide_promotion`` with ``challenger``, ``champion``,
        ``training_manifest`` (its digest), ``challenger_accuracy`` (with its 95 %
        interval) and a ``note`` on the images.
    """
    model = models[choice["candidate"]]
    temperature = chosen_calibration["temperature"]
    margins = read_margins(parameters)
    evidence = replace(
        _gather(model, gate_input, incumbent, temperature),
        robustness=_average(robustness),
        champion_robustness=_withstand(incumbent, corrupted_gate),
        taken_back=_find_alike(taken_back, training_manifest),
    )
    if margins and incumbent and incumbent.class_names == gate_input.class_names:
        evidence = _hold_to_margins(
            evidence,
            (OnnxModel(model), Calibration.from_json(chosen_calibration)),
            (incumbent, baseline),
            (gate_input, field_input),
            margins,
        )
    limits = Limits(**parameters["limits"], margins=margins)
    decision = decide_promotion(evidence, limits)
    right = round(evidence.accuracy * len(gate_input))
    low, high = wilson_interval(right, len(gate_input))
    return {
        "task": parameters["task"],
        "environment": parameters["environment"],
        "challenger": choice["candidate"],
        "champion": incumbent.version if incumbent else None,
        "champion_candidate": _fact(incumbent, "candidate"),
        "champion_environment": _fact(incumbent, "environment"),
        "training_manifest": training_manifest.digest,
        **decision,
        "challenger_accuracy": evidence.accuracy,
        "challenger_accuracy_low": low,
        "challenger_accuracy_high": high,
        "note": _note(gate_input, validation_input),
    }


def write_model_card(  # noqa: PLR0913, PLR0917 - by keyword, from the catalog
    choice: dict[str, Any],
    decision: dict[str, Any],
    data_digests: dict[str, Any],
    training_manifest: TrainingManifest,
    drawn_digit_score: dict[str, Any],
    robustness: dict[str, Any],
    chosen_refusal: dict[str, Any],
    parameters: dict[str, Any],
    **metrics: dict[str, Any],
) -> str:
    """Write the challenger's model card from its figures, Markdown.

    Args:
        choice: names the ``candidate`` and says why it was chosen.
        decision: the gate's record.
        data_digests: which images were used, by set.
        training_manifest: exactly what it was trained on.
        drawn_digit_score: how it reads digits drawn with a pen.
        robustness: its scorecard on corrupted gate images.
        chosen_refusal: what it recognises and refuses.
        parameters: ``promotion`` of the parameters.
        metrics: ``<candidate>__test_metrics`` of every candidate.
    """
    return write_card(
        choice=choice,
        decision=decision,
        data_digests=data_digests,
        training=training_manifest.summarise(),
        drawn_digit_score=drawn_digit_score,
        robustness=robustness,
        refusal=chosen_refusal,
        test=metrics[f"{choice['candidate']}__test_metrics"],
        about=parameters["about"],
    )


def draft_release(  # noqa: PLR0913, PLR0917 - by keyword, from the catalog
    choice: dict[str, Any],
    decision: dict[str, Any],
    model_card: str,
    gate_input: LabelledImages,
    data_digests: dict[str, Any],
    training_manifest: TrainingManifest,
    drawn_digit_score: dict[str, Any],
    chosen_calibration: dict[str, Any],
    chosen_refusal: dict[str, Any],
    test_input: LabelledImages,
    interpretations: dict[str, str],
    result_drawings: dict[str, Any],
    data_drawings: dict[str, Any],
    **artefacts: Any,
) -> ReleaseDraft:
    """Put together what a release is made of; the catalog publishes it if promoted.

    Args:
        choice: names the ``candidate``.
        decision: the gate's record.
        model_card: Markdown.
        gate_input: the images it was gated on.
        data_digests: which images were used, by set.
        training_manifest: exactly what it was trained on.
        drawn_digit_score: how it reads digits drawn with a pen.
        chosen_calibration: what turns its logits into probabilities and verdicts.
        chosen_refusal: what it refuses.
        test_input: the images it was tested on.
        interpretations: what each figure shows, in words.
        result_drawings: hold the ``title`` of each figure of the results.
        data_drawings: likewise of the data.
        artefacts: ``<candidate>__onnx``, ``<candidate>__validation_metrics`` and
            ``<candidate>__test_metrics`` of every candidate, and the figures by name.
    """
    name = choice["candidate"]
    calibration = Calibration.from_json(chosen_calibration)
    drawings = {**result_drawings, **data_drawings}
    return ReleaseDraft(
        model=artefacts[f"{name}__onnx"],
        gate=gate_input,
        model_card=model_card,
        decision=decision,
        champion=decision["champion"],
        calibration=calibration,
        test=test_input,
        drift_reference=_observe_gate(
            artefacts[f"{name}__onnx"], gate_input, calibration
        ),
        training_manifest=training_manifest.to_file(),
        gallery=hang_gallery(
            {figure: artefacts[figure] for figure in FIGURES},
            {figure: drawings[figure]["title"] for figure in FIGURES},
            interpretations,
        ),
        facts={
            "task": decision["task"],
            "environment": decision["environment"],
            "candidate": name,
            "dataset": data_digests,
            "training": training_manifest.summarise(),
            "metrics": {
                "validation": artefacts[f"{name}__validation_metrics"],
                "test": artefacts[f"{name}__test_metrics"],
                "drawn_digits": drawn_digit_score,
                "refusal": chosen_refusal,
            },
        },
    )


def _gather(
    model: bytes,
    gate: LabelledImages,
    incumbent: Release | None,
    temperature: float,
) -> Evidence:
    challenger = OnnxModel(model)
    logits = challenger.logits(to_input(gate.images))
    meetings: list[Meeting] = []
    same = False
    if incumbent is not None and incumbent.class_names == gate.class_names:
        champion = OnnxModel(incumbent.read(MODEL))
        sets = {"challenger": gate, "champion": incumbent.gate}
        answers = {
            name: _answer_both(challenger, champion, images)
            for name, images in sets.items()
        }
        meetings = [_meet(name, sets[name], *both) for name, both in answers.items()]
        same = len(gate) > 0 and all(
            np.allclose(*both, rtol=0, atol=SAME_ANSWERS) for both in answers.values()
        )
    return Evidence(
        class_names=gate.class_names,
        champion_class_names=incumbent.class_names if incumbent else None,
        gate_images=len(gate),
        accuracy=_share(logits.argmax(axis=1) == gate.labels),
        calibration_error=(
            expected_calibration_error(softmax(logits, temperature), gate.labels)
            if len(gate)
            else 0.0
        ),
        latency_ms=measure_latency(challenger, LATENCY_CALLS)["latency_ms"],
        meetings=meetings,
        same_model=same,
    )


def _observe_gate(
    model: bytes, gate: LabelledImages, calibration: Calibration
) -> Observations:
    """Take what the answers to some gate images look like, from all their sources."""
    count = min(len(gate), REFERENCE_IMAGES)
    rows = np.linspace(0, len(gate) - 1, count).round().astype(np.int64)
    images = to_input(gate.images[rows])
    logits = OnnxModel(model).logits(images)
    return observe_reference(
        images[..., 0],
        logits,
        softmax(logits, calibration.temperature),
        calibration,
        gate.class_names,
    )


def _hold_to_margins(
    evidence: Evidence,
    challenger: tuple[OnnxModel, Calibration],
    releases: tuple[Release, Release | None],
    images: tuple[LabelledImages, LabelledImages],
    margins: Margins,
) -> Evidence:
    """Add what the field set and the baseline have to say."""
    champion, baseline = releases
    gate, field = images
    sets = {"challenger": gate, "champion": champion.gate, "field": field}
    meetings = [*evidence.meetings]
    same = evidence.same_model
    if len(field):
        both = _answer_both(challenger[0], OnnxModel(champion.read(MODEL)), field)
        meetings.append(_meet("field", field, *both))
        same = same and np.allclose(*both, rtol=0, atol=SAME_ANSWERS)
    trial = hold_trial(challenger, champion, baseline, sets, margins)
    return replace(evidence, meetings=meetings, same_model=same, trial=trial)


def _find_alike(
    taken_back: Sequence[TakenBack], trained_on: TrainingManifest
) -> TakenBack | None:
    """Find the last release taken back that learned from the very same images."""
    alike = [one for one in taken_back if one.manifest == trained_on.digest]
    return alike[-1] if alike else None


def _withstand(
    champion: Release | None, corrupted: LabelledImages
) -> dict[str, float] | None:
    """Let the champion answer the challenger's corrupted images, if it knows them."""
    if champion is None or champion.class_names != corrupted.class_names:
        return None
    return _average(measure_robustness(champion.read(MODEL), corrupted))


def _average(robustness: dict[str, Any]) -> dict[str, float]:
    """Give each corruption's mean accuracy over its strengths."""
    return {name: row["mean"] for name, row in robustness["corruptions"].items()}


def _answer_both(
    challenger: OnnxModel, champion: OnnxModel, gate: LabelledImages
) -> tuple[Floats, Floats]:
    images = to_input(gate.images)
    return challenger.logits(images), champion.logits(images)


def _meet(
    name: str, gate: LabelledImages, challenger: Floats, champion: Floats
) -> Meeting:
    return Meeting(
        name,
        gate.labels,
        challenger.argmax(axis=1) == gate.labels,
        champion.argmax(axis=1) == gate.labels,
    )


def _note(gate: LabelledImages, validation: LabelledImages) -> str | None:
    if len(gate) and gate.digest() == validation.digest():
        return (
            "The set is so small that the candidate was chosen on the gate images "
            "themselves: its figures on them are on the bright side."
        )
    return None


def _fact(release: Release | None, name: str) -> Any:
    return release.manifest.get(name) if release else None


def _share(right: NDArray[np.bool_]) -> float:
    return float(right.mean()) if len(right) else 0.0
