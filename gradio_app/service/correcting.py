"""Take what somebody says that an answer should have been."""

from digit_pipeline.quarantine import content_hash
from digit_pipeline.records import FeedbackRecord
from gradio_app.service import errors
from gradio_app.service.core import Core
from gradio_app.service.seen import read_one_kept


def correct_answer(  # noqa: PLR0913, PLR0917 - what a correction is made of
    core: Core,
    prediction_id: str,
    label: str,
    image: bytes | None,
    client: str,
    session: str | None,
) -> tuple[FeedbackRecord, bool]:
    """Store a correction; see ``Service.give_feedback``."""
    if not core.signed(prediction_id):
        raise errors.forged_id()
    classifier = core.classifier
    if label not in classifier.class_names:
        raise errors.unknown_label(label, classifier.class_names)
    hashed = core.hash_client(client)
    records = core.recorder.records
    # What was said before takes nothing of the quota, not even once that is spent.
    if records.find_feedback(prediction_id, label) is None:
        core.check_quota(hashed)
    answered = core.find_prediction(prediction_id)
    confidence = answered.confidence if answered else None
    verdict = answered.verdict if answered else None
    content = kept = None
    if image is not None:
        kept, reading = read_one_kept(image, classifier, core.settings.upload_limits)
        content = content_hash(reading.view)
        verdict = reading.prediction.verdict
        confidence = reading.prediction.confidence
    return records.add_feedback(
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
