"""The release store: a folder of releases and the pointer to the champion."""

import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from digit_pipeline.releases.baseline import (
    Baseline,
    freeze_first,
    read_baseline,
    write_baseline,
)
from digit_pipeline.releases.crash import reach
from digit_pipeline.releases.pointer import (
    Promotion,
    commit,
    read_pointer,
    read_record,
    repair_record,
)
from digit_pipeline.releases.release import (
    VERSION,
    DamagedReleaseError,
    NoChampionError,
    Release,
    ReleaseConflictError,
    ReleaseError,
    check_version,
    read_release,
)
from digit_pipeline.releases.staging import ReleaseDraft, sync_folder, write_release
from digit_pipeline.releases.taken_back import TakenBack, find_taken_back
from digit_pipeline.releases.trial import run_self_test

LOCK_SECONDS = 120

logger = logging.getLogger(__name__)


class ReleaseStore:
    """Publish, resolve, verify and roll back the releases of one task.

    Args:
        folder: the store's folder; made by the first publication.
        clock: gives the time; tests turn it back.
    """

    def __init__(
        self,
        folder: Path | str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.folder = Path(folder)
        self._releases = self.folder / "releases"
        self._staging = self.folder / "staging"
        self._clock = clock

    def champion(self) -> Release:
        """Resolve the release that answers, with every file verified.

        The pointer says which; when it is lost or garbage, or its release is damaged,
        the last good line of the record does. Never "the newest folder".

        Raises:
            NoChampionError: when neither leads to a whole release.
        """
        return self._resolve()[1]

    def pointer(self) -> Promotion | None:
        """Read the pointer and verify nothing: cheap enough to ask every second.

        Returns:
            None when it is missing or garbage.
        """
        return read_pointer(self.folder)

    def history(self) -> list[Promotion]:
        """Give every promotion and roll-back, oldest first."""
        return read_record(self.folder)

    def taken_back(self) -> list[TakenBack]:
        """Give the releases that were rolled back from, and what they learned from.

        One that was deleted, is damaged, or does not say is left out.
        """
        found = []
        for version, when in find_taken_back(self.history()).items():
            with suppress(ReleaseError):
                release = read_release(self._releases / version)
                training = release.manifest.get("training") or {}
                if digest := training.get("manifest"):
                    found.append(TakenBack(version, when, digest))
        return found

    def versions(self) -> list[str]:
        """Name every published release, oldest first, promoted or not."""
        if not self._releases.is_dir():
            return []
        names = (path.name for path in self._releases.iterdir())
        return sorted(filter(VERSION.fullmatch, names), key=_number)

    def verify(self, version: str) -> Release:
        """Give a release whose every file is as its manifest says.

        The manifest of a release that was ever champion is held to the record.

        Raises:
            ReleaseError: when the name is none, or the release is missing or damaged.
        """
        recorded = {line.version: line.manifest_sha256 for line in self.history()}
        return self._open(version, recorded.get(version))

    def baseline(self) -> Release | None:
        """Give the frozen release that retrained challengers are held to, verified.

        Returns:
            None when nothing was ever promoted.

        Raises:
            DamagedReleaseError: when it is missing or not what it was.
        """
        found = read_baseline(self.folder)
        return self._open(found.version, found.manifest_sha256) if found else None

    def move_baseline(self, to: str, *, reason: str) -> Release:
        """Freeze another release as the baseline; only a person decides that.

        Args:
            to: its version.
            reason: why, one sentence.

        Raises:
            ReleaseError: when there is no such release, or it is damaged.
        """
        with self._writing():
            release = self.verify(to)
            now = self._clock().isoformat(timespec="seconds")
            write_baseline(
                self.folder, Baseline(to, release.manifest_sha256, now, reason)
            )
            return release

    def publish(
        self, draft: ReleaseDraft, *, expected_previous: str | None, reason: str
    ) -> Release:
        """Write, test and promote a release; readers see the old champion until then.

        Args:
            draft: what to release.
            expected_previous: version of the champion that the draft was compared
                with; None when there was none.
            reason: why, one sentence for the record.

        Raises:
            ReleaseConflictError: when the champion is another by now.
            ReleaseError: when the release fails its self-test or cannot be written.
                The champion is then the old one.
        """
        with self._writing():
            champion = self._champion_or_none()
            previous = champion.version if champion else None
            if previous != expected_previous:
                raise ReleaseConflictError(
                    f"expected {expected_previous or 'no release'} as champion, but it "
                    f"is {previous or 'none'}: compare again with "
                    "`kedro run --pipeline promotion`"
                )
            now = self._clock()
            staged = self._staging / f"{self._next_number():06}-{now:%Y%m%dT%H%M%SZ}"
            digest = write_release(
                staged,
                draft,
                created=now.isoformat(timespec="seconds"),
                previous=previous,
            )
            run_self_test(staged)
            reach("self_test_passed")
            released = self._take_in(staged)
            promotion = self._promotion(
                "promote", read_release(released, digest), reason
            )
            commit(self.folder, promotion)
            # After the promotion: without the file the record says the same, and the
            # next one writes it.
            try:
                freeze_first(self.folder, promotion)
            except OSError as error:
                logger.warning("The baseline was not written (%s)", error.strerror)
            return read_release(released, digest)

    def rollback(
        self,
        *,
        reason: str,
        to: str | None = None,
        expected_current: str | None = None,
    ) -> tuple[Release, Promotion]:
        """Make an earlier release the champion.

        Args:
            reason: why, one sentence for the record.
            to: version to go to; by default what the champion replaced when it was
                first promoted, so that rolling back twice goes back twice.
            expected_current: version that the pointer must still name; any if None.

        Returns:
            the release, and what the pointer says of it now.

        Raises:
            ReleaseConflictError: when the pointer names another by now.
            ReleaseError: when there is nothing to go back to, when that is champion
                already, or when it is damaged.
        """
        with self._writing():
            current = self._current()
            pointer = read_pointer(self.folder)
            if expected_current not in {None, current.version}:
                raise ReleaseConflictError(
                    f"expected {expected_current} as champion, but it is "
                    f"{current.version}: look again before rolling back"
                )
            # Where the pointer is lost, going to what answers writes it again.
            if pointer and to == pointer.version:
                raise ReleaseError(
                    f"{to} is the champion already, and nothing has changed: name "
                    "another release to go back to"
                )
            target = to or current.previous
            if target is None:
                raise ReleaseError(
                    "there is nothing to roll back to: the champion is the first of "
                    "its line, and `to` (`python -m digit_pipeline.releases rollback "
                    "--to VERSION`) names any other"
                )
            release = self.verify(target)
            run_self_test(release.folder)
            promotion = self._promotion("rollback", release, reason)
            commit(self.folder, promotion)
            return release, promotion

    def mend(self) -> None:
        """Clear away what a killed publication has left, and complete the record.

        Every other writer does so first; nothing happens where nothing was released.

        Raises:
            ReleaseError: when another process keeps writing, or nothing can be written.
        """
        if self.folder.is_dir():
            with self._writing():
                pass

    def _resolve(self) -> tuple[Promotion, Release]:
        pointer = read_pointer(self.folder)
        record = list(reversed(read_record(self.folder)))
        damages: dict[str, str] = {}
        for promotion in [pointer, *record] if pointer else record:
            try:
                release = self._open(promotion.version, promotion.manifest_sha256)
            except ReleaseError as error:
                damages.setdefault(promotion.version, str(error))
                continue
            if promotion is not pointer:
                logger.warning(
                    "champion.json leads to no whole release (%s): %s answers, by the "
                    "last good line of promotions.jsonl",
                    "; ".join(damages.values()) or "it is lost",
                    release.version,
                )
            return promotion, release
        # Visitors read this as well: what is wrong, and no path of the machine.
        if damages:
            raise NoChampionError(
                f"no released model is whole (damaged or missing: "
                f"{', '.join(damages)}): make another with `make run`"
            )
        raise NoChampionError("there is no released model: make one with `make run`")

    def _champion_or_none(self) -> Release | None:
        try:
            return self.champion()
        except NoChampionError:
            return None

    def _current(self) -> Promotion:
        """What roll-back starts from: a damaged champion is left behind as well."""
        return read_pointer(self.folder) or self._resolve()[0]

    def _open(self, version: str, manifest_sha256: str | None) -> Release:
        folder = self._releases / check_version(version)
        if not folder.is_dir() or folder.is_symlink():
            raise DamagedReleaseError(f"release {version} is not in {self._releases}")
        release = read_release(folder, manifest_sha256)
        release.verify_files()
        return release

    def _promotion(self, action: str, release: Release, reason: str) -> Promotion:
        return Promotion(
            "promote" if action == "promote" else "rollback",
            release.version,
            release.manifest_sha256,
            release.manifest["previous"],
            self._clock().isoformat(timespec="seconds"),
            reason,
        )

    def _next_number(self) -> int:
        """Number on from the highest ever used, so that no clock reorders versions."""
        used = [*self.versions(), *(p.version for p in self.history())]
        pointer = read_pointer(self.folder)
        if pointer:
            used.append(pointer.version)
        return 1 + max(map(_number, used), default=0)

    def _take_in(self, staged: Path) -> Path:
        self._releases.mkdir(exist_ok=True)
        released = self._releases / staged.name
        staged.rename(released)
        sync_folder(self._releases)
        reach("release_renamed")
        return released

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the store's lock; leave neither staged files nor a gap in the record.

        Only the holder stages anything, so whatever lies in the staging folder when
        the lock is taken belongs to a process that has died.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self.folder / "lock", timeout=LOCK_SECONDS):
                reach("lock_taken")
                self._clear_leftovers()
                pointer = read_pointer(self.folder)
                if pointer and self._is_whole(pointer):
                    repair_record(self.folder)
                try:
                    yield
                finally:
                    shutil.rmtree(self._staging, ignore_errors=True)
        except Timeout as error:
            raise ReleaseError(
                f"another process has been writing to {self.folder} for {LOCK_SECONDS} "
                "s: wait for it to end and try again"
            ) from error
        except OSError as error:
            raise ReleaseError(
                f"nothing could be written to {self.folder} ({error.strerror}): the "
                "champion is unchanged; make room or give access, and try again"
            ) from error

    def _clear_leftovers(self) -> None:
        shutil.rmtree(self._staging, ignore_errors=True)
        for name in ("champion", "baseline"):
            for temporary in self.folder.glob(f".{name}.*.json"):
                temporary.unlink(missing_ok=True)

    def _is_whole(self, promotion: Promotion) -> bool:
        try:
            self._open(promotion.version, promotion.manifest_sha256)
        except ReleaseError:
            return False
        return True


def _number(version: str) -> int:
    return int(version.partition("-")[0])
