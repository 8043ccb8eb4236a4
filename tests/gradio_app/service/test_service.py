"""What the service promises beyond its doors: what is recorded, and who is asked."""

import dataclasses
import io
import time

import numpy as np
import pytest
from PIL import Image

from digit_pipeline.image_errors import ImageError
from digit_pipeline.records import PredictionFilter
from gradio_app.catalog import follow_champion
from gradio_app.service import Reading, Service
from gradio_app.service import recorder as recorder_module
from gradio_app.service.reading import CHUNK
from gradio_app.settings import Settings
from tests.gradio_app.pictures import canvas, encode
from tests.serving_fixtures import publish

BODY = encode(canvas(3))
EVERYTHING = PredictionFilter()


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("service")
    publish(folder / "09_serving" / "digits")
    return folder


@pytest.fixture
def start(store, tmp_path):
    """Start services over records of their own; stop them at the end."""
    started = []

    def start_one(**changes):
        url = f"sqlite:///{tmp_path / 'records.sqlite3'}"
        settings = Settings(data_dir=store, **{"records_url": url, **changes})
        service = Service(settings, follow_champion(settings))
        service.start()
        started.append(service)
        return service

    yield start_one
    for service in started:
        service.stop()


def test_many_are_read_in_order_and_each_as_alone(start):
    service = start()
    bodies = [encode(canvas(i % 40).resize((60, 60))) for i in range(2 * CHUNK + 5)]
    items = [*bodies, b"nothing", ImageError("corrupt", "Made for a test.")]
    found = list(service.read_many(items))
    assert [isinstance(one, ImageError) for one in found[-2:]] == [True, True]
    for body, reading in zip(bodies[::9], found[:-2:9], strict=True):
        alone = service.read(body).prediction
        assert reading.prediction.label == alone.label
        assert reading.prediction.confidence == pytest.approx(
            alone.confidence, abs=1e-5
        )


def test_many_are_asked_for_as_they_are_read(start):
    service = start()
    taken = []

    def bodies():
        for number in range(10 * CHUNK):
            taken.append(number)
            yield BODY

    reading = next(service.read_many(bodies()))
    assert isinstance(reading, Reading)
    assert len(taken) <= 3 * CHUNK


def test_a_reading_is_explained_by_whoever_gave_it(start):
    service = start()
    reading = service.read(BODY)
    champion = service.champion
    service.follower.current = dataclasses.replace(champion, classifier=None)
    reason = service.explain_reading(reading)
    assert reason.label == reading.prediction.label
    assert reason.model_version == reading.prediction.model_version


def test_an_explanation_is_no_prediction(start):
    service = start()
    service.explain(BODY)
    assert service.history(EVERYTHING).total == 0


@pytest.mark.parametrize(("share", "kept"), [(0, 0), (1, 3)])
def test_pictures_are_kept_by_the_sampling_rate(start, share, kept, tmp_path, store):
    service = start(keep_images=share)
    for _ in range(3):
        service.read(encode(canvas(3).resize((500, 500))))
    rows = service.history(EVERYTHING).items
    names = [row.image for row in rows if row.image]
    assert len(names) == kept
    for name in names:
        opened = Image.open(io.BytesIO(service.recorder.records.images.read(name)))
        assert (opened.format, max(opened.size)) == ("PNG", 400)


def test_what_is_too_old_is_deleted(start, monkeypatch):
    monkeypatch.setattr(recorder_module, "PRUNE_SECONDS", 0.1)
    service = start(keep_days=1e-6)
    service.read(BODY)
    service.flush(60)
    deadline = time.monotonic() + 60
    while service.recorder.records.predictions().total:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_records_are_opened_as_soon_as_they_can_be(start, tmp_path, monkeypatch):
    monkeypatch.setattr(recorder_module, "RETRY_SECONDS", 0.1)
    folder = tmp_path / "later"
    folder.write_text("a file, where a folder should be")
    service = start(records_url=f"sqlite:///{folder / 'records.sqlite3'}")
    assert service.read(BODY).prediction.verdict == "recognised"
    assert service.recorder.problem
    assert service.recorder.lost == 1
    folder.unlink()
    deadline = time.monotonic() + 60
    while service.recorder.problem:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    service.read(BODY)
    assert service.history(EVERYTHING).total == 1


def test_ink_is_measured(start):
    thin = np.full((100, 200), 255, np.uint8)
    thin[20:80, 98:102] = 0
    service = start()
    service.read(encode(Image.fromarray(thin)))
    service.read(encode(Image.fromarray(np.full((50, 50), 255, np.uint8))))
    empty, line = service.history(EVERYTHING).items
    assert empty.ink == {}
    assert line.ink["width"] == pytest.approx(4 / 200)
    assert line.ink["height"] == pytest.approx(60 / 100)
    assert line.ink["aspect"] == pytest.approx(4 / 60, abs=1e-3)
    assert line.ink["thickness"] == pytest.approx(1, abs=0.4)
