"""``POST /api/predict/batch``: many at once, and the row T16 of FAULTS.md."""

import base64
import csv
import io
import stat
import struct
import zipfile

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradio_app.rest.schemas.predictions import BatchAnswer
from gradio_app.service import archives
from gradio_app.service.archives import LIMITS
from tests.gradio_app.pictures import blank_png, canvas, encode
from tests.gradio_app.rest.conftest import assert_problem, pack
from tests.serving_fixtures import train_small_model

PATH = "/api/predict/batch"
ZIP = {"content-type": "application/zip"}
BODIES = [encode(canvas(i)) for i in range(10)]


def send_zip(api, body, **params):
    return api.post(PATH, content=body, headers=ZIP, params=params)


def labels_of(answer):
    return [item["prediction"]["label"] for item in answer.json()["items"]]


def test_every_way_to_send_a_batch_gives_the_same_answers(api):
    alone = [api.post("/api/predict", content=body).json()["label"] for body in BODIES]
    files = [("files", (f"{i}.png", body)) for i, body in enumerate(BODIES)]
    packed = pack((f"{i}.png", body) for i, body in enumerate(BODIES))
    encoded = [base64.b64encode(body).decode() for body in BODIES]
    answers = [
        api.post(PATH, files=files),
        api.post("/batch-predict", files=files),
        api.post(PATH, files={"file": ("digits.zip", packed)}),
        send_zip(api, packed),
        api.post(PATH, content=packed),
        api.post(PATH, json={"images": encoded}),
        api.post(PATH, json={"images": [f"data:image/png;base64,{encoded[0]}"]}),
    ]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    for answer in answers[:-1]:
        assert labels_of(answer) == alone
    assert labels_of(answers[-1]) == alone[:1]


def test_an_item_is_what_the_image_alone_would_be_answered(api):
    answer = send_zip(api, pack([("a/three.png", BODIES[3])]))
    alone = api.post("/api/predict", content=BODIES[3]).json()
    (item,) = answer.json()["items"]
    assert (item["name"], item["status"], item["error"]) == ("a/three.png", 200, None)
    same = ("verdict", "label", "notes", "model_version")
    assert {n: item["prediction"][n] for n in same} == {n: alone[n] for n in same}
    assert item["prediction"]["probabilities"] == pytest.approx(
        alone["probabilities"], abs=1e-5
    )
    assert answer.headers["x-model-version"] == alone["model_version"]


def test_the_summary_counts_what_the_items_say(api):
    blank = blank_png(40, 40)
    answer = send_zip(api, pack([("1.png", BODIES[0]), ("2.png", blank), ("3", b"x")]))
    found = answer.json()
    BatchAnswer.model_validate(found)
    first, second, third = found["items"]
    assert found["summary"] == {
        "images": 3,
        "failed": 1,
        "by_label": {first["prediction"]["label"]: 1},
        "by_verdict": {"empty": 1, "recognised": 1},
        "mean_confidence": pytest.approx(first["prediction"]["confidence"], abs=1e-5),
    }
    assert second["prediction"]["verdict"] == "empty"
    assert third["error"]["code"] == "unsupported_format"


def test_a_name_comes_back_as_it_was_sent(api):
    name = 'my "best"\r\n100% seven.png'
    answer = api.post("/api/predict/batch", files=[("file", (name, BODIES[0]))])
    assert [item["name"] for item in answer.json()["items"]] == [name]


def test_one_bad_among_a_hundred_is_one_item_with_its_reason(api):
    files = [(f"{i}.png", BODIES[i % 10]) for i in range(100)]
    files[41] = ("41.png", BODIES[1][:-40])
    answer = send_zip(api, pack(files))
    assert answer.status_code == 207
    items = answer.json()["items"]
    assert [item["name"] for item in items] == [name for name, _ in files]
    bad = items.pop(41)
    assert (bad["status"], bad["error"]["code"]) == (422, "truncated")
    assert bad["error"]["detail"].endswith(".")
    assert bad["prediction"] is None
    assert all(item["prediction"]["verdict"] for item in items)


