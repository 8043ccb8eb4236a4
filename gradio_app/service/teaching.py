"""Teach in bulk: labelled pictures from anybody, into quarantine and no further."""

import hashlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from digit_pipeline.records import (
    FeedbackRecord,
    Page,
    UploadRecord,
    Withdrawal,
)
from gradio_app.service import errors
from gradio_app.service.archives import Member
from gradio_app.service.core import Core
from gradio_app.service.judging import Judged, judge_pictures
from gradio_app.service.labelling import Given, label_files
from gradio_app.service.names import clean_name

# Lines of a report that are stored about what was refused; the answer has them all.
STORED_REFUSALS = 100
# Clients that may store uploads at the same time, about.
TURNS = 64


@dataclass(frozen=True)
class Taught:
    """What came of an upload.

    Attributes:
        upload: what is on the disk now; None for a rehearsal, or when nothing was
            taken.
        is_new: False when the very same came before.
        items: every picture, in the order in which they came.
    """

    upload: UploadRecord | None
    is_new: bool
    items: tuple[Judged, ...]

    @property
    def taken(self) -> int:
        """Pictures that are in quarantine now, or would be."""
        return sum(item.problem is None for item in self.items)


class Teaching:
    """Take labelled pictures.

    Args:
        core: whose champion knows the labels, and whose records keep them.
    """

    def __init__(self, core: Core):
        self._core = core
        # Of a client's two uploads at once, the second sees what the first used up.
        self._turns = [threading.Lock() for _ in range(TURNS)]

    def teach(
        self,
        files: Sequence[Member],
        given: Given = (),
        *,
        client: str,
        session: str | None = None,
        rehearse: bool = False,
    ) -> Taught:
        """Take labelled pictures into quarantine; they are on the disk on return.

        The same files with the same labels from the same client are taken once.

        Args:
            files: pictures and tables, or one zip with both.
            given: labels by file name, or in the order of the pictures.
            client: address of who sends them; only its keyed hash is stored.
            session: random id of the browser's session.
            rehearse: whether to say only what would be taken.

        Raises:
            ServiceError: ``quota``, ``too_large``, ``corrupt_zip``, ``bad_table``,
                ``bad_labels``, ``no_records``; ``empty_image`` when there is no
                picture at all.
            RecordsError: ``no_space`` or ``unavailable``; then nothing was stored.
            NotReadyError: when there is no release, whose classes are the labels.
        """
        core = self._core
        classifier = core.classifier
        items = tuple(
            judge_pictures(
                label_files(files, given), classifier, core.settings.upload_limits
            )
        )
        if not items:
            raise errors.nothing_taught()
        taken = [item for item in items if item.problem is None]
        if rehearse or not taken:
            return Taught(None, False, items)
        hashed = core.hash_client(client)
        with self._turns[int(hashed, 16) % TURNS]:
            name, stored = self._find_upload(_identify(items), hashed)
            if stored:
                return Taught(stored, False, items)
            core.check_quota(hashed, len(taken))
            upload = UploadRecord(
                id=name,
                time=datetime.now(UTC),
                client=hashed,
                session=session,
                name=_name_upload(files),
                taken=len(taken),
                refused=len(items) - len(taken),
                report=list(_report(items)),
            )
            rows = [
                (_to_record(item, upload, place, classifier.version), item.kept)
                for place, item in enumerate(taken, 1)
            ]
            upload = core.recorder.records.add_upload(upload, rows)
        return Taught(upload, True, items)

    def uploads(
        self, page: int = 1, page_size: int = 50, *, session: str | None = None
    ) -> tuple[Page[UploadRecord], dict[str, dict[str, int]]]:
        """Give a page of uploads, newest first, and what became of each.

        Args:
            page: from 1.
            page_size: 1 to 1000.
            session: whose; None for everybody's.

        Returns:
            the page, and the corrections by upload and state.
        """
        records = self._core.recorder.records
        found = records.uploads(page, page_size, session=session)
        return found, records.count_states("upload", [one.id for one in found.items])

    def take_back(self, upload: str, session: str | None) -> Withdrawal:
        """Withdraw an upload, at the wish of who sent it.

        Raises:
            ServiceError: ``not_found`` for what this session has not sent.
        """
        records = self._core.recorder.records
        stored = records.upload(upload) if session else None
        if stored is None or stored.session != session:
            raise errors.unknown_upload(upload)
        return records.withdraw(upload=upload, reason="Taken back by who sent it.")

    def _find_upload(
        self, content: str, client: str
    ) -> tuple[str, UploadRecord | None]:
        """Name an upload, and find it if it came before and was not withdrawn."""
        records = self._core.recorder.records
        attempt = 0
        while True:
            name = self._core.sign(f"upload {client} {content} {attempt}")
            stored = records.upload(name)
            if stored is None:
                return name, None
            states = records.count_states("upload", [name]).get(name, {})
            if set(states) - {"withdrawn"}:
                return name, stored
            attempt += 1


def _identify(items: Sequence[Judged]) -> str:
    """Give what two uploads of the same pictures and labels have in common."""
    digest = hashlib.sha256()
    for item in items:
        for part in (item.name, item.label or "", item.content or item.code):
            digest.update(f"{len(part)} {part}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _name_upload(files: Sequence[Member]) -> str:
    first = clean_name(files[0].name)
    return first if len(files) == 1 else f"{len(files)} files, {first} first"


def _report(items: Sequence[Judged]) -> Iterator[dict[str, object]]:
    refused = 0
    for item in items:
        refused += item.problem is not None
        if item.problem is None or refused <= STORED_REFUSALS:
            yield item.as_json()


def _to_record(
    item: Judged, upload: UploadRecord, place: int, version: str
) -> FeedbackRecord:
    assert item.label is not None  # noqa: S101 - what is taken has a label
    prediction = item.prediction
    assert prediction is not None  # noqa: S101
    return FeedbackRecord(
        prediction_id=f"upload:{upload.id}:{place}",
        label=item.label,
        agrees=prediction.label == item.label,
        client=upload.client,
        model_version=version,
        predicted=prediction.label,
        session=upload.session,
        origin="upload",
        upload=upload.id,
        name=item.name,
        content=item.content,
        confidence=prediction.confidence,
        verdict=prediction.verdict,
    )
