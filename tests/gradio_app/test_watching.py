"""The watch over real releases, row T40 of FAULTS.md; and when it leaves them be."""

import errno
import http.client
import json
import re
import secrets
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from PIL import Image

from digit_pipeline.abstention import Calibration
from digit_pipeline.records import FeedbackRecord, PredictionRecord
from digit_pipeline.releases import ReleaseError, ReleaseStore
from digit_pipeline.watch import WatchSettings
from gradio_app.catalog import follow_champion
from gradio_app.champion import RETRY_SECONDS
from gradio_app.second_opinion import MOST, RecentPictures
from gradio_app.service import Service
from gradio_app.settings import Settings
from gradio_app.watching import Watching
from tests.gradio_app.pictures import canvas, encode
from tests.gradio_app.test_swaps import Asked
from tests.running_app import run_app
from tests.serving_fixtures import publish, train_small_model
from tests.waiting import wait_until

# The goal is 10 s, on a machine that does nothing else.
BACK_SECONDS = 100
ENOUGH = 80
DIGIT = encode(canvas(3))
NOISE = encode(
    Image.fromarray(np.random.default_rng(3).integers(0, 256, (28, 28), np.uint8))
)


def make_hesitant(model):
    """The same best guesses, and hardly any confidence: no held-out image tells."""
    import onnx
    from onnx import numpy_helper

    network = onnx.load_from_string(model.onnx)
    for tensor in network.graph.initializer:
        if tensor.name in {"w2", "b2"}:
            values = numpy_helper.to_array(tensor) * np.float32(0.05)
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    return replace(model, onnx=network.SerializeToString())


def ask(app, path):
    connection = http.client.HTTPConnection(app.url.removeprefix("http://"), timeout=30)
    connection.request("GET", path)
    found = json.loads(connection.getresponse().read())
    connection.close()
    return found


@pytest.mark.slow
def test_a_bad_release_under_load_goes_by_itself_and_loses_no_request(tmp_path):
    """Good, hesitant, good, refusing: two of four stay, and every answer is whole."""
    folder = tmp_path / "09_serving" / "digits"
    model = train_small_model()
    first = publish(folder, "first").version
    store = ReleaseStore(folder)
    with (
        run_app(tmp_path, PAGES="off", POLL_SECONDS="0.05", RATE_LIMIT="0") as app,
        Asked(app, 2) as asked,
    ):

        def serve(version):
            wait_until(
                lambda: ask(app, "/api/health")["serving"] == version, BACK_SECONDS
            )
            told = len(asked.answers)
            wait_until(lambda: len(asked.answers) >= told + ENOUGH, BACK_SECONDS)

        def watch_it_go(version, back_to):
            wait_until(lambda: store.pointer().action == "rollback", BACK_SECONDS)
            wait_until(
                lambda: ask(app, "/api/health")["serving"] == back_to, BACK_SECONDS
            )
            [*_, promoted, gone] = store.history()
            assert (promoted.version, gone.version) == (version, back_to)
            return gone.why

        serve(first)
        hesitant = publish(folder, "hesitant", make_hesitant(model)).version
        why = watch_it_go(hesitant, first)
        assert f"because of {hesitant}: The mean confidence of " in why
        watch = ask(app, "/api/model/info")["watch"]
        assert (watch["version"], watch["rolled_back_to"]) == (hesitant, first)
        assert (watch["over"], watch["sentence"] in why) == (True, True)

        good = publish(folder, "good").version
        serve(good)
        found = {"sentence": None}

        def is_found_good():
            found.update(ask(app, "/api/model/info")["watch"])
            return found["version"] == good and "Nothing is" in str(found["sentence"])

        wait_until(is_found_good, BACK_SECONDS)
        assert found["over"] is False
        assert store.pointer().version == good
        nothing = Calibration(min_energy=1000.0)
        refusing = publish(folder, "refusing", calibration=nothing).version
        why = watch_it_go(refusing, good)
        assert f"because of {refusing}: 100.00 % of " in why
        assert "were unfamiliar" in why
    assert asked.errors == []
    label = str(model.gate.labels[3])
    assert {version for version, _, _ in asked.answers} == {
        first, hesitant, good, refusing,
    }  # fmt: skip
    # The refusing release gives no label; every other answer is the picture's.
    wrong = [one for one in asked.answers if one[1] != label and one[0] != refusing]
    assert wrong == []
    assert max(seconds for _, _, seconds in asked.answers) < 25


