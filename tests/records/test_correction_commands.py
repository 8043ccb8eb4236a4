"""The commands about corrections: what each does and says."""

from dataclasses import replace

import numpy as np
import pytest

from digit_pipeline.records import Decision
from digit_pipeline.records.__main__ import main
from digit_pipeline.releases import ReleaseStore
from digit_pipeline.releases.trained_from import MANIFESTS
from digit_pipeline.training_manifest import TrainingManifest
from tests.records.samples import (
    draw_picture,
    make_feedback,
    make_manifest,
    make_prediction,
)
from tests.stub_release import make_draft, make_images

VERSION = make_prediction(1).model_version
CAME = "2026-11-21 12:34 UTC"


@pytest.fixture
def run(url, tmp_path, capsys):
    def run_one(*arguments: str, code: int = 0) -> str:
        places = ["--url", url, "--images", str(tmp_path / "images")]
        assert main([*places, *arguments]) == code
        printed = capsys.readouterr()
        return printed.err if code else printed.out

    return run_one


@pytest.fixture
def rows(records):
    """Three corrections, one of them in a release's training."""
    records.add_predictions([make_prediction(0)])
    rows = [
        records.add_feedback(
            make_feedback(n, id=f"{n:024x}", client=f"client{n}"), draw_picture(n)
        )[0]
        for n in range(3)
    ]
    records.review([Decision(rows[0].id, "relabel", "5", "a 5")], "ada")
    records.note_manifest(make_manifest("digest", rows[0]))
    records.note_release("digest", VERSION)
    return rows


def test_corrections_are_listed_oldest_first(run, rows):
    assert run("corrections").splitlines() == [
        f"{rows[0].id}: accepted, answer labelled 3, reviewed as 5, {CAME}, "
        "client client0, reviewer ada, reason a 5",
        f"{rows[1].id}: quarantined, answer labelled 3, {CAME}, client client1",
        f"{rows[2].id}: quarantined, answer labelled 3, {CAME}, client client2",
        "3 corrections",
    ]
    listed = run("corrections", "--state", "quarantined", "--client", "client2")
    assert listed.splitlines()[0].startswith(rows[2].id)
    assert listed.endswith("1 correction\n")
    assert run("corrections", "--origin", "upload") == "0 corrections\n"


def test_review_decides_and_shows_what_came_of_it(run, rows, records):
    said = run("review", rows[1].id, rows[2].id, "--accept", "--reviewer", "bob")
    assert said.count(": accepted, ") == 2
    run("review", rows[1].id, "--relabel", "8")
    run("review", rows[2].id, "--reject", "--reason", "a cat")
    assert records.correction(rows[1].id).final_label == "8"
    assert records.correction(rows[2].id).reason == "a cat"
    history = records.reviews(rows[2].id)
    assert [(line.reviewer, line.action) for line in history] == [
        ("bob", "accept"),
        ("command", "reject"),
    ]


def test_review_of_what_is_not_there(run, rows):
    said = run("review", rows[1].id, "nothing", "--accept", code=1)
    assert said == (
        "Expected the id of a correction, but there is none with 'nothing'; reload "
        "the list and choose again.\n"
    )


def test_withdraw_names_the_releases(run, rows, records):
    assert run("withdraw", "--client", "client0", "--reason", "poison") == (
        "1 correction withdrawn\n"
        "manifest digest has some of them\n"
        f"release {VERSION} was trained with some of them\n"
    )
    assert records.correction(rows[0].id).reason == "poison"
    ids = [row.id for row in rows]
    said = run("withdraw", "--id", *ids, "--reason", "all", "--by", "bob")
    assert said.startswith("2 corrections withdrawn, 1 were before\n")
    assert records.correction(rows[1].id).reviewer == "bob"


def test_withdraw_says_that_it_found_nothing(run, rows, records):
    said = run("withdraw", "--client", "typo", "--reason", "poison", code=1)
    assert said.startswith("Expected corrections of client 'typo', but there are none")


def test_withdraw_wants_to_know_what(run, rows, records):
    said = run("withdraw", "--reason", "r", code=1)
    assert said.startswith("Expected a client, a session, an upload or ids, ")
    assert records.corrections().items[0].state == "quarantined"


def test_trace_tells_the_chain(run, rows, records):
    lines = run("trace", rows[0].id).splitlines()
    assert lines[0] == (
        f"prediction {make_prediction(0).id}: recognised 0 by {VERSION}, {CAME}"
    )
    assert lines[1].startswith(f"correction {rows[0].id}: accepted, ")
    assert lines[2].startswith(
        f"review of {rows[0].id}: relabel by ada, quarantined to accepted as 5, "
    )
    assert lines[2].endswith(": a 5")
    assert lines[3:] == [
        f"manifest digest: 100 images, 1 correction, test, run run, {CAME}",
        f"  learned from correction {rows[0].id}",
        f"release {VERSION}, no longer in the store",
    ]
    lines[3] = lines[3].replace("run run", "last run run")
    assert run("trace", VERSION).splitlines() == lines[3:]
    # From there to the corrections and back.
    listed = run("corrections", "--manifest", "digest").splitlines()
    assert [line[:24] for line in listed[:-1]] == [rows[0].id]


def test_trace_tells_the_run_and_the_manifest_that_the_release_names(
    run, records, tmp_path, monkeypatch
):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    facts = {"mlflow_run": "its own", "training": {"manifest": "digest"}}
    draft = make_draft()
    store = ReleaseStore(tmp_path / "09_serving" / "digits")
    release = store.publish(
        replace(draft, facts={**draft.facts, **facts}),
        expected_previous=None,
        reason="a test",
    )
    records.add_predictions([make_prediction(7, model_version=release.version)])
    lines = run("trace", make_prediction(7).id).splitlines()
    assert lines[-1] == f"release {release.version}, run its own, manifest digest"


def test_trace_names_the_images_while_their_manifest_is_kept(
    run, records, tmp_path, monkeypatch
):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    row, _ = records.add_feedback(make_feedback(1), draw_picture(1))
    taught = replace(
        make_images([3, 4]), corrections=np.array([row.id, ""]), groups=None
    )
    manifest = TrainingManifest.of({"train": taught})
    manifest.keep(tmp_path / "09_serving" / "digits" / MANIFESTS)
    records.note_manifest(make_manifest(manifest.digest, row))
    [image] = [one.image for one in manifest.rows if one.correction]
    said = run("trace", row.id)
    assert f"learned from correction {row.id}, image {image}\n" in said


def test_trace_of_what_nobody_knows(run, rows):
    said = run("trace", "nothing", code=1)
    assert said.startswith("Expected the id of a correction, a prediction, ")


def test_forget_names_the_releases_too(run, records):
    row, _ = records.add_feedback(make_feedback(1, session="s"))
    records.note_manifest(make_manifest("digest", row))
    records.note_release("digest", VERSION)
    assert run("forget", "--session", "s") == (
        "0 predictions, 1 corrections and 0 images deleted\n"
        f"release {VERSION} was trained with some of the corrections\n"
    )
