"""Stopping under load, and several workers: row T30."""

import os
import signal
import socket
import threading
import time

import httpx
import psutil
import pytest

from digit_pipeline.records import PredictionFilter, Records
from gradio_app.settings import Settings
from tests.gradio_app.pictures import canvas, encode
from tests.running_app import run_app
from tests.serving_fixtures import publish

pytestmark = pytest.mark.slow

BODY = encode(canvas())


class Asker(threading.Thread):
    """Asks over one kept connection until the app does not take it any more."""

    def __init__(self, url):
        super().__init__()
        self.url = url
        self.answered = []
        self.lost = []

    def run(self):
        with httpx.Client(base_url=self.url, timeout=30) as client:
            while True:
                try:
                    answer = client.post("/api/predict", content=BODY)
                except httpx.ConnectError:
                    return
                except httpx.HTTPError as error:
                    self.lost.append(error)
                    return
                self.answered.append(answer)


@pytest.fixture
def fresh(tmp_path):
    """A data folder with one release and no records."""
    publish(tmp_path / "09_serving" / "digits")
    return tmp_path


def _count_recorded(data):
    settings = Settings(data_dir=data)
    records = Records(settings.records_address, settings.records_images)
    try:
        return records.predictions(PredictionFilter()).total
    finally:
        records.close()


def test_told_to_stop_under_load_it_answers_and_records_everything(fresh):
    with run_app(fresh, PAGES="off") as app:
        askers = [Asker(app.url) for _ in range(8)]
        for asker in askers:
            asker.start()
        while not all(len(asker.answered) > 2 for asker in askers):
            assert not any(asker.lost for asker in askers)
            time.sleep(0.05)
        app.process.send_signal(signal.SIGTERM)
        # The server's own limits add up to 25 s; the machine may stand still besides.
        assert app.process.wait(40) == 0
        for asker in askers:
            asker.join()
    assert [asker.lost for asker in askers] == [[]] * len(askers)
    answers = [answer for asker in askers for answer in asker.answered]
    assert {answer.status_code for answer in answers} == {200}
    assert _count_recorded(fresh) == len(answers)
    assert "Traceback" not in (fresh / "server.log").read_text()


def _await_leaving(client):
    """Wait until the app has heard that it is to stop; give what it says then."""
    deadline = time.monotonic() + 60
    while (ready := client.get("/api/ready")).status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return ready


def test_told_to_stop_it_is_not_ready_but_answers_for_a_moment(data):
    with (
        run_app(data, PAGES="off", DRAIN_SECONDS="60") as app,
        httpx.Client(base_url=app.url, timeout=30) as kept,
    ):
        assert kept.get("/api/ready").status_code == 200
        app.process.send_signal(signal.SIGTERM)
        ready = _await_leaving(kept)
        assert ready.status_code == 503
        assert "stopping" in ready.json()["problem"]
        assert ready.headers["connection"] == "close"
        assert httpx.get(f"{app.url}/api/health", timeout=30).status_code == 200
        assert _ask(app).status_code == 200
        # Told again it waits no longer, see the next test.
        app.process.send_signal(signal.SIGTERM)
        assert app.process.wait(45) == 0


def test_a_second_signal_and_ctrl_c_do_not_wait(data):
    for again, number in ((True, signal.SIGTERM), (False, signal.SIGINT)):
        with (
            run_app(data, PAGES="off", DRAIN_SECONDS="60") as app,
            httpx.Client(base_url=app.url, timeout=30) as kept,
            httpx.Client(base_url=app.url, timeout=30) as other,
        ):
            assert kept.get("/api/health").status_code == 200
            app.process.send_signal(number)
            if again:
                _await_leaving(other)
                app.process.send_signal(number)
            assert app.process.wait(45) == 0


@pytest.fixture(scope="module")
def workers(data):
    with run_app(data, PAGES="off", WORKERS="2", RATE_LIMIT="0") as app:
        yield app


def _ask(app):
    # A connection each: the kernel deals connections out, not requests.
    return httpx.post(f"{app.url}/api/predict", content=BODY, timeout=30)


def _children(app):
    return psutil.Process(app.process.pid).children()


def test_several_workers_answer_on_one_port_and_their_figures_are_added_up(workers):
    children = _children(workers)
    assert len(children) == 2
    before = [sum(child.cpu_times()[:2]) for child in children]
    for _ in range(60):
        assert _ask(workers).status_code == 200
    after = [sum(child.cpu_times()[:2]) for child in children]
    assert all(late > early for late, early in zip(after, before, strict=True))
    counted = 'route="/api/predict",status="200"} 60.0'
    told = httpx.get(f"{workers.url}/metrics", timeout=30).text
    assert counted in told
    assert "digit_pipeline_ready 2.0" in told


def test_a_worker_that_dies_is_started_anew(workers):
    dead, alive = _children(workers)
    dead.kill()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        children = _children(workers)
        if len(children) == 2 and dead not in children:
            break
        time.sleep(0.1)
    assert alive in children
    assert dead not in children
    for _ in range(20):
        assert _ask(workers).status_code == 200


def test_an_id_from_one_worker_is_known_to_all(workers):
    names = [_ask(workers).json()["id"] for _ in range(10)]
    for name in names:
        answer = httpx.post(
            f"{workers.url}/api/feedback",
            json={"prediction_id": name, "label": "3"},
            timeout=30,
        )
        assert answer.status_code in {200, 201}, answer.text


def test_all_workers_stop_with_the_first(data):
    with run_app(data, PAGES="off", WORKERS="2") as app:
        children = _children(app)
        app.process.send_signal(signal.SIGTERM)
        assert app.process.wait(60) == 0
    assert not any(child.is_running() for child in children)


def test_workers_whose_supervisor_was_killed_leave_too(data):
    with run_app(data, PAGES="off", WORKERS="2") as app:
        children = _children(app)
        app.process.kill()
        _, alive = psutil.wait_procs(children, timeout=60)
        assert alive == []


def test_while_the_last_worker_ends_nobody_is_let_in_to_wait(data):
    settings = {"WORKERS": "2", "DRAIN_SECONDS": "0", "SLOW_SECONDS": "60"}
    with run_app(data, PAGES="off", **settings) as app:
        host, port = app.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as busy:
            # A body that never comes whole keeps its worker for a while.
            busy.sendall(
                b"POST /api/predict HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Type: image/png\r\nContent-Length: 100\r\n"
                b"Expect: 100-continue\r\n\r\n"
            )
            assert b"100 Continue" in busy.recv(1024)
            busy.sendall(b"half")
            app.process.send_signal(signal.SIGTERM)
            _await_refusal((host, int(port)))
            assert app.process.poll() is None


def _await_refusal(address):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(address, timeout=30).close()
        except ConnectionRefusedError:
            return
        except OSError:
            # It was let in by a worker that was just leaving.
            pass
        time.sleep(0.05)
    pytest.fail("connections were let in all the while")


def test_pages_and_several_workers_do_not_go_together(data, capfd):
    with pytest.raises(AssertionError, match="PAGES=off"), run_app(data, WORKERS="2"):
        pass


def test_a_worker_that_cannot_start_ends_them_all(tmp_path):
    broken = tmp_path / "conf"
    broken.mkdir()
    environment = {"PAGES": "off", "WORKERS": "2", "CONF_SOURCE": os.fspath(broken)}
    with (
        pytest.raises(AssertionError, match="did not start"),
        run_app(tmp_path, **environment),
    ):
        pass
