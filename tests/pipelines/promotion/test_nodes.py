"""The chosen candidate meets the champion, on images whose answers are known."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from PIL import Image

from digit_pipeline.abstention import Calibration
from digit_pipeline.datasets import JsonDataset, TextDataset
from digit_pipeline.datasets.champion import (
    BaselineDataset,
    ChampionDataset,
    IncumbentDataset,
    TakenBackDataset,
)
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.pipelines.evaluation.metrics import measure, measure_by_source
from digit_pipeline.pipelines.evaluation.robustness import measure_robustness
from digit_pipeline.pipelines.promotion import create_pipeline
from digit_pipeline.pipelines.promotion.gallery import FIGURES
from digit_pipeline.releases import Release, ReleaseStore
from digit_pipeline.training_manifest import TrainingManifest
from tests.stub_corruptions import repeat_under_conditions
from tests.stub_refusal import REFUSAL
from tests.stub_release import CLASS_NAMES, make_images, make_model

# Kedro warns of "right.onnx" wherever a node outside that namespace reads it.
pytestmark = pytest.mark.filterwarnings("ignore:One or more dataset names:UserWarning")

GATE = make_images([label for label in range(10) for _ in range(30)])
TEST = make_images([label for label in range(10) for _ in range(5)])
VALIDATION = make_images([label for label in range(10) for _ in range(20)])
NO_IMAGES = make_images([])
TRAINED_ON = TrainingManifest.of({"train": GATE, "validation": VALIDATION})
RIGHT = make_model()
CONFUSED = make_model([1, 1, *range(2, 10)])  # reads every 0 as a 1
PARAMETERS: dict[str, Any] = {
    "task": "digits",
    "environment": "base",
    "limits": {
        "min_gate_images": 100,
        "min_accuracy": 0.85,
        "max_calibration_error": 0.2,
        "max_latency_ms": 1000.0,
        "alpha": 0.01,
        "max_class_drop": 0.02,
    },
    "about": {"subject": "digits", "use": "Tests.", "limits": ["It is a stub."]},
}


def make_metrics(wrong: int) -> dict[str, Any]:
    """Metrics of a model that takes the first ``wrong`` images for the next class."""
    labels = np.arange(100) % 10
    answers = labels.copy()
    answers[:wrong] = (answers[:wrong] + 1) % 10
    probabilities = np.full((100, 10), 0.01, np.float32)
    probabilities[np.arange(100), answers] = 0.91
    sources = np.full(100, "embedded")
    return {
        **measure(probabilities, labels, CLASS_NAMES),
        "by_source": measure_by_source(answers == labels, sources),
        "cost": {
            "bytes": 31_000,
            "parameters": 7850,
            "latency_ms": 0.02,
            "train_seconds": 3.4,
        },
    }


def promote(  # noqa: PLR0913 - what differs from test to test
    store: Path,
    chosen: str = "right",
    *,
    gate: LabelledImages = GATE,
    validation: LabelledImages = VALIDATION,
    field: LabelledImages = NO_IMAGES,
    margins: dict[str, Any] | None = None,
    **limits: Any,
) -> tuple[dict[str, Any], str]:
    """Run the pipeline; give the decision and the model card."""
    digest = {"sha256": "ab" * 32, "images": 1234}
    corrupted = repeat_under_conditions(gate)
    models = {"right": RIGHT, "confused": CONFUSED}
    given = {
        "choice": {"candidate": chosen, "reason": "It is the best of two."},
        "gate_input": gate,
        "validation_input": validation,
        "corrupted_gate": corrupted,
        "field_input": field,
        "robustness": measure_robustness(models[chosen], corrupted),
        "data_digests": {"train": digest},
        "training_manifest": TRAINED_ON,
        "drawn_digit_score": {"accuracy": 0.93, "sentence": "Reads drawings well."},
        "params:promotion": {
            **PARAMETERS,
            "limits": {**PARAMETERS["limits"], **limits},
            **({"margins": margins} if margins else {}),
        },
        "chosen_calibration": {"temperature": 2.0, "min_energy": 3.0},
        "chosen_refusal": REFUSAL,
        "test_input": TEST,
        "interpretations": {name: f"What {name} shows." for name in FIGURES},
        "result_drawings": {name: {"title": name.title()} for name in FIGURES[:9]},
        "data_drawings": {name: {"title": name.title()} for name in FIGURES[9:]},
        **{
            name: Image.new("RGB", (80 + i, 40), (i, 90, 200))
            for i, name in enumerate(FIGURES)
        },
        **{f"{name}.onnx": model for name, model in models.items()},
        **{
            f"{name}.{side}_metrics": make_metrics(wrong)
            for name, wrong in (("right", 0), ("confused", 10))
            for side in ("validation", "test")
        },
    }
    kept = {
        "decision": JsonDataset(filepath=store / "decision.json"),
        "model_card": TextDataset(filepath=store / "model_card.md"),
    }
    catalog = DataCatalog(
        {
            **{name: MemoryDataset(value) for name, value in given.items()},
            **kept,
            "incumbent": IncumbentDataset(filepath=store),
            "baseline": BaselineDataset(filepath=store),
            "taken_back": TakenBackDataset(filepath=store),
            "champion_model": ChampionDataset(filepath=store),
        }
    )
    SequentialRunner().run(create_pipeline(["right", "confused"]), catalog)
    return kept["decision"].load(), kept["model_card"].load()


def test_a_release_brings_its_test_images_and_its_gallery(tmp_path):
    promote(tmp_path)

    release = champion(tmp_path)
    assert release.test is not None
    assert release.test.digest() == TEST.digest()
    assert [shown["name"] for shown in release.gallery] == list(FIGURES)
    last = release.gallery[-1]
    assert last["title"] == FIGURES[-1].title()
    assert last["interpretation"] == f"What {FIGURES[-1]} shows."
    with Image.open(io.BytesIO(release.read(last["file"]))) as picture:
        assert picture.size == (last["width"], last["height"]) == (91, 40)
        assert picture.convert("RGB").getpixel((5, 5)) == (11, 90, 200)
    release.verify_files()


def champion(store: Path) -> Release:
    return ReleaseStore(store).champion()


def rule(decision: dict[str, Any], name: str) -> dict[str, Any]:
    [found] = [one for one in decision["rules"] if one["name"] == name]
    return found


def test_first_champion(tmp_path: Path) -> None:
    decision, card = promote(tmp_path)
    assert decision["outcome"] == "promoted"
    assert decision["champion"] is None
    assert decision["challenger_accuracy"] == 1.0
    assert decision["note"] is None
    release = champion(tmp_path)
    assert release.read("model_card.md").decode() == card
    assert release.calibration == Calibration(2.0, 3.0)
    assert release.manifest["metrics"]["refusal"] == REFUSAL
    assert release.read("model.onnx") == RIGHT
    assert release.gate.digest() == GATE.digest()
    manifest = release.manifest
    assert manifest["candidate"] == "right"
    assert manifest["environment"] == "base"
    assert manifest["dataset"]["train"]["images"] == 1234
    assert manifest["training"] == {
        "manifest": TRAINED_ON.digest,
        "images": 500,
        "corrections": 0,
        "sources": {"": 500},
    }
    carried = TrainingManifest.from_file(release.read("training_manifest.csv.gz"))
    assert carried.digest == TRAINED_ON.digest
    assert manifest["metrics"]["test"]["accuracy"] == 1.0
    assert manifest["metrics"]["drawn_digits"]["accuracy"] == 0.93
    assert manifest["decision"] == decision


def test_promotion_twice_is_harmless(tmp_path: Path) -> None:
    promote(tmp_path)
    version = champion(tmp_path).version
    decision, _ = promote(tmp_path)
    assert decision["outcome"] == "already_champion"
    store = ReleaseStore(tmp_path)
    assert store.champion().version == version
    assert store.versions() == [version]
    assert len(store.history()) == 1


def test_worse_challenger_is_refused_and_says_why(tmp_path: Path) -> None:
    promote(tmp_path)
    version = champion(tmp_path).version
    decision, _ = promote(tmp_path, "confused")
    assert decision["outcome"] == "refused"
    paired = rule(decision, "paired.challenger")
    # 30 images, all lost: 2 ** -30.
    assert paired["figure"] == pytest.approx(2**-30)
    assert paired["details"]["champion_alone_right"] == 30
    assert paired["details"]["champion_accuracy"] == 1.0
    assert paired["details"]["challenger_accuracy"] == pytest.approx(0.9)
    assert rule(decision, "classes.champion")["details"]["fallen"] == ["0"]
    assert "the champion alone got 30 right" in decision["reason"]
    assert champion(tmp_path).version == version


def test_better_challenger_takes_the_place(tmp_path: Path) -> None:
    promote(tmp_path, "confused")
    first = champion(tmp_path)
    decision, _ = promote(tmp_path)
    assert decision["outcome"] == "promoted"
    assert decision["champion"] == first.version
    assert decision["champion_candidate"] == "confused"
    assert champion(tmp_path).manifest["previous"] == first.version


def test_the_champions_own_images_count(tmp_path: Path) -> None:
    """Not worse on its own gate images, which lack zeros, but on the champion's."""
    promote(tmp_path)
    without_zeros = make_images([label for label in range(1, 10) for _ in range(30)])
    decision, _ = promote(tmp_path, "confused", gate=without_zeros)
    assert rule(decision, "paired.challenger")["passed"]
    assert not rule(decision, "paired.champion")["passed"]
    assert decision["outcome"] == "refused"


