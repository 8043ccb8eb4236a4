"""What is too old goes, and what somebody wants forgotten; nothing else."""

import os
import time
from datetime import timedelta

from digit_pipeline.records import (
    CorrectionFilter,
    Decision,
    Forgotten,
    PredictionFilter,
    retention,
)
from tests.records.samples import (
    NOW,
    draw_picture,
    make_feedback,
    make_items,
    make_manifest,
    make_prediction,
    make_upload,
)

DAY = timedelta(days=1)


def files(records):
    return sorted(p for p in records.images.folder.rglob("*") if p.is_file())


def test_forget_deletes_all_of_a_session_and_nothing_else(records):
    records.add_predictions(
        [make_prediction(1, session="mine"), make_prediction(2, session="theirs")],
        [draw_picture(1), draw_picture(2)],
    )
    records.add_feedback(make_feedback(1, session="mine"), draw_picture(3))
    records.add_feedback(make_feedback(2, session="theirs"), draw_picture(4))
    records.add_feedback(make_feedback(3))
    assert records.forget("mine") == Forgotten(predictions=1, feedback=1, images=2)
    assert records.predictions(PredictionFilter(session="mine")).total == 0
    assert records.predictions().total == 1
    assert records.feedback().total == 2
    assert len(files(records)) == 2
    assert records.forget("mine") == Forgotten(0, 0, 0)


def test_forget_leaves_a_picture_that_somebody_else_sent_too(records):
    records.add_feedback(make_feedback(1, session="mine"), draw_picture())
    kept, _ = records.add_feedback(make_feedback(2, session="theirs"), draw_picture())
    assert records.forget("mine") == Forgotten(predictions=0, feedback=1, images=0)
    assert records.images.read(kept.image)
    assert records.forget("theirs").images == 1
    assert files(records) == []


def test_forget_deletes_uploads_too(records):
    upload = make_upload("u", 3, session="mine")
    records.add_upload(upload, make_items(upload))
    records.add_upload(make_upload("v", 0, session="theirs"), [])
    row = records.corrections().items[0]
    records.review([Decision(row.id, "reject")], "ada")
    assert records.forget("mine") == Forgotten(predictions=0, feedback=3, images=3)
    assert [upload.id for upload in records.uploads().items] == ["v"]
    assert records.corrections().total == 0
    assert records.reviews(row.id) == ()
    assert files(records) == []


def test_forget_leaves_of_what_was_learned_only_that_it_was(records):
    upload = make_upload("u", 3, session="mine")
    records.add_upload(upload, make_items(upload))
    newest, *_, oldest = records.corrections().items
    records.note_manifest(make_manifest("digest", newest))
    records.note_release("digest", "000002-x")
    assert records.forget("mine") == Forgotten(
        predictions=0, feedback=3, images=3, releases=("000002-x",)
    )
    [left] = records.corrections().items
    assert (left.id, left.state) == (newest.id, "withdrawn")
    personal = (left.client, left.session, left.upload, left.name, left.image)
    assert personal == (None,) * 5
    assert [line.action for line in records.reviews(left.id)] == ["withdraw"]
    assert records.manifests_of(left.id)[0].releases == ("000002-x",)
    assert records.correction(oldest.id) is None
    assert files(records) == []
    assert records.forget("mine") == Forgotten(0, 0, 0)


def test_prune_deletes_old_predictions_in_chunks(records, monkeypatch):
    monkeypatch.setattr(retention, "CHUNK", 10)
    old = [make_prediction(n, time=NOW - 2 * DAY) for n in range(25)]
    young = [make_prediction(n, time=NOW) for n in range(25, 30)]
    records.add_predictions(
        old + young, [draw_picture(), *[None] * 28, draw_picture(9)]
    )
    assert records.prune(NOW - DAY) == 25
    assert records.predictions().items == tuple(
        records.prediction(row.id) for row in reversed(young)
    )
    assert len(files(records)) == 1
    assert records.prune(NOW - DAY) == 0