@pytest.fixture(scope="module")
def two_releases(tmp_path_factory):
    folder = tmp_path_factory.mktemp("watched")
    doubts = Calibration(min_confidence=0.6)
    store = folder / "09_serving" / "digits"
    first, second = (
        publish(store, name, calibration=doubts).version for name in ("first", "second")
    )
    return folder, first, second


@pytest.fixture
def service(two_releases, tmp_path):
    """A running service; the store is as if ``second`` were just promoted."""
    folder, _, second = two_releases
    store = folder / "09_serving" / "digits"
    lines = (store / "promotions.jsonl").read_text().splitlines()
    promoted = next(line for line in lines if json.loads(line)["version"] == second)
    (store / "champion.json").write_text(promoted)
    settings = Settings(
        data_dir=folder, records_url=f"sqlite:///{tmp_path / 'records.sqlite3'}"
    )
    running = Service(settings, follow_champion(settings))
    running.start()
    yield running
    running.stop()


def answer(service, version, verdict="recognised", count=100, ago=timedelta(0)):
    rows = [
        PredictionRecord(
            id=secrets.token_hex(8),
            time=datetime.now(UTC) - ago,
            door="rest",
            model_version=version,
            verdict=verdict,
            label="3",
            probabilities={"3": 0.9},
            confidence=0.9,
            energy=3.0,
            elapsed_ms=1.0,
            latency={},
            ink={},
        )
        for _ in range(count)
    ]
    service.recorder.records.add_predictions(rows)


def watch(service, pictures=None, counts=lambda: (0, 0), minutes=60):
    return Watching(service, counts, pictures or RecentPictures(), minutes)


def break_it(service, two_releases, picture=DIGIT, count=100):
    """Let the new release do far worse than the one before.

    Returns:
        the pictures that it answered so.
    """
    _, first, second = two_releases
    answer(service, first, ago=timedelta(days=2))
    answer(service, second, "unsure")
    pictures = RecentPictures()
    reading = service.read(picture, door="rest")
    assert reading.prediction.model_version == second
    unsure = replace(reading.prediction, verdict="unsure", confidence=0.3)
    for _ in range(count):
        pictures.add(replace(reading, prediction=unsure), "rest")
    return pictures


def test_worse_in_use_brings_the_old_one_back_and_says_why(service, two_releases):
    _, first, second = two_releases
    watching = watch(service, break_it(service, two_releases))
    watching.look()
    assert watching.current.rolled_back_to == first
    assert watching.current.judgement.rule == "unsure"
    assert service.champion.serving == first
    last = service.store.history()[-1]
    assert (last.action, last.version) == ("rollback", first)
    assert last.why.startswith(
        f"The watch brought it back, because of {second}: 100.00 "
    )
    lines = len(service.store.history())
    watching.look()
    assert len(service.store.history()) == lines


def test_what_does_well_stays(service, two_releases):
    _, first, second = two_releases
    answer(service, first)
    answer(service, second)
    watching = watch(service)
    watching.look()
    assert not watching.current.judgement.broken
    assert service.store.pointer().version == second


def test_scribbles_that_the_old_release_refuses_as_well_bring_nothing_down(
    service, two_releases
):
    """One visitor's flood is no fault of the new release."""
    _, first, second = two_releases
    answer(service, first, ago=timedelta(days=2))
    answer(service, second, "unsure")
    pictures = RecentPictures()
    reading = service.read(NOISE, door="rest")
    assert reading.prediction.verdict == "unsure"
    for _ in range(100):
        pictures.add(reading, "rest")

    watching = watch(service, pictures)
    watching.look()

    assert not watching.current.judgement.broken
    assert "about the last 100 of these" in watching.current.judgement.sentence
    assert service.store.pointer().version == second


def test_too_few_pictures_to_ask_about_decide_nothing(service, two_releases):
    watching = watch(service, break_it(service, two_releases, count=49))
    watching.look()
    assert not watching.current.judgement.broken
    assert "49 are at hand, and 50" in watching.current.judgement.sentence


