"""Real replicas behind a real nginx: slow clients, deaths, restarts, new models."""

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from deploy.replicas import HOST, App, Replicas, ReplicasError, ask
from tests.conftest import PROJECT
from tests.deploy.load import PICTURE, run_load
from tests.event_loop import run_coroutine
from tests.serving_fixtures import CLASS_NAMES, SmallModel, publish, train_small_model

IN_CI = os.environ.get("CI") == "true"
PROGRAM = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
POLL_SECONDS = 0.5
SLOW_CLIENTS = 200
HANGING_SECONDS = 60
HEADER_SECONDS = 10  # client_header_timeout and client_body_timeout

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        PROGRAM is None and not IN_CI, reason="no nginx on this machine: install it"
    ),
]


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    publish(folder / "09_serving" / "digits")
    return folder


@pytest.fixture(scope="module")
def replicas(data):
    """Three replicas; tests leave all of them running."""
    with _run(data, data, data) as running:
        yield running


def _run(*folders: Path) -> Replicas:
    settings = {"POLL_SECONDS": str(POLL_SECONDS), "SIGNING_KEY": "the same for all"}
    environments = [{**settings, "DATA_DIR": str(folder)} for folder in folders]
    return Replicas(
        len(folders), pages=False, port=0, limits=False, environments=environments
    )


def _other_model() -> SmallModel:
    """The small model with every answer one higher."""
    import onnx
    from onnx import numpy_helper

    from digit_pipeline.labelled_images import LabelledImages

    small = train_small_model()
    model = onnx.load_from_string(small.onnx)
    for tensor in model.graph.initializer:
        if tensor.name in {"w2", "b2"}:
            rolled = numpy_helper.to_array(tensor)
            rolled = numpy_helper.from_array(
                rolled.take([9, *range(9)], axis=-1), tensor.name
            )
            tensor.CopyFrom(rolled)
    labels = (small.gate.labels + 1) % len(CLASS_NAMES)
    gate = LabelledImages(small.gate.images, labels, CLASS_NAMES)
    return SmallModel(model.SerializeToString(), gate, small.accuracy)


def _best(body: dict) -> int:
    shares = body["probabilities"]
    return int(max(shares, key=shares.get))


def _ask_first(url: str) -> tuple[str, int]:
    """Give the version that answers now, and what it answers."""
    body = httpx.post(f"{url}/api/predict", content=PICTURE.read_bytes()).json()
    return body["model_version"], _best(body)


def test_slow_clients_do_not_slow_the_others(replicas):
    """T38: 200 clients at 10 bytes a second, in the header, in the body, or silent."""
    with run_load(replicas.url, 2, pause=0.05) as before:
        time.sleep(4)
    port = replicas.port

    async def besiege():
        return await asyncio.gather(*(_be_slow(port, i) for i in range(SLOW_CLIENTS)))

    with run_load(replicas.url, 2, pause=0.05) as during:
        lasted = run_coroutine(besiege())
    assert not during.failed
    assert during.percentile(0.99) < max(10 * before.percentile(0.99), 1)
    header, body, silent = lasted[0::3], lasted[1::3], lasted[2::3]
    # All of a header has ten seconds, and so has each piece of a body; who sends its
    # body in time, however small the pieces, stays, and costs nginx a connection.
    assert max(header + silent) < 2 * HEADER_SECONDS
    assert min(header + silent) > HEADER_SECONDS / 2
    assert max(body) > 2 * HEADER_SECONDS
    passed = [
        line
        for line in (replicas.folder / "access.log").read_text().splitlines()
        if '"path":"/slow"' in line and '"upstream":""' not in line
    ]
    assert not passed


async def _be_slow(port: int, number: int) -> float:
    """Send 10 bytes a second; give the seconds until nginx had enough of it."""
    address = (f"127.0.3.{number + 1}", 0)
    reader, writer = await asyncio.open_connection(HOST, port, local_addr=address)
    started = time.monotonic()
    head = b"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n"
    in_header = number % 3 == 0
    writer.write(b"GET /slow?" if in_header else head)
    closed = asyncio.create_task(reader.read())
    while time.monotonic() - started < 2.2 * HEADER_SECONDS and not closed.done():
        if number % 3 != 2:
            writer.write(b"0123456789")
        await asyncio.wait([closed], timeout=1)
    lasted = time.monotonic() - started
    writer.transport.abort()
    closed.cancel()
    return lasted


def test_a_rolling_restart_loses_no_request_and_repeats_no_write(replicas, data):
    processes = [app.process.pid for app in replicas.rest]
    with run_load(replicas.url, 4, pause=0.02, corrects=True) as load:
        replicas.restart()
    assert not set(processes) & {app.process.pid for app in replicas.rest}
    assert not load.failed
    assert len(load.predictions) > 100
    assert {told.status for told in load.corrections} == {201}
    with sqlite3.connect(data / "10_records" / "digits" / "records.sqlite3") as rows:
        stored = [row[0] for row in rows.execute("SELECT prediction_id FROM feedback")]
    assert sorted(stored) == sorted(t.body["prediction_id"] for t in load.corrections)


