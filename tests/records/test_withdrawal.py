"""Withdrawal: what is taken back, and which trainings and releases had seen it."""

import pytest

from digit_pipeline.records import CorrectionFilter, Decision, Withdrawal
from tests.records.samples import (
    draw_picture,
    make_feedback,
    make_items,
    make_manifest,
    make_prediction,
    make_upload,
)


@pytest.fixture
def filled(records):
    """Two corrections by one client, one by another, in two manifests."""
    rows = [
        records.add_feedback(
            make_feedback(number, client=client, session=f"s{number}"),
            draw_picture(number),
        )[0]
        for number, client in enumerate(["vandal", "vandal", "friend"])
    ]
    records.review([Decision(row.id, "accept") for row in rows], "rules")
    records.note_manifest(make_manifest("first", rows[0], rows[2], run_id="a"))
    records.note_manifest(make_manifest("second", *rows, run_id="b"))
    records.note_manifest(make_manifest("third", rows[2], run_id="c"))
    records.note_release("first", "000002-a")
    records.note_release("second", "000003-b")
    records.note_release("third", "000004-c")
    return rows


def test_a_client_s_corrections_name_the_releases_that_saw_them(records, filled):
    gone = records.withdraw(client="vandal", reason="poison", by="ada")
    assert gone == Withdrawal(
        corrections=(filled[0].id, filled[1].id),
        manifests=("first", "second"),
        releases=("000002-a", "000003-b"),
        changed=2,
    )
    accepted = records.corrections(CorrectionFilter(state="accepted")).items
    assert [row.id for row in accepted] == [filled[2].id]
    for row in filled[:2]:
        withdrawn = records.correction(row.id)
        assert (withdrawn.state, withdrawn.image) == ("withdrawn", None)
        assert (withdrawn.reviewer, withdrawn.reason) == ("ada", "poison")
        assert records.image(row.image) is None
        last = records.reviews(row.id)[-1]
        assert (last.action, last.from_state, last.to_state, last.reason) == (
            "withdraw",
            "accepted",
            "withdrawn",
            "poison",
        )
        # What a training saw stays known.
        assert records.manifests_of(row.id)
    assert records.image(filled[2].image)


def test_a_second_time_says_the_same_and_changes_nothing(records, filled):
    first = records.withdraw(client="vandal", reason="poison")
    again = records.withdraw(client="vandal", reason="another")
    assert (again.corrections, again.releases) == (first.corrections, first.releases)
    assert (first.changed, again.changed) == (2, 0)
    assert records.correction(filled[0].id).reason == "poison"
    assert len(records.reviews(filled[0].id)) == 2


def test_by_session_upload_and_ids(records, filled):
    upload = make_upload("u", 3, session="mine")
    records.add_upload(upload, make_items(upload))
    assert records.withdraw(session="s2", reason="r").corrections == (filled[2].id,)
    assert records.withdraw(ids=[filled[1].id, "x"], reason="r").manifests == (
        "second",
    )
    assert records.withdraw(upload="u", session="theirs", reason="r").changed == 0
    assert records.withdraw(upload="u", session="mine", reason="r").changed == 3
    assert records.withdraw(ids=[], reason="r").changed == 0
    assert records.corrections(CorrectionFilter(state="withdrawn")).total == 5
    assert records.upload("u") == upload


def test_everything_is_never_meant(records, filled):
    with pytest.raises(ValueError, match="say which corrections"):
        records.withdraw(reason="r")
    assert records.corrections(CorrectionFilter(state="withdrawn")).total == 0


def test_a_picture_that_somebody_else_sent_too_stays(records):
    mine, _ = records.add_feedback(make_feedback(1, client="me"), draw_picture(7))
    theirs, _ = records.add_feedback(make_feedback(2, client="them"), draw_picture(7))
    assert mine.image == theirs.image
    records.withdraw(client="me", reason="r")
    assert records.image(theirs.image)
    records.add_predictions([make_prediction(3)], [draw_picture(7)])
    records.withdraw(client="them", reason="r")
    assert records.image(theirs.image), "the answer's own record keeps it"
