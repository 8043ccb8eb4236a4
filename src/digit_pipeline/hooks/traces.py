"""The records are told which training saw a correction, and which release came of it.

So that a correction can be followed to every release it had a part in, and back.
"""

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog, DatasetError

from digit_pipeline.hooks.sentence import SentenceError
from digit_pipeline.provenance import active_run_id
from digit_pipeline.releases import ReleaseError, ReleaseStore
from digit_pipeline.releases.release import read_release

if TYPE_CHECKING:
    from digit_pipeline.datasets.kept_records import KeptRecords
    from digit_pipeline.records import Records
    from digit_pipeline.training_manifest import TrainingManifest

logger = logging.getLogger(__name__)


class TraceHook:
    """Notes training manifests that hold corrections, and the releases made of them.

    A training that nobody noted must not happen: if the records can't be written, the
    run ends before anything is trained. A release that is out by then is noted by the
    next run, should the records fail just then.
    """

    def __init__(self) -> None:
        self._context: KedroContext | None = None
        self._catalog: DataCatalog | None = None

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Remember the context, which knows the environment."""
        self._context = context

    @hook_impl
    def before_pipeline_run(self, catalog: DataCatalog) -> None:
        """Remember the catalog, which knows the records."""
        self._catalog = catalog

    @hook_impl
    def before_dataset_saved(self, dataset_name: str, data: Any) -> None:
        """Hold back a release that learned from what was taken back meanwhile.

        Raises:
            SentenceError: the champion stays, and the next retraining is without it.
        """
        if dataset_name == "champion_model" and data.decision["promoted"]:
            training = data.facts.get("training") or {}
            if training.get("corrections"):
                self._refuse_withdrawn(training["manifest"])

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, data: Any) -> None:
        """Note a manifest before it is trained on, and a release when it is out."""
        if dataset_name == "training_manifest" and data.corrections:
            self._note_manifest(data)
        elif dataset_name == "champion_model" and data.decision["promoted"]:
            try:
                self._note_releases()
            except (DatasetError, ReleaseError) as error:
                logger.warning("The new release is not in the records yet: %s", error)

    def _refuse_withdrawn(self, digest: str) -> None:
        from digit_pipeline.records import CorrectionFilter  # noqa: PLC0415 - 0.5 s

        kept = self._find_records()
        if kept is None:
            return
        withdrawn = CorrectionFilter(manifest=digest, state="withdrawn")
        with kept.open() as records:
            count = records.corrections(withdrawn, page_size=1).total
        if count:
            raise SentenceError(
                f"expected every correction behind this training to stand, but {count} "
                "were withdrawn while it ran: the champion stays; retrain without them"
            )

    def _note_manifest(self, manifest: "TrainingManifest") -> None:
        from digit_pipeline.records import ManifestRecord  # noqa: PLC0415 - 0.5 s

        kept = self._find_records()
        if kept is None or self._context is None:
            return
        environment = self._context.config_loader["globals"]["source"]
        with kept.open() as records:
            records.note_manifest(
                ManifestRecord(
                    digest=manifest.digest,
                    environment=environment,
                    images=len(manifest.rows),
                    corrections=manifest.corrections,
                    run_id=active_run_id(),
                )
            )
        self._note_releases()

    def _note_releases(self) -> None:
        """Note every release that was trained on corrections: once is enough."""
        kept = self._find_records()
        if kept is None or self._catalog is None or not kept.exist():
            return
        champion: Any = self._catalog.get("champion_model")
        with kept.open() as records:
            note_releases(records, ReleaseStore(champion._describe()["filepath"]))

    def _find_records(self) -> "KeptRecords | None":
        if self._catalog is None or "accepted_corrections" not in self._catalog:
            return None
        return getattr(self._catalog.get("accepted_corrections"), "records", None)


def note_releases(records: "Records", store: ReleaseStore) -> None:
    """Tell the records which releases were trained on corrections."""
    for version, digest in _find_taught(store):
        known = records.manifest(digest)
        if known is not None and version not in known.releases:
            records.note_release(digest, version)


def _find_taught(store: ReleaseStore) -> Iterable[tuple[str, str]]:
    for version in store.versions():
        try:
            release = read_release(Path(store.folder) / "releases" / version)
            training = release.manifest.get("training") or {}
        except ReleaseError:
            continue  # a damaged release answers nobody
        if training.get("corrections"):
            yield version, training["manifest"]
