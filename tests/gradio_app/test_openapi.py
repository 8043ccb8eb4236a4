"""OpenAPI is complete and true: what it promises is held against the running app."""

from contextlib import suppress

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.running_app import run_app
from tests.serving_fixtures import publish
from tests.stand_in_project import make_project

KEY = "schemathesis-holds-the-key"
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
)
# Each operation is asked so many times; the seed is fixed.
EXAMPLES = 25


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """REST alone, with every route there is."""
    folder = tmp_path_factory.mktemp("guarded")
    publish(folder / "09_serving" / "digits", "first")
    publish(folder / "09_serving" / "digits", "second")
    # Asked so often, it would train all the time.
    settings = {"PROJECT_DIR": str(make_project(folder / "project"))}
    with run_app(folder, PAGES="off", API_KEY=KEY, RATE_LIMIT="0", **settings) as app:
        yield app


@pytest.fixture(scope="module")
def described(guarded):
    return httpx.get(f"{guarded.url}/openapi.json", timeout=30).json()


@pytest.fixture(scope="module")
def api(guarded, described):
    schema = schemathesis.openapi.from_dict(described)
    schema.config.base_url = guarded.url
    return schema


@pytest.mark.slow
@pytest.mark.parametrize("mode", GenerationMode)
def test_every_answer_is_as_described(api, mode):
    for found in api.get_all_operations():
        hold_to_its_description(found.ok(), mode)


def hold_to_its_description(operation, mode):
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def call(case):
        case.call_and_validate(
            headers={"Authorization": f"Bearer {KEY}"}, checks=list(CHECKS), timeout=60
        )

    # A route without parameters has nothing to be sent wrongly.
    with suppress(Unsatisfiable):
        call()


@pytest.mark.slow
def test_every_route_tells_how_it_is_called(described):
    for path, methods in described["paths"].items():
        for method, route in methods.items():
            assert route["summary"], (method, path)
            assert route["description"], (method, path)
            assert {"403", "408", "429"} <= set(route["responses"]), (method, path)
            good = next(r for status, r in route["responses"].items() if status < "300")
            assert "content" in good, (method, path)
            languages = [sample["lang"] for sample in route["x-codeSamples"]]
            assert languages == ["Shell", "Python"], (method, path)
            for sample in route["x-codeSamples"]:
                assert path.partition("{")[0] in sample["source"]


@pytest.mark.slow
def test_every_answer_has_an_example_that_fits_its_schema(described):
    schemas = described["components"]["schemas"]
    shown = [name for name, schema in schemas.items() if "examples" in schema]
    assert {"PredictionAnswer", "SplitAnswer", "BatchAnswer", "Problem"} <= set(shown)
    for name in shown:
        (example,) = schemas[name]["examples"]
        assert set(example) <= set(schemas[name]["properties"]), name
        assert set(schemas[name].get("required", ())) <= set(example), name


@pytest.mark.slow
def test_the_guarded_routes_say_that_they_need_the_key(described):
    guarded = {
        path
        for path, methods in described["paths"].items()
        for route in methods.values()
        if route.get("security") == [{"HTTPBearer": []}] and route["tags"] == ["manage"]
    }
    assert guarded >= {
        "/api/model/rollback",
        "/api/model/evaluate",
        "/api/review",
        "/api/corrections/{id}/image",
        "/api/trace/{name}",
        "/api/manifests/{digest}",
        "/api/withdraw",
        "/api/retrain",
    }
    for path in guarded:
        for route in described["paths"][path].values():
            assert {"401", "429"} <= set(route["responses"]), path
