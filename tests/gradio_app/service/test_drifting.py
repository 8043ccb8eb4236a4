"""Drift is looked at once a minute at most, by one at a time, of what is served."""

import threading
import time

import pytest

from digit_pipeline.drift import DriftReport, Finding
from digit_pipeline.records import RecordsError
from digit_pipeline.releases.release import DRIFT_REFERENCE
from gradio_app.catalog import follow_champion
from gradio_app.service import NotReadyError, Service, drifting
from gradio_app.settings import Settings
from tests.drift.samples import make_records
from tests.serving_fixtures import publish

NOTHING = Finding("too_few", (), 0, 0, {})


@pytest.fixture
def store(tmp_path):
    publish(tmp_path / "09_serving" / "digits")
    return tmp_path / "09_serving" / "digits"


@pytest.fixture
def service(tmp_path, store):
    settings = Settings(data_dir=tmp_path, poll_seconds=3600)
    service = Service(settings, follow_champion(settings))
    service.start()
    yield service
    service.stop()


@pytest.fixture
def looks(monkeypatch):
    """Put a stand-in of a fifth of a second in the place of the look; note each."""
    seen = []

    def look(version, *_):
        seen.append(version)
        time.sleep(0.2)
        return DriftReport(version, len(seen), None, NOTHING)

    monkeypatch.setattr(drifting, "report_drift", look)
    return seen


def ask_together(service, count):
    """Ask so many at once; give what each was told."""
    told, gate = [], threading.Barrier(count)

    def ask():
        gate.wait(10)
        told.append(service.drifting.report())

    threads = [threading.Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return told


def test_what_was_found_is_kept_for_a_minute(service, looks, monkeypatch):
    now = time.monotonic()
    monkeypatch.setattr(drifting.time, "monotonic", lambda: now)
    found = service.drifting.report()
    now += 59
    assert service.drifting.report() is found
    now += 1
    assert service.drifting.report() is not found
    assert len(looks) == 2


def test_of_those_who_ask_at_once_one_looks(service, looks):
    told = ask_together(service, 4)
    assert len(looks) == 1
    assert len({id(one) for one in told}) == 1


def test_while_one_looks_again_others_get_what_was_found_before(
    service, looks, monkeypatch
):
    before = service.drifting.report()
    monkeypatch.setattr(drifting, "KEPT_SECONDS", 60)
    service.drifting._until = 0
    looking = threading.Thread(target=service.drifting.report)
    looking.start()
    while len(looks) < 2:
        time.sleep(0.001)
    assert service.drifting.report() is before
    looking.join(60)
    assert service.drifting.report() is not before
    assert len(looks) == 2


def test_nothing_is_found_before_somebody_asks(service, looks):
    assert service.drifting.found is None
    found = service.drifting.report()
    assert service.drifting.found is found
    assert len(looks) == 1


def test_another_release_is_looked_at_at_once(service, store, looks):
    first = service.drifting.report()
    second = publish(store, "second").version
    service.follower.look()
    assert service.drifting.found is None
    assert service.drifting.report().version == second != first.version


def test_what_fails_is_looked_at_again(service, monkeypatch):
    def fail(*_):
        raise RecordsError("unavailable", "Made for a test.")

    records = service.recorder.records
    with monkeypatch.context() as patched:
        patched.setattr(records, "ends", fail)
        with pytest.raises(RecordsError):
            service.drifting.report()
    assert service.drifting.report().state == "too_few"


@pytest.mark.parametrize("damage", ["other bytes", "gone", "release gone"])
def test_without_a_readable_reference_the_first_answers_are_left(
    service, store, damage
):
    version = service.classifier.version
    records = make_records(version, 1000) + make_records(version, 600, 1)
    service.recorder.records.add_predictions(records)
    folder = store / "releases" / version
    folder.chmod(0o755)
    file = folder / DRIFT_REFERENCE
    file.chmod(0o644)
    if damage == "other bytes":
        file.write_bytes(b"not what was published")
    elif damage == "gone":
        file.unlink()
    else:
        folder.rename(store / "elsewhere")
    found = service.drifting.report()
    assert found.from_checked is None
    assert (found.in_use.state, found.in_use.window) == ("none", 300)


def test_without_a_release_there_is_nothing_to_look_at(tmp_path):
    settings = Settings(data_dir=tmp_path)
    service = Service(settings, follow_champion(settings))
    with pytest.raises(NotReadyError):
        service.drifting.report()
    assert service.drifting.found is None
