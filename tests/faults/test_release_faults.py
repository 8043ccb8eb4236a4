"""Releases under faults: killed anywhere, raced, out of space, pointer lost."""

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from filelock import FileLock

from digit_pipeline.releases import NoChampionError, ReleaseError, ReleaseStore
from digit_pipeline.releases import store as store_module
from digit_pipeline.releases.crash import STEPS, VARIABLE
from tests.stub_release import make_draft, make_model

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
ROLL_BACK_STEPS = ("lock_taken", *STEPS[STEPS.index("pointer_half_written") :])
SECONDS = 600

PUBLISH = """
import sys
from digit_pipeline.releases import ReleaseConflictError, ReleaseStore
from tests.stub_release import make_draft, make_model
folder, expected, bias = sys.argv[1], sys.argv[2] or None, float(sys.argv[3])
draft = make_draft(expected, model=make_model(bias=bias))
try:
    ReleaseStore(folder).publish(draft, expected_previous=expected, reason="child")
except ReleaseConflictError as error:
    sys.exit(f"conflict: {error}")
"""
ROLL_BACK = """
import sys
from digit_pipeline.releases import ReleaseStore
ReleaseStore(sys.argv[1]).rollback(reason="child")
"""


def start(
    code: str, *arguments: str, crash_at: str = "", limit: int = 0
) -> subprocess.Popen[str]:
    """Start a process of its own, as a second user of the store would be."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "OMP_NUM_THREADS": "1",
        VARIABLE: crash_at,
    }
    if limit:
        # It would hold for coverage's own file as well.
        environment = {
            name: value
            for name, value in environment.items()
            if not name.startswith("COVERAGE_")
        }
        code = (
            "import resource; "
            f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n{code}"
        )
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, errors = process.communicate(timeout=SECONDS)
    return process.returncode, errors


@pytest.fixture(scope="module")
def two_releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store where 000002 is champion and 000001 was."""
    store = ReleaseStore(tmp_path_factory.mktemp("template") / "digits")
    first = store.publish(make_draft(), expected_previous=None, reason="first")
    store.publish(
        make_draft(first.version, model=make_model(bias=1)),
        expected_previous=first.version,
        reason="second",
    )
    return store.folder


@pytest.fixture
def store(two_releases: Path, tmp_path: Path) -> ReleaseStore:
    return ReleaseStore(shutil.copytree(two_releases, tmp_path / "digits"))


def assert_sound(store: ReleaseStore) -> None:
    """The store is as if nothing had ever gone wrong."""
    assert {path.name for path in store.folder.iterdir()} == {
        *("baseline.json", "champion.json", "lock", "promotions.jsonl", "releases")
    }
    for version in store.versions():
        store.verify(version)
    lines = (store.folder / "promotions.jsonl").read_text().splitlines()
    history = store.history()
    assert history[-1] == store.pointer()
    assert len(set(lines)) == len(lines)
    for earlier, later in pairwise(history):
        if later.action == "promote":
            assert later.previous == earlier.version


@pytest.mark.parametrize("step", STEPS)
def test_killed_publication(store: ReleaseStore, step: str) -> None:
    old = store.champion().version
    code, _ = finish(start(PUBLISH, str(store.folder), old, "2", crash_at=step))
    assert code == -signal.SIGKILL

    seen = store.champion().version
    committed = STEPS.index(step) >= STEPS.index("pointer_replaced")
    assert (seen != old) == committed
    for version in store.versions():
        store.verify(version)

    draft = make_draft(seen, model=make_model(bias=3))
    new = store.publish(draft, expected_previous=seen, reason="after the crash")
    assert store.champion().version == new.version
    promoted = [line.version for line in store.history()]
    assert promoted.count(seen) == 1
    assert len(promoted) == (4 if committed else 3)
    assert_sound(store)


@pytest.mark.parametrize(
    "step", ["files_written", "release_renamed", "pointer_written", "pointer_replaced"]
)
def test_killed_first_publication(tmp_path: Path, step: str) -> None:
    store = ReleaseStore(tmp_path / "digits")
    code, _ = finish(start(PUBLISH, str(store.folder), "", "0", crash_at=step))
    assert code == -signal.SIGKILL
    champion = None
    if STEPS.index(step) >= STEPS.index("pointer_replaced"):
        champion = store.champion().version
    else:
        with pytest.raises(NoChampionError):
            store.champion()
    store.publish(make_draft(champion), expected_previous=champion, reason="again")
    assert_sound(store)


@pytest.mark.parametrize("step", ROLL_BACK_STEPS)
def test_killed_roll_back(store: ReleaseStore, step: str) -> None:
    first, second = store.versions()
    code, _ = finish(start(ROLL_BACK, str(store.folder), crash_at=step))
    assert code == -signal.SIGKILL
    committed = STEPS.index(step) >= STEPS.index("pointer_replaced")
    assert store.champion().version == (first if committed else second)
    if not committed:
        assert store.rollback(reason="again")[0].version == first
    else:
        with pytest.raises(ReleaseError, match="nothing to roll back to"):
            store.rollback(reason="again")
    assert_sound(store)
    assert [line.version for line in store.history()] == [first, second, first]


def test_released_but_never_promoted_is_not_resolved(store: ReleaseStore) -> None:
    """The newest folder is no champion, not even when the pointer is gone."""
    old = store.champion().version
    finish(start(PUBLISH, str(store.folder), old, "2", crash_at="release_renamed"))
    assert len(store.versions()) == 3
    (store.folder / "champion.json").unlink()
    assert store.champion().version == old


