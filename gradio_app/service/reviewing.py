"""Review: corrections as people decide about them, and what they decide."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote

from digit_pipeline.images import Pixels
from digit_pipeline.records import (
    RULES,
    CorrectionFilter,
    Decision,
    FeedbackRecord,
    Page,
    Withdrawal,
)
from digit_pipeline.records.corrections import EVERY_CORRECTION
from gradio_app.service import errors
from gradio_app.service.core import Core
from gradio_app.service.grouping import Group, See, group_corrections, see_kept
from gradio_app.service.names import clean_name, clean_text
from gradio_app.service.predictions import Prediction
from gradio_app.service.seen import read_seen

# Corrections that are compared with each other: half a second's work.
WINDOW = 1000
NOBODY = "key"
MAX_REVIEWER = 80


@dataclass(frozen=True, eq=False)
class Queued:
    """A correction, with what helps to decide about it.

    Attributes:
        record: the correction.
        seen: what the model sees of it, uint8 ``(28, 28)``; None without a picture.
        opinion: how the champion reads that now.
        group: the pictures that are nearly the same.
        client_counts: what its client has sent in all, by state.
    """

    record: FeedbackRecord
    seen: Pixels | None
    opinion: Prediction | None
    group: Group
    client_counts: dict[str, int]


def _name_reviewer(given: str | None) -> str:
    """Clean a name, which pages encode as addresses are: headers are ASCII."""
    who = clean_name(unquote(given))[:MAX_REVIEWER].strip() if given else NOBODY
    if who.lower() == RULES:
        raise errors.reserved_name(who)
    return who


class Reviewing:
    """Show corrections, and decide about them.

    Args:
        core: whose champion is asked, and whose records hold them.
    """

    def __init__(self, core: Core):
        self._core = core
        self._turn = threading.Lock()
        self._grouped: tuple[tuple[str, ...], dict[str, Group]] = ((), {})
        self._see: See = see_kept(self._read_image)

    def queue(
        self,
        wanted: CorrectionFilter = EVERY_CORRECTION,
        page: int = 1,
        page_size: int = 50,
        group: str | None = None,
    ) -> tuple[Page[Queued], int]:
        """Give a page of corrections, the oldest first, near copies together.

        Of many, the first ``WINDOW`` are compared and paged through; others move up
        as those are decided.

        Args:
            wanted: which.
            page: from 1.
            page_size: 1 to 1000.
            group: only those of a group, by its name.

        Returns:
            the page, of as many as there are in all; and how many pages there are.

        Raises:
            NoRecordsError, RecordsError: when the records cannot be read.
            NotReadyError: when there is no release.
        """
        records = self._core.recorder.records
        found = records.corrections(wanted, 1, WINDOW, oldest_first=True)
        groups = self._group(found.items)
        places = {name: place for place, name in enumerate(groups)}
        ordered = sorted(found.items, key=lambda one: places[one.id])
        total = found.total
        if group is not None:
            ordered = [one for one in ordered if groups[one.id].name == group]
            total = len(ordered)
        shown = ordered[(page - 1) * page_size : page * page_size]
        items = tuple(self._describe(shown, groups))
        pages = max(1, -(-len(ordered) // page_size))
        return Page(items, page, page_size, total), pages

    def image(self, correction: str) -> bytes:
        """Give the kept picture of a correction: a PNG.

        Raises:
            ServiceError: ``not_found`` without one.
        """
        records = self._core.recorder.records
        found = records.correction(correction)
        content = records.image(found.image) if found and found.image else None
        if content is None:
            raise errors.no_image(correction)
        return content

    def decide(
        self, decisions: Sequence[Decision], reviewer: str | None
    ) -> tuple[str, tuple[FeedbackRecord, ...]]:
        """Carry out decisions, all or none.

        Args:
            decisions: what is to become of which correction.
            reviewer: who decides, as that person says; None for nobody by name.

        Returns:
            the reviewer as stored, and per decision its correction as it is now.

        Raises:
            ServiceError: ``unknown_label``, ``reserved_name``, ``no_records``.
            RecordsError: ``unknown_correction``, ``no_space`` or ``unavailable``;
                then nothing was decided.
        """
        who = _name_reviewer(reviewer)
        names = self._core.classifier.class_names
        for decision in decisions:
            if decision.label is not None and decision.label not in names:
                raise errors.unknown_label(decision.label, names)
        cleaned = [
            replace(one, reason=clean_text(one.reason) or None) if one.reason else one
            for one in decisions
        ]
        return who, self._core.recorder.records.review(cleaned, who)

    def withdraw(
        self, wanted: CorrectionFilter, reason: str, reviewer: str | None
    ) -> tuple[Withdrawal, str | None]:
        """Take corrections back, so that no later training sees them.

        Args:
            wanted: by their client, session, upload or ids.
            reason: why, one sentence for the history.
            reviewer: who wants it, as that person says; None for nobody by name.

        Returns:
            what was withdrawn, and the champion's version if it learned from it.

        Raises:
            ServiceError: ``reserved_name``, ``no_records``.
            RecordsError: ``no_space`` or ``unavailable``; then nothing was changed.
        """
        done = self._core.recorder.records.withdraw(
            client=wanted.client,
            session=wanted.session,
            upload=wanted.upload,
            ids=wanted.ids,
            reason=clean_text(reason),
            by=_name_reviewer(reviewer),
        )
        pointer = self._core.store.pointer()
        champion = pointer.version if pointer else None
        return done, champion if champion in done.releases else None

    def _read_image(self, sha256: str) -> bytes | None:
        return self._core.recorder.records.image(sha256)

    def _group(self, found: Sequence[FeedbackRecord]) -> dict[str, Group]:
        """Group what is found; the same again is not compared again."""
        known = tuple(f"{one.id} {one.final_label}" for one in found)
        with self._turn:
            if self._grouped[0] != known:
                self._grouped = known, group_corrections(found, self._see)
            return self._grouped[1]

    def _describe(
        self, shown: Sequence[FeedbackRecord], groups: dict[str, Group]
    ) -> list[Queued]:
        seen = {one.id: self._see(one.image) for one in shown if one.image}
        pictured = {name: image for name, image in seen.items() if image is not None}
        asked = read_seen(list(pictured.values()), self._core.classifier)
        opinions = dict(zip(pictured, asked, strict=True))
        counts = self._core.recorder.records.count_states(
            "client", {one.client for one in shown if one.client}
        )
        return [
            Queued(
                one,
                pictured.get(one.id),
                opinions.get(one.id),
                groups[one.id],
                counts.get(one.client or "", {}),
            )
            for one in shown
        ]