def test_same_answers_from_other_bytes_are_the_same_model(tmp_path: Path) -> None:
    promote(tmp_path)
    twin = make_model(bias=1e-9)
    assert twin != RIGHT
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(globals(), "RIGHT", twin)
        decision, _ = promote(tmp_path)
    assert decision["outcome"] == "already_champion"


def test_missing_gate_set_refuses(tmp_path: Path) -> None:
    decision, _ = promote(tmp_path, gate=make_images([]))
    assert decision["outcome"] == "refused"
    assert not rule(decision, "gate_images")["passed"]
    with pytest.raises(Exception, match="make run"):
        champion(tmp_path)


def test_other_class_names_are_refused(tmp_path: Path) -> None:
    promote(tmp_path)
    other = replace(GATE, class_names=tuple("abcdefghij"))
    decision, _ = promote(tmp_path, gate=other)
    assert not rule(decision, "class_names")["passed"]


def test_limits_come_from_the_parameters(tmp_path: Path) -> None:
    decision, _ = promote(tmp_path, max_latency_ms=0.0)
    assert decision["outcome"] == "refused"
    assert rule(decision, "latency")["figure"] > 0


def test_challenger_and_champion_answer_the_same_corrupted_images(
    tmp_path: Path,
) -> None:
    floors = {"robustness_floors": {"blur": 0.95}}
    first, _ = promote(tmp_path, "confused", **floors)
    # It reads 90 %, and there is no champion that reads more.
    assert first["outcome"] == "promoted"
    assert rule(first, "robustness.blur")["figure"] == pytest.approx(0.9)
    assert rule(first, "robustness.blur")["details"] == {"champion": None}
    assert first["reason"].endswith("Below a floor that no champion keeps: blur.")
    second, _ = promote(tmp_path, **floors)
    assert rule(second, "robustness.blur")["details"]["champion"] == pytest.approx(0.9)
    third, _ = promote(tmp_path, "confused", **floors)
    assert not rule(third, "robustness.blur")["passed"]
    assert "which the champion keeps (100.00 %)" in third["reason"]