def test_race_has_one_winner(store: ReleaseStore) -> None:
    old = store.champion().version
    racers = [start(PUBLISH, str(store.folder), old, bias) for bias in ("2", "3")]
    results = sorted(finish(racer) for racer in racers)
    assert [code for code, _ in results] == [0, 1]
    assert f"conflict: expected {old} as champion" in results[1][1]
    assert len(store.history()) == 3
    assert len(store.versions()) == 3
    assert_sound(store)


def test_readers_see_whole_releases_all_along(store: ReleaseStore) -> None:
    seen = {store.champion().version}
    for bias in ("2", "3"):
        writer = start(PUBLISH, str(store.folder), store.champion().version, bias)
        while writer.poll() is None:
            seen.add(store.champion().version)
        assert finish(writer)[0] == 0
        # Who comes late has seen nothing while it was written.
        seen.add(store.champion().version)
    assert seen | {store.champion().version} == set(store.versions()[1:])


def test_a_living_writer_is_not_disturbed(
    store: ReleaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "LOCK_SECONDS", 0.1)
    staged = store.folder / "staging" / "000003-20261120T120000Z"
    staged.mkdir(parents=True)
    version = store.champion().version
    with FileLock(store.folder / "lock"):
        with pytest.raises(ReleaseError, match="another process has been writing"):
            store.publish(
                make_draft(version), expected_previous=version, reason="a test"
            )
        assert staged.is_dir()
    store.publish(make_draft(version), expected_previous=version, reason="a test")
    assert_sound(store)


POINTER_DAMAGE: dict[str, Callable[[Path], object]] = {
    "deleted": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:40]),
    "binary": lambda path: path.write_bytes(bytes(range(256))),
    "a number": lambda path: path.write_text("7"),
    "nested": lambda path: path.write_text("[" * 100_000),
    "other keys": lambda path: path.write_text('{"version": "000002"}'),
    "missing version": lambda path: path.write_text(
        path.read_text().replace('"version": "00000', '"version": "00009')
    ),
    "a path": lambda path: path.write_text(
        path.read_text().replace('"version": "', '"version": "../../')
    ),
    "other manifest": lambda path: path.write_text(
        path.read_text().replace('sha256": "', 'sha256": "0')
    ),
    "version is a list": lambda path: path.write_text(
        path.read_text().replace('"version": "', '"version": ["a"], "why": "')
    ),
}


@pytest.mark.parametrize("damage", POINTER_DAMAGE)
def test_lost_pointer_falls_back_to_the_record(
    store: ReleaseStore, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = store.versions()
    store.rollback(reason="so that the last line is not the newest folder")
    POINTER_DAMAGE[damage](store.folder / "champion.json")
    champion = store.champion()
    assert champion.version == first != second
    assert "last good line of promotions.jsonl" in caplog.text
    new = store.publish(make_draft(first), expected_previous=first, reason="a test")
    assert store.champion().version == new.version
    assert_sound(store)


@pytest.mark.parametrize("damage", POINTER_DAMAGE)
def test_lost_pointer_and_record_leave_no_champion(
    store: ReleaseStore, damage: str
) -> None:
    POINTER_DAMAGE[damage](store.folder / "champion.json")
    (store.folder / "promotions.jsonl").write_bytes(b"\n{}\ngarbage\n\xff")
    with pytest.raises(NoChampionError, match="make run"):
        store.champion()
    new = store.publish(make_draft(), expected_previous=None, reason="a test")
    assert store.versions()[-1] == store.champion().version == new.version


def test_pointer_alone_is_enough_and_mends_the_record(store: ReleaseStore) -> None:
    first, second = store.versions()
    (store.folder / "promotions.jsonl").unlink()
    assert store.champion().version == second
    store.rollback(reason="a test")
    assert [line.version for line in store.history()] == [second, first]


@pytest.mark.parametrize("name", ["model.onnx", "MANIFEST.json", "gate.npz"])
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "flipped"])
def test_damaged_champion_falls_back(
    store: ReleaseStore, name: str, damage: str
) -> None:
    first, second = store.versions()
    path = store.folder / "releases" / second / name
    content = path.read_bytes()
    match damage:
        case "missing":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "cut":
            path.write_bytes(content[: len(content) // 2])
        case "flipped":
            middle = len(content) // 2
            flipped = bytes([content[middle] ^ 1])
            path.write_bytes(content[:middle] + flipped + content[middle + 1 :])
    assert store.champion().version == first


def test_disk_full_while_staging(store: ReleaseStore) -> None:
    version = store.champion().version
    process = start(PUBLISH, str(store.folder), version, "2", limit=2000)
    code, errors = finish(process)
    assert code == 1
    assert "nothing could be written" in errors.splitlines()[-1]
    assert store.champion().version == version
    assert len(store.versions()) == 2
    assert_sound(store)


def test_disk_full_at_every_write(
    store: ReleaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever file the disk has no room for: old or new champion, never neither."""
    real = os.fsync
    outcomes = []
    for failing in range(100):
        calls = iter(range(100))

        def fsync(descriptor: int) -> None:
            if next(calls) == failing:  # noqa: B023 - used within this round
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            real(descriptor)

        old = store.champion().version
        draft = make_draft(old, model=make_model(bias=failing))
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", fsync)
            try:
                store.publish(draft, expected_previous=old, reason="a test")
                outcomes.append("published")
            except ReleaseError as error:
                outcomes.append("refused" if "No space left" in str(error) else "odd")
        assert not (store.folder / "staging").exists()
        if next(calls, 0) <= failing:
            break
    assert outcomes[0] == "refused"
    assert outcomes[-1] == "published"
    assert "odd" not in outcomes
    # Files, folders, the pointer: ten synchronised writes at least have failed.
    assert len(outcomes) > 10
    assert_sound(store)
