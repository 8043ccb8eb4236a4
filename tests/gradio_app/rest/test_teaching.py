"""``/api/upload/training-data`` and ``/api/uploads``: T16, T17, T21, T34 and T35."""

import base64
import io
import resource
import zipfile

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import delete

from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.records import CorrectionFilter, tables
from gradio_app.rest.schemas.teaching import TeachAnswer, UploadsAnswer
from gradio_app.service.archives import LIMITS
from tests.gradio_app.local_client import LocalClient
from tests.gradio_app.pictures import blank_png, canvas, encode
from tests.gradio_app.rest.conftest import (
    AUTHORISED,
    SESSION,
    address_of,
    assert_problem,
    pack,
)
from tests.serving_fixtures import train_small_model

PATH = "/api/upload/training-data"
ZIP = {"content-type": "application/zip"}
OTHER = "vutsrqponmlkjihgfedcba"
LABELS = [str(label) for label in train_small_model().gate.labels[:40]]


@pytest.fixture(scope="module")
def bodies():
    return [encode(canvas(i)) for i in range(40)]


@pytest.fixture
def records(service):
    return service.recorder.records


@pytest.fixture(autouse=True)
def nothing_taught(records):
    """Each test begins without corrections, and with the whole quota."""
    with records.database.writing() as connection:
        connection.execute(delete(tables.feedback))
        connection.execute(delete(tables.uploads))


def teach(client, files, labels=None, **params):
    data = {} if labels is None else {"labels": labels}
    named = [("files", (name, content)) for name, content in files]
    return client.post(PATH, files=named, data=data, params=params)


def teach_zip(client, files, **params):
    return client.post(PATH, content=pack(files), headers=ZIP, params=params)


def codes(answer):
    return {item["name"]: item["code"] for item in answer.json()["items"]}


def test_a_zip_with_a_folder_per_label_is_taken_into_quarantine(
    visitor, service, records, bodies
):
    files = [(f"mine/{LABELS[i]}/{i}.png", bodies[i]) for i in range(5)]
    answer = teach_zip(visitor, files)
    assert answer.status_code == 201, answer.text
    found = TeachAnswer.model_validate(answer.json())
    assert (found.taken, found.refused, found.new) == (5, 0, True)
    assert [item.label for item in found.items] == LABELS[:5]
    stored = list(records.iterate_corrections(CorrectionFilter(upload=found.id)))
    assert [one.label for one in stored] == LABELS[:5]
    assert {one.state for one in stored} == {"quarantined"}
    assert {one.origin for one in stored} == {"upload"}
    assert {one.client for one in stored} == {service.hash_client(address_of(visitor))}
    assert stored[0].name == f"mine/{LABELS[0]}/0.png"
    assert stored[0].prediction_id == f"upload:{found.id}:1"
    asked = visitor.post("/api/predict", content=bodies[0]).json()
    assert stored[0].predicted == asked["label"]
    assert stored[0].verdict == asked["verdict"]
    assert stored[0].confidence == pytest.approx(asked["confidence"], abs=1e-5)


def test_what_is_kept_hashed_and_previewed_is_what_a_training_will_see(
    visitor, records, bodies
):
    huge = encode(canvas(0).resize((1800, 1800)).convert("RGB"), "JPEG")
    answer = teach(visitor, [("a.jpg", huge)], [LABELS[0]]).json()
    (stored,) = records.iterate_corrections(CorrectionFilter(upload=answer["id"]))
    preview = base64.b64decode(answer["items"][0]["preview"].partition(",")[2])
    seen = np.asarray(Image.open(io.BytesIO(preview)))
    assert seen.shape == (28, 28)
    images = LabelledImages(seen[None, ..., None], np.zeros(1, np.int64), ("0",))
    assert images.content_hashes().tolist() == [stored.content]
    # The same as of the picture that lies on the disk, whoever opens it again.
    kept = records.image(stored.image)
    again = teach(visitor, [("b.png", kept)], [LABELS[0]], dry_run=True).json()
    assert again["items"][0]["preview"] == answer["items"][0]["preview"]


@pytest.mark.parametrize(
    "labels",
    [["1", "7"], '["1", "7"]', '{"x/a.png": "1", "b.png": "7", "none.png": "3"}'],
)
def test_labels_come_one_per_file_or_as_json(visitor, bodies, labels):
    files = [("x/a.png", bodies[0]), ("b.png", bodies[1])]
    answer = teach(visitor, files, labels).json()
    assert [item["label"] for item in answer["items"]] == ["1", "7"]
    assert answer["taken"] == 2


