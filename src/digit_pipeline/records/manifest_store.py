"""Training manifests: what saw a correction, and which release came of it."""

from digit_pipeline.records import manifests
from digit_pipeline.records.base import Store
from digit_pipeline.records.manifests import ManifestRecord


class ManifestStore(Store):
    """The part of the records that holds which training saw what."""

    def note_manifest(self, manifest: ManifestRecord) -> None:
        """Note what a training sees; the same digest and run again change nothing."""
        with self.database.writing(durable=True) as connection:
            manifests.insert_manifest(connection, manifest)

    def note_release(self, digest: str, version: str) -> None:
        """Note that a release was trained from a manifest."""
        with self.database.writing(durable=True) as connection:
            manifests.insert_release(connection, digest, version)

    def manifests_of(self, correction_id: str) -> tuple[ManifestRecord, ...]:
        """Give every manifest that a correction lies in, oldest first."""
        with self.database.reading() as connection:
            return manifests.select_manifests_of(connection, correction_id)

    def manifest(self, digest: str) -> ManifestRecord | None:
        """Find a manifest, as its last run noted it."""
        with self.database.reading() as connection:
            return manifests.select_manifest(connection, digest)

    def manifest_of_release(self, version: str) -> ManifestRecord | None:
        """Find what a release was trained from."""
        with self.database.reading() as connection:
            return manifests.select_manifest_of_release(connection, version)
