"""What a trace tells: answers, releases, manifests, images and corrections."""

from dataclasses import dataclass
from typing import Literal

from digit_pipeline.records import (
    FeedbackRecord,
    ManifestRecord,
    PredictionRecord,
    ReviewRecord,
    UploadRecord,
)
from digit_pipeline.training_manifest import Row

Kind = Literal["prediction", "correction", "upload", "image", "manifest", "release"]


@dataclass(frozen=True)
class TracedRelease:
    """A release, as far as a trace asks.

    Attributes:
        version: its name.
        created: UTC time of publication, ISO 8601; None when it is no longer there.
        candidate: the candidate that won.
        environment: what it learned from.
        run_id: MLflow's run.
        manifest: digest of what it was trained from; None where it does not say.
        champion: whether it answers now.
        kept: whether it is still in the store.
    """

    version: str
    created: str | None
    candidate: str | None
    environment: str | None
    run_id: str | None
    manifest: str | None
    champion: bool
    kept: bool


@dataclass(frozen=True)
class TracedImage:
    """A line of a training manifest that comes from a correction.

    Attributes:
        manifest: digest of the manifest.
        row: the line.
    """

    manifest: str
    row: Row


@dataclass(frozen=True)
class Trace:
    """What hangs together with one thing.

    Attributes:
        of: what was asked about.
        prediction: the answer, if that was asked about.
        upload: the upload, if that was asked about or the correction came in it.
        corrections: what was asked about: the correction, or those said of the
            answer, sent in the upload, or showing the image.
        reviews: the history of a correction, oldest first; of a single one.
        releases: that answered, or that learned from the corrections.
        manifests: that the releases learned from, or that the corrections lie in.
        images: the lines of those manifests that come from corrections: all of a
            release's, or those of the corrections asked about; not more than
            a page shows.
        images_total: how many lines that would be.
    """

    of: Kind
    prediction: PredictionRecord | None = None
    upload: UploadRecord | None = None
    corrections: tuple[FeedbackRecord, ...] = ()
    reviews: tuple[ReviewRecord, ...] = ()
    releases: tuple[TracedRelease, ...] = ()
    manifests: tuple[ManifestRecord, ...] = ()
    images: tuple[TracedImage, ...] = ()
    images_total: int = 0
