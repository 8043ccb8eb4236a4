"""Manifests: noted once, and the chain from an answer to its corrections and back."""

import pytest

from digit_pipeline.records import Decision
from tests.records.samples import (
    draw_picture,
    make_feedback,
    make_manifest,
    make_prediction,
)

VERSION = make_prediction(1).model_version


@pytest.fixture
def rows(records):
    return [
        records.add_feedback(make_feedback(n), draw_picture(n))[0] for n in range(3)
    ]


def test_comes_back_as_it_went(records, rows):
    manifest = make_manifest("digest", *rows)
    records.note_manifest(manifest)
    assert records.manifest("digest") == manifest
    assert records.manifests_of(rows[0].id) == (manifest,)
    assert records.manifest("other") is None
    assert records.manifests_of("nothing") == ()


def test_noted_again_it_is_the_same(records, rows):
    first = make_manifest("digest", *rows)
    for _ in range(2):
        records.note_manifest(first)
        records.note_release("digest", VERSION)
    records.note_manifest(make_manifest("digest", *rows, images=1))
    assert records.manifests_of(rows[0].id) == (
        make_manifest("digest", *rows, releases=(VERSION,)),
    )


def test_each_run_that_saw_it_is_known(records, rows):
    for run in ("a", "b", None, None):
        records.note_manifest(make_manifest("digest", rows[0], run_id=run))
    assert [m.run_id for m in records.manifests_of(rows[0].id)] == ["a", "b", None]
    assert records.manifest("digest").run_id is None


def test_one_without_corrections(records):
    records.note_manifest(make_manifest("digest"))
    assert records.manifest("digest").corrections == ()


def test_many_corrections(records):
    ids = tuple(f"{number:024x}" for number in range(3000))
    records.note_manifest(make_manifest("digest", corrections=ids))
    assert records.manifest("digest").corrections == ids


def test_a_release_leads_to_what_it_was_trained_from(records, rows):
    records.note_release("digest", VERSION)
    assert records.manifest_of_release(VERSION) is None
    records.note_manifest(make_manifest("digest", *rows))
    assert records.manifest_of_release(VERSION).corrections == tuple(
        sorted(row.id for row in rows)
    )
    assert records.manifest_of_release("000009-x") is None


@pytest.fixture
def chain(records, rows):
    """Answer 7 by a release that was trained with the three corrections."""
    manifest = make_manifest("digest", *rows, releases=(VERSION,))
    records.add_predictions([make_prediction(0), make_prediction(7)])
    records.review([Decision(rows[0].id, "accept")], "ada")
    records.note_manifest(manifest)
    records.note_release("digest", VERSION)
    return manifest


def test_from_an_answer_to_its_manifest(records, chain):
    found = records.trace(make_prediction(7).id)
    assert found.kind == "prediction"
    assert found.prediction.label == "7"
    assert found.corrections == ()
    assert (found.manifests, found.releases) == ((chain,), (VERSION,))


def test_from_a_correction_to_the_releases(records, chain, rows):
    found = records.trace(rows[0].id)
    assert found.kind == "correction"
    assert found.prediction == records.prediction(make_prediction(0).id)
    assert found.corrections == (records.correction(rows[0].id),)
    assert found.reviews == records.reviews(rows[0].id)
    assert len(found.reviews) == 1
    assert (found.manifests, found.releases) == ((chain,), (VERSION,))


def test_an_answer_that_is_not_recorded_has_its_corrections(records, chain, rows):
    found = records.trace(make_prediction(1).id)
    assert (found.kind, found.prediction) == ("prediction", None)
    assert found.corrections == (rows[1],)
    assert found.releases == (VERSION,)


@pytest.mark.parametrize(("id", "kind"), [(VERSION, "release"), ("digest", "manifest")])
def test_from_a_release_or_a_manifest(records, chain, id, kind):
    found = records.trace(id)
    assert found.kind == kind
    assert (found.manifests, found.releases) == ((chain,), (VERSION,))


def test_what_nobody_knows(records, chain):
    assert records.trace("nothing") is None
