"""The model card: what a release is, how good, and for whom. Every number is given."""

from collections.abc import Iterable, Sequence
from typing import Any

from digit_pipeline.percentages import word_share
from digit_pipeline.pipelines.evaluation.interpretation import (
    interpret_robustness,
    to_words,
)
from digit_pipeline.pipelines.evaluation.refusal_figures import (
    VERDICTS,
    interpret_refusal,
)

UNKNOWN = "not measured"


def write_card(  # noqa: PLR0913 - a card has many sources
    *,
    choice: dict[str, Any],
    decision: dict[str, Any],
    data_digests: dict[str, Any],
    training: dict[str, Any],
    drawn_digit_score: dict[str, Any],
    robustness: dict[str, Any],
    refusal: dict[str, Any],
    test: dict[str, Any],
    about: dict[str, Any],
) -> str:
    """Write the card of the chosen candidate, Markdown.

    Args:
        choice: ``candidate``, and the ``reason`` it was chosen.
        decision: the gate's record.
        data_digests: by set, ``sha256`` and number of ``images``.
        training: ``manifest`` (its digest), ``images``, ``corrections``, ``sources``.
        drawn_digit_score: with a ``sentence``.
        robustness: the scorecard on corrupted gate images.
        refusal: what it recognises and refuses, of digits and of non-digits.
        test: the candidate's metrics on test images.
        about: ``subject``, ``use``, ``limits`` (sentences).
    """
    sections = [
        f"# {choice['candidate']}: {about['subject']}",
        _introduce(choice, decision, test),
        "## How good it is",
        _headline(test),
        _tabulate(("figure", "on test images"), _figures(test)),
        drawn_digit_score["sentence"],
        "### By source",
        _tabulate(("source", "images", "accuracy (95 % interval)"), _sources(test)),
        "### By class",
        _tabulate(
            ("class", "images", "precision", "recall", "F1"),
            _classes(test["per_class"]),
        ),
        "### When images are corrupted",
        interpret_robustness(robustness),
        *_corruptions(robustness["corruptions"]),
        "### What it refuses",
        interpret_refusal(refusal),
        _tabulate(
            ("pictures", "number", *VERDICTS),
            _verdicts(refusal),
        ),
        "## What it is for",
        about["use"],
        "## Limits",
        "\n".join(f"- {limit}" for limit in _limits(about["limits"], decision, test)),
        "## How it was decided",
        f"Among the candidates: {choice['reason']}",
        f"At the gate: {decision['reason']}",
        *_tell_margins(decision["rules"]),
        _tabulate(
            ("rule", "passed", "finding"),
            [
                (rule["name"], "yes" if rule["passed"] else "no", rule["sentence"])
                for rule in decision["rules"]
            ],
        ),
        "## What it was made from",
        _tabulate(
            ("images", "number", "sha256 of pixels and labels"),
            [
                (name, f"{one['images']:,}", f"`{one['sha256'][:16]}…`")
                for name, one in data_digests.items()
            ],
        ),
        _tell_training(training),
    ]
    return "\n\n".join(sections) + "\n"


def _introduce(
    choice: dict[str, Any], decision: dict[str, Any], test: dict[str, Any]
) -> str:
    cost = test["cost"]
    return (
        f"Trained in the `{decision['environment']}` environment as candidate "
        f"`{choice['candidate']}`: {cost['parameters']:,} parameters, "
        f"{cost['bytes'] / 1000:,.0f} kB as ONNX, {cost['latency_ms']:.2f} ms for one "
        f"image on one thread, {cost['train_seconds']:.0f} s of training. It reads "
        f"{len(test['per_class'])} classes: {', '.join(test['per_class'])}."
    )


def _tell_training(training: dict[str, Any]) -> str:
    sources = " and ".join(
        f"{count:,} of `{name}`" for name, count in training["sources"].items()
    )
    return (
        f"Its training manifest `{training['manifest'][:16]}…` lists each of the "
        f"{training['images']:,} images it was trained and chosen on: {sources}. "
        f"{training['corrections']:,} of them are people's corrections."
    )


