"""The one object behind both doors: predictions, corrections, history, releases."""

import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from digit_pipeline.image_errors import ImageError
from digit_pipeline.records import (
    FeedbackRecord,
    Forgotten,
    Page,
    PredictionFilter,
    PredictionRecord,
    Statistics,
)
from digit_pipeline.records.predictions import Door
from digit_pipeline.releases import Promotion, ReleaseStore
from digit_pipeline.splitting import MAX_PARTS, split_digits
from digit_pipeline.uploads import open_upload
from gradio_app.champion import Champion, ChampionFollower
from gradio_app.registry import Registry
from gradio_app.service import errors
from gradio_app.service.correcting import correct_answer
from gradio_app.service.errors import NotReadyError
from gradio_app.service.evaluation import Evaluation, answer_test_set, summarise
from gradio_app.service.labelled_archive import evaluate_archive
from gradio_app.service.predictions import Reading, SplitReading
from gradio_app.service.reading import (
    Opened,
    answer_pictures,
    open_picture,
    read_few,
    read_pictures,
)
from gradio_app.service.recorder import Recorder
from gradio_app.service.release_list import (
    Difference,
    ReleaseDetail,
    ReleaseSummary,
    compare_releases,
    describe_release,
    find_release,
    list_releases,
)
from gradio_app.service.reviewing import Reviewing
from gradio_app.service.signing import Signer, keep_key
from gradio_app.service.teaching import Teaching
from gradio_app.service.tracing import Tracing
from gradio_app.settings import Settings
from gradio_app.why import Reason, give_reason

if TYPE_CHECKING:
    from digit_pipeline.classifier import Classifier

NO_RELEASE = (
    "No model has been released yet; run `make run` (or `kedro run`), and the answer "
    "comes without restarting this app."
)
UNDIVIDED = (
    f"Expected at most {MAX_PARTS} digits to split, but the picture has more parts: it "
    "was read as one digit."
)


