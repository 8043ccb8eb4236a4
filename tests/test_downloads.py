import gzip
import hashlib
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from digit_pipeline import downloads
from digit_pipeline.downloads import DownloadError, PublishedFile, read_published
from tests.lzw_compression import compress_lzw
from tests.publisher import Publisher

NAME = "train-images-idx3-ubyte"
SHA256 = "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
SMALL = "t10k-labels-idx1-ubyte"
SMALL_SHA256 = "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
MEGABYTE = 1 << 20


@pytest.fixture
def publisher(datasets_dir: Path) -> Iterator[Publisher]:
    with Publisher(datasets_dir) as server:
        yield server


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "BACK_OFF", 0.01)


def published(folder: Path, *urls: str, sha256: str = SHA256) -> PublishedFile:
    return PublishedFile(NAME, sha256, folder, urls)


def small(folder: Path, *urls: str, sha256: str = SMALL_SHA256) -> PublishedFile:
    return PublishedFile(SMALL, sha256, folder, urls)


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def files_in(folder: Path) -> set[str]:
    """Everything but the lock, which is empty and stays."""
    return {p.name for p in folder.iterdir() if p.suffix != ".lock"}


def run_child(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


READ = f"""
import sys
from pathlib import Path
from digit_pipeline.downloads import PublishedFile, read_published
file = PublishedFile({NAME!r}, {SHA256!r}, Path(sys.argv[1]), (sys.argv[2],))
print(len(read_published(file)))
"""


def test_downloads_verifies_and_keeps_what_it_got(
    publisher: Publisher,
    datasets_dir: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "new" / "mnist"
    content = read_published(published(folder, f"{publisher.url}/mnist/{NAME}.gz"))
    assert sha256_of(content) == SHA256
    original = datasets_dir / "mnist" / f"{NAME}.gz"
    assert (folder / f"{NAME}.gz").read_bytes() == original.read_bytes()
    assert files_in(folder) == {f"{NAME}.gz"}
    assert capfd.readouterr() == ("", ""), "silent where no terminal is"


def test_goes_on_where_the_connection_was_cut(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.faults.cuts = [3 * MEGABYTE, MEGABYTE]
    content = read_published(published(tmp_path, f"{publisher.url}/mnist/{NAME}.gz"))
    assert sha256_of(content) == SHA256
    ranges = [asked for _, asked in publisher.requests]
    assert ranges == [None, f"bytes={3 * MEGABYTE}-", f"bytes={4 * MEGABYTE}-"]
    assert files_in(tmp_path) == {f"{NAME}.gz"}


def test_begins_anew_where_the_server_knows_no_ranges(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.faults.without_range = True
    publisher.faults.cuts = [3 * MEGABYTE]
    content = read_published(published(tmp_path, f"{publisher.url}/mnist/{NAME}.gz"))
    assert sha256_of(content) == SHA256
    assert len(publisher.requests) == 2


def test_goes_on_after_a_stall(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "TIMEOUT", 0.5)
    publisher.faults.stalls = [2 * MEGABYTE]
    content = read_published(published(tmp_path, f"{publisher.url}/mnist/{NAME}.gz"))
    assert sha256_of(content) == SHA256
    # Twice, or more often where the machine stands still for as long.
    assert len(publisher.requests) >= 2
    assert publisher.requests[-1][1] is not None, "asked for the rest only"


def test_goes_on_after_the_process_was_killed(
    publisher: Publisher, tmp_path: Path
) -> None:
    url = f"{publisher.url}/mnist/{NAME}.gz"
    publisher.faults.stalls = [2 * MEGABYTE]
    child = run_child(READ, str(tmp_path), url)
    _wait_for(lambda: any(p.stat().st_size for p in tmp_path.glob(".*.part")))
    time.sleep(0.3)
    child.kill()
    child.communicate()
    assert published(tmp_path, url).find() is None
    assert sha256_of(read_published(published(tmp_path, url))) == SHA256
    assert publisher.requests[1][1] is not None, "asked for the rest only"
    assert files_in(tmp_path) == {f"{NAME}.gz"}


def test_drops_a_beginning_that_does_not_fit(
    publisher: Publisher, tmp_path: Path
) -> None:
    file = published(tmp_path, f"{publisher.url}/mnist/{NAME}.gz")
    downloads._part_path(file, file.urls[0]).write_bytes(bytes(1000))
    assert sha256_of(read_published(file)) == SHA256
    assert [asked for _, asked in publisher.requests] == ["bytes=1000-", None]


def test_drops_a_beginning_that_is_longer_than_the_file(
    publisher: Publisher, tmp_path: Path
) -> None:
    file = small(tmp_path, f"{publisher.url}/mnist/{SMALL}.gz")
    downloads._part_path(file, file.urls[0]).write_bytes(bytes(100_000))
    assert sha256_of(read_published(file)) == SMALL_SHA256


def test_takes_the_next_mirror_after_404(publisher: Publisher, tmp_path: Path) -> None:
    missing = f"{publisher.url}/gone/{SMALL}.gz"
    file = small(tmp_path, missing, f"{publisher.url}/mnist/{SMALL}.gz")
    assert sha256_of(read_published(file)) == SMALL_SHA256
    paths = [path for path, _ in publisher.requests]
    assert paths == [f"/gone/{SMALL}.gz", f"/mnist/{SMALL}.gz"]


def test_takes_the_next_mirror_after_a_wrong_checksum(
    publisher: Publisher, tmp_path: Path
) -> None:
    wrong = f"{publisher.url}/fashion-mnist/t10k-labels-idx1-ubyte.gz"
    file = small(tmp_path, wrong, f"{publisher.url}/mnist/{SMALL}.gz")
    assert sha256_of(read_published(file)) == SMALL_SHA256
    assert files_in(tmp_path) == {f"{SMALL}.gz"}


def test_refuses_a_wrong_checksum_and_leaves_nothing(
    publisher: Publisher, tmp_path: Path
) -> None:
    file = small(tmp_path, f"{publisher.url}/mnist/{SMALL}.gz", sha256="0" * 64)
    with pytest.raises(DownloadError, match=f"sha256 {'0' * 64}, got {SMALL_SHA256}"):
        read_published(file)
    assert files_in(tmp_path) == set()


def test_refuses_a_damaged_archive(publisher: Publisher, tmp_path: Path) -> None:
    served = tmp_path / "served"
    served.mkdir()
    (served / f"{SMALL}.gz").write_bytes(gzip.compress(b"digits")[:-9])
    with (
        Publisher(served) as other,
        pytest.raises(DownloadError, match="ends too early"),
    ):
        read_published(small(tmp_path / "kept", f"{other.url}/{SMALL}.gz"))


def test_asks_again_after_a_server_error(publisher: Publisher, tmp_path: Path) -> None:
    publisher.faults.statuses = [503, 429]
    file = small(tmp_path, f"{publisher.url}/mnist/{SMALL}.gz")
    assert sha256_of(read_published(file)) == SMALL_SHA256
    assert len(publisher.requests) == 3


def test_gives_up_on_a_server_that_stays_down(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.faults.statuses = [503] * 100
    file = small(tmp_path, f"{publisher.url}/mnist/{SMALL}.gz")
    with pytest.raises(DownloadError, match="HTTP 503"):
        read_published(file)
    assert len(publisher.requests) == downloads.ATTEMPTS


def test_several_processes_download_once(publisher: Publisher, tmp_path: Path) -> None:
    publisher.faults.delay = 1.5
    url = f"{publisher.url}/mnist/{NAME}.gz"
    children = [run_child(READ, str(tmp_path), url) for _ in range(3)]
    answers = [child.communicate(timeout=180) for child in children]
    assert [output for output, _ in answers] == ["47040016\n"] * 3, answers
    assert len(publisher.requests) == 1
    assert files_in(tmp_path) == {f"{NAME}.gz"}


@pytest.mark.parametrize("suffix", ["", ".gz", ".Z"])
def test_uses_what_is_in_place_without_network(
    suffix: str, datasets_dir: Path, tmp_path: Path
) -> None:
    packed = (datasets_dir / "mnist" / f"{SMALL}.gz").read_bytes()
    plain = gzip.decompress(packed)
    stored = {"": plain, ".gz": packed, ".Z": compress_lzw(plain)}[suffix]
    (tmp_path / f"{SMALL}{suffix}").write_bytes(stored)
    assert read_published(small(tmp_path)) == plain
    assert files_in(tmp_path) == {f"{SMALL}{suffix}"}


def test_uses_what_is_in_place_in_a_folder_it_may_not_write(
    datasets_dir: Path,
) -> None:
    content = read_published(small(datasets_dir / "mnist"))
    assert sha256_of(content) == SMALL_SHA256


def test_refuses_another_file_in_place_and_leaves_it(
    publisher: Publisher, tmp_path: Path
) -> None:
    path = tmp_path / f"{SMALL}.gz"
    path.write_bytes(gzip.compress(b"something else"))
    before = path.read_bytes()
    file = small(tmp_path, f"{publisher.url}/mnist/{SMALL}.gz")
    with pytest.raises(DownloadError, match="not the published file") as caught:
        read_published(file)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before
    assert publisher.requests == []


def test_offline_one_sentence_says_what_goes_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        downloads, "BACK_OFF", 60.0
    )  # being offline is no reason to wait
    urls = ("http://127.0.0.1:9/mnist.gz", "http://publisher.invalid/mnist.gz")
    with pytest.raises(DownloadError) as caught:
        read_published(small(tmp_path, *urls))
    sentence = str(caught.value)
    for part in (SMALL, f"{SMALL}.gz", *urls, SMALL_SHA256, str(tmp_path)):
        assert part in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert files_in(tmp_path) == set()


def test_takes_a_member_of_a_zip_archive(tmp_path: Path) -> None:
    content = b"digits " * 1000
    served = tmp_path / "served"
    served.mkdir()
    with zipfile.ZipFile(served / "pen+digits.zip", "w") as archive:
        archive.writestr("pen.tra.Z", compress_lzw(content))
    with Publisher(served) as publisher:
        url = f"{publisher.url}/pen+digits.zip#pen.tra.Z"
        kept = tmp_path / "kept"
        file = PublishedFile("pen.tra", sha256_of(content), kept, (url,))
        assert read_published(file) == content
    assert files_in(kept) == {"pen.tra.Z"}
    assert read_published(file) == content


def test_refuses_a_zip_archive_without_the_member(tmp_path: Path) -> None:
    (tmp_path / "digits.zip").write_bytes(b"no archive")
    with Publisher(tmp_path) as publisher:
        url = f"{publisher.url}/digits.zip#pen.tra.Z"
        file = PublishedFile("pen.tra", "0" * 64, tmp_path / "kept", (url,))
        with pytest.raises(DownloadError, match="zip archive that holds pen"):
            read_published(file)


def test_reads_no_local_files_by_address(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="beginning with http"):
        read_published(small(tmp_path, "file:///etc/hostname"))


def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    publisher: Publisher, tmp_path: Path
) -> None:
    limited = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({MEGABYTE}, {MEGABYTE}))\n{READ}"
    )
    child = run_child(limited, str(tmp_path), f"{publisher.url}/mnist/{NAME}.gz")
    _, errors = child.communicate(timeout=180)
    assert f"DownloadError: The disk is full: free some space in {tmp_path}" in errors
    assert files_in(tmp_path) == set()


def _wait_for(condition: object, seconds: float = 60) -> None:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