def test_prune_keeps_what_can_be_learned_from_without_whose_it_was(records):
    old = NOW - 2 * DAY
    records.add_feedback(make_feedback(1, time=old, session="s"), draw_picture(1))
    records.add_feedback(make_feedback(2, time=old, state="rejected"), draw_picture(2))
    records.add_feedback(make_feedback(3, session="s"))
    assert records.prune(NOW - DAY) == 1
    young, kept = records.feedback().items
    assert (young.session, young.client) == ("s", "c" * 32)
    assert (kept.session, kept.client, kept.label) == (None, None, "3")
    assert records.images.read(kept.image)
    assert len(files(records)) == 1


def test_prune_keeps_accepted_uploads_without_whose_they_were(records):
    old = NOW - 2 * DAY
    upload = make_upload("u", 3, time=old)
    records.add_upload(upload, make_items(upload, time=old))
    rows = records.corrections().items
    shares = [row.share for row in rows]
    records.review([Decision(row.id, "accept") for row in rows], "ada")
    assert records.prune(NOW - DAY) == 0
    kept = records.corrections(CorrectionFilter(state="accepted")).items
    assert [row.id for row in kept] == [row.id for row in rows]
    for row in kept:
        assert (row.client, row.session, row.name) == (None, None, None)
        assert records.image(row.image)
        assert row.upload == "u"
    # A training that chooses by the client chooses the same again.
    assert [row.share for row in kept] == shares
    left = records.upload("u")
    assert (left.client, left.session, left.name, left.report) == (None, None, None, [])
    assert (left.taken, left.refused) == (3, 1)
    assert records.prune(NOW - DAY) == 0
    assert [row.share for row in records.corrections().items] == shares


def test_prune_keeps_of_what_was_learned_that_it_was(records):
    old = NOW - 2 * DAY
    upload = make_upload("u", 4, time=old)
    records.add_upload(upload, make_items(upload, time=old))
    rows = records.corrections(oldest_first=True).items
    records.note_manifest(make_manifest("digest", rows[0], rows[1]))
    records.review([Decision(rows[n].id, "reject") for n in (0, 2)], "ada")
    records.withdraw(ids=[rows[1].id, rows[3].id], reason="r")
    assert records.prune(NOW - DAY) == 2
    left = records.corrections(oldest_first=True).items
    assert [(row.id, row.state) for row in left] == [
        (rows[0].id, "rejected"),
        (rows[1].id, "withdrawn"),
    ]
    assert {row.image for row in left} == {row.client for row in left} == {None}
    assert files(records) == []
    assert records.reviews(rows[2].id) == ()
    assert len(records.reviews(rows[0].id)) == 1


def test_files_that_no_row_names_go_after_a_day(records):
    kept, _ = records.add_feedback(make_feedback(1), draw_picture())
    folder = records.images.folder
    orphan, left, young = (
        folder / "ab" / name
        for name in ("ab" * 32 + ".png", ".half.0123.png", "cd" * 32 + ".png")
    )
    orphan.parent.mkdir(exist_ok=True)
    long_ago = time.time() - 25 * 3600
    for path in (orphan, left, young):
        path.write_bytes(b"x")
    for path in (orphan, left, records.images.path(kept.image)):
        os.utime(path, (long_ago, long_ago))
    records.prune(NOW - DAY)
    assert set(files(records)) == {young, records.images.path(kept.image)}


def test_prune_stops_when_asked(records):
    records.add_predictions([make_prediction(1, time=NOW - 2 * DAY)])
    assert records.prune(NOW - DAY, stop=lambda: True) == 0
    assert records.predictions().total == 1


def test_deleted_rows_leave_no_trace_in_the_file(sqlite_records):
    records = sqlite_records
    records.add_predictions([make_prediction(1, session="to be forgotten")])
    records.forget("to be forgotten")
    raw = records.database.engine.raw_connection()
    raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    assert b"to be forgotten" not in records.database.file.read_bytes()
