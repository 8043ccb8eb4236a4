"""Training manifests: which corrections a training saw, and what came of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection, RowMapping, select

from digit_pipeline.records.dialects import insert_into, is_one_of
from digit_pipeline.records.tables import (
    manifest_corrections,
    manifest_releases,
    manifests,
)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestRecord:
    """What a training saw; the manifest itself lies with the releases.

    Attributes:
        digest: of the manifest.
        environment: Kedro's, like ``sketch``.
        images: pictures in it, corrections or not.
        corrections: ids of the corrections in it, sorted.
        run_id: MLflow's run; None without one.
        time: when it was noted, with its zone.
        releases: versions that were trained from it, sorted; noted one by one.
    """

    digest: str
    environment: str
    images: int
    corrections: Sequence[str]
    run_id: str | None = None
    time: datetime = field(default_factory=_now)
    releases: tuple[str, ...] = ()


def insert_manifest(connection: Connection, manifest: ManifestRecord) -> bool:
    """Note a manifest and its corrections; False when the run noted it before."""
    inserted = connection.execute(
        insert_into(connection, manifests)
        .values(
            digest=manifest.digest,
            run_id=manifest.run_id or "",
            time=manifest.time,
            environment=manifest.environment,
            images=manifest.images,
        )
        .on_conflict_do_nothing(index_elements=["digest", "run_id"])
        .returning(manifests.c.number)
    ).one_or_none()
    rows = [
        {"digest": manifest.digest, "correction": id}
        # In one order, or two writers could wait for each other on a server.
        for id in sorted(set(manifest.corrections))
    ]
    if inserted and rows:
        statement = insert_into(connection, manifest_corrections)
        connection.execute(statement.on_conflict_do_nothing(), rows)
    return inserted is not None


def insert_release(connection: Connection, digest: str, version: str) -> None:
    """Note that a release was trained from a manifest."""
    connection.execute(
        insert_into(connection, manifest_releases)
        .values(digest=digest, version=version)
        .on_conflict_do_nothing()
    )


def select_manifests_of(
    connection: Connection, correction: str
) -> tuple[ManifestRecord, ...]:
    """Find every manifest that a correction lies in, oldest first."""
    digests = select(manifest_corrections.c.digest).where(
        manifest_corrections.c.correction == correction
    )
    rows = connection.execute(
        select(manifests)
        .where(manifests.c.digest.in_(digests))
        .order_by(manifests.c.number)
    )
    return tuple(_from_row(connection, row) for row in rows.mappings().all())


def select_manifest(connection: Connection, digest: str) -> ManifestRecord | None:
    """Find a manifest, as its last run noted it."""
    row = (
        connection.execute(
            select(manifests)
            .where(manifests.c.digest == digest)
            .order_by(manifests.c.number.desc())
            .limit(1)
        )
        .mappings()
        .one_or_none()
    )
    return _from_row(connection, row) if row else None


def select_manifest_of_release(
    connection: Connection, version: str
) -> ManifestRecord | None:
    """Find what a release was trained from."""
    digest = connection.execute(
        select(manifest_releases.c.digest)
        .where(manifest_releases.c.version == version)
        .limit(1)
    ).scalar_one_or_none()
    return select_manifest(connection, digest) if digest else None


def find_affected(
    connection: Connection, corrections: Iterable[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Find the manifests that any of the corrections lies in, and their releases."""
    used, trained = manifest_corrections.c, manifest_releases.c
    found = connection.execute(
        select(used.digest)
        .where(is_one_of(connection, used.correction, corrections))
        .distinct()
    )
    digests = sorted(found.scalars())
    releases = connection.execute(
        select(trained.version)
        .where(is_one_of(connection, trained.digest, digests))
        .distinct()
    )
    return tuple(digests), tuple(sorted(releases.scalars()))


def _from_row(connection: Connection, row: RowMapping) -> ManifestRecord:
    digest = row["digest"]
    used, trained = manifest_corrections.c, manifest_releases.c
    ids = connection.execute(select(used.correction).where(used.digest == digest))
    versions = connection.execute(
        select(trained.version).where(trained.digest == digest)
    )
    return ManifestRecord(
        digest=digest,
        environment=row["environment"],
        images=row["images"],
        corrections=tuple(sorted(ids.scalars())),
        run_id=row["run_id"] or None,
        time=row["time"],
        releases=tuple(sorted(versions.scalars())),
    )
