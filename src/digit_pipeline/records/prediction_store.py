"""Predictions: added in batches, read in pages, counted."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from digit_pipeline.records import predictions
from digit_pipeline.records.base import Store
from digit_pipeline.records.figures import (
    Saying,
    VersionFigures,
    compute_figures,
    select_sayings,
)
from digit_pipeline.records.kept_images import encode_image
from digit_pipeline.records.page import Page
from digit_pipeline.records.predictions import (
    EVERY_PREDICTION,
    Ends,
    PredictionFilter,
    PredictionRecord,
)
from digit_pipeline.records.statistics import Statistics, compute_statistics


class PredictionStore(Store):
    """The part of the records that holds predictions."""

    def add_predictions(
        self, rows: Sequence[PredictionRecord], images: Sequence[bytes | None] = ()
    ) -> None:
        """Add predictions, all or none.

        Args:
            rows: what is added; each id only once.
            images: per row the picture to keep with it, or None; nothing for no row.

        Raises:
            ImageError: when a picture cannot be opened.
        """
        contents = [encode_image(body) if body else None for body in images]
        contents += [None] * (len(rows) - len(contents))
        self._save(contents)
        with self.database.writing() as connection:
            self._keep_deletions_out(connection)
            # Once more: a deletion may just have taken the same picture away.
            names = self._save(contents)
            named = [
                replace(row, image=name) if name else row
                for row, name in zip(rows, names, strict=True)
            ]
            predictions.insert_predictions(connection, named)

    def predictions(
        self,
        filter: PredictionFilter = EVERY_PREDICTION,
        page: int = 1,
        page_size: int = 50,
    ) -> Page[PredictionRecord]:
        """Give a page of predictions, newest first.

        Args:
            filter: which.
            page: from 1.
            page_size: 1 to 1000.
        """
        with self.database.reading() as connection:
            return predictions.select_page(connection, filter, page, page_size)

    def ends(
        self, version: str, wanted: Ends
    ) -> tuple[list[PredictionRecord], list[PredictionRecord]]:
        """Give a release's first answers and its latest ones, both oldest first.

        None of the latest is among the first, unless these are not yet as many as
        wanted.

        Args:
            version: the release.
            wanted: which of its answers, and how many.
        """
        with self.database.reading() as connection:
            return predictions.select_ends(connection, version, wanted)

    def iterate_predictions(
        self, filter: PredictionFilter = EVERY_PREDICTION
    ) -> Iterator[PredictionRecord]:
        """Give every prediction, newest first, without holding them all in memory."""
        below = None
        while True:
            with self.database.reading() as connection:
                chunk, below = predictions.select_chunk(connection, filter, below)
            yield from chunk
            if below is None:
                return

    def prediction(self, id: str) -> PredictionRecord | None:
        """Find a prediction."""
        with self.database.reading() as connection:
            return predictions.select_prediction(connection, id)

    def statistics(self, since: datetime | None = None) -> Statistics:
        """Count predictions not older than ``since`` (with its zone)."""
        with self.database.reading() as connection:
            return compute_statistics(connection, since, datetime.now(UTC))

    def figures_of(
        self, version: str, since: datetime, until: datetime | None = None
    ) -> VersionFigures:
        """Count what a release answered, and what people said of it.

        Args:
            version: the release's.
            since: not older, with its zone.
            until: older, with its zone; None means up to now.
        """
        with self.database.reading() as connection:
            return compute_figures(connection, version, since, until)

    def sayings_of(self, version: str, since: datetime) -> list[Saying]:
        """Give what people said that a release's answers should have been.

        Args:
            version: the release's.
            since: not said earlier, with its zone.
        """
        with self.database.reading() as connection:
            return select_sayings(connection, version, since)
