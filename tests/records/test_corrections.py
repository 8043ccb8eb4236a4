"""Corrections found again, whatever is known of them, and where a client lies."""

from dataclasses import replace
from typing import Any

import pytest

from digit_pipeline.records import CorrectionFilter, Decision, corrections
from digit_pipeline.records.feedback import find_bucket
from tests.records.samples import make_feedback, make_items, make_manifest, make_upload

COUNT = 6


@pytest.fixture
def filled(records):
    """Six corrections of answers, 0 to 5, and an upload of two, 6 and 7."""
    stored = [
        records.add_feedback(
            make_feedback(
                number,
                label=str(number),
                client="even" if number % 2 == 0 else "odd",
                session=f"session {number}",
                content=f"{number // 2:032x}",
            )
        )[0]
        for number in range(COUNT)
    ]
    upload = make_upload("u", 2, client="odd")
    records.add_upload(upload, make_items(upload, label="6"))
    stored += records.iterate_corrections(CorrectionFilter(upload="u"))
    records.review([Decision(stored[0].id, "reject")], "ada")
    records.review([Decision(stored[1].id, "relabel", "9")], "rules")
    records.note_manifest(make_manifest("digest", stored[1], stored[7]))
    return stored


FILTERS: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [0, 1, 2, 3, 4, 5, 6, 7]),
    ({"state": "quarantined"}, [2, 3, 4, 5, 6, 7]),
    ({"state": "accepted"}, [1]),
    ({"origin": "upload"}, [6, 7]),
    ({"label": "9"}, [1]),
    ({"label": "1"}, []),
    ({"label": "6"}, [6, 7]),
    ({"client": "odd"}, [1, 3, 5, 6, 7]),
    ({"client": "odd", "origin": "answer"}, [1, 3, 5]),
    ({"session": "session 4"}, [4]),
    ({"upload": "u", "label": "6"}, [6, 7]),
    ({"reviewer": "ada"}, [0]),
    ({"content": f"{1:032x}"}, [2, 3, 7]),
    ({"prediction_id": "upload:u:1"}, [7]),
    ({"manifest": "digest"}, [1, 7]),
    ({"ids": []}, []),
]


def test_filters(records, filled):
    for wanted, numbers in FILTERS:
        found = list(records.iterate_corrections(CorrectionFilter(**wanted)))
        assert [r.id for r in found] == [filled[n].id for n in numbers], wanted
        page = records.corrections(CorrectionFilter(**wanted))
        assert page.items == tuple(reversed(found))
        assert page.total == len(numbers)


def test_any_number_of_ids(records, filled):
    ids = {f"{number:024x}" for number in range(70_000)}
    wanted = CorrectionFilter(ids={*ids, filled[3].id, filled[5].id})
    found = records.corrections(wanted, oldest_first=True)
    assert [record.id for record in found.items] == [filled[3].id, filled[5].id]


def test_pages_in_either_order(records, filled):
    oldest = records.corrections(page=2, page_size=3, oldest_first=True)
    assert [record.id for record in oldest.items] == [r.id for r in filled[3:6]]
    newest = records.corrections(page=2, page_size=3)
    assert [record.id for record in newest.items] == [r.id for r in filled[4:1:-1]]
    assert newest.total == 8


def test_all_are_gone_through_in_chunks(records, filled, monkeypatch):
    monkeypatch.setattr(corrections, "CHUNK", 3)
    ids = [record.id for record in filled]
    assert [record.id for record in records.iterate_corrections()] == ids
    assert [record.id for record in records.iterate_feedback()] == ids[::-1]


def test_one_is_found_by_its_id(records, filled):
    assert records.correction(filled[4].id) == filled[4]
    assert records.correction("nothing") is None
    assert records.correction(filled[1].id).final_label == "9"


def test_counts_by_client_and_state(records, filled):
    assert records.count_states("client", ["odd", "even", "nobody"]) == {
        "odd": {"accepted": 1, "quarantined": 4},
        "even": {"rejected": 1, "quarantined": 2},
    }
    assert records.count_states("upload", ["u"]) == {"u": {"quarantined": 2}}


def test_a_client_keeps_its_place():
    """Known by heart: a training that chose by it must choose the same again."""
    assert [find_bucket(client) for client in ("a", "b", "c" * 32)] == [343, 333, 348]
    first, second = make_feedback(1), make_feedback(2)
    assert first.share == second.share == find_bucket("c" * 32) / 1000
    assert (
        replace(first, client=None, bucket=find_bucket("c" * 32)).share == first.share
    )
    alone = replace(first, client=None)
    assert alone.share == find_bucket(alone.id) / 1000


def test_places_are_spread_evenly():
    shares = [make_feedback(1, client=f"client {n}").share for n in range(2000)]
    assert 0 <= min(shares) < 0.01
    assert 0.99 < max(shares) < 1
    assert 350 < sum(share < 0.2 for share in shares) < 450
