"""The frozen baseline: set once, moved by a person alone, never lost to a newer one."""

import errno
import json
import shutil
from pathlib import Path

import pytest

from digit_pipeline.releases import ReleaseConflictError, ReleaseError, ReleaseStore
from digit_pipeline.releases.__main__ import main
from digit_pipeline.releases.baseline import BASELINE, read_baseline
from tests.stub_release import make_draft, make_model


def publish(store: ReleaseStore, bias: float = 0.0) -> str:
    """Publish a model that differs by its bias on top of what is champion."""
    pointer = store.pointer()
    champion = pointer.version if pointer else None
    draft = make_draft(champion, model=make_model(bias=bias))
    return store.publish(draft, expected_previous=champion, reason="a test").version


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store after two promotions."""
    store = ReleaseStore(tmp_path_factory.mktemp("published") / "digits")
    publish(store)
    publish(store, 1)
    return store.folder


@pytest.fixture
def store(published: Path, tmp_path: Path) -> ReleaseStore:
    """A copy of it, to be changed."""
    shutil.copytree(published, tmp_path / "digits")
    return ReleaseStore(tmp_path / "digits")


def frozen(store: ReleaseStore) -> str:
    release = store.baseline()
    assert release is not None
    return release.version


def test_an_empty_store_has_none_and_says_how_it_comes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ReleaseStore(tmp_path)
    assert store.baseline() is None
    assert read_baseline(store.folder) is None
    assert main(["--store", str(store.folder), "baseline"]) == 1
    assert "there is no baseline" in capsys.readouterr().err


def test_the_first_promotion_sets_it_and_no_later_one_moves_it(
    store: ReleaseStore,
) -> None:
    first, second = store.versions()
    written = (store.folder / BASELINE).read_bytes()
    store.rollback(reason="a test")
    store.rollback(reason="a test", to=second)
    assert frozen(store) == first
    assert (store.folder / BASELINE).read_bytes() == written
    manifest = store.verify(first).manifest_sha256
    assert json.loads(written)["manifest_sha256"] == manifest


def test_a_promotion_counts_even_if_the_baseline_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    store = ReleaseStore(tmp_path / "digits")
    with monkeypatch.context() as full:
        full.setattr("digit_pipeline.releases.baseline.write_baseline", fail)
        first = publish(store)
    assert store.champion().version == first
    assert "The baseline was not written (No space left on device)" in caplog.text
    publish(store, 1)
    assert frozen(store) == first


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"version": "000002-x"}'])
def test_a_lost_or_broken_file_never_means_a_newer_release(
    store: ReleaseStore, content: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    first, _ = store.versions()
    (store.folder / BASELINE).unlink()
    if content is not None:
        (store.folder / BASELINE).write_bytes(content)
    assert frozen(store) == first
    assert ("baseline.json is broken" in caplog.text) == (content is not None)


def test_an_older_store_gets_one_with_its_next_promotion(store: ReleaseStore) -> None:
    first, _ = store.versions()
    (store.folder / BASELINE).unlink()
    publish(store, 2)
    assert json.loads((store.folder / BASELINE).read_text())["version"] == first


def test_a_person_moves_it_and_only_to_a_whole_release(
    store: ReleaseStore, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = store.versions()
    command = ["--store", str(store.folder), "baseline"]
    assert main(command) == 0
    assert capsys.readouterr().out == f"{first} is the baseline\n"
    assert main([*command, "--to", second, "--reason", "it reads pens"]) == 0
    assert capsys.readouterr().out == f"{second} is the baseline from now on\n"
    assert frozen(store) == second
    assert json.loads((store.folder / BASELINE).read_text())["why"] == "it reads pens"
    assert main(["--store", str(store.folder), "list"]) == 0
    assert "champion, baseline" in capsys.readouterr().out.splitlines()[1]
    assert main([*command, "--to", "000009-20261121T000000Z"]) == 1
    assert "is not in" in capsys.readouterr().err
    (store.folder / "releases" / first / "model.onnx").write_bytes(b"rotten")
    assert main([*command, "--to", first]) == 1
    assert frozen(store) == second


def test_a_damaged_one_is_told_not_replaced(store: ReleaseStore) -> None:
    first, _ = store.versions()
    (store.folder / "releases" / first / "model.onnx").write_bytes(b"rotten")
    with pytest.raises(ReleaseError, match=r"model\.onnx .* is damaged"):
        store.baseline()


def test_a_roll_back_may_insist_on_whom_it_replaces(store: ReleaseStore) -> None:
    first, second = store.versions()
    with pytest.raises(ReleaseConflictError, match=f"expected {first} as champion"):
        store.rollback(reason="a test", expected_current=first)
    assert store.pointer() == store.history()[-1]
    assert store.champion().version == second
    assert store.rollback(reason="a test", expected_current=second)[0].version == first
