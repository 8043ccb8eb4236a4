"""The chain from an answer to the corrections behind it, and back."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from digit_pipeline.records import corrections, manifests, predictions
from digit_pipeline.records.corrections import CorrectionFilter
from digit_pipeline.records.feedback import FeedbackRecord
from digit_pipeline.records.manifests import ManifestRecord
from digit_pipeline.records.page import MAX_PAGE_SIZE
from digit_pipeline.records.predictions import PredictionRecord
from digit_pipeline.records.reviews import ReviewRecord, select_reviews

Kind = Literal["correction", "prediction", "release", "manifest"]


@dataclass(frozen=True, kw_only=True)
class Trace:
    """What is known of one link of the chain, and its neighbours.

    The corrections of a manifest may be many: ``ManifestRecord`` has their ids, and
    ``CorrectionFilter(manifest=…)`` finds them.

    Attributes:
        kind: what was asked for.
        prediction: the answer: asked for, or what the correction is about; None when
            it is not recorded, or no longer.
        corrections: the one that was asked for, or what was said of the answer.
        reviews: history of these corrections, oldest first.
        manifests: what the correction lies in; or what the release was trained from,
            of an answer the release that gave it.
        releases: the release that was asked for or gave the answer; of a correction or
            a manifest what was trained with it.
    """

    kind: Kind
    prediction: PredictionRecord | None = None
    corrections: tuple[FeedbackRecord, ...] = ()
    reviews: tuple[ReviewRecord, ...] = ()
    manifests: tuple[ManifestRecord, ...] = ()
    releases: tuple[str, ...] = ()


def find_trace(connection: Connection, id: str) -> Trace | None:
    """Follow the id of a correction, a prediction, a release or a manifest.

    None when the records know nothing by that id.
    """
    correction = corrections.select_correction(connection, id)
    if correction:
        return _trace_correction(connection, correction)
    said = CorrectionFilter(prediction_id=id)
    about = corrections.select_page(connection, said, 1, MAX_PAGE_SIZE, True).items
    prediction = predictions.select_prediction(connection, id)
    if prediction or about:
        return _trace_prediction(connection, prediction, about)
    manifest = manifests.select_manifest(connection, id)
    if manifest:
        releases = manifest.releases
        return Trace(kind="manifest", manifests=(manifest,), releases=releases)
    manifest = manifests.select_manifest_of_release(connection, id)
    if manifest:
        return Trace(kind="release", manifests=(manifest,), releases=(id,))
    return None


def _trace_correction(connection: Connection, correction: FeedbackRecord) -> Trace:
    seen_in = manifests.select_manifests_of(connection, correction.id)
    return Trace(
        kind="correction",
        prediction=predictions.select_prediction(connection, correction.prediction_id),
        corrections=(correction,),
        reviews=select_reviews(connection, correction.id),
        manifests=seen_in,
        releases=tuple(sorted({v for m in seen_in for v in m.releases})),
    )


def _trace_prediction(
    connection: Connection,
    prediction: PredictionRecord | None,
    about: tuple[FeedbackRecord, ...],
) -> Trace:
    version = prediction.model_version if prediction else about[0].model_version
    manifest = version and manifests.select_manifest_of_release(connection, version)
    return Trace(
        kind="prediction",
        prediction=prediction,
        corrections=about,
        reviews=tuple(r for c in about for r in select_reviews(connection, c.id)),
        manifests=(manifest,) if manifest else (),
        releases=(version,) if version else (),
    )
