"""What a look for drift found, in words for people who never heard of statistics."""

from collections.abc import Callable
from dataclasses import dataclass

from digit_pipeline.drift.findings import DriftSettings, Finding
from digit_pipeline.drift.report import DriftReport
from digit_pipeline.drift.two_samples import Distance
from digit_pipeline.percentages import word_confidence

# Of what differs a sentence names so much; the rest is in the figures.
MOST_NAMED = 3


@dataclass(frozen=True)
class ColumnWords:
    """A column in words.

    Attributes:
        what: its name.
        before: its middle value in the reference, or that share of it.
        now: the same of the latest answers.
        difference: what became of it, to stand in a sentence.
    """

    what: str
    before: str
    now: str
    difference: str


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _pixels(value: float) -> str:
    return f"{value:.1f} pixels"


# What it is called, how it is written, and what less and more of it are.
NUMBERS: dict[str, tuple[str, Callable[[float], str], str, str]] = {
    "share": (
        "Share of ink",
        _share,
        "there is less ink",
        "there is more ink",
    ),
    "width": (
        "Width in the picture",
        _share,
        "digits fill less of the picture's width",
        "digits fill more of the picture's width",
    ),
    "height": (
        "Height in the picture",
        _share,
        "digits fill less of the picture's height",
        "digits fill more of the picture's height",
    ),
    "aspect": (
        "Width by height",
        "{:.2f}".format,
        "digits are slimmer",
        "digits are broader",
    ),
    "thickness": (
        "Stroke thickness",
        _pixels,
        "strokes are thinner",
        "strokes are thicker",
    ),
    "confidence": (
        "How sure answers are",
        word_confidence,
        "answers are less sure",
        "answers are more sure",
    ),
    "energy": (
        "Likeness to a digit",
        "{:.1f}".format,
        "pictures look less like digits",
        "pictures look more like digits",
    ),
}
VERDICTS = {
    "recognised": "answers that are sure",
    "unsure": "answers that are not sure",
    "unfamiliar": "pictures taken for no digit",
    "empty": "empty pictures",
}


def word_drift(report: DriftReport, settings: DriftSettings) -> str:
    """Say in a sentence or two whether people draw as before.

    Args:
        report: what was found.
        settings: what held when it was found.
    """
    held = _compared(report, settings)
    if report.state == "too_few":
        return _word_too_few(report, settings)
    differing = [pair for pair in held if pair[0].state in {"confirmed", "suspected"}]
    # What is certain comes first.
    differing.sort(key=lambda pair: pair[0].state)
    said = [_word_difference(*pair) for pair in differing]
    if report.state == "none":
        alike = [against for one, against in held if one.state == "none"]
        said.insert(0, f"People draw as before: like {' and like '.join(alike)}.")
    return " ".join(said)


def word_column(name: str, distance: Distance) -> ColumnWords:
    """Say what a column holds, and what became of it.

    Args:
        name: of the column.
        distance: between the reference and the latest answers.
    """
    if distance.name is not None:
        return _word_name(name, distance)
    what, write, less, more = NUMBERS[name]
    before, now = write(distance.before), write(distance.now)
    if before == now:
        change = f"{what[0].lower()}{what[1:]} varies differently (around {now} still)"
    else:
        change = less if distance.now < distance.before else more
        change += f" ({now.removesuffix(' pixels')} instead of {before})"
    return ColumnWords(what, before, now, change)


def _compared(
    report: DriftReport, settings: DriftSettings
) -> list[tuple[Finding, str]]:
    """Give each comparison with the name of what was compared with."""
    in_use = f"the first {settings.first:,} pictures this model read"
    held = [(report.in_use, in_use)]
    if report.from_checked is not None:
        held.insert(0, (report.from_checked, "the digits this model was checked with"))
    return held


def _word_too_few(report: DriftReport, settings: DriftSettings) -> str:
    """Say how many answers there are, and how many it takes: two windows."""
    needed = 2 * settings.least
    checked = report.from_checked
    if checked is None or checked.reference < settings.least:
        # Then only its own first answers are left to compare with.
        needed += settings.first
    return f"Nothing can be said yet: {report.answers:,} of {needed:,} answers."


def _word_difference(finding: Finding, against: str) -> str:
    """Say what differs, of the families that did in both windows if any did."""
    distances = {
        name: one
        for family in finding.families
        for name, one in finding.measured[family].distances.items()
    }
    named = [
        word_column(name, distances[name]).difference for name in finding.differing
    ]
    told = f"{against}: {_join(named[:MOST_NAMED])}."
    if finding.state == "confirmed":
        return f"People draw differently from {told}"
    return (
        f"People may draw differently from {told} Only the latest {finding.window} "
        f"answers say so, the {finding.window} before them do not."
    )


def _word_name(column: str, distance: Distance) -> ColumnWords:
    """Say of which verdict or label there is more or less."""
    name = distance.name
    before, now = _share(distance.before), _share(distance.now)
    is_more = distance.now > distance.before
    if column == "verdict":
        counted = VERDICTS[name or "empty"]
        what = counted[0].upper() + counted[1:]
        change = f"{'more' if is_more else 'fewer'} {counted}"
    else:
        what = f"Read as {name}"
        change = f"{name} is read {'more' if is_more else 'less'} often"
    return ColumnWords(what, before, now, f"{change} ({now} instead of {before})")


def _join(named: list[str]) -> str:
    """Join with commas and an "and"."""
    return " and ".join(filter(None, [", ".join(named[:-1]), named[-1]]))
