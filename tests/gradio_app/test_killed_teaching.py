"""T27 for uploads: kill -9 the server while it takes them; retries make them whole."""

import io
import threading
import time
import zipfile

import httpx
import pytest

from digit_pipeline.records import CorrectionFilter, Records
from tests.gradio_app.pictures import canvas, encode
from tests.running_app import run_app
from tests.serving_fixtures import publish, train_small_model

PATH = "/api/upload/training-data"
PICTURES = 20
ZIP = {"content-type": "application/zip"}
SETTINGS = {"PAGES": "off", "RATE_LIMIT": "0"}


def pack(number):
    """Pack an upload that is like no other."""
    labels = train_small_model().gate.labels
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for place in range(PICTURES):
            picture = canvas(PICTURES * number + place, side=60, margin=10)
            label = labels[PICTURES * number + place]
            archive.writestr(f"{label}/{number}-{place}.png", encode(picture))
    return packed.getvalue()


def send_all(url, bodies, acknowledged):
    for number, body in enumerate(bodies):
        try:
            answer = httpx.post(f"{url}{PATH}", content=body, headers=ZIP, timeout=60)
        except httpx.TransportError:
            return
        acknowledged[number] = answer.json()["id"]


@pytest.mark.slow
def test_what_was_acknowledged_is_whole_and_a_retry_adds_nothing(tmp_path):
    publish(tmp_path / "09_serving" / "digits")
    bodies = [pack(number) for number in range(6)]
    acknowledged: dict[int, str] = {}
    with run_app(tmp_path, **SETTINGS) as app:
        # The last is kept back: this thread may come late to its kill.
        given = (app.url, bodies[:-1], acknowledged)
        sender = threading.Thread(target=send_all, args=given)
        sender.start()
        while len(acknowledged) < 2 and sender.is_alive():
            time.sleep(0.005)
        time.sleep(0.1)
        app.process.kill()
        sender.join()
    before = dict(acknowledged)
    assert 2 <= len(before) < len(bodies)
    assert set(count(tmp_path).values()) == {PICTURES}
    assert set(before.values()) <= set(count(tmp_path))
    with run_app(tmp_path, **SETTINGS) as app:
        send_all(app.url, bodies, acknowledged)
    # The key that names uploads outlives the process, so each has its name again.
    assert before.items() <= acknowledged.items()
    assert count(tmp_path) == dict.fromkeys(acknowledged.values(), PICTURES)
    assert len(acknowledged) == len(bodies)


def count(data):
    """Count what is whole of each upload: corrections with their pictures."""
    folder = data / "10_records" / "digits"
    records = Records(f"sqlite:///{folder / 'records.sqlite3'}", folder / "images")
    counted = {
        upload.id: sum(
            records.image(one.image) is not None
            for one in records.iterate_corrections(CorrectionFilter(upload=upload.id))
        )
        for upload in records.uploads().items
    }
    assert sum(counted.values()) == records.corrections().total
    records.close()
    return counted
