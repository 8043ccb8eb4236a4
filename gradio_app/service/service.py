"""The one object behind both doors: predictions, corrections, history, releases."""

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from digit_pipeline.door import Door
from digit_pipeline.drift import DriftSettings
from digit_pipeline.image_errors import ImageError
from digit_pipeline.records import (
    FeedbackRecord,
    Forgotten,
    Page,
    PredictionFilter,
    PredictionRecord,
    Statistics,
)
from digit_pipeline.splitting import MAX_PARTS, split_digits
from digit_pipeline.uploads import open_upload
from gradio_app.champion import ChampionFollower
from gradio_app.service.core import Core
from gradio_app.service.correcting import correct_answer
from gradio_app.service.drifting import Drifting
from gradio_app.service.predictions import Reading, SplitReading
from gradio_app.service.reading import (
    Opened,
    answer_pictures,
    open_picture,
    read_few,
    read_pictures,
)
from gradio_app.service.releases import Releases
from gradio_app.service.reviewing import Reviewing
from gradio_app.service.teaching import Teaching
from gradio_app.service.tracing import Tracing
from gradio_app.settings import Settings
from gradio_app.why import Reason, give_reason

UNDIVIDED = (
    f"Expected at most {MAX_PARTS} digits to split, but the picture has more parts: it "
    "was read as one digit."
)


