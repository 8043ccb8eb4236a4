"""What REST says of a body, a query or a form that is not as expected."""

import json

import pytest

from gradio_app.rest.wrong_fields import EXPECTED, word_value, word_wrong_field
from tests.gradio_app.pictures import canvas, encode
from tests.gradio_app.rest.conftest import AUTHORISED, assert_problem, pack

JSON = {"content-type": "application/json", **AUTHORISED}
ID = "a" * 24
# Route, body, what the sentence has to say.
WRONG = [
    (
        "model/rollback",
        "",
        "Expected a JSON object with `reason` (`Content-Type: application/json`) as "
        "the body, but nothing came; /docs describes what it takes.",
    ),
    ("model/rollback", "{", "but text that is no JSON from character 2 on came"),
    ("model/rollback", "[1]", "as the body, but a list of 1 came"),
    ("model/rollback", "null", "as the body, but null came"),
    (
        "model/rollback",
        "{}",
        "Expected a value as `reason`, but nothing came; /docs describes what it "
        "takes.",
    ),
    ("model/rollback", {"reason": 1}, "Expected text as `reason`, but 1 came"),
    (
        "model/rollback",
        {"reason": ""},
        "Expected text of 1 or more characters as `reason`, but text of 0 came",
    ),
    (
        "model/rollback",
        {"reason": "x" * 501},
        "Expected text of 500 or fewer characters as `reason`, but text of 501 came",
    ),
    (
        "model/rollback",
        {"reason": "a", "to": "newest"},
        "Expected text that fits `^[0-9]{6,9}-[0-9]{8}T[0-9]{6}Z$` as `to`, but "
        "'newest' came",
    ),
    (
        "withdraw",
        {"reason": "A vandal."},
        "Expected exactly one of `client`, `session`, `upload` and `ids` as the body, "
        "but an object with `reason` came",
    ),
    (
        "withdraw",
        {"ids": [], "reason": "a"},
        "Expected a list of 1 or more as `ids`, but an empty list came",
    ),
    ("withdraw", {"ids": [7], "reason": "a"}, "Expected text as `ids[0]`, but 7 came"),
    (
        "review",
        {"decisions": [{"id": ID, "action": "keep"}]},
        "Expected 'accept', 'reject' or 'relabel' as `decisions[0].action`, but "
        "'keep' came",
    ),
    (
        "review",
        {"decisions": [{"id": ID, "action": "relabel"}]},
        "Expected a `label` with `relabel`, and none with other actions, as "
        "`decisions[0]`, but an object with `id` and `action` came",
    ),
    (
        "model/rollback",
        {"version": "nope", "reason": "x"},
        "Expected no fields but `reason` and `to` in the body, but `version` came; "
        "correct the name or leave it out.",
    ),
    (
        "review",
        {"decisions": [{"id": ID, "action": "accept", "why": "a"}]},
        "Expected no fields but `id`, `action`, `label` and `reason` in "
        "`decisions[0]`, but `why` came",
    ),
    ("withdraw", {"ids": [ID], "reason": "a", "all": 1}, "in the body, but `all` came"),
    (
        "feedback",
        {"prediction_id": "a", "lable": "7", "by": "me"},
        "Expected no fields but `prediction_id`, `label` and `image` in the body, but "
        "`lable` and `by` came",
    ),
    ("predict", {"picture": ""}, "no fields but `image` in the body, but `picture`"),
    ("explain", {"image": "", "a": 1}, "no fields but `image` in the body, but `a`"),
    ("predict/batch", {"images": [], "b": 1, "a": 1}, "but `a` and `b` came"),
    ("review", {"decisions": {}}, "a list as `decisions`, but an empty object came"),
    ("feedback", "{}", "Expected a value as `prediction_id`, but nothing came"),
    ("feedback", "", "a JSON object with `prediction_id` and `label`"),
    (
        "feedback",
        {"prediction_id": "a", "label": True},
        "Expected text as `label`, but true came",
    ),
    (
        "feedback",
        {"prediction_id": "a", "label": "7", "image": "***"},
        "Expected base64 as `image`, but other characters came",
    ),
]


@pytest.mark.parametrize(("route", "body", "told"), WRONG)
def test_what_is_wrong_with_a_body_is_said_by_its_field(api, route, body, told):
    content = body if isinstance(body, str) else json.dumps(body)
    answer = api.post(f"/api/{route}", content=content, headers=JSON)
    assert_problem(answer, 422, "bad_request")
    assert told in answer.json()["detail"]