def _headline(test: dict[str, Any]) -> str:
    return (
        f"{word_share(test['accuracy'])} of {test['n']:,} test images are read rightly "
        f"(95 % interval {_interval(test)}). Nothing was decided on these images."
    )


def _figures(test: dict[str, Any]) -> list[tuple[str, str]]:
    names = {
        "macro_precision": "macro precision",
        "macro_recall": "macro recall",
        "macro_f1": "macro F1",
        "roc_auc": "ROC-AUC (one against the rest, macro)",
        "ece": f"expected calibration error ({test['ece_bins']})",
        "brier": "Brier score (0 is best, 2 worst)",
        "nll": "negative log-likelihood (nats)",
    }
    return [(title, _number(test[name])) for name, title in names.items()]


def _sources(test: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (name, f"{one['n']:,}", f"{word_share(one['accuracy'])} ({_interval(one)})")
        for name, one in test["by_source"].items()
    ]


def _verdicts(refusal: dict[str, Any]) -> list[tuple[str, ...]]:
    rows = refusal["digits"] | refusal["non_digits"]
    return [
        (name, f"{one['n']:,}", *(word_share(one[verdict]) for verdict in VERDICTS))
        for name, one in rows.items()
    ]


def _classes(per_class: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            name,
            f"{one['support']:,}",
            *(_number(one[kind]) for kind in ("precision", "recall", "f1")),
        )
        for name, one in per_class.items()
    ]


def _corruptions(rows: dict[str, Any]) -> list[str]:
    """Give the scorecard's table, and none where nothing was measured."""
    if not rows:
        return []
    head = ("corruption", *(f"strength {k}" for k in range(1, 6)), "mean")
    return [
        _tabulate(
            head,
            [
                (to_words(name), *map(word_share, (*row["accuracies"], row["mean"])))
                for name, row in rows.items()
            ],
        )
    ]


def _tell_margins(rules: list[dict[str, Any]]) -> list[str]:
    """Say what a retrained model had to show; nothing for any other."""
    margin = next((one for one in rules if one["name"] == "margin.champion"), None)
    if margin is None:
        return []
    points = -100 * margin["threshold"]
    confidence = 100 * margin["details"]["confidence"]
    return [
        "It was retrained, so it was not enough that no test finds it worse: it had to "
        f"show, with {confidence:g} % confidence, that it lost at most {points:g} "
        "points of accuracy. That holds on all frozen images together: its own gate "
        "images, the champion's, and the field set, which are drawings by people from "
        "whom nothing is ever learned and to which nobody can add; an image in several "
        "of them counts once. It holds against the champion and against the baseline, "
        "a release that stays what it is, so that many small losses cannot add up. Nor "
        "may it refuse noticeably more digits than they do, or take noticeably more "
        "pictures for a digit that are none."
    ]


def _limits(
    known: Sequence[str], decision: dict[str, Any], test: dict[str, Any]
) -> list[str]:
    found = [*known]
    if decision["note"]:
        found.append(decision["note"])
    recalls = {
        name: one["recall"]
        for name, one in test["per_class"].items()
        if one["recall"] is not None
    }
    worst = min(recalls, key=lambda name: recalls[name], default=None)
    if worst is not None and recalls[worst] == 1:
        found.append("No class is its weakest: every test image of each was found.")
    elif worst is not None:
        found.append(
            f"Its weakest class is {worst}: {word_share(recalls[worst])} of "
            f"{test['per_class'][worst]['support']:,} test images found."
        )
    return found


def _tabulate(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _interval(figures: dict[str, Any]) -> str:
    low, high = figures["accuracy_low"], figures["accuracy_high"]
    return f"{word_share(low)} to {word_share(high)}"


def _number(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.4f}"
