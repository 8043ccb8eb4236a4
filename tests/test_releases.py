"""The release store: publish, resolve, verify, roll back, refuse."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digit_pipeline.abstention import Calibration
from digit_pipeline.releases import (
    DamagedReleaseError,
    NoChampionError,
    ReleaseConflictError,
    ReleaseError,
    ReleaseStore,
)
from digit_pipeline.releases.__main__ import main
from digit_pipeline.releases.release import FILES, MANIFEST, read_release
from tests.stub_release import make_draft, make_images, make_model


@pytest.fixture
def store(tmp_path: Path) -> ReleaseStore:
    return ReleaseStore(tmp_path / "digits")


def publish(
    store: ReleaseStore, bias: float = 0.0, reason: str = "a test", **changes: Any
) -> str:
    """Publish a model that differs by its bias on top of what is champion."""
    try:
        champion = store.champion().version
    except NoChampionError:
        champion = None
    draft = make_draft(champion, model=make_model(bias=bias), **changes)
    return store.publish(draft, expected_previous=champion, reason=reason).version


def test_no_release_says_how_to_make_one(store: ReleaseStore) -> None:
    with pytest.raises(NoChampionError, match="make run"):
        store.champion()
    assert not store.folder.exists()


def test_published_release_is_the_champion_and_whole(store: ReleaseStore) -> None:
    version = publish(store, reason="because it reads well")
    champion = store.champion()
    assert champion.version == version
    assert {path.name for path in champion.folder.iterdir()} == {*FILES, MANIFEST}
    assert champion.class_names == tuple("0123456789")
    assert champion.calibration == Calibration()
    assert champion.manifest["environment"] == "base"
    assert champion.manifest["previous"] is None
    assert champion.gate.digest() == make_draft().gate.digest()
    assert champion.read("model.onnx") == make_model()
    [line] = store.history()
    assert line == store.pointer()
    assert (line.action, line.version, line.previous) == ("promote", version, None)
    assert line.why == "because it reads well"
    assert line.manifest_sha256 == champion.manifest_sha256


def test_golden_batch_holds_four_of_each_class_with_their_logits(
    store: ReleaseStore,
) -> None:
    publish(store)
    with np.load(store.champion().folder / "golden.npz") as golden:
        assert golden["images"].shape == (40, 28, 28, 1)
        assert golden["logits"].shape == (40, 10)
        assert golden["logits"][0].tolist() == [20.0] + [0.0] * 9


def test_gate_images_are_kept_without_strokes_and_writers(store: ReleaseStore) -> None:
    draft = make_draft()
    writers = np.full(len(draft.gate), "writer 1")
    store.publish(
        replace(draft, gate=replace(draft.gate, groups=writers)),
        expected_previous=None,
        reason="a test",
    )
    assert store.champion().gate.groups is None


def test_roll_back_goes_back_and_never_forward(store: ReleaseStore) -> None:
    first, second, third = (publish(store, bias) for bias in (0, 1, 2))
    assert store.rollback(reason="worse in use")[0].version == second
    assert store.rollback(reason="that too")[0].version == first
    with pytest.raises(ReleaseError, match="nothing to roll back to"):
        store.rollback(reason="once more")
    assert store.champion().version == first
    assert [line.action for line in store.history()] == [
        *["promote"] * 3,
        *["rollback"] * 2,
    ]
    assert store.rollback(reason="forward on purpose", to=third)[0].version == third
    assert store.pointer().previous == second


def test_what_was_taken_back_is_known_until_somebody_uses_it_again(
    store: ReleaseStore,
) -> None:
    facts = make_draft().facts
    first, second, third = (
        publish(store, bias, facts={**facts, "training": {"manifest": f"of {bias}"}})
        for bias in (0, 1, 2)
    )
    assert store.taken_back() == []
    store.rollback(reason="worse in use")
    store.rollback(reason="that too")
    assert [(one.version, one.manifest) for one in store.taken_back()] == [
        (third, "of 2"),
        (second, "of 1"),
    ]
    when = {line.version: line.when for line in store.history()[3:]}
    assert [one.when for one in store.taken_back()] == [when[second], when[first]]
    # Forward again is no roll-back from the first one.
    store.rollback(reason="it was good", to=second)
    assert [one.version for one in store.taken_back()] == [third]
    # What the next one replaces was not taken back.
    publish(store, 3)
    assert [one.version for one in store.taken_back()] == [third]


def test_of_what_was_taken_back_only_whole_releases_are_known(
    store: ReleaseStore,
) -> None:
    publish(store)
    second = publish(store, 1)
    store.rollback(reason="it does not say what it learned from")
    assert store.taken_back() == []
    (store.folder / "releases" / second / MANIFEST).write_text("{")
    assert store.taken_back() == []


def test_promotion_after_a_roll_back_returns_to_what_it_replaced(
    store: ReleaseStore,
) -> None:
    first, _ = publish(store), publish(store, 1)
    store.rollback(reason="a test")
    publish(store, 2)
    assert store.pointer().previous == first
    assert store.rollback(reason="a test")[0].version == first


def test_roll_back_to_the_champion_itself_changes_nothing(store: ReleaseStore) -> None:
    publish(store)
    champion = publish(store, 1)
    pointer, lines = store.pointer(), store.history()
    with pytest.raises(ReleaseError, match=f"{champion} is the champion already"):
        store.rollback(reason="a test", to=champion)
    assert (store.pointer(), store.history()) == (pointer, lines)
    # A pointer that is lost is written again.
    (store.folder / "champion.json").unlink()
    store.rollback(reason="a test", to=champion)
    assert store.pointer().version == champion


def test_roll_back_refuses_a_damaged_release(store: ReleaseStore) -> None:
    first, second = publish(store), publish(store, 1)
    (store.folder / "releases" / first / "model.onnx").write_bytes(b"rotten")
    with pytest.raises(DamagedReleaseError, match=r"model\.onnx .* is damaged"):
        store.rollback(reason="a test")
    assert store.champion().version == second


def test_roll_back_leaves_a_damaged_champion_behind(store: ReleaseStore) -> None:
    first, second = publish(store), publish(store, 1)
    (store.folder / "releases" / second / "model.onnx").unlink()
    assert store.rollback(reason="a test")[0].version == first
    assert store.pointer().version == first


def test_unexpected_previous_is_a_conflict(store: ReleaseStore) -> None:
    version = publish(store)
    with pytest.raises(ReleaseConflictError, match=f"but it is {version}"):
        store.publish(make_draft(), expected_previous=None, reason="a test")
    assert store.versions() == [version]


@pytest.mark.parametrize(
    ("model", "complaint"),
    [
        (b"", "expected an ONNX model"),
        (make_model()[:500], "expected an ONNX model"),
        (make_model(strength=float("nan")), "NaN or infinity"),
        (make_model(classes=9), "9 outputs, expected 10"),
        (make_model(side=27), "expected images float32"),
        (make_model(output="scores"), "one output `logits`"),
        (make_model([1, 2, 3, 4, 5, 6, 7, 8, 9, 0]), "wrong label order"),
    ],
    ids=["empty", "cut", "nan", "classes", "side", "output name", "label order"],
)
def test_bad_models_are_refused(
    store: ReleaseStore, model: bytes, complaint: str
) -> None:
    version = publish(store)
    with pytest.raises(ReleaseError, match=complaint):
        store.publish(
            make_draft(version, model=model), expected_previous=version, reason="a test"
        )
    assert store.champion().version == version
    assert store.versions() == [version]
    assert len(store.history()) == 1


def test_draft_without_gate_images_is_refused(store: ReleaseStore) -> None:
    with pytest.raises(ReleaseError, match="needs gate images"):
        store.publish(
            make_draft(gate=make_images([])), expected_previous=None, reason="a test"
        )


@pytest.mark.parametrize(
    "version",
    ["../../etc", "/etc", "", ".", "000001-20261120T120000Z/..", "000001", "x" * 300],
)
def test_a_path_is_no_version(store: ReleaseStore, version: str) -> None:
    publish(store)
    with pytest.raises(ReleaseError, match="no release version"):
        store.verify(version)
    with pytest.raises(ReleaseError):
        store.rollback(reason="a test", to=version or "..")


def test_a_link_is_no_release(store: ReleaseStore, tmp_path: Path) -> None:
    version = publish(store)
    outside = tmp_path / version
    (store.folder / "releases" / version).rename(outside)
    (store.folder / "releases" / version).symlink_to(outside)
    with pytest.raises(NoChampionError):
        store.champion()


def test_file_outside_the_manifest_is_refused(store: ReleaseStore) -> None:
    release = store.verify(publish(store))
    (release.folder / "extra.bin").write_bytes(b"")
    with pytest.raises(DamagedReleaseError, match=r"extra\.bin"):
        store.verify(release.version)
    with pytest.raises(DamagedReleaseError, match="has no"):
        release.read("extra.bin")


def test_manifest_is_held_to_the_record(store: ReleaseStore) -> None:
    first, second = publish(store), publish(store, 1)
    manifest = store.folder / "releases" / first / MANIFEST
    manifest.write_text(manifest.read_text().replace("stub", "spub"))
    with pytest.raises(DamagedReleaseError, match=r"MANIFEST\.json"):
        store.rollback(reason="a test")
    assert store.champion().version == second


@pytest.mark.parametrize(
    "text", ["", "[" * 100_000, "7", "{}", '{"files": {"a/b": 1}}']
)
def test_manifest_that_is_none(store: ReleaseStore, text: str) -> None:
    version = publish(store)
    (store.folder / "releases" / version / MANIFEST).write_text(text)
    with pytest.raises(DamagedReleaseError, match=MANIFEST):
        read_release(store.folder / "releases" / version)


@pytest.mark.parametrize("hours", [1, 24 * 365])
def test_versions_keep_their_order_when_the_clock_goes_back(
    tmp_path: Path, hours: int
) -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    times = iter([noon, noon, noon] + [noon - timedelta(hours=hours)] * 3)
    store = ReleaseStore(tmp_path, clock=lambda: next(times))
    first, second, third = (publish(store, bias) for bias in (0, 1, 2))
    assert [first[:6], second[:6], third[:6]] == ["000001", "000002", "000003"]
    assert store.versions() == [first, second, third]
    assert store.champion().version == third


def test_numbers_are_not_given_twice(store: ReleaseStore) -> None:
    publish(store)
    second = publish(store, 1)
    store.rollback(reason="a test")
    folder = store.folder / "releases" / second
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert publish(store, 2).startswith("000003-")


def test_commands(
    store: ReleaseStore,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)  # no project here, so nothing to mirror to
    at = ["--store", str(store.folder)]
    assert main([*at, "list"]) == 1
    assert "make run" in capsys.readouterr().err
    first, second = publish(store), publish(store, 1)
    assert main([*at, "list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == [first, second]
    assert [line.endswith("champion") for line in listed] == [False, True]
    assert main([*at, "show"]) == 0
    assert json.loads(capsys.readouterr().out)["version"] == second
    assert main([*at, "show", first]) == 0
    assert json.loads(capsys.readouterr().out)["version"] == first
    assert main([*at, "check"]) == 0
    assert second in capsys.readouterr().out
    assert main([*at, "rollback", "--reason", "by the test"]) == 0
    assert capsys.readouterr().out.startswith(first)
    assert store.history()[-1].why == "by the test"
    assert main([*at, "rollback"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert main([*at, "check", "../secret"]) == 1
    (store.folder / "releases" / second / "gate.npz").unlink()
    assert main([*at, "list"]) == 0
    assert f"{second}  damaged" in capsys.readouterr().out


def test_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as error:
        main(["promote"])
    assert error.value.code == 2


def test_store_of_the_command_follows_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TASK", "letters")
    publish(ReleaseStore(tmp_path / "09_serving" / "letters"))
    assert main(["show"]) == 0


def test_looking_at_releases_imports_nothing_heavy() -> None:
    code = (
        "import sys; import digit_pipeline.classifier, digit_pipeline.releases;"
        "print([m for m in ('tensorflow', 'keras', 'pandas', 'kedro', 'mlflow', "
        "'scipy', 'sklearn', 'cv2') if m in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    assert subprocess.check_output(command, text=True).strip() == "[]"


def test_a_release_without_test_images_and_gallery_says_so(store: ReleaseStore) -> None:
    publish(store)
    release = store.champion()

    assert release.test is None
    assert release.gallery == []