def test_gate_that_is_the_validation_set_is_said(tmp_path: Path) -> None:
    decision, card = promote(tmp_path, validation=GATE)
    assert "chosen on the gate images" in decision["note"]
    assert decision["note"] in card


def test_model_card_names_no_weakest_class_where_all_is_found(tmp_path: Path) -> None:
    _, card = promote(tmp_path, "right")
    assert "weakest class is" not in card
    assert "every test image of each was found" in card


def test_model_card_tells_the_figures(tmp_path: Path) -> None:
    _, card = promote(tmp_path, "confused")
    assert card.startswith("# confused: digits\n")
    assert "7,850 parameters, 31 kB as ONNX" in card
    # Wilson for 90 of 100: 82.56 % to 94.48 %.
    assert "90.00 % of 100 test images" in card
    assert "82.56 % to 94.48 %" in card
    assert "| embedded | 100 | 90.00 % (82.56 % to 94.48 %) |" in card
    assert "| 3 | 10 | 0.9000 | 0.9000 | 0.9000 |" in card
    assert "Reads drawings well." in card
    assert "the hardest is shift: 90.00 % on average" in card
    assert f"| pen width |{' 90.00 % |' * 6}\n" in card
    assert "too many of clothes pass as a digit" in card
    assert "| clothes | 10 | 20.00 % | 0.00 % | 80.00 % |" in card
    assert "- It is a stub." in card
    assert "Its weakest class is 0: 90.00 % of 10 test images found." in card
    assert "It is the best of two." in card
    assert "| train | 1,234 | `abababababababab…` |" in card
    assert (
        f"`{TRAINED_ON.digest[:16]}…` lists each of the {len(TRAINED_ON.rows)} " in card
    )
    assert card.endswith(" of them are people's corrections.\n")
    assert "The first champion" in card
