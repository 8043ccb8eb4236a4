"""The releases of the store, as people compare and choose them."""

from dataclasses import dataclass
from typing import Any

from digit_pipeline.intervals import wilson_interval
from digit_pipeline.releases import (
    DamagedReleaseError,
    Promotion,
    Release,
    ReleaseError,
    ReleaseStore,
)
from digit_pipeline.releases.release import MODEL_CARD, check_version, read_release
from gradio_app.service.errors import unknown_release


@dataclass(frozen=True)
class ReleaseSummary:
    """A release in one line.

    Attributes:
        version: its name.
        created: UTC time of publication, ISO 8601.
        candidate: the candidate that won.
        environment: what it learned from.
        accuracy: share of right answers on its test images, or else its gate images.
        accuracy_low: lower end of the 95 % interval.
        accuracy_high: upper end.
        images: how many those were.
        champion: whether it should answer now.
        promotions: when and why it became champion, oldest first.
    """

    version: str
    created: str | None
    candidate: str | None
    environment: str | None
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    images: int
    champion: bool
    promotions: tuple[Promotion, ...]


@dataclass(frozen=True)
class ReleaseDetail:
    """A release and everything it says of itself.

    Attributes:
        summary: in one line.
        card: the model card, Markdown.
        manifest: what was published with it, metrics and lineage among it.
    """

    summary: ReleaseSummary
    card: str
    manifest: dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """A figure of two releases.

    Attributes:
        name: where it stands in the manifests, such as ``metrics.test.accuracy``.
        first: of the first release; None where it has none.
        second: of the second.
        change: second minus first; None where one of them is missing.
    """

    name: str
    first: float | None
    second: float | None
    change: float | None


def list_releases(store: ReleaseStore) -> tuple[ReleaseSummary, ...]:
    """Give every whole release, newest first; damaged ones are left out."""
    record, pointer = store.history(), store.pointer()
    found = []
    for version in reversed(store.versions()):
        try:
            release = _open(store, version)
        except ReleaseError:
            continue
        found.append(_summarise(release, record, pointer))
    return tuple(found)


def find_release(store: ReleaseStore, version: str) -> Release:
    """Open a release; its files are verified as they are read.

    Raises:
        ServiceError: ``not_found``.
        DamagedReleaseError: when its manifest is damaged.
    """
    try:
        check_version(version)
    except ReleaseError:
        raise unknown_release(version) from None
    if version not in store.versions():
        raise unknown_release(version)
    return _open(store, version)


def describe_release(store: ReleaseStore, version: str) -> ReleaseDetail:
    """Give a release, its card and its manifest.

    Raises:
        ServiceError: ``not_found``.
        DamagedReleaseError: when it is damaged.
    """
    release = find_release(store, version)
    summary = _summarise(release, store.history(), store.pointer())
    try:
        card = release.read(MODEL_CARD).decode("utf-8", "replace")
    except DamagedReleaseError as error:
        card = f"The model card cannot be shown: {error}."
    return ReleaseDetail(summary, card, release.manifest)


def compare_releases(
    first: dict[str, Any], second: dict[str, Any]
) -> tuple[Difference, ...]:
    """Set the figures of two manifests side by side: data, metrics and gate."""
    left, right = _figures(first), _figures(second)
    names = [*left, *(name for name in right if name not in left)]
    return tuple(
        Difference(name, left.get(name), right.get(name), _minus(left, right, name))
        for name in names
    )


def _minus(
    first: dict[str, float], second: dict[str, float], name: str
) -> float | None:
    both = name in first and name in second
    return second[name] - first[name] if both else None


def _figures(manifest: dict[str, Any]) -> dict[str, float]:
    kept = {name: manifest.get(name) for name in ("dataset", "metrics", "gate")}
    return dict(_flatten(kept, ""))


def _flatten(value: Any, name: str) -> list[tuple[str, float]]:
    if isinstance(value, dict):
        inside = (_flatten(v, f"{name}.{k}" if name else k) for k, v in value.items())
        return [pair for pairs in inside for pair in pairs]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return [(name, value)]
    return []


def _open(store: ReleaseStore, version: str) -> Release:
    recorded = {line.version: line.manifest_sha256 for line in store.history()}
    return read_release(store.folder / "releases" / version, recorded.get(version))


def _summarise(
    release: Release, record: list[Promotion], pointer: Promotion | None
) -> ReleaseSummary:
    manifest = release.manifest
    test = manifest.get("metrics", {}).get("test") or {}
    gate = manifest["gate"]
    accuracy = float(test.get("accuracy", gate["accuracy"]))
    images = int(test.get("n") or gate.get("images") or 0)
    low, high = wilson_interval(accuracy * images, images)
    return ReleaseSummary(
        version=release.version,
        created=manifest.get("created"),
        candidate=manifest.get("candidate"),
        environment=manifest.get("environment"),
        accuracy=accuracy,
        accuracy_low=low,
        accuracy_high=high,
        images=images,
        champion=pointer is not None and pointer.version == release.version,
        promotions=tuple(p for p in record if p.version == release.version),
    )
