"""What was found, in words for people who never heard of statistics."""

from digit_pipeline.drift.findings import Finding
from digit_pipeline.drift.report import DriftReport
from digit_pipeline.drift.two_samples import Distance

# By column: what it is called, how a number of it is shown, and what less and more of
# it are.
NUMBERS = {
    "share": ("of the field is ink", "{:.1%}", "less", "more"),
    "width": ("of the picture's width", "{:.0%}", "narrower", "wider"),
    "height": ("of the picture's height", "{:.0%}", "flatter", "taller"),
    "aspect": ("width by height", "{:.2f}", "narrower", "wider"),
    "thickness": ("pixels of 28", "{:.1f}", "thinner strokes", "thicker strokes"),
    "confidence": ("sure", "{:.1%}", "less sure", "more sure"),
    "energy": (
        "of likeness to a digit",
        "{:.1f}",
        "less like digits",
        "more like digits",
    ),
}
VERDICTS = {
    "recognised": "recognised",
    "unsure": "not sure about",
    "unfamiliar": "taken for no digit",
    "empty": "empty",
}
REFERENCES = {
    "from_checked": "the digits that this release was checked with",
    "in_use": "its first answers",
}


def describe_drift(report: DriftReport) -> str:
    """Say it in a sentence or two."""
    findings = {"from_checked": report.from_checked, "in_use": report.in_use}
    said = [
        _describe(name, finding)
        for name, finding in findings.items()
        if finding and finding.state in {"confirmed", "suspected"}
    ]
    if said:
        return " ".join(said)
    if report.state == "too_few":
        return (
            f"Of {report.answers} answers of release {report.version} nothing can be "
            "said yet."
        )
    return "People draw as before."


def describe_difference(name: str, distance: Distance) -> str:
    """Say how a column differs: "thinner strokes (1.8 instead of 2.4 pixels of 28)"."""
    if distance.name is not None:
        what = VERDICTS.get(distance.name, f"{distance.name}s")
        more = "more" if distance.now > distance.before else "fewer"
        return f"{more} {what} ({distance.now:.0%} instead of {distance.before:.0%})"
    unit, shown, less, more = NUMBERS[name]
    word = more if distance.now > distance.before else less
    now, before = shown.format(distance.now), shown.format(distance.before)
    return f"{word} ({now} instead of {before} {unit})"


def _describe(name: str, finding: Finding) -> str:
    widest = [
        max(finding.measured[family].distances.items(), key=lambda one: one[1].value)
        for family in finding.families
    ]
    differences = ", ".join(describe_difference(*one) for one in widest)
    sure = (
        f"The latest {finding.window} answers differ"
        if finding.state == "confirmed"
        else f"The latest {finding.window} answers, and not those before them, differ"
    )
    return f"{sure} from {REFERENCES[name]}: {differences}."
