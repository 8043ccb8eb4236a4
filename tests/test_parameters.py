"""Names of parameters that nobody knows are told, and those that are missing."""

import pytest

from digit_pipeline.parameters import ParameterError, check_call, check_names


def lay(*, shape, bricks, mortar=0.1):
    return shape, bricks, mortar


def test_what_is_known_and_whole_is_taken():
    check_call("a wall", lay, {"bricks": 3}, ("shape",))
    check_names("a wall", [], ["bricks"])


def test_an_unknown_name_is_told_with_the_known_ones():
    with pytest.raises(ParameterError, match="a wall among bricks, mortar, got brocks"):
        check_call("a wall", lay, ["brocks"], ("shape",))


def test_a_missing_name_is_told():
    with pytest.raises(ParameterError, match="a wall with bricks, got none"):
        check_call("a wall", lay, ["mortar"], ("shape",))
