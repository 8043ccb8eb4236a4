"""What a release was trained from: its training manifest, wherever one is left."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from digit_pipeline.releases.release import (
    TRAINING_MANIFEST,
    ReleaseError,
    check_version,
    read_release,
)
from digit_pipeline.training_manifest import (
    ManifestError,
    TrainingManifest,
    read_manifest,
)

# In the store, beside the releases.
MANIFESTS = "manifests"


def find_manifest(
    store: Path, digest: str, versions: Sequence[str]
) -> TrainingManifest | None:
    """Read a manifest from the store, or else from a release that carries it.

    Args:
        store: its folder.
        digest: of the manifest.
        versions: releases that may carry it.

    Returns:
        None where all were deleted, which the records outlive.
    """
    with suppress(ManifestError, OSError):
        return read_manifest(store / MANIFESTS, digest)
    for version in versions:
        with suppress(ManifestError, ReleaseError):
            release = read_release(store / "releases" / check_version(version))
            if (release.manifest.get("training") or {}).get("manifest") == digest:
                return TrainingManifest.from_file(release.read(TRAINING_MANIFEST))
    return None