def test_new_models_come_and_go_without_a_lost_or_mixed_answer(replicas, data):
    store = data / "09_serving" / "digits"
    first, answer = _ask_first(replicas.url)
    higher = (answer + 1) % len(CLASS_NAMES)
    expected = {first: answer}
    other, small = _other_model(), train_small_model()
    with run_load(replicas.url, 4, pause=0.02) as load:
        for model, label in [(other, higher), (small, answer)] * 2:
            version = publish(store, "next", model).version
            expected[version] = label
            _wait_until_served(replicas.rest, version)
            time.sleep(0.3)
    assert not load.failed
    for told in load.predictions:
        assert told.body["model_version"] == told.version
        assert _best(told.body) == expected[told.version]
    assert {told.version for told in load.predictions} == set(expected)


def _wait_until_served(apps: list[App], version: str) -> None:
    """Wait for every process: two polls, but for a machine that stands still."""
    deadline = time.monotonic() + HANGING_SECONDS
    for app in apps:
        while _serves(app) != version:
            assert time.monotonic() < deadline, f"{app.name} serves {_serves(app)}"
            time.sleep(0.05)


def _serves(app: App) -> str:
    return httpx.get(f"{app.url}/api/model/info", timeout=30).json()["version"]


def test_one_replica_killed_and_one_with_a_stale_pointer(data, tmp_path):
    """T42: no request is lost, and once the pointer is new so is every answer."""
    folders = [tmp_path / str(i) for i in range(3)]
    for folder in folders:
        publish(folder / "09_serving" / "digits")
    # Releases are named by time as well: all three hold the very same one.
    for folder in folders[1:]:
        shutil.rmtree(folder)
        shutil.copytree(folders[0], folder)
    with _run(*folders) as replicas:
        old, answer = _ask_first(replicas.url)
        with run_load(replicas.url, 4, pause=0.02) as load:
            time.sleep(1)
            new = publish(folders[0] / "09_serving" / "digits", "new", _other_model())
            _copy_release(folders[0], folders[1], new.version)
            replicas.rest[1].process.send_signal(signal.SIGKILL)
            _wait_until_served(replicas.rest[:1], new.version)
            time.sleep(2)
            assert replicas.revive() == ["rest-2"]
            replicas.rest[1].wait()
            _wait_until_served(replicas.rest[:2], new.version)
            assert _serves(replicas.rest[2]) == old
            time.sleep(1)
            mixed = len(load.predictions)
            _copy_release(folders[0], folders[2], new.version)
            _wait_until_served(replicas.rest, new.version)
            synchronised = time.monotonic()
            time.sleep(2)
        assert not load.failed
        assert {told.version for told in load.predictions[:mixed]} == {old, new.version}
        late = [t for t in load.predictions if t.when - t.seconds > synchronised]
        assert {told.version for told in late} == {new.version}
        expected = {old: answer, new.version: (answer + 1) % len(CLASS_NAMES)}
        for told in load.predictions:
            assert _best(told.body) == expected[told.version]


def _copy_release(source: Path, target: Path, version: str) -> None:
    """Do what a synchronising job does: the release first, the pointer last."""
    store = Path("09_serving") / "digits"
    release = store / "releases" / version
    shutil.copytree(source / release, target / release)
    for name in ("promotions.jsonl", "champion.json"):
        temporary = target / store / f"{name}.new"
        shutil.copyfile(source / store / name, temporary)
        temporary.replace(target / store / name)


def test_a_replica_that_does_not_start_is_told_of(tmp_path):
    started = time.monotonic()
    broken = Replicas(1, pages=False, port=0, environments=[{"POLL_SECONDS": "never"}])
    with pytest.raises(ReplicasError, match="rest-1"), broken:
        pass
    assert time.monotonic() - started < 60
    assert "POLL_SECONDS" in (broken.folder / "rest-1.log").read_text()
    shutil.rmtree(broken.folder)


def test_the_command_revives_what_dies_and_stops_everything(data):
    command = [
        sys.executable,
        "-m",
        "deploy.replicas",
        "--port",
        "0",
        "--replicas",
        "1",
    ]
    variables = {**os.environ, "DATA_DIR": str(data)}
    process = subprocess.Popen(
        command, cwd=PROJECT, env=variables, stdout=subprocess.PIPE, text=True
    )
    try:
        url = process.stdout.readline().split()[1]
        assert "Draw a digit" in httpx.get(url, timeout=30).text
        assert ask(f"{url}/api/ready") == 200
        children = _find_children(process.pid)
        rest = next(pid for pid in children if "PAGES=off" in _read_environment(pid))
        os.kill(rest, signal.SIGKILL)
        assert "rest-1" in process.stdout.readline()
        process.terminate()
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.communicate()
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


def _find_children(parent: int) -> list[int]:
    stats = [path.read_text() for path in Path("/proc").glob("[0-9]*/stat")]
    fields = [stat.rpartition(")")[2].split() for stat in stats]
    pids = [int(stat.partition(" ")[0]) for stat in stats]
    return [p for p, f in zip(pids, fields, strict=True) if int(f[1]) == parent]


def _read_environment(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/environ").read_text().split("\0")
