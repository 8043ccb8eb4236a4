"""``/api/history``: one's own, everybody's with the key, and deleted on demand."""

import csv
import io

import pytest

from digit_pipeline.records import RecordsError
from gradio_app.app import create_app
from gradio_app.rest.schemas.records import HistoryAnswer
from gradio_app.settings import Settings
from tests.gradio_app.local_client import LocalClient
from tests.gradio_app.pictures import blank_png, canvas, encode
from tests.gradio_app.rest.conftest import AUTHORISED, assert_problem

PATH = "/api/history"
BODIES = [encode(canvas(i)) for i in range(4)]


def test_a_session_sees_its_own_newest_first(visitor, api):
    ids = [visitor.post("/api/predict", content=b).json()["id"] for b in BODIES]
    api.post("/api/predict", content=BODIES[0])
    found = HistoryAnswer.model_validate(visitor.get(PATH).json())
    assert [row.id for row in found.items] == ids[::-1]
    assert (found.total, found.pages, found.page) == (4, 1, 1)


def test_a_row_is_the_prediction_without_who_asked(visitor):
    answer = visitor.post("/api/predict", content=BODIES[3]).json()
    (row,) = visitor.get(PATH).json()["items"]
    for name in ("id", "verdict", "label", "confidence", "model_version"):
        assert row[name] == answer[name]
    best = dict(sorted(answer["probabilities"].items(), key=lambda i: -i[1])[:3])
    assert row["probabilities"] == best
    assert set(row["latency"]) == {"decode_ms", "contract_ms", "inference_ms"}
    assert sum(row["latency"].values()) == pytest.approx(row["elapsed_ms"], abs=0.01)
    assert set(row["ink"]) == {"share", "width", "height", "aspect", "thickness"}
    assert row["door"] == "rest"
    assert not {"session", "client", "image"} & set(row)


def test_pages_cut_it_and_filters_choose(visitor):
    labels = [visitor.post("/api/predict", content=b).json()["label"] for b in BODIES]
    visitor.post("/api/predict", content=blank_png(30, 30))
    page = visitor.get(PATH, params={"page": 2, "page_size": 2}).json()
    assert (page["total"], page["pages"], len(page["items"])) == (5, 3, 2)
    chosen = visitor.get(PATH, params={"label": labels[0]}).json()
    assert chosen["total"] == labels.count(labels[0])
    assert visitor.get(PATH, params={"verdict": "empty"}).json()["total"] == 1
    assert visitor.get(PATH, params={"door": "draw"}).json()["total"] == 0
    assert visitor.get(PATH, params={"since": "2999-01-01"}).json()["total"] == 0
    since = {"since": "2020-01-01T00:00:00+05:00", "until": "2999-01-01T00:00:00Z"}
    assert visitor.get(PATH, params=since).json()["total"] == 5


@pytest.mark.parametrize(
    "params",
    [
        {"page": 0},
        {"page": 10**20},
        {"page_size": 501},
        {"verdict": "wrong"},
        {"door": "window"},
        {"scope": "nobody"},
        {"since": "yesterday"},
        {"since": "0001-01-01T00:00:00+14:00"},
        {"until": "9999-12-31T23:59:59-12:00"},
        {"label": "\0"},
        {"format": "xml"},
    ],
)
def test_other_questions_are_refused(visitor, params):
    assert_problem(visitor.get(PATH, params=params), 422, "bad_request")


def test_a_program_without_a_session_has_none(api):
    api.post("/api/predict", content=BODIES[0])
    assert api.get(PATH).json()["total"] == 0
    nothing = {"predictions": 0, "feedback": 0, "images": 0, "releases": []}
    assert api.delete(PATH).json() == nothing


def test_everybodys_needs_the_key(api, visitor):
    visitor.post("/api/predict", content=BODIES[0])
    everybody = {"scope": "all"}
    assert_problem(api.get(PATH, params=everybody), 401, "unauthorised")
    wrong = {"authorization": "Bearer guessed-something-else"}
    assert_problem(
        visitor.get(PATH, params=everybody, headers=wrong), 401, "unauthorised"
    )
    found = api.get(PATH, params=everybody, headers=AUTHORISED).json()
    assert found["total"] > visitor.get(PATH).json()["total"] > 0


def test_without_a_key_nobody_sees_everybodys(two_releases):
    app = create_app(Settings(data_dir=two_releases, pages="off"))
    with LocalClient(app) as client:
        answer = client.get(PATH, params={"scope": "all"}, headers=AUTHORISED)
        assert_problem(answer, 404, "not_found")
        for path in ("/api/model/rollback", "/api/model/evaluate"):
            assert client.post(path, headers=AUTHORISED).status_code == 404


def test_as_csv_it_is_all_of_it(visitor):
    ids = [visitor.post("/api/predict", content=b).json()["id"] for b in BODIES]
    answer = visitor.get(PATH, params={"format": "csv", "page_size": 1})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="history.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["id"] for row in rows] == ids[::-1]
    assert rows[0]["verdict"] == "recognised"
    assert float(rows[0]["confidence"]) > 0


def test_what_is_deleted_is_gone_and_the_others_stay(visitor, api):
    other = LocalClient(visitor.app, cookies={"session": "b" * 22})
    kept = other.post("/api/predict", content=BODIES[0]).json()["id"]
    prediction = visitor.post("/api/predict", content=BODIES[1]).json()
    sent = {"prediction_id": prediction["id"], "label": "0"}
    assert visitor.post("/api/feedback", json=sent).status_code == 201
    gone = visitor.delete(PATH).json()
    assert (gone["predictions"], gone["feedback"]) == (1, 1)
    assert visitor.get(PATH).json()["total"] == 0
    assert kept in {row["id"] for row in other.get(PATH).json()["items"]}


def test_records_that_fail_are_told_of_without_the_driver_s_words(
    visitor, service, monkeypatch, caplog
):
    def fail(*_):
        raise RecordsError("unavailable", "It said 'db-3.internal as reader'.")

    monkeypatch.setattr(service.recorder.records, "predictions", fail)
    answer = visitor.get(PATH)
    assert_problem(answer, 503, "unavailable")
    assert "db-3" not in answer.text
    assert "db-3" in caplog.text


def test_statistics_count_what_was_predicted(api, service):
    service.flush(60)
    before = api.get("/api/statistics").json()
    api.post("/api/predict", content=BODIES[0])
    api.post("/api/predict", content=blank_png(30, 30))
    service.flush(60)
    after = api.get("/api/statistics").json()
    assert after["total"] == before["total"] + 2
    assert after["by_verdict"]["empty"] == before["by_verdict"].get("empty", 0) + 1
    assert len(after["per_minute"]) == 60
    assert sum(after["confidence"]) == after["total"] - after["by_verdict"]["empty"]
    assert after["latency"]["p50"] <= after["latency"]["p95"] <= after["latency"]["p99"]
    later = api.get("/api/statistics", params={"since": "2999-01-01"}).json()
    assert later["total"] == 0
