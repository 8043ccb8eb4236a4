"""A retrained candidate at the gate, on real releases and images of known answers."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digit_pipeline.abstention import Calibration
from digit_pipeline.datasets.champion import BaselineDataset
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.pipelines.evaluation.robustness import measure_robustness
from digit_pipeline.pipelines.promotion.nodes import compare_with_champion
from digit_pipeline.releases import Release, ReleaseStore, TakenBack
from tests.pipelines.promotion.test_nodes import (
    CONFUSED,
    GATE,
    PARAMETERS,
    RIGHT,
    TRAINED_ON,
    VALIDATION,
    promote,
    rule,
)
from tests.stub_corruptions import repeat_under_conditions
from tests.stub_release import make_draft, make_images, make_model

WITHOUT_ZEROS = make_images([label for label in range(1, 10) for _ in range(30)])
# A model that differs from RIGHT in no best guess; the same one would be no challenger.
OTHER = make_model(strength=19.0)
ALL = [label for label in range(10) for _ in range(60)]


def make_field(labels: list[int]) -> LabelledImages:
    """Images that no gate set has."""
    images = make_images(labels)
    pixels = images.images.copy()
    pixels[:, 26, 3] = 1
    return images.with_images(pixels)


FIELD = make_field(ALL)
MARGINS: dict[str, Any] = {
    "max_loss": 0.02,
    "alpha": 0.05,
    "min_images": 500,
    "max_refused_rise": 0.02,
    "max_recognised_rise": 0.02,
    "non_digits_per_family": 3,
    "field_sha256": FIELD.digest(),
}


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Release]:
    """What a challenger may meet: three that answer alike, and one that is worse."""
    store = ReleaseStore(tmp_path_factory.mktemp("store"))
    drafts = {
        "right": {"gate": GATE},
        "without_zeros": {"gate": WITHOUT_ZEROS},
        "cautious": {"gate": GATE, "calibration": Calibration(min_energy=1000.0)},
        "confused": {
            "gate": GATE,
            "model": CONFUSED,
            "decision": {"promoted": True, "reason": "-", "challenger_accuracy": 0.9},
        },
    }
    published: dict[str, Release] = {}
    previous = None
    for name, changes in drafts.items():
        release = store.publish(
            make_draft(previous, **changes), expected_previous=previous, reason=name
        )
        published[name], previous = release, release.version
    return published


def compare(  # noqa: PLR0913 - what differs from test to test
    champion: Release | None,
    model: bytes = OTHER,
    *,
    gate: LabelledImages = GATE,
    field: LabelledImages = FIELD,
    baseline: Release | None = None,
    calibration: dict[str, Any] | None = None,
    taken_back: Sequence[TakenBack] = (),
    **margins: Any,
) -> dict[str, Any]:
    """Let a retrained model meet a champion; ``margins={}`` is an ordinary run."""
    asked = margins.pop("margins", {**MARGINS, **margins})
    corrupted = repeat_under_conditions(gate)
    return compare_with_champion(
        choice={"candidate": "model"},
        gate_input=gate,
        validation_input=VALIDATION,
        corrupted_gate=corrupted,
        field_input=field,
        robustness=measure_robustness(model, corrupted),
        incumbent=champion,
        baseline=baseline,
        taken_back=taken_back,
        training_manifest=TRAINED_ON,
        chosen_calibration=calibration or {"temperature": 1.0},
        parameters={**PARAMETERS, **({"margins": asked} if asked else {})},
        model=model,
    )


def failed(decision: dict[str, Any]) -> list[str]:
    return [rule["name"] for rule in decision["rules"] if not rule["passed"]]


def test_an_equal_one_is_promoted_and_every_rule_says_so(releases) -> None:
    right = releases["right"]
    decision = compare(right, baseline=right)
    assert failed(decision) == []
    names = [one["name"] for one in decision["rules"]]
    assert {"paired.field", "classes.field", "margin.champion", "margin.baseline"} <= (
        set(names)
    )
    assert "Shown to have lost nothing to speak of" in decision["reason"]
    assert "no class fell by more than the limit and chance allow" in decision["reason"]
    # 300 gate images, which the champion shares, and 600 of the field set.
    assert rule(decision, "frozen_images")["figure"] == 900
    assert rule(decision, "frozen_images")["details"] == {
        "challenger": 300,
        "champion": 0,
        "field": 600,
    }
    assert rule(decision, "margin.baseline")["details"]["version"] == right.version
    assert decision["training_manifest"] == TRAINED_ON.digest


def test_an_ordinary_run_meets_none_of_it(releases) -> None:
    decision = compare(releases["right"], margins={})
    assert decision["outcome"] == "promoted"
    assert not [one for one in decision["rules"] if "field" in one["name"]]
    assert not [one for one in decision["rules"] if "margin" in one["name"]]


def test_what_was_taken_back_does_not_return_by_itself(releases) -> None:
    right = releases["right"]
    version, when = "000002-20261122T051000Z", "2026-11-22T05:10:00+00:00"
    alike = TakenBack(version, when, TRAINED_ON.digest)
    decision = compare(right, baseline=right, taken_back=[alike])
    assert failed(decision) == ["taken_back"]
    assert decision["reason"] == (
        f"Refused: Release {version} learned from the very same images and was taken "
        "back on 2026-11-22 05:10 UTC: use that release again by hand, or teach "
        "something more."
    )
    other = TakenBack(version, when, "0" * 64)
    assert failed(compare(right, baseline=right, taken_back=[other])) == []
    # Who runs the whole pipeline by hand knows what was taken back.
    assert failed(compare(right, taken_back=[alike], margins={})) == []


def test_the_field_set_finds_what_no_gate_set_shows(releases) -> None:
    champion = releases["without_zeros"]
    hesitant = make_model([1, 1, *range(2, 10)], strength=19.0)
    ordinary = compare(champion, hesitant, gate=WITHOUT_ZEROS, margins={})
    assert ordinary["outcome"] == "promoted"
    # This one answers both gate sets exactly as the champion does.
    decision = compare(champion, CONFUSED, gate=WITHOUT_ZEROS, baseline=champion)
    assert decision["outcome"] == "refused"
    assert {"paired.field", "classes.field", "margin.champion"} <= set(failed(decision))
    assert (
        "Of the field set's 600 images the champion alone got 60"
        in (decision["reason"])
    )


def test_the_baseline_stays_where_a_worse_champion_has_followed(releases) -> None:
    """Nothing lost against the champion, which has itself lost ten points before."""
    decision = compare(
        releases["confused"],
        make_model([1, 1, *range(2, 10)], strength=19.0),
        baseline=releases["right"],
    )
    assert rule(decision, "margin.champion")["passed"]
    assert failed(decision) == ["margin.baseline"]


def test_few_images_refuse_and_the_sentence_says_where_more_are(releases) -> None:
    right = releases["right"]
    decision = compare(right, baseline=right, field=make_images([]))
    assert "frozen_images" in failed(decision)
    assert "300 frozen images, at least 500 needed" in decision["reason"]
    assert "UCI's pen digits" in decision["reason"]


def test_images_in_both_sets_count_once(releases) -> None:
    right = releases["right"]
    decision = compare(right, baseline=right, field=GATE, field_sha256=None)
    assert rule(decision, "frozen_images")["figure"] == 300


def test_a_changed_field_set_refuses(releases) -> None:
    right = releases["right"]
    changed = FIELD.images.copy()
    changed[0, 0, 0] ^= 1
    decision = compare(right, baseline=right, field=FIELD.with_images(changed))
    assert failed(decision) == ["field_set"]


def test_refusing_more_digits_is_no_progress(releases) -> None:
    right = releases["right"]
    refuses = {"temperature": 1.0, "min_energy": 1000.0}
    decision = compare(right, baseline=right, calibration=refuses)
    assert failed(decision) == ["refused.champion", "refused.baseline"]
    assert rule(decision, "refused.champion")["sentence"] == (
        "100.00 % of the digits refused, 0.00 % by the champion: a change of +100.00 "
        "points (+2.00 points allowed)."
    )


def test_taking_more_pictures_for_a_digit_is_none_either(releases) -> None:
    cautious = releases["cautious"]
    decision = compare(cautious, baseline=cautious)
    assert failed(decision) == ["non_digits.champion", "non_digits.baseline"]
    # Three of each of seven kinds.
    assert rule(decision, "non_digits.champion")["details"]["pictures"] == 21


def test_without_a_baseline_nothing_is_promoted_over_a_champion(releases) -> None:
    decision = compare(releases["right"], baseline=None)
    assert failed(decision) == ["margin.baseline"]
    assert (
        "python -m digit_pipeline.releases baseline --to VERSION"
        in (decision["reason"])
    )
    # The first one has nobody to fall behind.
    assert compare(None)["outcome"] == "promoted"


def test_a_damaged_baseline_is_told_and_refuses(
    tmp_path: Path, releases, caplog: pytest.LogCaptureFixture
) -> None:
    store = ReleaseStore(tmp_path)
    store.publish(make_draft(None), expected_previous=None, reason="a test")
    model = store.champion().folder / "model.onnx"
    model.write_bytes(model.read_bytes()[:-1])
    with caplog.at_level(logging.WARNING):
        assert BaselineDataset(filepath=tmp_path).load() is None
    assert "There is no baseline to meet: model.onnx of release" in caplog.text


def test_the_pipeline_hands_the_baseline_over_and_the_card_tells(
    tmp_path: Path,
) -> None:
    promote(tmp_path)
    baseline = json.loads((tmp_path / "baseline.json").read_text())["version"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.pipelines.promotion.test_nodes.RIGHT", OTHER)
        decision, card = promote(tmp_path, field=FIELD, margins=MARGINS)
    assert decision["outcome"] == "promoted"
    assert rule(decision, "margin.baseline")["details"]["version"] == baseline
    assert "It was retrained" in card
    assert "with 95 % confidence, that it lost at most 2 points of accuracy" in card
    assert "| margin.baseline | yes | Of 900 frozen images" in card
    first, second = ReleaseStore(tmp_path).versions()
    assert baseline == first != second
    assert "It was retrained" not in (
        ReleaseStore(tmp_path).verify(first).read("model_card.md").decode()
    )


def test_the_field_set_is_drawn_apart_from_what_is_used_here() -> None:
    assert not set(FIELD.content_hashes()) & set(GATE.content_hashes())
    assert RIGHT != OTHER
    assert np.array_equal(np.unique(FIELD.labels), np.arange(10))
