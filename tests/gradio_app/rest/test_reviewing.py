"""``/api/review``, a correction's picture and ``/api/withdraw``: T33 and T34."""

import base64
import io

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import delete

from digit_pipeline.records import CorrectionFilter, ManifestRecord, tables
from gradio_app.app import create_app
from gradio_app.rest.schemas.reviewing import ReviewAnswer, ReviewedAnswer
from gradio_app.settings import Settings
from tests.gradio_app.local_client import LocalClient
from tests.gradio_app.pictures import canvas, encode
from tests.gradio_app.rest.conftest import AUTHORISED, address_of, assert_problem
from tests.serving_fixtures import train_small_model

PATH = "/api/review"
UPLOAD = "/api/upload/training-data"
LABELS = [str(label) for label in train_small_model().gate.labels[:40]]
GUARDED = [
    ("GET", PATH),
    ("POST", PATH),
    ("GET", "/api/corrections/0a1b2c3d4e5f60718293a4b5/image"),
    ("GET", "/api/trace/0a1b2c3d4e5f60718293a4b5"),
    ("GET", f"/api/manifests/{'0' * 64}"),
    ("POST", "/api/withdraw"),
]


@pytest.fixture
def records(service):
    return service.recorder.records


@pytest.fixture(autouse=True)
def nothing_taught(records):
    """Each test begins without corrections."""
    with records.database.writing() as connection:
        for table in (tables.feedback, tables.uploads, tables.predictions):
            connection.execute(delete(table))


@pytest.fixture
def guard(from_elsewhere):
    """Somebody with the key."""
    return from_elsewhere(headers=AUTHORISED)


def teach(client, *pictures):
    """Teach pictures, each with a label; give their corrections."""
    files = [("files", (f"{i}.png", encode(p))) for i, (p, _) in enumerate(pictures)]
    data = {"labels": [label for _, label in pictures]}
    answer = client.post(UPLOAD, files=files, data=data).json()
    service = client.app.state.service
    wanted = CorrectionFilter(upload=answer["id"])
    return list(service.recorder.records.iterate_corrections(wanted))


def look(guard, **params):
    answer = guard.get(PATH, params=params)
    assert answer.status_code == 200, answer.text
    return ReviewAnswer.model_validate(answer.json())


def decide(guard, *decisions, reviewer="ada"):
    sent = {"decisions": list(decisions)}
    return guard.post(PATH, json=sent, headers={"x-reviewer": reviewer})


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_without_the_key_nothing_is_shown_or_changed(api, two_releases, method, path):
    with LocalClient(create_app(Settings(data_dir=two_releases, pages="off"))) as open_:
        assert_problem(open_.request(method, path), 404, "not_found")
        keyed = open_.request(method, path, headers=AUTHORISED)
        assert_problem(keyed, 404, "not_found")
    address = GUARDED.index((method, path))
    strangers = LocalClient(api.app, client=(f"192.0.2.{address}", 1))
    wrong = {"authorization": "Bearer another"}
    answers = [strangers.request(method, path, headers=wrong) for _ in range(6)]
    for answer in answers[:5]:
        assert_problem(answer, 401, "unauthorised")
    assert_problem(answers[5], 429, "too_many_requests")
    query = {"key": AUTHORISED["authorization"].partition(" ")[2]}
    other = LocalClient(api.app, client=(f"198.51.100.{address}", 1))
    assert_problem(other.request(method, path, params=query), 401, "unauthorised")


def test_the_queue_tells_what_the_champion_says_now(guard, visitor, service):
    (stored,) = teach(visitor, (canvas(3), "1"))
    asked = visitor.post("/api/predict", content=encode(canvas(3))).json()
    found = look(guard)
    (item,) = found.items
    assert (found.total, item.id, item.state) == (1, stored.id, "quarantined")
    assert (item.label, item.given_label, item.origin) == ("1", "1", "upload")
    assert item.champion.label == asked["label"] == item.predicted
    assert item.champion.model_version == asked["model_version"]
    assert item.champion.probabilities == pytest.approx(
        asked["probabilities"], abs=1e-5
    )
    assert item.seen.startswith("data:image/png;base64,")
    assert item.client_counts == {"quarantined": 1}
    assert item.client == service.hash_client(address_of(visitor))
    assert (item.group, item.group_size, item.conflicts) == (item.id, 1, [])


