"""Reviews: all or none, and every one of them in a history that nobody changes."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from digit_pipeline.records import Decision, RecordsError, ReviewRecord
from tests.records.samples import make_feedback, make_items, make_upload


@pytest.fixture
def three(records):
    return [records.add_feedback(make_feedback(n))[0] for n in range(3)]


def test_each_action_does_what_it_says(records, three):
    before = datetime.now(UTC)
    accepted, rejected, relabelled = records.review(
        [
            Decision(three[0].id, "accept"),
            Decision(three[1].id, "reject", reason="a cat"),
            Decision(three[2].id, "relabel", "8", "a closed 3"),
        ],
        "ada",
    )
    assert (accepted.state, accepted.final_label, accepted.reason) == (
        "accepted",
        "3",
        None,
    )
    assert (rejected.state, rejected.final_label, rejected.reason) == (
        "rejected",
        "3",
        "a cat",
    )
    assert (relabelled.state, relabelled.label, relabelled.final_label) == (
        "accepted",
        "3",
        "8",
    )
    for record in (accepted, rejected, relabelled):
        assert records.correction(record.id) == record
        assert record.reviewer == "ada"
        assert timedelta(0) <= record.reviewed - before < timedelta(minutes=1)


def test_every_review_is_in_the_history(records, three):
    id = three[0].id
    records.review([Decision(id, "relabel", "8")], "rules")
    records.review([Decision(id, "reject", reason="no")], "ada")
    last, _ = records.review([Decision(id, "accept"), Decision(id, "accept")], "bob")
    history = records.reviews(id)
    assert [
        (r.reviewer, r.action, r.from_state, r.to_state, r.label, r.reason)
        for r in history
    ] == [
        ("rules", "relabel", "quarantined", "accepted", "8", None),
        ("ada", "reject", "accepted", "rejected", "8", "no"),
        ("bob", "accept", "rejected", "accepted", "8", None),
        ("bob", "accept", "accepted", "accepted", "8", None),
    ]
    assert isinstance(history[-1], ReviewRecord)
    assert history[-1].time == last.reviewed
    assert (last.reviewer, last.final_label) == ("bob", "8")
    assert records.reviews(three[1].id) == ()


def test_relabelling_back_leaves_the_persons_label(records, three):
    records.review([Decision(three[0].id, "relabel", "8")], "ada")
    [back] = records.review([Decision(three[0].id, "relabel", "3")], "ada")
    assert (back.reviewed_label, back.final_label) == (None, "3")


def test_an_unknown_correction_undoes_the_others(records, three):
    with pytest.raises(RecordsError, match="none with 'nothing'") as caught:
        records.review(
            [Decision(three[0].id, "accept"), Decision("nothing", "accept")], "ada"
        )
    assert (caught.value.code, caught.value.status) == ("unknown_correction", 404)
    assert records.correction(three[0].id) == three[0]
    assert records.reviews(three[0].id) == ()


def test_what_is_withdrawn_stays_withdrawn(records, three):
    records.withdraw(ids=[three[0].id], reason="sorry")
    [kept] = records.review([Decision(three[0].id, "accept")], "ada")
    assert kept.state == records.correction(three[0].id).state == "withdrawn"
    assert [line.action for line in records.reviews(three[0].id)] == ["withdraw"]


def test_rules_do_not_overrule_a_person_who_was_faster(records, three):
    records.review([Decision(three[0].id, "reject")], "ada")
    rulings = [Decision(row.id, "accept") for row in three]
    ruled = records.review(rulings, "rules", only=["quarantined"])
    assert [row.state for row in ruled] == ["rejected", "accepted", "accepted"]
    assert [line.reviewer for line in records.reviews(three[0].id)] == ["ada"]


def test_nothing_decided_is_nothing_done(records, three):
    assert records.review([], "ada") == ()


@pytest.mark.parametrize(
    ("action", "label"),
    [("relabel", None), ("relabel", ""), ("accept", "3"), ("reject", "3"), ("", None)],
)
def test_a_decision_that_nobody_can_mean(action, label):
    with pytest.raises(ValueError, match="expected"):
        Decision("id", action, label)


def test_the_database_refuses_to_change_the_history(records, three):
    records.review([Decision(three[0].id, "reject")], "ada")
    with (
        pytest.raises(RecordsError, match="added, never changed"),
        records.database.writing() as connection,
    ):
        connection.execute(text("UPDATE reviews SET reviewer = 'somebody else'"))
    assert records.reviews(three[0].id)[0].reviewer == "ada"


def test_reviewers_at_once_do_not_wait_for_each_other(records):
    """Each takes the rows in an order of its own; one also withdraws some."""
    upload = make_upload("u", 20)
    records.add_upload(upload, make_items(upload))
    ids = [row.id for row in records.iterate_corrections()]

    def review(turn):
        order = random.Random(turn).sample(ids, len(ids))  # noqa: S311 - any order
        records.review([Decision(id, "accept") for id in order], f"reviewer {turn}")
        if turn % 4 == 0:
            records.withdraw(ids=[order[0]], reason="r")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(review, range(16)))
    for row in records.iterate_corrections():
        history = records.reviews(row.id)
        # Each line begins where the one before ended.
        states = [line.to_state for line in history]
        assert [line.from_state for line in history[1:]] == states[:-1]
        assert row.state == states[-1]
        assert len(history) == 16 or row.state == "withdrawn"