def test_as_csv_it_is_a_row_per_image(api):
    body = pack([("=1+1.png", BODIES[0]), ("b.png", b"nothing")])
    for answer in (
        send_zip(api, body, format="csv"),
        api.post(PATH, content=body, headers={**ZIP, "accept": "text/csv"}),
    ):
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.status_code == 207
        good, bad = csv.DictReader(io.StringIO(answer.text))
        assert good["file"] == "'=1+1.png"
        assert (
            good["label"] == api.post("/api/predict", content=BODIES[0]).json()["label"]
        )
        shares = [float(good[f"p_{name}"]) for name in "0123456789"]
        assert sum(shares) == pytest.approx(1, abs=1e-4)
        assert max(shares) == float(good["confidence"])
        assert bad["error"].startswith("unsupported_format: ")
        assert bad["label"] == bad["p_0"] == ""


def test_another_format_is_refused(api):
    answer = send_zip(api, pack([("a.png", BODIES[0])]), format="xml")
    assert_problem(answer, 422, "bad_request")


@pytest.mark.parametrize(
    "sent",
    [{"content": b""}, {"content": pack([])}, {"json": {"images": []}}],
    ids=["nothing", "an empty zip", "an empty list"],
)
def test_nothing_is_an_empty_batch(api, sent):
    assert_problem(api.post(PATH, **sent), 422, "empty_image")


@pytest.mark.parametrize(
    "sent",
    [
        {"json": {"images": "abc"}},
        {"json": {"images": [1]}},
        {"json": {}},
        {"json": [1]},
        {"content": b"{", "headers": {"content-type": "application/json"}},
    ],
)
def test_other_json_is_refused(api, sent):
    assert_problem(api.post(PATH, **sent), 422, "bad_request")


def test_bad_base64_is_one_item(api):
    good = base64.b64encode(BODIES[0]).decode()
    answer = api.post(PATH, json={"images": ["***", good]})
    bad, found = answer.json()["items"]
    assert (bad["status"], bad["error"]["code"]) == (422, "bad_request")
    assert found["status"] == 200


def test_a_batch_is_recorded_image_by_image(api, service):
    service.flush(60)
    before = service.statistics().by_door.get("batch", 0)
    send_zip(api, pack([("1.png", BODIES[0]), ("2.png", BODIES[1]), ("3", b"x")]))
    service.flush(60)
    assert service.statistics().by_door["batch"] == before + 2


# T16: what a zip must not do


@pytest.mark.parametrize(
    "name",
    ["../up.png", "a/../../up.png", "/etc/passwd", "C:\\up.png", "..\\up.png", "//x/y"],
)
def test_a_name_that_leads_out_is_one_item(api, name):
    answer = send_zip(api, pack([(name, BODIES[0]), ("good.png", BODIES[1])]))
    assert answer.status_code == 207
    bad, good = answer.json()["items"]
    assert bad["error"]["code"] == "unsafe_name"
    assert good["status"] == 200


def test_a_symlink_is_one_item(api):
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    answer = send_zip(api, pack([(link, b"/etc/passwd"), ("good.png", BODIES[1])]))
    bad, good = answer.json()["items"]
    assert bad["error"]["code"] == "not_a_file"
    assert "root:" not in answer.text
    assert good["status"] == 200


def test_too_many_entries_are_refused_before_they_are_listed(api, monkeypatch):
    body = pack((f"{i}", b"") for i in range(10_000))
    listed = []
    monkeypatch.setattr(archives.zipfile, "ZipFile", listed.append)
    answer = send_zip(api, body)
    assert_problem(answer, 413, "too_large")
    assert not listed


def test_as_many_as_the_limit_are_answered(api):
    small = encode(canvas(3).resize((28, 28)))
    answer = send_zip(api, pack((f"{i}.png", small) for i in range(LIMITS.entries)))
    assert answer.status_code == 200
    assert answer.json()["summary"]["images"] == LIMITS.entries


@pytest.mark.parametrize("megabytes", [8, 300])
def test_what_unpacks_to_a_thousand_times_its_size_is_refused(api, megabytes):
    before = psutil.Process().memory_info().rss
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("zeros.bmp", "w") as file,
    ):
        for _ in range(megabytes):
            file.write(bytes(1 << 20))
    assert_problem(send_zip(api, packed.getvalue()), 413, "too_large")
    assert psutil.Process().memory_info().rss - before < 64 << 20


