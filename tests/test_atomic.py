import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from digit_pipeline.atomic import replace_atomically, write_atomically
from digit_pipeline.datasets import LabelledImagesDataset
from digit_pipeline.labelled_images import LabelledImages


def test_replaces_the_content(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.txt"
    for content in (b"old", b"new"):
        with write_atomically(path) as file:
            file.write(content)
        assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


def test_keeps_the_old_content_and_no_rest_when_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(b"old")

    def write_half() -> None:
        with write_atomically(path) as file:
            file.write(b"half of the n")
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        write_half()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_readers_see_old_content_until_the_end(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(b"old")
    with write_atomically(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


def test_the_name_keeps_its_suffix(tmp_path: Path) -> None:
    with replace_atomically(tmp_path / "model.keras") as temporary:
        assert temporary.suffix == ".keras"
        assert temporary.parent == tmp_path
        temporary.write_bytes(b"model")
    assert (tmp_path / "model.keras").read_bytes() == b"model"


@pytest.mark.skipif(os.name != "posix", reason="permission bits are POSIX's")
def test_others_may_read_as_the_umask_says(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    with write_atomically(path) as file:
        file.write(b"new")
    plain = tmp_path / "plain.txt"
    plain.write_bytes(b"new")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


SYNCED = """
import os, sys
from pathlib import Path
from digit_pipeline.atomic import write_atomically
path, order = Path(sys.argv[1]), []
fsync = os.fsync
def note(handle):
    name = os.readlink(f"/proc/self/fd/{handle}")
    order.append("folder" if os.path.isdir(name) else "file")
    order.append("renamed" if path.exists() else "beside")
    fsync(handle)
os.fsync = note
with write_atomically(path) as file:
    file.write(b"new")
print(*order)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_content_is_on_disk_before_the_name_and_the_name_in_the_end(
    tmp_path: Path,
) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", SYNCED, tmp_path / "file.txt"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert answer.stdout.split() == ["file", "beside", "folder", "renamed"]


# The child dies without a chance to clean up: in the middle of writing (the system
# kills it at a size limit), when the content is to be synced, when the file is to be
# renamed, or when the folder is to be synced.
KILLED = """
import os, resource, signal, sys
from pathlib import Path
import numpy as np
from digit_pipeline.datasets import LabelledImagesDataset
from digit_pipeline.labelled_images import LabelledImages

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

point = sys.argv[2]
if point == "writing":
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))
elif point == "renaming":
    Path.replace = die
else:
    fsync, calls = os.fsync, []
    def sync(handle):
        calls.append(handle)
        if len(calls) == {"syncing": 1, "renamed": 2}[point]:
            die()
        fsync(handle)
    os.fsync = sync
images = LabelledImages(
    np.full((50, 8, 8, 1), 2, np.uint8), np.zeros(50, np.int64), ("a",)
)
LabelledImagesDataset(filepath=sys.argv[1]).save(images)
"""


@pytest.mark.parametrize(
    ("point", "expected"),
    [("writing", 1), ("syncing", 1), ("renaming", 1), ("renamed", 2)],
)
@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_a_killed_save_leaves_the_old_content_or_the_new(
    point: str, expected: int, tmp_path: Path
) -> None:
    dataset = LabelledImagesDataset(filepath=tmp_path / "set.npz")
    old = LabelledImages(
        np.full((50, 8, 8, 1), 1, np.uint8), np.zeros(50, np.int64), ("a",)
    )
    dataset.save(old)
    assert dataset._filepath.stat().st_size > 300
    child = subprocess.run(
        [sys.executable, "-c", KILLED, tmp_path / "set.npz", point], check=False
    )
    assert -child.returncode in (signal.SIGKILL, signal.SIGXFSZ)
    assert (dataset.load().images == expected).all()
    dataset.save(old)
    assert (dataset.load().images == 1).all()


FULL = """
import resource, signal, sys
import numpy as np
from digit_pipeline.datasets import ArrayDataset
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
ArrayDataset(filepath=sys.argv[1]).save(np.zeros(100_000))
"""


@pytest.mark.skipif(os.name != "posix", reason="limits are POSIX's")
def test_a_full_disk_is_one_sentence_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "array.npy"
    path.write_bytes(b"old")
    child = subprocess.run(
        [sys.executable, "-c", FULL, path],
        # The limit holds for coverage's own file as well.
        env={k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")},
        capture_output=True,
        text=True,
        check=False,
    )
    last_line = child.stderr.strip().splitlines()[-1]
    assert last_line == (
        f"digit_pipeline.datasets.errors.DataError: The disk is full: {path} keeps its "
        "previous content, so free some space and run again."
    )
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
