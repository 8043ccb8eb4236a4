"""Verdicts in plain words."""

NOTHING_DRAWN = "Draw a digit"
# A rival below one in two hundred is not worth a sentence.
WORTH_NAMING = 0.005


def name_with_article(label: str) -> str:
    """Give a class its article: a 4, an 8."""
    return f"{'an' if label == '8' else 'a'} {label}"


def word_verdict(
    verdict: str, label: str | None, probabilities: dict[str, float]
) -> str:
    """Say a verdict as a person would.

    Args:
        verdict: ``recognised``, ``unsure``, ``unfamiliar`` or ``empty``.
        label: the best guess; None for ``unfamiliar`` and ``empty``.
        probabilities: by label; what comes second is named when in doubt.
    """
    if verdict == "empty":
        return NOTHING_DRAWN
    if verdict == "unfamiliar" or label is None:
        return "I don't think that's a digit"
    if verdict == "recognised":
        return f"That is {name_with_article(label)}"
    rival = find_runner_up(label, probabilities)
    maybe = f"maybe {name_with_article(rival)}" if rival else "but I am not sure"
    return f"That looks like {name_with_article(label)}, {maybe}"


def find_runner_up(label: str | None, probabilities: dict[str, float]) -> str | None:
    """Name the most probable other class, None when it is not worth naming."""
    others = {name: p for name, p in probabilities.items() if name != label}
    if not others:
        return None
    rival = max(others, key=lambda name: others[name])
    return rival if others[rival] >= WORTH_NAMING else None
