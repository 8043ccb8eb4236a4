"""Uploads: stored whole or not at all, once, with a report of every file."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from digit_pipeline.image_errors import ImageError
from digit_pipeline.records import CorrectionFilter, RecordsError
from tests.records.samples import (
    NOW,
    make_feedback,
    make_items,
    make_upload,
)


def test_comes_back_as_it_went(records):
    upload = make_upload("u", 60)
    items = make_items(upload)
    assert records.add_upload(upload, items) == upload
    assert records.upload("u") == upload
    stored = list(records.iterate_corrections(CorrectionFilter(upload="u")))
    assert [replace(row, image=None) for row in stored] == [row for row, _ in items]
    assert len({row.image for row in stored}) == 60
    assert all(records.image(row.image).startswith(b"\x89PNG") for row in stored)


def test_a_replay_changes_nothing(records):
    upload = make_upload("u", 2)
    records.add_upload(upload, make_items(upload))
    other = make_upload("u", 5, session="other")
    assert records.add_upload(other, make_items(other)) == upload
    assert records.corrections().total == 2
    assert records.uploads().total == 1


def test_replays_at_once_store_one(records):
    upload = make_upload("u", 3)

    def send(_):
        return records.add_upload(upload, make_items(upload))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(send, range(8))) == [upload] * 8
    assert records.corrections().total == 3


def test_one_of_which_nothing_was_taken_is_in_the_history_too(records):
    upload = make_upload("u", 0)
    assert records.add_upload(upload, []) == upload
    assert records.uploads().items == (upload,)


def test_pages_of_one_session_or_of_everybody(records):
    for number in range(4):
        session = "mine" if number % 2 else "theirs"
        records.add_upload(make_upload(f"u{number}", 0, session=session), [])
    assert [u.id for u in records.uploads(page_size=3).items] == ["u3", "u2", "u1"]
    mine = records.uploads(session="mine")
    assert ([u.id for u in mine.items], mine.total) == (["u3", "u1"], 2)
    assert records.uploads(session="nobody's").total == 0
    with pytest.raises(ValueError, match="expected a page from 1"):
        records.uploads(page=0)


def test_quotas_tell_answers_from_uploads(records):
    upload = make_upload("u", 3)
    records.add_upload(upload, make_items(upload))
    records.add_feedback(make_feedback(9))
    since = NOW - timedelta(hours=1)
    assert records.count_feedback("c" * 32, since) == 4
    assert records.count_feedback("c" * 32, since, "upload") == 3
    assert records.count_feedback("c" * 32, since, "answer") == 1


def test_a_picture_that_can_not_be_opened_stores_nothing(records):
    upload = make_upload("u", 2)
    [first, (second, _)] = make_items(upload)
    with pytest.raises(ImageError):
        records.add_upload(upload, [first, (second, b"not a picture")])
    assert records.uploads().total == 0
    assert records.corrections().total == 0
    assert not list(records.images.folder.glob("*/*"))


def test_a_row_that_does_not_fit_stores_nothing(records):
    upload = make_upload("u", 3)
    items = make_items(upload)
    kept, _ = records.add_feedback(make_feedback(1), items[0][1])
    items[2] = (replace(items[2][0], id=items[1][0].id), items[2][1])
    with pytest.raises(RecordsError) as caught:
        records.add_upload(upload, items)
    assert caught.value.code == "bad_record"
    assert records.uploads().total == 0
    assert records.corrections().items == (kept,)
    # Only the picture that somebody else sent too is still there.
    assert [p.stem for p in records.images.folder.glob("*/*")] == [kept.image]