def test_what_pictures_excuse_does_not_hide_failing_requests(service, two_releases):
    break_it(service, two_releases)
    counted = iter([(0, 0), (0, 100), (90, 300)])
    watching = watch(service, counts=lambda: next(counted))
    watching.look()
    assert not watching.current.judgement.broken
    watching.look()
    assert watching.current.judgement.rule == "errors"


def contradict(service, two_releases, answered, said, clients=4):
    """Let people say of 100 answers of the new release that they are something else.

    Args:
        answered: what it has answered.
        said: what they say.

    Returns:
        the pictures that it answered so.
    """
    _, first, second = two_releases
    answer(service, first, ago=timedelta(days=2))
    answer(service, second)
    pictures = RecentPictures()
    reading = service.read(DIGIT, door="rest")
    # This answer counts as well, and nobody corrects it.
    service.flush(60)
    for number in range(100):
        one = replace(reading.prediction, id=f"p{number}", label=answered)
        pictures.add(replace(reading, prediction=one), "rest")
        service.recorder.records.add_feedback(
            FeedbackRecord(
                prediction_id=one.id,
                label=said,
                agrees=False,
                client=f"c{number % clients}",
                model_version=second,
                predicted=answered,
            )
        )
    return pictures


def test_what_the_old_release_read_as_people_say_brings_it_back(service, two_releases):
    right = service.read(DIGIT, door="rest").prediction.label
    wrong = str((int(right) + 1) % 10)
    pictures = contradict(service, two_releases, answered=wrong, said=right)
    watching = watch(service, pictures)
    watching.look()
    assert watching.current.judgement.rule == "corrections"
    assert watching.current.rolled_back_to == two_releases[1]


def test_strangers_who_contradict_what_both_releases_read_bring_nothing_down(
    service, two_releases
):
    right = service.read(DIGIT, door="rest").prediction.label
    wrong = str((int(right) + 1) % 10)
    pictures = contradict(service, two_releases, answered=right, said=wrong)
    watching = watch(service, pictures)
    watching.look()
    assert not watching.current.judgement.broken
    sentence = watching.current.judgement.sentence
    assert re.search(r"^98\.04 % of 102 answers were corrected", sentence)
    assert "answers them no better" in sentence
    assert service.store.pointer().version == two_releases[2]


def test_somebody_who_goes_back_ends_the_watch(service, two_releases):
    watching = watch(service)
    watching.look()
    assert not watching.current.over
    service.releases.rollback("by hand")
    watching.look()
    assert watching.current.over
    assert watching.current.rolled_back_to is None


def test_the_log_says_until_when_as_a_person_would(service, caplog):
    with caplog.at_level("INFO", logger="gradio_app.watching"):
        watch(service).look()
    told = r"is watched until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$"
    assert re.search(told, caplog.text, re.MULTILINE)


def test_an_old_release_that_is_damaged_is_not_asked(service, two_releases, caplog):
    _, first, second = two_releases
    pictures = break_it(service, two_releases)
    model = service.store.folder / "releases" / first / "model.onnx"
    whole = model.read_bytes()
    model.write_bytes(whole[:-1] + b"!")
    try:
        watching = watch(service, pictures)
        watching.look()
    finally:
        model.write_bytes(whole)
    assert "The release before cannot be asked" in caplog.text
    assert watching.current.over
    assert service.store.pointer().version == second


def test_only_the_newest_pictures_with_ink_are_kept(service):
    pictures = RecentPictures()
    reading = service.read(DIGIT, door="rest")
    version = reading.prediction.model_version
    blank = service.read(encode(Image.new("L", (40, 40), 255)), door="rest")
    for one in [blank, *[reading] * (MOST + 5), blank]:
        pictures.add(one, "rest")
    shown = pictures.answered_by(version)
    assert len(shown) == MOST
    assert shown[0].digit.base is None
    assert pictures.answered_by("another") == []


