"""Every sentence, from numbers that a person can check."""

import pytest

from digit_pipeline.pipelines.evaluation import interpretation as words
from tests.stub_corruptions import make_scorecard


def row(name, chosen, perturbed):
    return {
        "candidate": name,
        "chosen": chosen,
        "test_accuracy": 0.99,
        "test_low": 0.971,
        "test_high": 0.9981,
        "perturbed_accuracy": perturbed,
    }


def test_comparison():
    said = words.interpret_comparison([row("a", False, 0.9), row("b", True, 0.953)])
    assert said == (
        "b is the candidate: 99.00 % of the test images right (95 % interval 97.10 % "
        "to 99.81 %); on validation images drawn anew it is 5.30 points ahead of a, "
        "the best of the others."
    )
    assert "behind c" in words.interpret_comparison(
        [row("b", True, 0.9), row("c", False, 0.95)]
    )
    assert words.interpret_comparison([row("b", True, 0.9)]).endswith("99.81 %).")


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        ([[3, 0], [0, 2]], "All 5 test images are answered rightly."),
        (
            [[3, 0], [1, 1]],
            "1 of 5 test images is mistaken; the only confusion is “dog” read as “cat” "
            "(once).",
        ),
        (
            [[1, 2], [0, 2]],
            "2 of 5 test images are mistaken; the only confusion is “cat” read as "
            "“dog” (twice).",
        ),
        (
            [[1, 2], [1, 1]],
            "3 of 5 test images are mistaken; the commonest confusion is “cat” read as "
            "“dog” (twice).",
        ),
    ],
)
def test_confusions(matrix, said):
    metrics = {"confusion_matrix": matrix, "n": 5}
    assert words.interpret_confusions(metrics, ["cat", "dog"]) == said


@pytest.mark.parametrize(
    ("confidence", "verdict"),
    [
        (0.91, "so its word can be taken"),
        (0.97, "so it is too sure of itself"),
        (0.80, "so it is too modest"),
    ],
)
def test_reliability(confidence, verdict):
    metrics = {"accuracy": 0.9, "ece": 0.03, "ece_bins": "15 bins of equal width"}
    said = words.interpret_reliability(metrics, [{"n": 7, "confidence": confidence}])
    assert verdict in said


def test_roc():
    said = words.interpret_roc({"a": 0.9, "b": 1.0, "c": None})
    assert said.startswith("A class is told from the rest with a mean area of 0.9500")
    assert "“a” is the hardest (0.9000)" in said
    assert "no curve" in words.interpret_roc({"a": None})
    assert "all areas are 1.0000" in words.interpret_roc({"a": 0.99999, "b": 1.0})


def test_classes():
    scores = {"a": {"f1": 0.5, "support": 4}, "b": {"f1": 1.0, "support": 2}}
    absent = {"c": {"f1": None, "support": 0}}
    assert words.interpret_classes({"per_class": scores | absent}) == (
        "“b” is read best (F1 1.000) and “a” worst (0.500, of 4 images)."
    )
    tied = {"c": {"f1": 1.0, "support": 1}}
    said = words.interpret_classes({"per_class": scores | tied})
    assert said.startswith("2 classes are read best (F1 1.000) and “a” worst")
    same = {"a": {"f1": 1.0, "support": 4}}
    assert "same F1, 1.000" in words.interpret_classes({"per_class": same})


def test_mistakes():
    assert "no mistake among 10" in words.interpret_mistakes(0, 10, None, 24)
    assert "right, but only just" in words.interpret_mistakes(2, 10, 0.8, 24)
    assert "wrongly, with a confidence" in words.interpret_mistakes(1, 10, 0.8, 24)
    assert "these are the 24" in words.interpret_mistakes(30, 100, 0.8, 24)


def test_robustness():
    said = words.interpret_robustness(make_scorecard(("pen_width 5", "pen_width 4")))
    # One of ten wrong twice in eleven times five.
    assert said == (
        "Of 10 gate images 100.00 % are read rightly as they are, and 99.64 % over all "
        "corruptions and strengths; the hardest is pen width: 96.00 % on average, "
        "90.00 % at strength 5."
    )
    assert "no gate images" in words.interpret_robustness(make_scorecard(images=0))


def epochs(*pairs):
    return [
        {"epoch": i, "val_accuracy": accuracy, "val_loss": loss}
        for i, (accuracy, loss) in enumerate(pairs, start=1)
    ]


def test_learning():
    # The loss of b is higher, as label smoothing makes it; its accuracy decides.
    falling = epochs((0.5, 0.9), (0.9, 0.2))
    tired = epochs((0.6, 1.5), (0.9, 1.2), (0.95, 1.3))
    assert words.interpret_learning({"a": falling, "b": tired}) == (
        "b ends with the highest validation accuracy (95.00 %); its validation loss "
        "was lowest in epoch 2 of 3."
    )
    assert "still falling" in words.interpret_learning({"a": falling})
    assert "there is no curve" in words.interpret_learning({})


def test_data():
    counts = {"train": {"a": 10, "b": 4}, "test": {"a": 1, "b": 1}}
    assert words.interpret_distribution(counts) == (
        "14 train, 2 test images; the training set is not balanced: it has 10 of “a”, "
        "its largest class, and 4 of “b”, its smallest."
    )
    assert words.interpret_samples({"mnist": 3, "pen": 1}) == (
        "Some of 4 training images, as the model sees them, 75.00 % mnist and 25.00 % "
        "pen."
    )
    assert words.interpret_samples({"mnist": 3}).endswith("all mnist.")