def test_a_size_that_lies_is_one_item(api):
    body = bytearray(pack([("zeros.png", bytes(900_000)), ("good.png", BODIES[1])]))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = body.index(signature) + offset
        body[place : place + 4] = struct.pack("<I", 100)
    answer = send_zip(api, bytes(body))
    assert answer.status_code == 207
    bad, good = answer.json()["items"]
    assert bad["error"]["code"] == "corrupt_zip"
    assert good["status"] == 200


def test_a_zip_in_a_zip_is_one_item(api):
    answer = send_zip(api, pack([("in.zip", pack([("a.png", BODIES[0])]))]))
    (item,) = answer.json()["items"]
    assert (item["status"], item["error"]["code"]) == (415, "unsupported_format")


def test_a_zip_among_other_files_is_one_item(api):
    files = [("files", ("a.zip", pack([("a.png", BODIES[0])])))] * 2
    answer = api.post(PATH, files=files)
    assert [item["status"] for item in answer.json()["items"]] == [415, 415]


@pytest.mark.parametrize("body", [b"PK\x03\x04" + bytes(200), b"PK\x05\x06"])
def test_a_broken_zip_is_refused(api, body):
    assert_problem(send_zip(api, body), 422, "corrupt_zip")


@pytest.mark.parametrize("kind", ["application/zip", "application/x-zip-compressed"])
@pytest.mark.parametrize("body", [b"no zip at all", BODIES[0]])
def test_what_is_sent_as_a_zip_has_to_be_one(api, body, kind):
    answer = api.post(PATH, content=body, headers={"content-type": kind})
    assert_problem(answer, 422, "corrupt_zip")
    assert "this is no zip, or a broken one" in answer.json()["detail"]


def test_a_damaged_file_in_a_zip_is_one_item(api):
    body = bytearray(pack([("a.png", BODIES[0]), ("b.png", BODIES[1])]))
    body[body.index(b"a.png") + 60] ^= 0xFF
    answer = send_zip(api, bytes(body))
    assert answer.status_code == 207
    bad, good = answer.json()["items"]
    assert bad["error"]["code"] == "corrupt_zip"
    assert good["status"] == 200


def test_what_file_managers_leave_behind_is_passed_over(api):
    names = ["digits/", "__MACOSX/._a.png", "digits/.DS_Store", "Thumbs.db"]
    answer = send_zip(api, pack([*((n, b"") for n in names), ("a.png", BODIES[0])]))
    assert [item["name"] for item in answer.json()["items"]] == ["a.png"]


def test_bombs_share_one_budget(api, monkeypatch):
    monkeypatch.setattr("gradio_app.service.reading.BATCH_PIXELS", 3_000_000)
    bomb = blank_png(1000, 1000)
    answer = send_zip(api, pack((f"{i}.png", bomb) for i in range(5)))
    statuses = [item["status"] for item in answer.json()["items"]]
    assert statuses == [200, 200, 200, 413, 413]


def test_many_files_in_a_form_are_refused(api):
    files = [("files", (f"{i}.png", b"x")) for i in range(LIMITS.entries + 1)]
    assert_problem(api.post(PATH, files=files), 413, "too_large")


def test_held_out_digits_are_read_in_a_batch_as_alone(api):
    gate = train_small_model().gate
    body = pack((f"{i}.png", encode(canvas(i))) for i in range(150))
    right = [
        label == gate.class_names[gate.labels[i]]
        for i, label in enumerate(labels_of(send_zip(api, body)))
    ]
    assert sum(right) >= 138


@st.composite
def damaged_zip(draw):
    body = bytearray(ZIPPED)
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(body) - 1))
        if draw(st.booleans()):
            body[place] = draw(st.integers(0, 255))
        else:
            del body[place : place + draw(st.integers(1, 30))]
    return bytes(body)


ZIPPED = pack([("7/a.png", encode(canvas(3).resize((28, 28)))), ("b.png", b"text")])


@settings(
    max_examples=200,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(body=damaged_zip())
def test_any_damaged_zip_is_answered(api, body):
    answer = send_zip(api, body)
    assert answer.status_code in {200, 207, 413, 422}, answer.text
    assert answer.json()
