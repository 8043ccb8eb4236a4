"""How a retraining ends: a state, a code for programs, one sentence for people."""

import errno
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from digit_pipeline.atomic import NO_SPACE

State = Literal[
    "promoted", "refused", "failed", "cancelled", "timed_out", "interrupted"
]
# What those who write to a database say when its disk is full.
FULL = ("database or disk is full", "no space left on device", "disk quota exceeded")
OUT_OF_MEMORY = ("ResourceExhaustedError",)
OWN = "digit_pipeline."
LONGEST = 300
MOST_RULES = 2


@dataclass(frozen=True)
class Ending:
    """How a retraining ended.

    Attributes:
        state: what became of it.
        sentence: the same in words.
        code: why it did not get to the gate, for programs; None when it did.
        decision: the gate's record with the new release's ``version``; None without.
    """

    state: State
    sentence: str
    code: str | None = None
    decision: Mapping[str, Any] | None = None

    def to_result(self, timings: Mapping[str, float]) -> dict[str, Any]:
        """Give what is kept of it for programs.

        Args:
            timings: seconds by node.
        """
        decision = dict(self.decision) if self.decision else None
        return {"code": self.code, "decision": decision, "timings": dict(timings)}


class StoppedError(Exception):
    """The run is asked to stop.

    Attributes:
        ending: how it ends.
    """

    def __init__(self, ending: Ending):
        super().__init__(ending.sentence)
        self.ending = ending


def end_by_decision(decision: Mapping[str, Any], version: str | None) -> Ending:
    """End with what the gate decided.

    Args:
        decision: the record of ``compare_with_champion``.
        version: the release that was made of the challenger; None when none was.
    """
    kept = {**decision, "version": version}
    champion = decision["champion"]
    if version is None:
        stays = f" Release {champion} stays champion." if champion else ""
        return Ending("refused", f"{_tell_refusal(decision)}{stays}", decision=kept)
    role = f"in the place of {champion}" if champion else "as the first champion"
    return Ending(
        "promoted",
        f"Promoted: release {version} answers {role}. {decision['reason']}",
        decision=kept,
    )


def end_without_decision() -> Ending:
    """End a run of a part of the pipeline that leaves the gate out."""
    return Ending(
        "failed",
        "Expected the gate to decide, but only a part of the pipeline was run; run "
        "it whole.",
        "no_decision",
    )


def end_by_error(error: BaseException, stage: str | None) -> Ending:
    """End with what was raised.

    Args:
        error: what came out of the run.
        stage: where, in words; None before the first one.
    """
    if stop := find_stop(error):
        return stop.ending
    chain = list(_causes(error))
    if any(map(_is_no_space, chain)):
        return Ending(
            "failed",
            f"Expected room on the disk {_at(stage)}, but it is full; the champion is "
            "unchanged: make room, and start again.",
            "no_space",
        )
    if any(map(_is_out_of_memory, chain)):
        return Ending(
            "failed",
            f"Expected enough memory {_at(stage)}, but there was none left; the "
            "champion is unchanged: give it more, or train on less.",
            "out_of_memory",
        )
    own = next((one for one in chain if type(one).__module__.startswith(OWN)), None)
    said = _first_line(own or error)
    if own is None:
        said = f"{type(error).__name__}: {said}"
    return Ending(
        "failed",
        f"Expected a whole run, but it failed {_at(stage)} ({said}); the champion is "
        "unchanged: see the log, mend it, and start again.",
        "error",
    )


def find_stop(error: BaseException) -> StoppedError | None:
    """Find what has asked a run to stop behind whatever came of it, if that was it."""
    return next((one for one in _causes(error) if isinstance(one, StoppedError)), None)


def end_by_time(minutes: float, stage: str | None) -> Ending:
    """End what took too long."""
    return Ending(
        "timed_out",
        f"Expected an end within {minutes:g} minutes, but it was still {_at(stage)}; "
        "the champion is unchanged: start again, or set RETRAIN_MINUTES.",
        "timed_out",
    )


def end_by_kill(number: int, attempts: int, stage: str | None) -> Ending:
    """End what the system has killed.

    Args:
        number: of the signal.
        attempts: how often it was tried.
        stage: where it was the last time, in words.
    """
    name = signal.Signals(number).name
    often = f"{attempts} times" if attempts > 1 else "once"
    why = (
        ", most often because memory ran out" if number == signal.SIGKILL.value else ""
    )
    return Ending(
        "failed",
        f"Expected a whole run, but its process was killed {often} ({name}{why}), the "
        f"last time {_at(stage)}; the champion is unchanged: see the log and the "
        "memory, and start again.",
        "killed",
    )


def end_by_exit(code: int, line: str | None) -> Ending:
    """End a process that left before its run began.

    Args:
        code: of its exit.
        line: the last one of its log.
    """
    said = f" and said {line[:LONGEST]!r}" if line else ""
    return Ending(
        "failed",
        f"Expected a run, but its process ended with {code}{said}; the champion is "
        "unchanged: see the log, mend it, and start again.",
        "error",
    )


def end_by_wish() -> Ending:
    """End what somebody has cancelled."""
    return Ending(
        "cancelled", "Cancelled, as somebody asked for; the champion is unchanged."
    )


def end_by_leaving(why: str) -> Ending:
    """End what goes down with whoever started it.

    Args:
        why: what happened, as the end of "Interrupted, because …".
    """
    return Ending(
        "interrupted",
        f"Interrupted, because {why}; the champion is unchanged: start it again.",
    )


def _tell_refusal(decision: Mapping[str, Any]) -> str:
    """Say by which rules it was refused, and by how much; the first of many."""
    rules = decision["rules"]
    failed = [rule for rule in rules if not rule["passed"]]
    if decision["outcome"] != "refused" or len(failed) <= MOST_RULES:
        return str(decision["reason"])
    # What it got wrong tells more than how it takes corrupted images.
    failed.sort(key=lambda rule: rule["name"].startswith("robustness."))
    shown = " ".join(rule["sentence"] for rule in failed[:MOST_RULES])
    return (
        f"Refused by {len(failed)} of {len(rules)} rules. {shown} The others are among "
        "the rules of the decision."
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__


def _is_no_space(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in NO_SPACE:
        return True
    if getattr(error, "code", None) == "no_space":
        return True
    # Databases and C libraries tell it in words alone.
    text = str(error).lower()
    return any(words in text for words in FULL)


def _is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError) or type(error).__name__ in OUT_OF_MEMORY:
        return True
    return isinstance(error, OSError) and error.errno == errno.ENOMEM


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:LONGEST].rstrip(".") if lines else type(error).__name__


def _at(stage: str | None) -> str:
    return f"at the step {stage!r}" if stage else "before its first step"
