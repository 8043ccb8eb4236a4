"""Ready is more than alive: rows T21 and T23 of FAULTS.md."""

import contextlib
import resource
import shutil
import subprocess
import time

import httpx
import pytest

from tests.gradio_app.pictures import canvas, encode
from tests.running_app import run_app

pytestmark = pytest.mark.slow

BODY = encode(canvas(3))
PATIENCE_SECONDS = 60


@pytest.fixture
def folder(tmp_path, data):
    """A data folder of the test's own, with one release."""
    shutil.copytree(data / "09_serving", tmp_path / "09_serving")
    return tmp_path


def _await_ready(client, ready):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        answer = client.get("/api/ready")
        if (answer.status_code == 200) == ready:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"still {answer.status_code}: {answer.text}")


def _assert_it_predicts_all_the_same(client):
    assert client.get("/api/health").status_code == 200
    assert client.post("/api/predict", content=BODY).status_code == 200


def test_too_little_room_is_not_ready_and_says_so(folder):
    with (
        run_app(folder, PAGES="off", MIN_FREE_MB="1e12") as app,
        httpx.Client(base_url=app.url, timeout=30) as client,
    ):
        answer = _await_ready(client, False)
        assert answer.status_code == 503
        assert "MIN_FREE_MB" in answer.json()["problem"]
        assert answer.json()["serving"]
        _assert_it_predicts_all_the_same(client)


def _mount_small_disk(place):
    """Mount a file system of 32 MB, where that is allowed."""
    options = ["-t", "tmpfs", "-o", "size=32m", "tmpfs", str(place)]
    return subprocess.run(["mount", *options], capture_output=True).returncode == 0


def _fill(path):
    """Write until there is no room, to the last block."""
    with path.open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(b"x" * 4096)


def test_a_disk_that_fills_up_and_is_cleared_again(folder, tmp_path_factory):
    disk = tmp_path_factory.mktemp("disk")
    if not _mount_small_disk(disk):
        pytest.skip("mounting a small disk needs root; the next test does without")
    try:
        url = f"sqlite:///{disk / 'records.sqlite3'}"
        with (
            run_app(folder, PAGES="off", RECORDS_URL=url, MIN_FREE_MB="0") as app,
            httpx.Client(base_url=app.url, timeout=30) as client,
        ):
            _await_ready(client, True)
            name = client.post("/api/predict", content=BODY).json()["id"]
            _fill(disk / "filler")
            _await_ready(client, False)
            _assert_it_predicts_all_the_same(client)
            feedback = client.post(
                "/api/feedback", json={"prediction_id": name, "label": "3"}
            )
            assert feedback.status_code == 507
            (disk / "filler").unlink()
            _await_ready(client, True)
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_records_that_cannot_be_written_are_not_ready(folder):
    """Where nothing may be mounted: the process may write no file beyond 64 kB."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 10, before[1]))
    try:
        with (
            run_app(folder, PAGES="off") as app,
            httpx.Client(base_url=app.url, timeout=30) as client,
        ):
            answer = _await_ready(client, False)
            assert answer.json()["problem"]
            _assert_it_predicts_all_the_same(client)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_without_a_database_it_predicts_but_is_not_ready(folder):
    url = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    with (
        run_app(folder, PAGES="off", RECORDS_URL=url) as app,
        httpx.Client(base_url=app.url, timeout=30) as client,
    ):
        answer = _await_ready(client, False)
        assert "the app's log says why" in answer.json()["problem"]
        name = client.post("/api/predict", content=BODY).json()["id"]
        asked = [
            answer,
            client.get("/api/health"),
            client.get("/api/statistics"),
            client.delete("/api/history"),
            client.post("/api/feedback", json={"prediction_id": name, "label": "3"}),
        ]
        assert [one.status_code for one in asked] == [503, 200, 503, 503, 503]
        for one in asked:
            assert not any(word in one.text for word in ("127.0.0.1", "nobody", "port"))
        assert "127.0.0.1" in (app.data / "server.log").read_text()
        _assert_it_predicts_all_the_same(client)


def test_a_lost_pointer_at_the_start_falls_back_to_the_last_good_line(folder):
    (folder / "09_serving" / "digits" / "champion.json").unlink()
    with (
        run_app(folder, PAGES="off") as app,
        httpx.Client(base_url=app.url, timeout=30) as client,
    ):
        found = client.get("/api/health").json()
        assert found["serving"]
        assert found["desired"] is None
        assert "the pointer is lost" in found["problem"]
        _assert_it_predicts_all_the_same(client)
