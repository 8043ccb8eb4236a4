"""Take what somebody says that an answer should have been."""

from typing import TYPE_CHECKING

from digit_pipeline.quarantine import content_hash
from digit_pipeline.records import FeedbackRecord
from gradio_app.service import errors
from gradio_app.service.seen import read_one_kept

if TYPE_CHECKING:
    from gradio_app.service.service import Service


def correct_answer(  # noqa: PLR0913, PLR0917 - what a correction is made of
    service: "Service",
    prediction_id: str,
    label: str,
    image: bytes | None,
    client: str,
    session: str | None,
) -> tuple[FeedbackRecord, bool]:
    """Store a correction; see ``Service.give_feedback``."""
    if not service.signed(prediction_id):
        raise errors.forged_id()
    classifier = service.classifier
    if label not in classifier.class_names:
        raise errors.unknown_label(label, classifier.class_names)
    hashed = service.hash_client(client)
    service.check_quota(hashed)
    answered = service.find_prediction(prediction_id)
    confidence = answered.confidence if answered else None
    verdict = answered.verdict if answered else None
    content = kept = None
    if image is not None:
        kept, reading = read_one_kept(image, classifier, service.settings.upload_limits)
        content = content_hash(reading.view)
        verdict = reading.prediction.verdict
        confidence = reading.prediction.confidence
    return service.recorder.records.add_feedback(
        FeedbackRecord(
            prediction_id=prediction_id,
            label=label,
            agrees=answered is not None and answered.label == label,
            client=hashed,
            model_version=answered.model_version if answered else None,
            predicted=answered.label if answered else None,
            session=session,
            content=content,
            confidence=confidence,
            verdict=verdict,
        ),
        kept,
    )