def test_the_picture_needs_the_key_and_is_kept_by_no_browser(guard, visitor):
    (stored,) = teach(visitor, (canvas(3), "1"))
    address = look(guard).items[0].image
    assert_problem(visitor.get(address), 401, "unauthorised")
    answer = guard.get(address)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "private, no-store"
    assert Image.open(io.BytesIO(answer.content)).size == (200, 200)
    guard.post("/api/withdraw", json={"ids": [stored.id], "reason": "a wish"})
    assert_problem(guard.get(address), 404, "not_found")
    assert look(guard, state="withdrawn").items[0].image is None


def test_a_correction_of_an_answer_can_be_learned_from(guard, visitor, service):
    prediction = visitor.post("/api/predict", content=encode(canvas(5))).json()
    label = "1" if prediction["label"] != "1" else "2"
    image = base64.b64encode(encode(canvas(5))).decode()
    sent = {"prediction_id": prediction["id"], "label": label, "image": image}
    answer = visitor.post("/api/feedback", json=sent).json()
    stored = service.recorder.records.correction(answer["id"])
    assert (stored.origin, stored.verdict) == ("answer", prediction["verdict"])
    assert stored.confidence == pytest.approx(prediction["confidence"], abs=1e-5)
    # It is the same picture, to the bit, as when it is taught.
    (taught,) = teach(visitor, (canvas(5), label))
    assert stored.content == taught.content
    first, second = look(guard).items
    assert (first.id, second.id) == (stored.id, taught.id)
    assert first.group == second.group == stored.id
    assert first.prediction_id == prediction["id"]


def test_near_copies_stand_together_and_conflicts_show(guard, visitor):
    shifted = Image.fromarray(np.roll(np.asarray(canvas(7)), 9, axis=1))
    thicker = canvas(7).resize((400, 400))
    kept = teach(
        visitor, (canvas(7), "4"), (canvas(0), LABELS[0]), (canvas(1), LABELS[1])
    )
    kept += teach(visitor, (shifted, "4"), (thicker, "9"))
    found = look(guard)
    order = [kept[0], kept[3], kept[4], kept[1], kept[2]]
    assert sorted(item.id for item in found.items) == sorted(one.id for one in kept)
    group = [item for item in found.items if item.group == kept[0].id]
    assert {item.id for item in group} >= {kept[0].id, kept[4].id}
    assert found.items[: len(group)] == group
    for item in group:
        assert item.group_size == len(group)
        assert item.conflicts == (["4"] if item.label == "9" else ["9"])
    assert look(guard, group=kept[0].id).items == group
    assert found.items[-1].id == order[-1].id


def test_pages_are_parts_of_one_order(guard, visitor):
    teach(visitor, *((canvas(i), LABELS[i]) for i in range(7)))
    whole = [item.id for item in look(guard).items]
    pages = [look(guard, page=page, page_size=3) for page in (1, 2, 3, 4)]
    assert [item.id for page in pages for item in page.items] == whole
    assert {(page.pages, page.total) for page in pages} == {(3, 7)}


def test_decisions_are_carried_out_with_who_and_when(guard, visitor, records):
    first, second, third = teach(visitor, *((canvas(i), LABELS[i]) for i in range(3)))
    other = "1" if LABELS[2] != "1" else "2"
    answer = decide(
        guard,
        {"id": first.id, "action": "accept"},
        {"id": second.id, "action": "reject", "reason": "A scribble.\u202e"},
        {"id": third.id, "action": "relabel", "label": other},
        reviewer="Ada%20L%C3%B8velace",
    )
    found = ReviewedAnswer.model_validate(answer.json())
    assert found.reviewer == "Ada Løvelace"
    assert [item.state for item in found.items] == ["accepted", "rejected", "accepted"]
    assert [item.label for item in found.items] == [LABELS[0], LABELS[1], other]
    assert found.items[2].given_label == LABELS[2]
    assert found.items[1].reason == "A scribble."
    assert look(guard).total == 0
    accepted = look(guard, state="accepted", reviewer="Ada Løvelace")
    assert [item.id for item in accepted.items] == [first.id, third.id]
    assert accepted.items[0].client_counts == {"accepted": 2, "rejected": 1}
    assert look(guard, label=other).total == 0
    # Whoever thinks better of it decides again; the history keeps both.
    decide(guard, {"id": first.id, "action": "reject"}, reviewer="bob")
    history = records.reviews(first.id)
    assert [line.reviewer for line in history] == ["Ada Løvelace", "bob"]
    assert [line.to_state for line in history] == ["accepted", "rejected"]