@pytest.mark.parametrize("head", ["", "file,label\n", "label;image\n"])
def test_a_table_beside_the_files_or_in_the_zip_names_the_labels(visitor, bodies, head):
    rows = "7;a.png\n1;b.png\n" if ";" in head else "a.png,7\nb.png, 1 \n"
    table = ("labels.csv", f"\ufeff{head}{rows}".encode())
    files = [("9/a.png", bodies[0]), table, ("b.png", bodies[1])]
    inside = [(f"digits/{name}", content) for name, content in files]
    packed = [("digits.zip", pack(inside[:1] + inside[2:])), table]
    for answer in (
        teach(visitor, files, dry_run=True),
        teach_zip(visitor, inside, dry_run=True),
        teach(visitor, packed, dry_run=True),
    ):
        assert answer.status_code == 200, answer.text
        labels = [item["label"] for item in answer.json()["items"]]
        assert labels == ["7", "1"]
        assert answer.json()["taken"] == 2


def test_what_a_table_gets_wrong_is_in_the_report(visitor, bodies):
    table = ("labels.csv", b"a.png,7\na.png,1\nlost.png,3\nb.png,2\n")
    answer = teach(visitor, [("a.png", bodies[0]), ("b.png", bodies[1]), table])
    assert codes(answer) == {
        "a.png": "two_labels",
        "b.png": None,
        "lost.png": "no_file",
    }


@pytest.mark.parametrize(
    "table", [b'a.png,"7\n', b"a.png\n", b"\0\1,2\n", b",7\n"], ids=str
)
def test_a_table_that_is_none_refuses_the_upload(visitor, records, bodies, table):
    answer = teach(visitor, [("a.png", bodies[0]), ("labels.csv", table)])
    assert_problem(answer, 422, "bad_table")
    assert records.uploads().total == 0


