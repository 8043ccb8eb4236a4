"""Uploads: taken whole or not at all, and the history of them."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from digit_pipeline.records import uploads
from digit_pipeline.records.base import Store
from digit_pipeline.records.errors import RecordsError
from digit_pipeline.records.feedback import FeedbackRecord
from digit_pipeline.records.kept_images import encode_image, name_image
from digit_pipeline.records.page import Page
from digit_pipeline.records.uploads import UploadRecord


class UploadStore(Store):
    """The part of the records that holds uploads."""

    def add_upload(
        self, upload: UploadRecord, items: Sequence[tuple[FeedbackRecord, bytes]]
    ) -> UploadRecord:
        """Store an upload and its corrections, all or none.

        They are on the disk when this returns. The same upload again changes nothing.

        Args:
            upload: what came, with the report of it.
            items: what was taken: a correction each, and its picture to be kept.

        Returns:
            what is stored under the upload's id.

        Raises:
            ImageError: when a picture cannot be opened.
        """
        known = self.upload(upload.id)
        if known:
            return known
        contents = [encode_image(picture) for _, picture in items]
        try:
            self._save(contents)
            with self.database.writing(durable=True) as connection:
                self._keep_deletions_out(connection)
                names = self._save(contents)
                rows = [
                    replace(record, image=name)
                    for (record, _), name in zip(items, names, strict=True)
                ]
                if uploads.insert_upload(connection, upload, rows):
                    return upload
        except RecordsError:
            # A prune finds what can't be deleted now either.
            with suppress(RecordsError):
                self._delete_unused({name_image(content) for content in contents})
            raise
        return self.upload(upload.id) or upload

    def upload(self, id: str) -> UploadRecord | None:
        """Find an upload."""
        with self.database.reading() as connection:
            return uploads.select_upload(connection, id)

    def uploads(
        self, page: int = 1, page_size: int = 50, *, session: str | None = None
    ) -> Page[UploadRecord]:
        """Give a page of uploads, newest first, of one session or of everybody."""
        with self.database.reading() as connection:
            return uploads.select_page(connection, page, page_size, session)