def test_only_while_the_pointer_names_the_watched_release(
    service, two_releases, monkeypatch
):
    """Somebody goes back by hand between the watch's look and its deed."""
    _, first, second = two_releases
    watching = watch(service, break_it(service, two_releases))
    judge = watching._judge

    def judge_late(promotion):
        found = judge(promotion)
        service.store.rollback(reason="by hand", to=first)
        return found

    monkeypatch.setattr(watching, "_judge", judge_late)
    watching.look()
    assert watching.current.judgement.broken
    assert watching.current.over
    assert watching.current.rolled_back_to is None
    assert service.store.history()[-1].why == "by hand"
    # What a person chose is not watched, however it does.
    service.store.rollback(reason="forward on purpose", to=second)
    watching.look()
    assert service.store.pointer().version == second


def test_what_passes_is_tried_again_at_the_next_look(
    service, two_releases, monkeypatch, caplog
):
    _, first, _ = two_releases
    watching = watch(service, break_it(service, two_releases))

    def fail(*_, **__):
        raise ReleaseError("nothing could be written: the disk is full")

    with monkeypatch.context() as full:
        full.setattr(service.store, "rollback", fail)
        watching.look()
    assert "not rolled back yet: nothing could be written" in caplog.text
    assert not watching.current.over
    watching.look()
    assert watching.current.rolled_back_to == first


def test_a_roll_back_that_the_record_misses_is_told_as_it_was(
    service, two_releases, monkeypatch
):
    _, first, _ = two_releases

    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("digit_pipeline.releases.pointer._append", fail)
    done = service.releases.rollback("by hand", to=first)
    assert (done.version, done.action, done.why) == (first, "rollback", "by hand")
    assert done == service.store.pointer()


def test_a_release_is_loaded_again_before_the_watch_loses_its_patience():
    assert WatchSettings().patience > 2 * RETRY_SECONDS


def test_the_watch_ends(service, two_releases):
    pictures = break_it(service, two_releases)
    watching = watch(service, pictures, minutes=1e-9)
    watching.look()
    assert watching.current.over
    assert service.store.pointer().version == two_releases[2]


def test_a_promotion_that_is_seen_to_come_is_watched_by_this_clock(
    service, two_releases
):
    """T29: the machine that promotes is hours behind."""
    _, first, second = two_releases
    pointer = service.store.folder / "champion.json"
    line = json.loads(pointer.read_text())
    line["when"] = (datetime.now(UTC) - timedelta(hours=5)).isoformat()
    watching = watch(service)
    service.store.rollback(reason="a test", to=first)
    watching.look()
    pointer.write_text(json.dumps(line))
    watching.look()
    assert watching.current.promotion.version == second
    assert not watching.current.over
    late = watch(service)
    late.look()
    assert late.current.over


def test_a_release_that_does_not_load_goes_after_a_moment(service, two_releases):
    _, first, second = two_releases
    model = service.store.folder / "releases" / second / "model.onnx"
    whole = model.read_bytes()
    model.write_bytes(whole[:-1] + b"!")
    try:
        service.store.rollback(reason="so that the pointer changes", to=first)
        service.follower.look()
        line = next(p for p in service.store.history() if p.version == second)
        pointer = service.store.folder / "champion.json"
        pointer.write_text(json.dumps(vars(line)))
        service.follower.look()
        assert service.champion.serving == first
        watching = watch(service)
        watching.look()
        assert not watching.current.judgement.broken
        watching._failing_since -= 3
        watching.look()
        assert watching.current.judgement.rule == "load"
        assert f"release {second} is damaged" in service.store.history()[-1].why
        assert service.store.pointer().version == first
    finally:
        model.write_bytes(whole)


def test_failing_requests_count_from_the_promotion_on(service, two_releases):
    counted = iter([(40, 100), (40, 150), (46, 200)])
    watching = watch(service, counts=lambda: next(counted))
    watching.look()  # takes the first count and compares the second with it
    assert not watching.current.judgement.broken
    watching.look()
    assert watching.current.judgement.rule == "errors"
    assert "6 of 100 requests failed" in service.store.history()[-1].why


def test_without_records_faults_are_still_judged(service, two_releases, caplog):
    service.recorder.stop()
    watching = watch(service, counts=iter([(0, 0), (9, 9)]).__next__)
    watching.look()
    assert watching.current.judgement.rule == "errors"
    assert "is not known" in caplog.text


def test_no_minutes_no_watch(service):
    watching = watch(service, minutes=0)
    before = threading.active_count()
    watching.start()
    assert threading.active_count() == before
    watching.stop()