def test_tables_name_no_more_files_than_an_upload_may_have(visitor, bodies):
    rows = "".join(f"{i}.png,7\n" for i in range(LIMITS.entries // 2 + 1)).encode()
    files = [("a.png", bodies[0]), ("1.csv", rows), ("2.csv", rows)]
    assert_problem(teach(visitor, files), 413, "too_large")


@pytest.mark.parametrize("labels", ["{", "[7]", '{"a.png": 7}', ["1", "2", "3"]])
def test_labels_that_fit_no_files_refuse_the_upload(visitor, bodies, labels):
    files = [("a.png", bodies[0]), ("b.png", bodies[1])]
    assert_problem(teach(visitor, files, labels), 422, "bad_labels")


@pytest.mark.parametrize("name", ["../evil.png", "7/../evil.png", "evil.png"])
def test_the_folder_above_is_no_label(visitor, bodies, name):
    [item] = teach(visitor, [(name, bodies[0])]).json()["items"]
    assert (item["label"], item["code"]) == (None, "no_label")


@pytest.mark.parametrize("label", ["10", "-1", "7 ", "", "seven", "\u0667", "7\0"])
def test_what_is_no_label_is_refused_and_the_rest_taken(
    visitor, records, label, bodies
):
    files = [("a.png", bodies[0]), ("b.png", bodies[1])]
    answer = teach(visitor, files, [label, "7"])
    assert answer.json()["taken"] == 1
    item = answer.json()["items"][0]
    assert (item["taken"], item["code"]) == (
        False,
        "unknown_label" if label else "no_label",
    )
    assert item["message"].endswith(".")
    assert records.corrections().total == 1


def test_every_refusal_says_why(visitor, records, bodies):
    answer = teach_zip(
        visitor,
        [
            ("7/good.png", bodies[0]),
            ("7/again.png", bodies[0]),
            ("1/contradicts.png", bodies[0]),
            ("cats/x.png", bodies[1]),
            ("loose.png", bodies[2]),
            ("7/empty.png", blank_png(40, 40)),
            ("7/cut.png", bodies[3][:-40]),
            ("7/text.png", b"hello"),
            ("7/nested.zip", pack([("7/inner.png", bodies[4])])),
            ("7/../../../etc/passwd", bodies[5]),
        ],
    )
    assert answer.status_code == 201
    assert list(codes(answer).values()) == [
        None,
        "duplicate",
        None,
        "unknown_label",
        "no_label",
        "no_ink",
        "truncated",
        "unsupported_format",
        "unsupported_format",
        "unsafe_name",
    ]
    assert (answer.json()["taken"], answer.json()["refused"]) == (2, 8)
    assert records.corrections().total == 2
    previews = [item["preview"] for item in answer.json()["items"]]
    assert all(preview for preview in previews[:6])
    assert not any(previews[6:])


def test_an_upload_of_which_nothing_is_taken_is_not_stored(visitor, records):
    answer = teach(visitor, [("a.png", b"hello")], ["7"])
    assert (answer.status_code, answer.json()["id"]) == (200, None)
    assert records.uploads().total == 0


def test_a_dry_run_reports_and_stores_nothing(visitor, records, bodies):
    folder = records.images.folder
    before = sorted(folder.rglob("*.png"))
    picture = encode(canvas(39).resize((333, 333)))
    answer = teach(visitor, [("a.png", picture)], ["7"], dry_run=True)
    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["taken"]) == (None, 1)
    assert answer.json()["dry_run"] is True
    assert records.uploads().total == records.corrections().total == 0
    assert sorted(folder.rglob("*.png")) == before


def test_the_same_upload_again_is_one_upload(visitor, records, bodies):
    files = [("a.png", bodies[0]), ("b.png", b"hello")]
    first = teach(visitor, files, ["7", "1"])
    again = teach(visitor, files, ["7", "1"])
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {**first.json(), "new": False}
    assert records.uploads().total == records.corrections().total == 1
    # Another label, or somebody else, is another upload.
    assert teach(visitor, files, ["1", "1"]).json()["id"] != first.json()["id"]
    stranger = LocalClient(visitor.app, client=("203.0.113.9", 1))
    assert teach(stranger, files, ["7", "1"]).json()["id"] != first.json()["id"]


def test_the_same_upload_by_another_session_of_an_address_stays_the_first_one_s(
    from_elsewhere, bodies
):
    first = from_elsewhere(cookies={"session": SESSION})
    second = LocalClient(
        first.app, client=(address_of(first), 1), cookies={"session": OTHER}
    )
    files = [("a.png", bodies[0])]
    mine = teach(first, files, ["7"]).json()
    again = teach(second, files, ["7"])
    assert (again.status_code, again.json()) == (200, {**mine, "new": False})
    assert second.get("/api/uploads").json()["total"] == 0
    refused = second.delete(f"/api/uploads/{mine['id']}")
    assert_problem(refused, 404, "not_found")
    assert [u["id"] for u in first.get("/api/uploads").json()["items"]] == [mine["id"]]


def test_hostile_names_are_cleaned_and_stay_text(visitor, records, bodies):
    hostile = "<img src=x onerror=alert(1)>\r\n\u202egnp.\x07exe" + "x" * 300
    answer = teach_zip(visitor, [(f"7/{hostile}", bodies[0])])
    (item,) = answer.json()["items"]
    assert item["name"].startswith("7/<img src=x onerror=alert(1)> gnp.exe")
    assert len(item["name"]) <= 200
    assert item["name"].isprintable()
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    (stored,) = records.corrections().items
    assert stored.name == item["name"]
    (upload,) = records.uploads().items
    assert upload.report[0]["name"] == item["name"]


def test_limits_of_a_zip_hold_before_anything_is_read(visitor, records, bodies):
    many = [(f"7/{i}.png", b"") for i in range(LIMITS.entries + 1)]
    assert_problem(teach_zip(visitor, many), 413, "too_large")
    bomb = [("7/bomb.png", bytes(20 << 20))]
    assert_problem(teach_zip(visitor, bomb), 413, "too_large")
    broken = pack([("7/a.png", bodies[0])])[:-30]
    answer = visitor.post(PATH, content=broken, headers=ZIP)
    assert_problem(answer, 422, "corrupt_zip")
    assert records.uploads().total == 0


@pytest.mark.parametrize("is_picture", [True, False])
def test_a_body_that_is_no_zip_is_told_so(visitor, records, bodies, is_picture):
    """A picture alone has no label: it comes in a form, with one."""
    body = bodies[0] if is_picture else b"hello"
    answer = visitor.post(PATH, content=body, headers=ZIP)
    assert_problem(answer, 422, "corrupt_zip")
    assert records.uploads().total == 0


def test_a_link_in_a_zip_is_followed_nowhere(visitor):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        link = zipfile.ZipInfo("7/link.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    answer = visitor.post(PATH, content=packed.getvalue(), headers=ZIP)
    assert codes(answer) == {"7/link.png": "not_a_file"}


def test_too_many_files_or_none_at_all(visitor, bodies):
    assert_problem(visitor.post(PATH, content=b"", headers=ZIP), 422, "empty_image")
    many = [(f"{i}.png", b"x") for i in range(LIMITS.entries + 1)]
    assert_problem(teach(visitor, many), 413, "too_large")


def test_one_address_has_one_quota_whatever_it_says_it_is(
    visitor, service, records, bodies, monkeypatch
):
    few = service.settings.model_copy(update={"daily_corrections": 3})
    monkeypatch.setattr(service, "settings", few)
    assert teach(visitor, [("a.png", bodies[0]), ("b.png", bodies[1])], ["7", "1"])
    for address in range(20):
        headers = {"x-forwarded-for": f"198.51.100.{address}"}
        named = [("files", (f"{i}.png", bodies[i])) for i in (2, 3)]
        data = {"labels": ["7", "1"]}
        answer = visitor.post(PATH, files=named, data=data, headers=headers)
        assert_problem(answer, 429, "quota")
        assert int(answer.headers["retry-after"]) > 0
    assert records.corrections().total == 2
    # The very same again is a repeat, whatever is left.
    again = teach(visitor, [("a.png", bodies[0]), ("b.png", bodies[1])], ["7", "1"])
    assert (again.status_code, again.json()["new"]) == (200, False)
    # What was said of answers and what was taught count together.
    assert teach(visitor, [("c.png", bodies[4])], ["7"]).status_code == 201
    prediction = visitor.post("/api/predict", content=bodies[0]).json()
    sent = {"prediction_id": prediction["id"], "label": "7"}
    assert_problem(visitor.post("/api/feedback", json=sent), 429, "quota")


def test_on_a_full_disk_nothing_is_acknowledged_and_nothing_left(
    visitor, records, bodies
):
    files = [(f"{LABELS[i]}/{i}.png", bodies[i]) for i in range(20, 40)]
    before = set(records.images.folder.rglob("*.png"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, hard))
    try:
        refused = teach_zip(visitor, files)
        predicted = visitor.post("/api/predict", content=bodies[0])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert_problem(refused, 507, "no_space")
    assert int(refused.headers["retry-after"]) > 0
    assert predicted.json()["verdict"] == "recognised"
    assert records.uploads().total == records.corrections().total == 0
    assert set(records.images.folder.rglob("*.png")) == before
    assert teach_zip(visitor, files).json()["taken"] == 20


def test_a_session_sees_its_own_uploads_and_the_key_all(visitor, api, bodies):
    mine = teach(visitor, [("a.png", bodies[0]), ("b.png", b"x")], ["7", "1"]).json()
    other = LocalClient(visitor.app, cookies={"session": OTHER})
    theirs = teach(other, [("c.png", bodies[1])], ["7"]).json()
    found = UploadsAnswer.model_validate(visitor.get("/api/uploads").json())
    (upload,) = found.items
    assert (upload.id, upload.taken, upload.refused) == (mine["id"], 1, 1)
    assert upload.name == "2 files, a.png first"
    assert upload.states == {"quarantined": 1}
    assert [line.code for line in upload.items] == [None, "unsupported_format"]
    assert api.get("/api/uploads").json()["total"] == 0
    everybody = {"scope": "all"}
    assert_problem(api.get("/api/uploads", params=everybody), 401, "unauthorised")
    found = api.get("/api/uploads", params=everybody, headers=AUTHORISED).json()
    assert [one["id"] for one in found["items"]] == [theirs["id"], mine["id"]]


def test_a_session_takes_back_what_it_taught_and_nothing_else(
    visitor, api, records, bodies
):
    mine = teach(visitor, [("a.png", bodies[0])], ["7"]).json()["id"]
    (stored,) = records.corrections().items
    other = LocalClient(visitor.app, cookies={"session": OTHER})
    for stranger in (api, other):
        assert_problem(stranger.delete(f"/api/uploads/{mine}"), 404, "not_found")
    answer = visitor.delete(f"/api/uploads/{mine}")
    assert answer.json() == {"id": mine, "corrections": 1, "changed": 1}
    assert records.correction(stored.id).state == "withdrawn"
    assert records.image(stored.image) is None
    (upload,) = visitor.get("/api/uploads").json()["items"]
    assert upload["states"] == {"withdrawn": 1}
    again = visitor.delete(f"/api/uploads/{mine}")
    assert again.json() == {"id": mine, "corrections": 1, "changed": 0}
    # Whoever thinks better of it may send it again.
    anew = teach(visitor, [("a.png", bodies[0])], ["7"])
    assert (anew.status_code, anew.json()["new"]) == (201, True)
    assert anew.json()["id"] != mine
    assert visitor.get("/api/uploads").json()["total"] == 2
    assert SESSION not in visitor.get("/api/uploads").text
