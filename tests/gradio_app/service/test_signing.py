"""Ids that can be told from forged ones, by every process over one data folder."""

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from gradio_app.service.signing import NAMES, Signer, keep_key

MAKE = (
    "import sys; from pathlib import Path; from gradio_app.service.signing import *; "
)


def test_an_id_is_known_to_its_own_key_alone():
    signer, other = Signer(b"one"), Signer(b"another")
    given = signer.new_id()
    assert signer.is_own(given)
    assert Signer(b"one").is_own(given)
    assert not other.is_own(given)


@pytest.mark.parametrize(
    "given", ["", ".", "a.b", "\ud800.\ud800", "é.é", "a" * 10_000]
)
def test_whatever_comes_is_no_id(given):
    assert not Signer(b"key").is_own(given)


def test_no_two_ids_are_the_same_whoever_asks_for_them():
    signer = Signer(b"key")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: signer.new_id(), range(10 * NAMES)))
    assert len(set(found)) == len(found)


def test_clients_are_told_apart_and_not_named():
    signer = Signer(b"key")
    first, second = (signer.hash_client(a) for a in ("192.0.2.1", "192.0.2.2"))
    assert first == signer.hash_client("192.0.2.1") != second
    assert "192" not in first
    assert first != Signer(b"another").hash_client("192.0.2.1")


@pytest.mark.slow
def test_processes_over_one_folder_share_one_key(tmp_path):
    path = tmp_path / "records" / "signing.key"
    command = [sys.executable, "-c", f"{MAKE}print(keep_key(Path(sys.argv[1])).hex())"]
    running = [
        subprocess.Popen([*command, str(path)], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    keys = {process.communicate(timeout=120)[0].strip() for process in running}
    assert keys == {keep_key(path).hex()} == {path.read_bytes().hex()}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["signing.key"]


def test_where_nothing_can_be_written_a_key_for_this_process_has_to_do(tmp_path):
    (tmp_path / "records").write_text("a file, where a folder should be")
    path = tmp_path / "records" / "signing.key"
    assert len(keep_key(path)) == len(keep_key(path)) == 32
    assert keep_key(path) != keep_key(path)


def test_later_ids_sort_after_earlier_ones(monkeypatch):
    import time

    first = Signer(b"key").new_id()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 2)
    assert first < Signer(b"key").new_id()