class Service:
    """Everything that both doors offer.

    Args:
        settings: limits, keys and where records are kept.
        follower: gives the champion.

    Attributes:
        teaching: takes labelled pictures in bulk.
        reviewing: shows corrections, and decides about them.
        tracing: follows answers and corrections through releases and back.
    """

    def __init__(self, settings: Settings, follower: ChampionFollower):
        self.settings = settings
        self.follower = follower
        self.store = ReleaseStore(follower.pointer.parent)
        self.recorder = Recorder(settings)
        self.registry = Registry(settings)
        self.started = time.time()
        given = settings.signing_key
        key = given.get_secret_value().encode() if given else secrets.token_bytes(32)
        self._signer = Signer(key)
        self.teaching = Teaching(self)
        self.reviewing = Reviewing(self)
        self.tracing = Tracing(self)

    def start(self) -> None:
        """Open the records, load the champion and follow it."""
        self.started = time.time()
        if self.settings.signing_key is None:
            path = self.settings.records_images.with_name("signing.key")
            self._signer = Signer(keep_key(path))
        self.recorder.start()
        self.follower.start()

    def stop(self) -> None:
        """Stop following, and write what waits to be recorded."""
        self.follower.stop()
        self.recorder.stop()

    @property
    def champion(self) -> Champion:
        """What is served at this moment."""
        return self.follower.current

    @property
    def is_ready(self) -> bool:
        """Whether a release is loaded."""
        return self.champion.classifier is not None

    @property
    def problem(self) -> str | None:
        """One sentence on why the app does not answer, or not with what it should."""
        champion = self.champion
        if champion.classifier is None and champion.desired is None:
            return NO_RELEASE
        return champion.problem

    @property
    def classifier(self) -> "Classifier":
        """The release that answers at this moment.

        Raises:
            NotReadyError: when there is none.
        """
        classifier = self.champion.classifier
        if classifier is None:
            raise NotReadyError(self.problem)
        return classifier

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
            bodies, self.classifier, self.settings.upload_limits, self._signer.new_id
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
        readings = answer_pictures(classifier, pictures, self._signer.new_id)
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
                items, classifier, self.settings.upload_limits, self._signer.new_id
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
        [reading] = answer_pictures(classifier, [picture], self._signer.new_id)
        return self.explain_reading(reading)

    @staticmethod
    def explain_reading(reading: Reading) -> Reason:
        """Say why a reading says what it says, by asking who gave it."""
        return give_reason(reading.view, reading.classifier, reading.prediction.verdict)

    def signed(self, prediction_id: str) -> bool:
        """Tell whether an id was given out by this app."""
        return self._signer.is_own(prediction_id)

    def hash_client(self, address: str) -> str:
        """Turn an address into what tells clients apart and names none."""
        return self._signer.hash_client(address)

    def sign(self, text: str) -> str:
        """Give the name that a text has here, and that nobody else can give it."""
        return self._signer.name(text)

    def check_quota(self, client: str, more: int = 1) -> None:
        """Refuse more corrections than one client may send in a day.

        Args:
            client: keyed hash of its address.
            more: how many it is about to send.

        Raises:
            ServiceError: ``quota``.
        """
        limit = self.settings.daily_corrections
        since = datetime.now(UTC) - timedelta(days=1)
        if limit and self.recorder.records.count_feedback(client, since) + more > limit:
            raise errors.quota_spent(limit)

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

    def forget(self, session: str) -> Forgotten:
        """Delete everything that came from a session."""
        self.flush()
        return self.recorder.records.forget(session)

    def statistics(self, since: datetime | None = None) -> Statistics:
        """Count what was predicted, not longer ago than ``since``."""
        return self.recorder.records.statistics(since)

    def rollback(
        self, reason: str, to: str | None = None, expected_current: str | None = None
    ) -> Promotion:
        """Make an earlier release the champion, and serve it.

        Args:
            reason: why, one sentence for the record.
            to: its version; by default what the champion replaced.
            expected_current: the champion that is meant; by default any.

        Raises:
            ServiceError: ``release`` (409) for a version that is not in the store.
            ReleaseConflictError: when another is champion than was expected.
            ReleaseError: when there is nothing to go back to, or it is damaged.
        """
        if to is not None and to not in self.store.versions():
            raise errors.no_way_back(to)
        _, promotion = self.store.rollback(
            reason=reason, to=to, expected_current=expected_current
        )
        self.follower.look()
        self.registry.follow()
        return promotion

    def releases(self) -> tuple[ReleaseSummary, ...]:
        """Give every release, newest first."""
        return list_releases(self.store)

    def release(self, version: str) -> ReleaseDetail:
        """Give a release with its card and its manifest.

        Raises:
            ServiceError: ``not_found``.
        """
        return describe_release(self.store, version)

    def compare(self, first: str, second: str) -> tuple[Difference, ...]:
        """Set the figures of two releases side by side.

        Raises:
            ServiceError: ``not_found``.
        """
        return compare_releases(
            find_release(self.store, first).manifest,
            find_release(self.store, second).manifest,
        )

    def gallery(self) -> tuple[dict[str, Any], ...]:
        """Give the figures of the champion's report, in their order.

        Returns:
            ``name``, ``title``, ``interpretation``, ``file``, ``width`` and ``height``
            each; nothing for a release without figures.

        Raises:
            NotReadyError: when there is no release.
        """
        return tuple(find_release(self.store, self.classifier.version).gallery)

    def picture(self, file: str) -> bytes:
        """Give a figure of the champion's report: a PNG, as it was published.

        Raises:
            ServiceError: ``not_found`` for anything that the gallery does not list.
            NotReadyError: when there is no release.
        """
        if file not in {figure["file"] for figure in self.gallery()}:
            raise errors.no_picture(file)
        return find_release(self.store, self.classifier.version).read(file)

    def evaluate(self, archive: bytes | None = None) -> Evaluation:
        """Measure the champion on labelled images; that is not recorded.

        Args:
            archive: a zip with a folder of images per label; None for the release's
                frozen test set.

        Raises:
            ServiceError: ``no_test_set``, ``too_large``, ``corrupt_zip``.
            NotReadyError: when there is no release.
        """
        classifier = self.classifier
        if archive is None:
            images = find_release(self.store, classifier.version).test
            if images is None:
                raise errors.no_test_set(classifier.version)
            answers = answer_test_set(classifier, images)
            return summarise(
                answers, classifier.class_names, classifier.version, "test_set"
            )
        return evaluate_archive(
            classifier, archive, self.settings.upload_limits, self._signer.new_id
        )

    def flush(self, seconds: float = 1.0) -> None:
        """Wait a little for what was just predicted to be recorded."""
        if self.recorder.log:
            self.recorder.log.flush(seconds)

    def find_prediction(self, prediction_id: str) -> PredictionRecord | None:
        """Find what was answered; it may still be on its way to the records."""
        records = self.recorder.records
        found = records.prediction(prediction_id)
        if found is None:
            self.flush()
            found = records.prediction(prediction_id)
        return found