class Service(Core):
    """Everything that both doors offer.

    Args:
        settings: limits, keys and where records are kept.
        follower: gives the champion.

    Attributes:
        releases: shows releases, and goes back to earlier ones.
        teaching: takes labelled pictures in bulk.
        reviewing: shows corrections, and decides about them.
        tracing: follows answers and corrections through releases and back.
        drifting: tells whether people draw otherwise than before.
    """

    def __init__(self, settings: Settings, follower: ChampionFollower):
        super().__init__(settings, follower)
        self.releases = Releases(self)
        self.teaching = Teaching(self)
        self.reviewing = Reviewing(self)
        self.tracing = Tracing(self)
        self.drifting = Drifting(self, DriftSettings(door=settings.drift_door))

    def read(
        self, body: bytes, *, door: Door = "rest", session: str | None = None
    ) -> Reading:
        """Read one digit from an image file.

        Args:
            body: a PNG, JPEG, WebP or BMP file.
            door: where it came in, for the records.
            session: random id of the browser's session, for its history.

        Raises:
            ImageError: when the file cannot be opened.
            NotReadyError: when there is no release.
        """
        [found] = self.read_together([(body, session)], door=door)
        if isinstance(found, ImageError):
            raise found
        return found

    def read_together(
        self, asked: Sequence[tuple[bytes, str | None]], *, door: Door = "rest"
    ) -> list[Reading | ImageError]:
        """Read one digit from each of a few image files, all with one release.

        Args:
            asked: each file, and the random id of the browser's session.
            door: where they came in, for the records.

        Returns:
            a reading per file, or why it has none.

        Raises:
            NotReadyError: when there is no release.
        """
        bodies = [body for body, _ in asked]
        found = read_few(
            bodies, self.classifier, self.settings.upload_limits, self.new_id
        )
        for (body, session), one in zip(asked, found, strict=True):
            if isinstance(one, Reading):
                self.recorder.add(one, door, session, body)
        return found

    def read_split(
        self, body: bytes, *, door: Door = "rest", session: str | None = None
    ) -> SplitReading:
        """Read every digit of an image file, from left to right.

        Args:
            body: a PNG, JPEG, WebP or BMP file.
            door: where it came in, for the records.
            session: random id of the browser's session, for its history.

        Raises:
            ImageError: when the file cannot be opened.
            NotReadyError: when there is no release.
        """
        classifier = self.classifier
        start = time.perf_counter()
        opened = open_upload(body, self.settings.upload_limits)
        decoded = time.perf_counter()
        parts = split_digits(opened.pixels)
        views = [part.view for part in parts]
        shares = 1000 / max(1, len(parts))
        decode_ms = round(shares * (decoded - start), 3)
        contract_ms = round(shares * (time.perf_counter() - decoded), 3)
        pictures = [Opened(body, v, (), decode_ms, contract_ms) for v in views]
        readings = answer_pictures(classifier, pictures, self.new_id)
        for reading in readings:
            self.recorder.add(reading, door, session, body)
        height, width = opened.pixels.shape[:2]
        return SplitReading(
            digits=tuple(readings),
            boxes=tuple(part.box for part in parts),
            size=(width, height),
            model_version=classifier.version,
            elapsed_ms=round(1000 * (time.perf_counter() - start), 3),
            notes=opened.notes + (UNDIVIDED,) * any(p.is_undivided for p in parts),
        )

    def read_many(
        self,
        items: Iterable[bytes | ImageError],
        *,
        door: Door = "batch",
        session: str | None = None,
    ) -> Iterator[Reading | ImageError]:
        """Read many image files with one release, in order, a few dozen at a time.

        Memory stays flat as long as the caller lets go of the readings.

        Args:
            items: image files; what is an error already comes out as it went in.
            door: where they came in, for the records.
            session: random id of the browser's session, for its history.

        Yields:
            a reading per file, or why it has none.

        Raises:
            NotReadyError: when there is no release; at once, not at the first item.
        """
        classifier = self.classifier

        def read_each() -> Iterator[Reading | ImageError]:
            for body, found in read_pictures(
                items, classifier, self.settings.upload_limits, self.new_id
            ):
                if isinstance(found, Reading):
                    self.recorder.add(found, door, session, body)
                yield found

        return read_each()

    def explain(self, body: bytes) -> Reason:
        """Say why an image file is read as it is; that is not recorded.

        Args:
            body: a PNG, JPEG, WebP or BMP file.

        Raises:
            ImageError: when the file cannot be opened.
            NotReadyError: when there is no release.
        """
        classifier = self.classifier
        picture = open_picture(body, self.settings.upload_limits)
        [reading] = answer_pictures(classifier, [picture], self.new_id)
        return self.explain_reading(reading)

    @staticmethod
    def explain_reading(reading: Reading) -> Reason:
        """Say why a reading says what it says, by asking who gave it."""
        return give_reason(reading.view, reading.classifier, reading.prediction.verdict)

    def give_feedback(
        self,
        prediction_id: str,
        label: str,
        *,
        image: bytes | None = None,
        client: str,
        session: str | None = None,
    ) -> tuple[FeedbackRecord, bool]:
        """Store what somebody says that an answer should have been.

        Args:
            prediction_id: the answer's id.
            label: one of the classes.
            image: the picture, if it may be kept.
            client: address of who says so; only its keyed hash is stored.
            session: random id of the browser's session.

        Returns:
            what is on the disk now, and whether it is new.

        Raises:
            ServiceError: ``forged_id``, ``unknown_label``, ``quota``, ``no_records``.
            RecordsError: ``no_space`` or ``unavailable``; then nothing was stored.
            ImageError: when the picture cannot be opened.
            NotReadyError: when there is no release, whose classes are the labels.
        """
        return correct_answer(self, prediction_id, label, image, client, session)

    def history(
        self, wanted: PredictionFilter, page: int = 1, page_size: int = 50
    ) -> Page[PredictionRecord]:
        """Give a page of predictions, newest first.

        Args:
            wanted: which; name a session, or everybody's are given.
            page: from 1.
            page_size: 1 to 1000.

        Raises:
            NoRecordsError, RecordsError: when the records cannot be read.
        """
        self.flush()
        return self.recorder.records.predictions(wanted, page, page_size)

    def iterate_history(self, wanted: PredictionFilter) -> Iterator[PredictionRecord]:
        """Give every prediction, newest first, without holding them all in memory."""
        self.flush()
        return self.recorder.records.iterate_predictions(wanted)

    def forget(self, session: str | None) -> Forgotten:
        """Delete everything that came from a session; of None came nothing.

        Raises:
            NoRecordsError, RecordsError: when the records do not answer.
        """
        self.flush()
        records = self.recorder.records
        return records.forget(session) if session else Forgotten(0, 0, 0)

    def statistics(self, since: datetime | None = None) -> Statistics:
        """Count what was predicted, not longer ago than ``since``."""
        return self.recorder.records.statistics(since)
