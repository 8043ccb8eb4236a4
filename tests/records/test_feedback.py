"""Corrections: one per prediction and label, stored before they are acknowledged."""

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from PIL import Image

from digit_pipeline.image_errors import ImageError
from digit_pipeline.records import Decision
from tests.records.samples import NOW, draw_picture, make_feedback


def test_comes_back_as_it_went(records):
    sent = make_feedback(1, session="s", state="received")
    stored, new = records.add_feedback(sent)
    assert new
    assert stored == sent
    assert records.feedback().items == (sent,)
    assert list(records.iterate_feedback()) == [sent]


def test_starts_in_quarantine_with_an_id_of_its_own(records):
    first, _ = records.add_feedback(make_feedback(1))
    second, _ = records.add_feedback(make_feedback(2))
    assert first.state == "quarantined"
    assert first.id != second.id


def test_a_replay_changes_nothing(records):
    first, _ = records.add_feedback(make_feedback(1), draw_picture())
    replay = make_feedback(1, client="d" * 32, agrees=True)
    assert records.add_feedback(replay, draw_picture(9)) == (first, False)
    assert records.feedback().total == 1
    assert len(list(records.images.folder.glob("*/*"))) == 1


def test_a_picture_that_comes_later_is_kept(records):
    first, _ = records.add_feedback(make_feedback(1))
    seen = {"content": "a" * 32, "confidence": 0.5, "verdict": "unsure"}
    later = make_feedback(1, client="d" * 32, session="other", **seen)
    stored, new = records.add_feedback(later, draw_picture())
    assert not new
    assert stored == replace(first, image=stored.image, **seen)
    assert records.images.read(stored.image)
    assert records.feedback().items == (stored,)


@pytest.mark.parametrize("state", ["accepted", "rejected", "withdrawn"])
def test_what_is_decided_takes_no_picture_any_more(records, state):
    first, _ = records.add_feedback(make_feedback(1, state=state))
    assert records.add_feedback(make_feedback(1), draw_picture()) == (first, False)
    assert not list(records.images.folder.glob("*/*"))


def test_a_picture_that_comes_during_the_decision_is_not_kept(records, monkeypatch):
    first, _ = records.add_feedback(make_feedback(1))
    save = records.images.save

    def decide_and_save(content):
        [now] = records.review([Decision(first.id, "reject")], "ada")
        decided.append(now)
        monkeypatch.setattr(records.images, "save", save)
        return save(content)

    decided = []
    monkeypatch.setattr(records.images, "save", decide_and_save)
    again = records.add_feedback(make_feedback(1), draw_picture())
    assert again == (decided[0], False)
    assert again[0].image is None


def test_another_label_is_another_correction(records):
    records.add_feedback(make_feedback(1, label="3"))
    assert records.add_feedback(make_feedback(1, label="5"))[1]
    assert [row.label for row in records.feedback().items] == ["5", "3"]


def test_replays_at_once_store_one(records):
    def send(_):
        return records.add_feedback(make_feedback(1))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(32)))
    assert sum(new for _, new in answers) == 1
    assert len({stored.id for stored, _ in answers}) == 1
    assert records.feedback().total == 1


def test_pages_by_state(records):
    for number in range(5):
        state = "quarantined" if number % 2 else "accepted"
        records.add_feedback(make_feedback(number, state=state))
    page = records.feedback(page=2, page_size=2, state="accepted")
    assert [row.prediction_id for row in page.items] == [make_feedback(0).prediction_id]
    assert page.total == 3


def test_quotas_count_one_client_since_a_time(records):
    for number, minutes in enumerate([0, 30, 61]):
        time = NOW - timedelta(minutes=minutes)
        records.add_feedback(make_feedback(number, time=time))
    records.add_feedback(make_feedback(9, client="other"))
    hour_ago = NOW - timedelta(hours=1)
    assert records.count_feedback("c" * 32, hour_ago) == 2
    assert records.count_feedback("other", hour_ago) == 1
    assert records.count_feedback("nobody", hour_ago) == 0


def test_the_picture_is_encoded_anew_and_named_by_what_it_holds(records):
    picture = draw_picture(size=(900, 600), mode="RGB")
    stored, _ = records.add_feedback(make_feedback(1), picture)
    content = records.images.read(stored.image)
    assert hashlib.sha256(content).hexdigest() == stored.image
    assert b"Long Street" in picture
    assert b"Long Street" not in content
    with Image.open(io.BytesIO(content)) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "L", (400, 267))
        assert image.info == {}
        assert np.asarray(image).min() == 0
    path = records.images.folder / stored.image[:2] / f"{stored.image}.png"
    assert path.read_bytes() == content


def test_transparent_strokes_show_on_their_background(records):
    strokes = np.zeros((100, 100, 4), np.uint8)
    strokes[20:80, 45:55, 3] = 255
    file = io.BytesIO()
    Image.fromarray(strokes).save(file, "PNG")
    stored, _ = records.add_feedback(make_feedback(1), file.getvalue())
    with Image.open(io.BytesIO(records.images.read(stored.image))) as image:
        assert (image.getpixel((0, 0)), image.getpixel((50, 50))) == (255, 0)


def test_the_same_picture_is_kept_once(records):
    first, _ = records.add_feedback(make_feedback(1), draw_picture())
    second, _ = records.add_feedback(make_feedback(2), draw_picture())
    assert first.image == second.image
    assert len(list(records.images.folder.glob("*/*"))) == 1


def test_a_picture_that_can_not_be_opened_stores_nothing(records):
    with pytest.raises(ImageError) as caught:
        records.add_feedback(make_feedback(1), b"not a picture")
    assert caught.value.code == "unsupported_format"
    assert records.feedback().total == 0


def test_an_image_is_asked_for_by_name_alone(records):
    with pytest.raises(ValueError, match="expected a sha256"):
        records.images.read("../../etc/passwd")
    assert records.images.read("0" * 64) is None


def test_a_picture_deleted_just_before_the_commit_is_there_after_it(
    records, monkeypatch
):
    """Somebody else may be forgetting the same picture at this moment."""
    save = records.images.save
    names = []

    def save_and_lose_once(content):
        names.append(save(content))
        if len(names) == 1:
            assert records.images.delete(names[0])
        return names[-1]

    monkeypatch.setattr(records.images, "save", save_and_lose_once)
    stored, _ = records.add_feedback(make_feedback(1), draw_picture())
    assert records.images.read(stored.image)
