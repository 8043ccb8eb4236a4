"""How a retraining ends, in one sentence each."""

import errno
import os
import signal

import pytest

from digit_pipeline.jobs.endings import (
    StoppedError,
    end_by_decision,
    end_by_error,
    end_by_exit,
    end_by_kill,
    end_by_leaving,
    end_by_time,
    end_by_wish,
    end_without_decision,
)
from digit_pipeline.records.errors import no_space
from digit_pipeline.releases import ReleaseError

DECISION = {
    "champion": "000001-x",
    "reason": "Not worse than the champion.",
    "rules": [],
}


def _chained(cause):
    try:
        try:
            raise cause
        except type(cause) as error:
            raise RuntimeError("saving failed") from error
    except RuntimeError as error:
        return error


def test_promoted_it_names_the_new_and_the_old_release():
    ending = end_by_decision(DECISION, "000002-y")
    assert ending.state == "promoted"
    assert "release 000002-y answers in the place of 000001-x" in ending.sentence
    assert ending.decision["version"] == "000002-y"
    first = end_by_decision({**DECISION, "champion": None}, "000001-x")
    assert "as the first champion" in first.sentence


def test_refused_it_says_why_and_who_stays():
    refused = DECISION | {"outcome": "refused", "reason": "Refused: too slow."}
    ending = end_by_decision(refused, None)
    assert ending.state == "refused"
    assert ending.sentence == "Refused: too slow. Release 000001-x stays champion."


def test_refused_by_many_rules_it_names_the_ones_that_tell_most():
    names = ["robustness.blur", "robustness.noise", "paired.field", "accuracy"]
    rules = [{"name": n, "passed": False, "sentence": f"{n} fell."} for n in names]
    rules.append({"name": "latency", "passed": True, "sentence": "latency rose."})
    refused = DECISION | {"outcome": "refused", "reason": "all", "rules": rules}
    assert end_by_decision(refused, None).sentence == (
        "Refused by 4 of 5 rules. paired.field fell. accuracy fell. The others are "
        "among the rules of the decision. Release 000001-x stays champion."
    )


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "no_space"),
        (OSError(errno.EFBIG, os.strerror(errno.EFBIG)), "no_space"),
        (no_space("a test"), "no_space"),
        (
            RuntimeError("(sqlite3.OperationalError) database or disk is full"),
            "no_space",
        ),
        (MemoryError(), "out_of_memory"),
        (ReleaseError("expected a whole release, got half of one"), "error"),
        (KeyError("weights"), "error"),
    ],
    ids=repr,
)
def test_the_cause_counts_and_not_what_wraps_it(cause, code):
    ending = end_by_error(_chained(cause), "export onnx")
    assert (ending.state, ending.code) == ("failed", code)
    assert "at the step 'export onnx'" in ending.sentence
    if isinstance(cause, ReleaseError):
        assert str(cause) in ending.sentence


def test_a_run_that_was_asked_to_stop_ends_as_it_was_asked_to():
    assert end_by_error(_chained(StoppedError(end_by_wish())), None) == end_by_wish()


@pytest.mark.parametrize(
    ("ending", "state", "words"),
    [
        (end_by_time(60, "train model"), "timed_out", "within 60 minutes"),
        (end_by_kill(signal.SIGKILL, 3, "train model"), "failed", "killed 3 times"),
        (end_by_kill(signal.SIGSEGV, 1, None), "failed", "killed once (SIGSEGV)"),
        (end_by_exit(1, "No such pipeline"), "failed", "said 'No such pipeline'"),
        (end_by_leaving("it was told to"), "interrupted", "because it was told to"),
        (end_by_wish(), "cancelled", "somebody asked"),
        (end_without_decision(), "failed", "only a part of the pipeline"),
    ],
    ids=lambda given: getattr(given, "state", None),
)
def test_each_end_is_one_sentence(ending, state, words):
    assert ending.state == state
    assert words in ending.sentence
    assert ending.sentence.endswith(".")
    assert "\n" not in ending.sentence
    assert ending.to_result({"prepare": 1.0}) == {
        "code": ending.code,
        "decision": None,
        "timings": {"prepare": 1.0},
    }
