"""What REST answers about whether people draw as before."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from digit_pipeline.door import Door
from digit_pipeline.drift import State

VERSION = "000012-20261120T231949Z"
EXAMPLE_COLUMN: dict[str, Any] = {
    "what": "Stroke thickness",
    "differs": True,
    "distance": 0.412,
    "chance": 0.081,
    "p_value": 0.0017,
    "name": None,
    "before": 2.43,
    "now": 1.82,
    "before_text": "2.4 pixels",
    "now_text": "1.8 pixels",
}
EXAMPLE_COMPARISON: dict[str, Any] = {
    "state": "confirmed",
    "drifted": ["ink"],
    "reference": 2000,
    "window": 300,
    "families": {"ink": {"p_value": 0.0017, "columns": {"thickness": EXAMPLE_COLUMN}}},
}
EXAMPLE_DRIFT: dict[str, Any] = {
    "version": VERSION,
    "answers": 812,
    "state": "confirmed",
    "sentence": "People draw differently from the digits this model was checked with: "
    "strokes are thinner (1.8 instead of 2.4 pixels).",
    "from_checked": EXAMPLE_COMPARISON,
    "in_use": {
        "state": "too_few",
        "drifted": [],
        "reference": 812,
        "window": 0,
        "families": {},
    },
    "settings": {
        "window": 300,
        "least": 100,
        "first": 1000,
        "false_alarms": 0.01,
        "smallest": 0.1,
        "door": "draw",
        "per_session": 3,
    },
}


class DriftColumn(BaseModel):
    """How far the answers lie apart in one thing that was measured."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_COLUMN]})

    what: str = Field(description="What was measured, for people.")
    differs: bool = Field(
        description="Whether it counts: wide enough, and not by chance."
    )
    distance: float = Field(
        ge=0,
        le=1,
        description="0 for alike. Of numbers the largest difference of the two "
        "distribution functions, of verdicts and labels half the summed differences "
        "of their shares.",
    )
    chance: float = Field(
        ge=0, le=1, description="What chance alone stays under 95 times in 100."
    )
    p_value: float = Field(
        ge=0, le=1, description="How often chance alone would give as much."
    )
    name: str | None = Field(
        description="The verdict or label whose share changed most; null for numbers."
    )
    before: float = Field(description="The middle value, or that share in [0, 1].")
    now: float = Field(description="The same of the latest answers.")
    before_text: str = Field(description="With its unit, for people.")
    now_text: str = Field(description="With its unit, for people.")


class DriftFamily(BaseModel):
    """What was tested together."""

    p_value: float = Field(
        ge=0, le=1, description="How often chance alone would give as much in any."
    )
    columns: dict[str, DriftColumn]


class DriftComparison(BaseModel):
    """The latest answers beside earlier ones."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_COMPARISON]})

    state: State = Field(
        description="`confirmed` when the answers before the latest say so as well, "
        "`suspected` when they do not."
    )
    drifted: list[str] = Field(description="The families that differ.")
    reference: int = Field(ge=0, description="Answers compared with.")
    window: int = Field(ge=0, description="The latest answers that were compared.")
    families: dict[str, DriftFamily] = Field(
        description="`ink`, `answers` and `labels`; none with too few answers."
    )


class DriftSettingsAnswer(BaseModel):
    """When there is drift."""

    window: int = Field(
        description="Latest answers that are compared; as many before them confirm."
    )
    least: int = Field(description="Answers under which nothing is said of a window.")
    first: int = Field(
        description="Answers of a release that later ones are compared with."
    )
    false_alarms: float = Field(
        description="Share of windows in which chance alone may alarm."
    )
    smallest: float = Field(description="Distance under which no difference counts.")
    door: Door = Field(description="Where the answers came in that are looked at.")
    per_session: int = Field(
        description="Answers of one session that count, among the first and the latest."
    )


class DriftAnswer(BaseModel):
    """Whether people draw as before."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_DRIFT]})

    version: str = Field(description="The release whose answers these are.")
    answers: int = Field(ge=0, description="Of its answers, how many were looked at.")
    state: State = Field(
        description="Of `in_use`, once that can be said; until then of `from_checked`."
    )
    sentence: str = Field(description="The same for people.")
    from_checked: DriftComparison | None = Field(
        description="Against the images it was checked with; null when the release "
        "does not hold what its answers to them look like."
    )
    in_use: DriftComparison = Field(
        description="Its latest answers against the first that it gave in use."
    )
    settings: DriftSettingsAnswer