def test_decisions_are_carried_out_together_or_not_at_all(guard, visitor, records):
    (stored,) = teach(visitor, (canvas(0), LABELS[0]))
    good = {"id": stored.id, "action": "accept"}
    unknown = {"id": "0" * 24, "action": "accept"}
    assert_problem(decide(guard, good, unknown), 404, "unknown_correction")
    wrong = {"id": stored.id, "action": "relabel", "label": "10"}
    assert_problem(decide(guard, good, wrong), 422, "unknown_label")
    for bad in (
        {"id": stored.id, "action": "relabel"},
        {"id": stored.id, "action": "accept", "label": "7"},
        {"id": stored.id, "action": "learn"},
        {"id": "../x", "action": "accept"},
    ):
        assert_problem(decide(guard, good, bad), 422, "bad_request")
    assert_problem(decide(guard), 422, "bad_request")
    assert_problem(decide(guard, good, reviewer="Rules"), 422, "reserved_name")
    assert records.correction(stored.id).state == "quarantined"
    assert records.reviews(stored.id) == ()
    # Without a name it was whoever has the key.
    answer = guard.post(PATH, json={"decisions": [good]})
    assert answer.json()["reviewer"] == "key"


def test_withdrawing_a_client_names_the_releases_that_learned_from_it(
    guard, visitor, service, records
):
    stranger = LocalClient(visitor.app, client=("203.0.113.7", 1))
    theirs = teach(stranger, (canvas(0), LABELS[0]), (canvas(1), LABELS[1]))
    (mine,) = teach(visitor, (canvas(2), LABELS[2]))
    digest, champion = "ab" * 32, service.champion.serving
    decide(guard, *({"id": one.id, "action": "accept"} for one in [*theirs, mine]))
    ids = tuple(one.id for one in [*theirs, mine])
    manifest = ManifestRecord(
        digest=digest, environment="base", images=100, corrections=ids, run_id="run"
    )
    records.note_manifest(manifest)
    records.note_release(digest, champion)
    body = {"client": theirs[0].client, "reason": "A vandal."}
    answer = guard.post("/api/withdraw", json=body, headers={"x-reviewer": "ada"})
    found = answer.json()
    assert sorted(found["corrections"]) == sorted(one.id for one in theirs)
    assert (found["changed"], found["manifests"]) == (2, [digest])
    assert found["releases"] == [champion]
    assert found["champion"] == champion
    assert "retrain, or roll back" in found["message"]
    assert {records.correction(one.id).state for one in theirs} == {"withdrawn"}
    assert records.correction(mine.id).state == "accepted"
    assert records.reviews(theirs[0].id)[-1].reviewer == "ada"
    # What is withdrawn stays so, whoever accepts it.
    again = decide(guard, {"id": theirs[0].id, "action": "accept"})
    assert again.json()["items"][0]["state"] == "withdrawn"
    repeated = guard.post("/api/withdraw", json=body).json()
    assert repeated["changed"] == 0
    assert repeated["releases"] == [champion]


@pytest.mark.parametrize(
    "body",
    [
        {"reason": "all"},
        {"client": "a", "upload": "b", "reason": "two"},
        {"ids": [], "reason": "none"},
        {"client": "a"},
        {"client": "a", "reason": ""},
        {"client": "", "reason": "empty"},
    ],
)
def test_a_withdrawal_says_exactly_whose_and_why(guard, visitor, records, body):
    teach(visitor, (canvas(0), LABELS[0]))
    assert_problem(guard.post("/api/withdraw", json=body), 422, "bad_request")
    assert records.corrections(CorrectionFilter(state="withdrawn")).total == 0


@pytest.mark.parametrize("by", ["session", "upload", "ids"])
def test_a_withdrawal_goes_by_session_upload_or_ids(guard, visitor, records, by):
    first, second = teach(visitor, (canvas(0), LABELS[0]), (canvas(1), LABELS[1]))
    value = [first.id] if by == "ids" else getattr(first, by)
    answer = guard.post("/api/withdraw", json={by: value, "reason": "a wish"}).json()
    assert answer["changed"] == (1 if by == "ids" else 2)
    assert answer["message"].endswith("no release learned from it.") or by != "ids"
    assert records.correction(first.id).state == "withdrawn"
    assert (records.correction(second.id).state == "withdrawn") is (by != "ids")
