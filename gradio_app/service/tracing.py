"""Follow an answer to the corrections behind it, and a correction to the answers."""

import re
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from digit_pipeline.records import (
    CorrectionFilter,
    FeedbackRecord,
    ManifestRecord,
)
from digit_pipeline.releases import ReleaseError
from digit_pipeline.releases.release import VERSION
from digit_pipeline.releases.trained_from import find_manifest
from digit_pipeline.training_manifest import Row, TrainingManifest
from gradio_app.service import errors
from gradio_app.service.core import Core
from gradio_app.service.release_list import find_release
from gradio_app.service.traces import Kind, Trace, TracedImage, TracedRelease

CONTENT = re.compile(r"[0-9a-f]{32}")
# Lines of each kind that one trace shows.
SHOWN = 1000
# Manifests whose lines are remembered; to read one takes a tenth of a second.
REMEMBERED = 64


class Tracing:
    """Follow things through records, manifests and releases.

    Args:
        core: whose records and releases they are.
    """

    def __init__(self, core: Core):
        self._core = core
        self._turn = threading.Lock()
        self._remembered: dict[str, tuple[Row, ...]] = {}

    def trace(self, name: str) -> Trace:
        """Follow whatever has a name here.

        Args:
            name: id of a prediction, a correction or an upload; hash of an image as
                a model sees it; digest of a training manifest; version of a release.

        Raises:
            ServiceError: ``not_found``, ``no_records``.
        """
        found = self._trace(name)
        if found is None:
            raise errors.nothing_to_trace(name)
        return found

    def manifest_file(self, digest: str) -> bytes:
        """Give a training manifest as it was written, a packed CSV.

        Raises:
            ServiceError: ``not_found``.
        """
        noted = self._core.recorder.records.manifest(digest)
        versions = noted.releases if noted else self._core.store.versions()
        found = self._read(digest, versions)
        if found is None:
            raise errors.nothing_to_trace(digest)
        return found.to_file()

    def _trace(self, name: str) -> Trace | None:
        records = self._core.recorder.records
        if CONTENT.fullmatch(name):
            return self._trace_all("image", self._find(CorrectionFilter(content=name)))
        if name.startswith("upload:"):
            # A picture of an upload also goes by its upload and number.
            found = self._find(CorrectionFilter(prediction_id=name))
            return self._trace(found[0].id) if found else None
        if "." in name:
            # It may still be on its way to the records.
            self._core.find_prediction(name)
        known = records.trace(name)
        if known is None:
            return self._trace_kept_release(name) or self._trace_upload(name)
        upload = known.corrections[0].upload if known.corrections else None
        trace = Trace(
            known.kind,
            prediction=known.prediction,
            upload=records.upload(upload) if upload else None,
            corrections=known.corrections,
            reviews=known.reviews,
        )
        ids = {name} if known.kind == "correction" else None
        return self._complete(trace, known.manifests, known.releases, ids)

    def _trace_upload(self, name: str) -> Trace | None:
        upload = self._core.recorder.records.upload(name)
        if upload is None:
            return None
        trace = self._trace_all("upload", self._find(CorrectionFilter(upload=name)))
        return replace(trace or Trace("upload"), upload=upload)

    def _trace_all(
        self, kind: Kind, corrections: tuple[FeedbackRecord, ...]
    ) -> Trace | None:
        """Go from several corrections to the manifests and releases that saw them."""
        if not corrections:
            return None
        records = self._core.recorder.records
        manifests = {
            manifest.digest: manifest
            for one in corrections
            for manifest in records.manifests_of(one.id)
        }
        versions = {v for manifest in manifests.values() for v in manifest.releases}
        trace = Trace(kind, corrections=corrections)
        ids = {one.id for one in corrections}
        return self._complete(trace, tuple(manifests.values()), sorted(versions), ids)

    def _trace_kept_release(self, version: str) -> Trace | None:
        """Trace a release that the records never heard of, by what it says itself."""
        if not VERSION.fullmatch(version) or not self._describe(version).kept:
            return None
        return self._complete(Trace("release"), (), (version,), None)

    def _complete(
        self,
        trace: Trace,
        manifests: Sequence[ManifestRecord],
        versions: Sequence[str],
        ids: set[str] | None,
    ) -> Trace:
        """Add releases, manifests, and their lines that come from (these) corrections.

        Args:
            trace: so far.
            manifests: that the records know of.
            versions: of the releases.
            ids: corrections whose lines are wanted; None for those of all.
        """
        releases = tuple(self._describe(version) for version in versions)
        known = {manifest.digest: manifest for manifest in manifests}
        for release in releases:
            if release.manifest and release.manifest not in known:
                found = self._find_manifest(release)
                known.update({found.digest: found} if found else {})
            noted = known.get(release.manifest or "")
            if noted and release.run_id:
                # Several runs may have seen one manifest: this one made the release.
                known[noted.digest] = replace(noted, run_id=release.run_id)
        rows = [
            TracedImage(manifest.digest, row)
            for manifest in known.values()
            for row in self._corrected(manifest)
            if ids is None or row.correction in ids
        ]
        return replace(
            trace,
            releases=releases,
            manifests=tuple(known.values()),
            images=tuple(rows[:SHOWN]),
            images_total=len(rows),
        )

    def _find_manifest(self, release: TracedRelease) -> ManifestRecord | None:
        """Find what a release says that it was trained from."""
        digest = release.manifest or ""
        noted = self._core.recorder.records.manifest(digest)
        found = None if noted else self._read(digest, (release.version,))
        if found is None:
            return noted
        created = datetime.fromisoformat(release.created or "1970-01-01T00:00:00+00:00")
        return ManifestRecord(
            digest=digest,
            environment=release.environment or "",
            images=len(found.rows),
            corrections=found.corrections,
            run_id=release.run_id,
            time=created,
            releases=(release.version,),
        )

    def _corrected(self, manifest: ManifestRecord) -> tuple[Row, ...]:
        """Give the lines of a manifest that come from corrections."""
        digest = manifest.digest
        with self._turn:
            rows = self._remembered.get(digest)
            if rows is None:
                found = self._read(digest, manifest.releases)
                if found is None:
                    return ()
                rows = tuple(row for row in found.rows if row.correction)
                if len(self._remembered) == REMEMBERED:
                    self._remembered.clear()
                self._remembered[digest] = rows
            return rows

    def _read(self, digest: str, versions: Sequence[str]) -> TrainingManifest | None:
        return find_manifest(self._core.store.folder, digest, versions)

    def _find(self, wanted: CorrectionFilter) -> tuple[FeedbackRecord, ...]:
        records = self._core.recorder.records
        return tuple(islice(records.iterate_corrections(wanted), SHOWN))

    def _describe(self, version: str) -> TracedRelease:
        store = self._core.store
        pointer = store.pointer()
        try:
            facts = find_release(store, version).manifest
        except (errors.ServiceError, ReleaseError):
            facts = {}
        training = facts.get("training") or {}
        return TracedRelease(
            version=version,
            created=facts.get("created"),
            candidate=facts.get("candidate"),
            environment=facts.get("environment"),
            run_id=facts.get("mlflow_run"),
            manifest=training.get("manifest"),
            champion=pointer is not None and pointer.version == version,
            kept=bool(facts),
        )
