"""What REST takes and answers about where answers come from, and about withdrawal."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gradio_app.rest.schemas.body import RequestBody
from gradio_app.rest.schemas.records import EXAMPLE_ROW, VERSION, HistoryRow
from gradio_app.rest.schemas.reviewing import (
    CORRECTION,
    EXAMPLE_CORRECTION,
    CorrectionRow,
    State,
)

Kind = Literal["prediction", "correction", "upload", "image", "manifest", "release"]
DIGEST = "3e7bd16a0b1c228597145c82d40faa40f3ffdd1bef806dfa22e096895116d509"
RUN = "3995529c2d3a46f381f70f51bbd87891"
TEXT = r"^[^\x00]*$"
EXAMPLE_TRACE: dict[str, Any] = {
    "of": "prediction",
    "prediction": EXAMPLE_ROW,
    "upload": None,
    "corrections": [],
    "reviews": [],
    "releases": [
        {
            "version": VERSION,
            "created": "2026-11-20T23:19:49+00:00",
            "candidate": "sketch_cnn",
            "environment": "sketch",
            "run_id": RUN,
            "manifest": DIGEST,
            "champion": True,
            "kept": True,
        }
    ],
    "manifests": [
        {
            "digest": DIGEST,
            "time": "2026-11-20T23:10:00+00:00",
            "run_id": RUN,
            "environment": "sketch",
            "images": 60213,
            "corrections": 1,
            "releases": [VERSION],
            "file": f"/api/manifests/{DIGEST}",
        }
    ],
    "images": [
        {
            "manifest": DIGEST,
            "image": "5f2b8c1e9a7d4c3b6e0f1a2d9c1e4b7a",
            "label": "1",
            "source": "corrections",
            "split": "train",
            "weight": 1.0,
            "correction": CORRECTION,
        }
    ],
    "images_total": 1,
}
EXAMPLE_WITHDRAWAL: dict[str, Any] = {
    "corrections": [CORRECTION],
    "changed": 1,
    "manifests": [DIGEST],
    "releases": [VERSION],
    "champion": VERSION,
    "message": f"1 correction is withdrawn; the champion {VERSION} learned from it: "
    "retrain, or roll back to a release that did not.",
}


class TracedUpload(BaseModel):
    """The upload that a correction came in."""

    id: str
    time: str = Field(description="ISO 8601, UTC.")
    name: str | None
    taken: int = Field(ge=0)
    refused: int = Field(ge=0)


class ReviewLine(BaseModel):
    """One decision about a correction."""

    time: str = Field(description="ISO 8601, UTC.")
    reviewer: str = Field(description="`rules` is no person.")
    action: str = Field(description="`accept`, `reject`, `relabel` or `withdraw`.")
    from_state: State
    to_state: State
    label: str = Field(description="The label that counts since.")
    reason: str | None


class TracedReleaseAnswer(BaseModel):
    """A release, as far as a trace asks."""

    version: str
    created: str | None = Field(description="ISO 8601, UTC.")
    candidate: str | None
    environment: str | None
    run_id: str | None = Field(description="MLflow's run.")
    manifest: str | None = Field(description="Digest of what it was trained from.")
    champion: bool
    kept: bool = Field(description="Whether it is still in the store.")


class TracedManifest(BaseModel):
    """What a training saw."""

    digest: str
    time: str = Field(description="ISO 8601, UTC.")
    run_id: str | None = Field(description="MLflow's run.")
    environment: str
    images: int = Field(ge=0)
    corrections: int = Field(ge=0, description="Images that come from corrections.")
    releases: list[str] = Field(description="Versions that were trained from it.")
    file: str = Field(description="Where the whole manifest is, with the key.")


class TracedImage(BaseModel):
    """A line of a training manifest that comes from a correction."""

    manifest: str
    image: str = Field(description="Hash of the image as the model saw it.")
    label: str
    source: str
    split: str
    weight: float
    correction: str


class TraceAnswer(BaseModel):
    """What hangs together with one thing, from the answer to the correction."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_TRACE]})

    of: Kind = Field(description="What the name is the name of.")
    prediction: HistoryRow | None
    upload: TracedUpload | None
    corrections: list[CorrectionRow] = Field(
        description="The correction itself, or those said of the answer, sent in the "
        "upload, or showing the image; at most 1,000."
    )
    reviews: list[ReviewLine] = Field(description="A correction's, oldest first.")
    releases: list[TracedReleaseAnswer] = Field(
        description="That answered, or that learned from the corrections."
    )
    manifests: list[TracedManifest] = Field(
        description="That the releases learned from, or that the corrections lie in."
    )
    images: list[TracedImage] = Field(
        description="Lines of the manifests that come from corrections: all of a "
        "release, or those of the corrections asked about; at most 1,000."
    )
    images_total: int = Field(ge=0, description="How many lines that would be.")


class WithdrawBody(RequestBody):
    """Which corrections are taken back; exactly one of the four, and why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"client": EXAMPLE_CORRECTION["client"], "reason": "A vandal."}
            ]
        }
    )

    client: str | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        pattern=TEXT,
        description="`client` of a correction.",
    )
    session: str | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        pattern=TEXT,
        description="The session's cookie.",
    )
    upload: str | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        pattern=TEXT,
        description="`id` of an upload.",
    )
    ids: list[str] | None = Field(
        default=None,
        min_length=1,
        max_length=10_000,
        description="Corrections.",
    )
    reason: str = Field(min_length=1, max_length=500, pattern=TEXT)

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        given = [self.client, self.session, self.upload, self.ids]
        if sum(one is not None for one in given) != 1:
            raise ValueError("exactly one of `client`, `session`, `upload` and `ids`")
        return self


class WithdrawAnswer(BaseModel):
    """What is withdrawn, and which trainings had seen it."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_WITHDRAWAL]})

    corrections: list[str] = Field(description="Ids of all that were meant.")
    changed: int = Field(ge=0, description="Those not withdrawn before.")
    manifests: list[str] = Field(description="Manifests that one of them lies in.")
    releases: list[str] = Field(description="Releases that were trained from those.")
    champion: str | None = Field(
        description="The champion, if it is one of these; otherwise null."
    )
    message: str = Field(description="The same in words, and what to do.")
