"""What is wrong with a field of a request: what was expected there, and what came."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gradio_app.rest.schemas.body import UNKNOWN_FIELDS

LONGEST = 40
MOST_NAMES = 16
# By Pydantic's type of error; its context fills the braces. Validators of ours raise a
# ValueError that completes "Expected …".
# Source: https://docs.pydantic.dev/latest/errors/validation_errors/
EXPECTED = {
    "missing": "a value",
    "string_type": "text",
    "string_unicode": "text",
    "string_too_short": "text of {min_length} or more characters",
    "string_too_long": "text of {max_length} or fewer characters",
    "string_pattern_mismatch": "text that fits `{pattern}`",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number that is not so large",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "greater_than": "more than {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than": "less than {lt}",
    "less_than_equal": "{le} or less",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "literal_error": "{expected}",
    "enum": "{expected}",
    "list_type": "a list",
    "too_short": "a list of {min_length} or more",
    "too_long": "a list of {max_length} or fewer",
    "dict_type": "a JSON object",
    "model_type": "a JSON object",
    "model_attributes_type": "a JSON object",
    "value_error": "{error}",
}
TIME = "a time such as 2026-11-21T10:00:00Z"
ANYTHING = "another value"
PLACES = {
    "query": "{} in the query",
    "path": "{} in the address",
    "header": "the header {}",
    "cookie": "the cookie {}",
}


def word_wrong_field(error: Mapping[str, Any], required: Sequence[str] = ()) -> str:
    """Say in a sentence what one of Pydantic's errors says.

    Args:
        error: one of ``RequestValidationError.errors()``.
        required: fields that the body must have, for a body that is no JSON object.
    """
    place = _word_place(error["loc"])
    if error["type"] == UNKNOWN_FIELDS:
        return word_unknown_fields(**error["ctx"], place=place)
    if place == "the body" and error["type"] != "value_error":
        expected, came = _name_body(required), _word_body(error)
    else:
        expected, came = _word_expected(error), _word_came(error)
    return (
        f"Expected {expected} as {place}, but {came} came; /docs describes what it "
        "takes."
    )


def word_unknown_fields(
    unknown: Iterable[str], known: Iterable[str], place: str = "the body"
) -> str:
    """Say which fields of a JSON object there are none of, and which there are."""
    return (
        f"Expected no fields but {name_all(known)} in {place}, but {name_all(unknown)} "
        "came; correct the name or leave it out."
    )


def word_value(value: object) -> str:
    """Show what came as JSON or in the query: short values whole, others by kind."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        shown = repr(value)
        return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…'"
    if isinstance(value, int | float):
        return str(value)[:LONGEST]
    if isinstance(value, Mapping):
        return f"an object with {name_all(value)}" if value else "an empty object"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    return "something else"


def name_all(names: Iterable[object]) -> str:
    """Give names as a person lists them; of very many, the first."""
    listed = [f"`{str(name)[:LONGEST]}`" for name in names]
    more = ["others"] if len(listed) > MOST_NAMES else []
    *before, last = [*listed[:MOST_NAMES], *more]
    return f"{', '.join(before)} and {last}" if before else last


def _word_place(location: Sequence[str | int]) -> str:
    """Name a field: ``decisions[0].action`` of the body, ``page`` in the query."""
    door, *path = location
    if not path or (door == "body" and not isinstance(path[0], str)):
        return "the body"
    name = str(path[0])
    for part in path[1:]:
        name += f"[{part}]" if isinstance(part, int) else f".{part}"
    return PLACES.get(str(door), "{}").format(f"`{name[:60]}`")


def _word_expected(error: Mapping[str, Any]) -> str:
    kind = str(error["type"])
    if kind.startswith(("datetime", "date_", "timezone")):
        return TIME
    return EXPECTED.get(kind, ANYTHING).format(**error.get("ctx", {}))


def _word_came(error: Mapping[str, Any]) -> str:
    kind, value = error["type"], error["input"]
    if kind == "missing":
        return "nothing"
    if kind in {"string_too_short", "string_too_long"}:
        return f"text of {len(value)}"
    return word_value(value)


def _name_body(required: Sequence[str]) -> str:
    names = f" with {name_all(required)}" if required else ""
    return f"a JSON object{names} (`Content-Type: application/json`)"


def _word_body(error: Mapping[str, Any]) -> str:
    if error["type"] == "missing":
        return "nothing"
    if error["type"] == "json_invalid":
        return f"text that is no JSON from character {error['loc'][1] + 1} on"
    if isinstance(error["input"], bytes):
        return "another type of content"
    return word_value(error["input"])
