"""Which release answers, what it learned from and how well it did, in words."""

import html
from typing import Any

from digit_pipeline.intervals import wilson_interval
from digit_pipeline.percentages import word_share
from gradio_app.pages.answer import set_code
from gradio_app.service import Service

SOURCES = {
    "base": "the digits that come with scikit-learn",
    "mnist": "MNIST",
    "sketch": "MNIST and of digits drawn with a pen",
}
# What a training manifest calls the source of what people taught.
CORRECTIONS = "corrections"
DOCS = '<a href="docs">REST API</a>'


def show_release(service: Service) -> str:
    """Show the release that answers, or why none does."""
    champion = service.champion
    parts = []
    if champion.classifier is not None:
        sentences = describe(champion.classifier.manifest)
        parts.append(f"<p>{sentences}</p>")
    if service.problem:
        parts.append(f'<p class="notice">{set_code(service.problem)}</p>')
    parts.append(f"<p>Programs can ask too: {DOCS}.</p>")
    return f'<section class="release"><h2>Who answers</h2>{"".join(parts)}</section>'


def describe(manifest: dict[str, Any]) -> str:
    """Describe a release in a few sentences of HTML.

    Args:
        manifest: what was published with it; its metrics may be missing.
    """
    version = f"Release <code>{html.escape(str(manifest['version']))}</code>"
    candidate = manifest.get("candidate")
    model = f" (<code>{html.escape(str(candidate))}</code>)" if candidate else ""
    sentences = f"{_training(manifest)}. {_score(manifest)}{_refusal(manifest)}"
    return f"{version}{model}{sentences}"


def _training(manifest: dict[str, Any]) -> str:
    images = manifest.get("dataset", {}).get("train", {}).get("images")
    source = SOURCES.get(manifest.get("environment", ""), "")
    training = manifest.get("training", {})
    taught = training.get("sources", {}).get(CORRECTIONS)
    if taught:
        published = training["images"] - taught
        return (
            f" was trained and chosen on {published:,} images"
            + (f" of {source}" if source else "")
            + f" and {taught:,} that people labelled"
        )
    if not images:
        return f" learned from {source}" if source else ""
    return f" learned from {images:,} images" + (f" of {source}" if source else "")


def _score(manifest: dict[str, Any]) -> str:
    metrics = manifest.get("metrics", {})
    test = metrics.get("test") or {}
    if test.get("n"):
        share, count = test["accuracy"], test["n"]
        interval = test["accuracy_low"], test["accuracy_high"]
    else:
        share, count = manifest["gate"]["accuracy"], manifest["gate"]["images"]
        interval = wilson_interval(share * count, count)
    low, high = map(word_share, interval)
    text = (
        f"Of {count:,} digits it had never seen it read {word_share(share)} right "
        f"(95 % interval {low} to {high})"
    )
    drawn = metrics.get("drawn_digits") or {}
    if not drawn.get("n"):
        return f"{text}."
    return (
        f"{text}; of {drawn['n']:,} drawn with a pen by people new to it, "
        f"{word_share(drawn['accuracy'])}."
    )


def _refusal(manifest: dict[str, Any]) -> str:
    refusal = manifest.get("metrics", {}).get("refusal") or {}
    families = refusal.get("non_digits")
    if not families:
        return ""
    count = sum(one["n"] for one in families.values())
    passed = sum(one["n"] * one["recognised"] for one in families.values()) / count
    return (
        f" It took {word_share(passed)} of {count:,} letters, scribbles and other "
        f"pictures for a digit, and refused {word_share(refusal['refused_digits'])} of "
        "the digits."
    )
