"""Releases that change under load: rows T39 and T41 of FAULTS.md.

The long soak: ``SOAK_MINUTES=30 pytest tests/gradio_app/test_swaps.py -k soak``.
"""

import gc
import http.client
import json
import os
import threading
import time
from dataclasses import replace

import numpy as np
import psutil
import pytest

from digit_pipeline.releases import ReleaseStore
from tests.gradio_app.pictures import canvas, encode
from tests.running_app import run_app
from tests.serving_fixtures import publish, train_small_model

pytestmark = pytest.mark.slow

BODY = encode(canvas(3))
SWAPS = 20
SOAK_MINUTES = float(os.environ.get("SOAK_MINUTES", "0.5"))


def _shift_answers(model):
    """The same model, except that it says 4 for a 3: a known other answer."""
    import onnx
    from onnx import numpy_helper

    network = onnx.load_from_string(model.onnx)
    for tensor in network.graph.initializer:
        if tensor.name in {"w2", "b2"}:
            values = np.roll(numpy_helper.to_array(tensor), 1, axis=-1)
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    gate = replace(model.gate, labels=(model.gate.labels + 1) % 10)
    return replace(model, onnx=network.SerializeToString(), gate=gate)


class Asker(threading.Thread):
    """Asks on and on over one connection, and notes release, answer and time."""

    def __init__(self, url):
        super().__init__()
        self.address = url.removeprefix("http://")
        self.answers = []
        self.errors = []
        self.stopped = threading.Event()

    def run(self):
        connection = http.client.HTTPConnection(self.address, timeout=30)
        try:
            while not self.stopped.is_set():
                start = time.perf_counter()
                connection.request("POST", "/api/predict", BODY)
                answer = connection.getresponse()
                found = json.loads(answer.read())
                seconds = time.perf_counter() - start
                version = answer.headers["X-Model-Version"]
                assert found["model_version"] == version
                self.answers.append((version, found["label"], seconds))
        except Exception as error:
            self.errors.append(error)
        finally:
            connection.close()


class Asked:
    """Several askers for as long as the block lasts."""

    def __init__(self, app, count):
        self.askers = [Asker(app.url) for _ in range(count)]

    def __enter__(self):
        for asker in self.askers:
            asker.start()
        return self

    def __exit__(self, *_):
        for asker in self.askers:
            asker.stopped.set()
        for asker in self.askers:
            asker.join()

    @property
    def errors(self):
        return [error for asker in self.askers for error in asker.errors]

    @property
    def answers(self):
        return [answer for asker in self.askers for answer in asker.answers]


@pytest.fixture
def two_releases(tmp_path):
    """A store whose releases answer the same picture with different labels."""
    model = train_small_model()
    folder = tmp_path / "09_serving" / "digits"
    label = int(model.gate.labels[3])
    first = publish(folder, "first", model).version
    second = publish(folder, "second", _shift_answers(model)).version
    return tmp_path, {first: str(label), second: str((label + 1) % 10)}


def _swap(app, store, version):
    store.rollback(reason="a test", to=version)
    connection = http.client.HTTPConnection(app.url.removeprefix("http://"), timeout=30)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        connection.request("GET", "/api/health")
        if json.loads(connection.getresponse().read())["serving"] == version:
            connection.close()
            return
        time.sleep(0.02)
    raise AssertionError(f"{version} never served")


def test_twenty_swaps_under_load_lose_nothing_and_mix_nothing_up(two_releases):
    data, expected = two_releases
    with run_app(data, PAGES="off", POLL_SECONDS="0.05", RATE_LIMIT="0") as app:
        process = psutil.Process(app.process.pid)
        store = ReleaseStore(app.store)
        versions = sorted(expected)
        with Asked(app, 2) as asked:
            for number in range(SWAPS):
                _swap(app, store, versions[number % 2])
                if number == SWAPS // 4:
                    early = process.memory_info().rss
            late = process.memory_info().rss
    assert asked.errors == []
    answers = asked.answers
    assert {version for version, _, _ in answers} == set(versions)
    wrong = [(v, label) for v, label, _ in answers if label != expected[v]]
    assert wrong == []
    seconds = [taken for _, _, taken in answers]
    # The goals are 0.3 s for 99 % and 1.5 s for all, on a machine that does nothing
    # else; one that stands still for a while holds up one answer of each asker.
    assert np.quantile(seconds, 0.95) < 3
    assert max(seconds) < 25
    assert late < 1.05 * early + (8 << 20)


def test_a_soak_with_swaps_grows_nothing(two_releases):
    """Memory, files and threads, after a warm-up and at the end."""
    data, expected = two_releases
    with run_app(data, PAGES="off", POLL_SECONDS="0.05", RATE_LIMIT="0") as app:
        process = psutil.Process(app.process.pid)
        store = ReleaseStore(app.store)
        versions = sorted(expected)
        swaps_each = min(60.0, 60 * SOAK_MINUTES / 12)
        start = time.monotonic()
        measured = []
        with Asked(app, 2) as asked:
            number = 0
            while len(measured) < 6 or time.monotonic() - start < 60 * SOAK_MINUTES:
                _swap(app, store, versions[number % 2])
                number += 1
                time.sleep(swaps_each)
                gc.collect()
                measured.append(
                    (
                        process.memory_info().rss >> 20,
                        process.num_fds(),
                        process.num_threads(),
                    )
                )
    assert asked.errors == []
    assert len(measured) >= 5
    third = len(measured) // 3
    early = np.median(measured[third : 2 * third], axis=0)
    late = np.median(measured[-third:], axis=0)
    assert late[0] < 1.05 * early[0] + 8, measured
    assert late[1] <= early[1] + 3, measured
    assert late[2] <= early[2] + 2, measured
