"""What a query may hold: nothing that the route does not know."""

import pytest
from fastapi.routing import APIRoute

from gradio_app.rest.docs import ALIASES
from gradio_app.rest.routes import LENIENT, StrictRoute
from tests.gradio_app.pictures import canvas, encode
from tests.gradio_app.rest.conftest import AUTHORISED, assert_problem

BODY = encode(canvas(3))


@pytest.mark.parametrize(
    ("method", "path", "told"),
    [
        ("POST", "predict?splt=true", "only `split` in the query, but 'splt' came"),
        ("POST", "predict?split=true&x", "only `split` in the query, but 'x' came"),
        (
            "POST",
            "predict/batch?fromat=csv",
            "only `format` in the query, but 'fromat'",
        ),
        ("POST", "explain?split=true", "Expected nothing in the query, but 'split'"),
        (
            "GET",
            "history?lable=7",
            "`page_size` and `format` in the query, but 'lable'",
        ),
        ("GET", "statistics?until=2026", "only `since` in the query, but 'until' came"),
        ("GET", "drift?since=2026", "Expected nothing in the query, but 'since' came"),
        ("GET", "model/info?x=1", "Expected nothing in the query, but 'x' came"),
        ("DELETE", "history?session=a", "Expected nothing in the query"),
        ("POST", "model/rollback?to=1", "Expected nothing in the query, but 'to' came"),
        ("POST", "model/evaluate?dry=1", "Expected nothing in the query"),
        (
            "GET",
            "review?sate=accepted",
            "and `page_size` in the query, but 'sate' came",
        ),
    ],
)
def test_an_unknown_parameter_is_refused_and_the_known_are_named(
    api, method, path, told
):
    answer = api.request(method, f"/api/{path}", headers=AUTHORISED)
    assert_problem(answer, 422, "bad_request")
    assert told in answer.json()["detail"]


def test_without_the_key_that_is_what_is_wrong_first(api):
    assert_problem(api.get("/api/review?sate=accepted"), 401, "unauthorised")


@pytest.mark.parametrize("alias", ["predict", "batch-predict", "model-info"])
def test_an_alias_refuses_as_its_route(api, alias):
    method = "GET" if alias == "model-info" else "POST"
    assert_problem(api.request(method, f"/{alias}?x=1"), 422, "bad_request")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("predict?split=yes", "true or false as `split` in the query, but 'yes' came"),
        ("predict/batch?format=cvs", "json or csv as `format` in the query, but 'cvs'"),
    ],
)
def test_another_value_is_refused_and_shown(api, path, told):
    answer = api.post(f"/api/{path}", content=BODY)
    assert_problem(answer, 422, "bad_request")
    assert told in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/api/health?t=1", "/api/ready?t=1", "/health?t=1"])
def test_who_watches_may_keep_caches_away(api, path):
    assert api.get(path).status_code == 200


def test_a_file_and_the_docs_may_be_asked_for_past_a_cache(api):
    assert api.get("/static/confusion_matrix.png?v=2").status_code == 200
    assert api.get("/docs?v=2").status_code == 200


def test_another_method_is_still_what_is_wrong_first(api):
    assert_problem(api.get("/api/predict?x=1"), 405, "method_not_allowed")


def test_every_documented_parameter_is_known(running):
    described = running.openapi()["paths"]
    strict = [route for route in running.routes if isinstance(route, StrictRoute)]
    assert {r.path for r in running.routes if isinstance(r, APIRoute)} > set(described)
    for route in strict:
        for method in route.methods:
            told = described.get(route.path, {}).get(method.lower(), {})
            names = {
                one["name"]
                for one in told.get("parameters", ())
                if one["in"] == "query"
            }
            assert names <= set(route._known), route.path
            assert not told or route.path in LENIENT or "422" in told["responses"]


def test_every_other_name_of_a_route_is_listed(running):
    described = running.openapi()["paths"]
    asked = {route.path for route in running.routes if isinstance(route, APIRoute)}
    assert asked - set(described) - {"/", "/docs"} == set(ALIASES)
