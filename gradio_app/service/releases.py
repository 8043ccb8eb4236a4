"""Releases as people see, measure and go back to them."""

from typing import Any

from digit_pipeline.releases import Promotion, Release
from gradio_app.service import errors
from gradio_app.service.core import Core
from gradio_app.service.evaluation import Evaluation, answer_test_set, summarise
from gradio_app.service.labelled_archive import evaluate_archive
from gradio_app.service.release_list import (
    Difference,
    ReleaseDetail,
    ReleaseSummary,
    compare_releases,
    describe_release,
    find_release,
    list_releases,
)


class Releases:
    """Show releases, measure the one that answers, and go back to an earlier one.

    Args:
        core: whose store and whose champion they are.
    """

    def __init__(self, core: Core):
        self._core = core

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
        if to is not None and to not in self._core.store.versions():
            raise errors.no_way_back(to)
        _, promotion = self._core.store.rollback(
            reason=reason, to=to, expected_current=expected_current
        )
        self._core.follower.look()
        self._core.registry.follow()
        return promotion

    def summaries(self) -> tuple[ReleaseSummary, ...]:
        """Give every release, newest first."""
        return list_releases(self._core.store)

    def describe(self, version: str) -> ReleaseDetail:
        """Give a release with its card and its manifest.

        Raises:
            ServiceError: ``not_found``.
        """
        return describe_release(self._core.store, version)

    def compare(self, first: str, second: str) -> tuple[Difference, ...]:
        """Set the figures of two releases side by side.

        Raises:
            ServiceError: ``not_found``.
        """
        return compare_releases(
            find_release(self._core.store, first).manifest,
            find_release(self._core.store, second).manifest,
        )

    def gallery(self) -> tuple[dict[str, Any], ...]:
        """Give the figures of the champion's report, in their order.

        Returns:
            ``name``, ``title``, ``interpretation``, ``file``, ``width`` and ``height``
            each; nothing for a release without figures.

        Raises:
            NotReadyError: when there is no release.
        """
        return tuple(self._serving().gallery)

    def picture(self, file: str) -> bytes:
        """Give a figure of the champion's report: a PNG, as it was published.

        Raises:
            ServiceError: ``not_found`` for anything that the gallery does not list.
            NotReadyError: when there is no release.
        """
        if file not in {figure["file"] for figure in self.gallery()}:
            raise errors.no_picture(file)
        return self._serving().read(file)

    def evaluate(self, archive: bytes | None = None) -> Evaluation:
        """Measure the champion on labelled images; that is not recorded.

        Args:
            archive: a zip with a folder of images per label; None for the release's
                frozen test set.

        Raises:
            ServiceError: ``no_test_set``, ``too_large``, ``corrupt_zip``.
            NotReadyError: when there is no release.
        """
        classifier = self._core.classifier
        if archive is None:
            images = find_release(self._core.store, classifier.version).test
            if images is None:
                raise errors.no_test_set(classifier.version)
            answers = answer_test_set(classifier, images)
            return summarise(
                answers, classifier.class_names, classifier.version, "test_set"
            )
        return evaluate_archive(
            classifier, archive, self._core.settings.upload_limits, self._core.new_id
        )

    def _serving(self) -> Release:
        return find_release(self._core.store, self._core.classifier.version)