def test_a_body_of_another_type_is_told_which_is_expected(api):
    answer = api.post("/api/model/rollback", data={"reason": "a"}, headers=AUTHORISED)
    assert_problem(answer, 422, "bad_request")
    assert "`Content-Type: application/json`" in answer.json()["detail"]
    assert "another type of content came" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("history?page=0", "Expected 1 or more as `page` in the query, but '0' came"),
        ("history?page=x", "Expected a whole number as `page` in the query"),
        ("history?scope=mine", "Expected 'own' or 'all' as `scope` in the query"),
        (
            "history?since=yesterday",
            "Expected a time such as 2026-11-21T10:00:00Z as `since` in the query, but "
            "'yesterday' came",
        ),
        (
            "history?since=1500-01-01T00:00:00Z",
            "Expected a time in a year from 1900 to 9000 as `since` in the query",
        ),
        ("corrections/7/image", "as `id` in the address, but '7' came"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_by_its_part(api, path, told):
    answer = api.get(f"/api/{path}", headers=AUTHORISED)
    assert_problem(answer, 422, "bad_request")
    assert told in answer.json()["detail"]


def test_what_is_wrong_with_a_header_is_said_by_its_name(api):
    headers = {**AUTHORISED, "x-reviewer": "x" * 201}
    answer = api.post("/api/review", json={"decisions": []}, headers=headers)
    assert "as the header `X-Reviewer`, but text of 201 came" in answer.text


@pytest.mark.parametrize("kind", [*EXPECTED, "date_parsing", "made_up_tomorrow"])
def test_pydantic_s_own_words_never_show(kind):
    context = dict.fromkeys(
        ("min_length", "max_length", "ge", "le", "gt", "lt", "pattern", "error"), 4
    )
    error = {
        "type": kind,
        "loc": ("body", "a"),
        "msg": "Input should be",
        "input": "x",
        "ctx": {**context, "expected": "'a'"},
    }
    told = word_wrong_field(error)
    assert told.startswith("Expected ")
    assert "as `a`, but" in told
    assert "Input should be" not in told


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "null"),
        (float("nan"), "nan"),
        ("a\n", r"'a\n'"),
        ({}, "an empty object"),
        ({str(i): 1 for i in range(20)}, "others"),
    ],
)
def test_what_came_is_shown_shortly(value, shown):
    assert word_value(value).endswith(shown)
    assert len(word_value("x" * 9000)) < 60
    assert len(word_value(10**3000)) < 60


def test_an_evaluation_without_its_zip_says_how_to_send_one(api):
    answer = api.post(
        "/api/model/evaluate", headers=AUTHORISED, files={"other": ("a.zip", b"")}
    )
    assert "Expected a zip as the field `file`" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("route", "told"),
    [
        ("predict", "send one, or all of them to /api/predict/batch."),
        ("explain", "send one, or all of them to /api/predict/batch."),
        ("model/evaluate", "send one, or all of their images in one zip."),
    ],
)
def test_several_files_where_one_is_read(api, route, told):
    files = [("file", (f"{i}.png", encode(canvas(i)))) for i in range(2)]
    answer = api.post(f"/api/{route}", files=files, headers=AUTHORISED)
    assert_problem(answer, 422, "bad_request")
    assert answer.json()["detail"] == (
        f"Expected one file in the form, as `file`, but more than one came; {told}"
    )


@pytest.mark.parametrize(
    ("sent", "field"),
    [({"images": 7}, "images"), ({"images": ["", 7]}, "images[1]"), ([], "images")],
)
def test_a_batch_is_told_of_its_own_fields(api, sent, field):
    answer = api.post("/api/predict/batch", json=sent)
    assert_problem(answer, 422, "bad_request")
    assert field in answer.json()["detail"]
    assert '"image"' not in answer.json()["detail"]


@pytest.mark.parametrize("sent", [{"content": b""}, {"content": pack([])}])
def test_a_batch_of_nothing_is_told_of_its_own_fields(api, sent):
    told = api.post("/api/predict/batch", **sent)
    assert_problem(told, 422, "empty_image")
    assert "(`files`)" in told.json()["detail"]
    assert "the JSON list `images`" in told.json()["detail"]
    taught = api.post("/api/upload/training-data", **sent)
    assert_problem(taught, 422, "empty_image")
    assert "`labels`" in taught.json()["detail"]


def test_no_body_in_openapi_takes_fields_that_it_does_not_name(api):
    described = api.get("/openapi.json").json()
    bodies = list(find_json_bodies(described))
    assert len(bodies) >= 7
    assert all(body["additionalProperties"] is False for body in bodies)


def find_json_bodies(described):
    for methods in described["paths"].values():
        for route in methods.values():
            content = route.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                schema = content["application/json"]["schema"]
                name = schema.get("$ref", "").rpartition("/")[2]
                yield described["components"]["schemas"].get(name, schema)
