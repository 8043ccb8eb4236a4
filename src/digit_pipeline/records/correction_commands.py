"""The commands about corrections: list, review, withdraw and trace them."""

import argparse
from collections.abc import Iterator
from datetime import datetime
from typing import Any, get_args

from digit_pipeline.records.corrections import CorrectionFilter
from digit_pipeline.records.errors import RecordsError
from digit_pipeline.records.feedback import FeedbackRecord, Origin, State
from digit_pipeline.records.manifests import ManifestRecord
from digit_pipeline.records.reviews import Action, Decision
from digit_pipeline.records.store import Records
from digit_pipeline.records.trace import Trace
from digit_pipeline.releases import ReleaseError
from digit_pipeline.releases.__main__ import default_store
from digit_pipeline.releases.release import read_release
from digit_pipeline.releases.trained_from import find_manifest

REVIEWER = "command"
# Corrections of a manifest that one trace lists.
SHOWN = 20
LISTED_BY = (
    "state",
    "origin",
    "label",
    "client",
    "session",
    "upload",
    "reviewer",
    "manifest",
)
WITHDRAWN_BY = ("client", "session", "upload", "ids")


def add_commands(commands: Any) -> None:
    """Add ``corrections``, ``review``, ``withdraw`` and ``trace`` to a parser."""
    _add_list(commands)
    _add_review(commands)
    withdraw = commands.add_parser(
        "withdraw", help="take corrections back, and say which releases saw them"
    )
    withdraw.add_argument("--client", help="all of a client (its keyed hash)")
    withdraw.add_argument("--session", help="all of a session")
    withdraw.add_argument("--upload", help="all of an upload")
    withdraw.add_argument("--id", dest="ids", nargs="+", help="these corrections")
    withdraw.add_argument("--reason", required=True, help="why, one sentence")
    withdraw.add_argument("--by", default=REVIEWER, help="who wants it")
    trace = commands.add_parser(
        "trace", help="show the chain from an answer to its corrections, or back"
    )
    trace.add_argument("id", help="of a correction, prediction, release or manifest")


def _add_list(commands: Any) -> None:
    listing = commands.add_parser("corrections", help="list corrections, oldest first")
    listing.add_argument("--state", choices=get_args(State))
    listing.add_argument("--origin", choices=get_args(Origin))
    for name in LISTED_BY[2:]:
        listing.add_argument(f"--{name}", help=f"only of this {name}")


def _add_review(commands: Any) -> None:
    review = commands.add_parser("review", help="accept, reject or relabel corrections")
    review.add_argument("ids", nargs="+", metavar="id", help="of a correction")
    action = review.add_mutually_exclusive_group(required=True)
    for name in ("accept", "reject"):
        action.add_argument(
            f"--{name}", dest="action", action="store_const", const=name
        )
    action.add_argument("--relabel", metavar="LABEL", help="accept as this label")
    review.add_argument("--reviewer", default=REVIEWER, help="who decides")
    review.add_argument("--reason", help="why, one sentence")


def run_command(records: Records, options: argparse.Namespace) -> None:
    """Run one of the commands and print what comes of it.

    Raises:
        RecordsError: ``unknown_correction``; what the database raises.
    """
    match options.command:
        case "corrections":
            _list(records, options)
        case "review":
            _review(records, options)
        case "withdraw":
            _withdraw(records, options)
        case "trace":
            _trace(records, options.id)


def _list(records: Records, options: argparse.Namespace) -> None:
    wanted = CorrectionFilter(**{name: getattr(options, name) for name in LISTED_BY})
    count = 0
    for record in records.iterate_corrections(wanted):
        print(_describe(record))
        count += 1
    print(_count(count, "correction"))


def _review(records: Records, options: argparse.Namespace) -> None:
    action: Action = options.action or "relabel"
    decided = records.review(
        [Decision(id, action, options.relabel, options.reason) for id in options.ids],
        options.reviewer,
    )
    for record in decided:
        print(_describe(record))


def _withdraw(records: Records, options: argparse.Namespace) -> None:
    named = {name: getattr(options, name) for name in WITHDRAWN_BY}
    if not any(named.values()):
        raise RecordsError(
            "bad_record",
            "Expected a client, a session, an upload or ids, but got none of them; "
            "say which corrections are to be withdrawn.",
        )
    gone = records.withdraw(**named, reason=options.reason, by=options.by)
    if not gone.corrections:
        given = ", ".join(f"{name} {value!r}" for name, value in named.items() if value)
        raise RecordsError(
            "unknown_correction",
            f"Expected corrections of {given}, but there are none: nothing is "
            "withdrawn; look for the name in the list that `corrections` prints.",
        )
    before = len(gone.corrections) - gone.changed
    print(
        f"{_count(gone.changed, 'correction')} withdrawn"
        + (f", {before} were before" if before else "")
    )
    for digest in gone.manifests:
        print(f"manifest {digest} has some of them")
    for version in gone.releases:
        print(f"release {version} was trained with some of them")


def _trace(records: Records, id: str) -> None:
    found = records.trace(id)
    if found is None:
        raise RecordsError(
            "unknown_correction",
            "Expected the id of a correction, a prediction, a release or a manifest, "
            f"but the records know none with {id!r}; look it up again.",
        )
    for line in _tell(found):
        print(line)


def _tell(trace: Trace) -> Iterator[str]:
    if trace.prediction:
        answer = trace.prediction
        yield (
            f"prediction {answer.id}: {answer.verdict} {answer.label or '-'} by "
            f"{answer.model_version}, {_time(answer.time)}"
        )
    for correction in trace.corrections:
        yield f"correction {_describe(correction)}"
    for review in trace.reviews:
        reason = f": {review.reason}" if review.reason else ""
        yield (
            f"review of {review.correction}: {review.action} by {review.reviewer}, "
            f"{review.from_state} to {review.to_state} as {review.label}, "
            f"{_time(review.time)}{reason}"
        )
    for manifest in trace.manifests:
        # A correction's manifests come run by run, any other as its last run noted it.
        which = "run" if trace.kind == "correction" else "last run"
        yield _describe_manifest(manifest, which)
        shown = manifest.corrections[:SHOWN]
        images = _find_images(manifest, set(shown))
        for id in shown:
            image = f", image {images[id]}" if id in images else ""
            yield f"  learned from correction {id}{image}"
        more = len(manifest.corrections) - SHOWN
        if more > 0:
            yield f"  and {_count(more, 'correction')} more"
    for version in trace.releases:
        yield _describe_release(version)


def _find_images(manifest: ManifestRecord, ids: set[str]) -> dict[str, str]:
    """Give the hashes of the images that corrections brought, by correction."""
    kept = find_manifest(default_store(), manifest.digest, manifest.releases)
    rows = kept.rows if kept else []
    return {row.correction: row.image for row in rows if row.correction in ids}


def _describe(record: FeedbackRecord) -> str:
    label = record.label
    if record.final_label != label:
        label = f"{label}, reviewed as {record.final_label}"
    parts = [
        f"{record.id}: {record.state}, {record.origin} labelled {label}",
        _time(record.time),
    ]
    for name in ("client", "upload", "content", "reviewer", "reason"):
        value = getattr(record, name)
        if value is not None:
            parts.append(f"{name} {value}")
    return ", ".join(parts)


def _describe_manifest(manifest: ManifestRecord, which: str) -> str:
    run = f", {which} {manifest.run_id}" if manifest.run_id else ""
    count = _count(len(manifest.corrections), "correction")
    return (
        f"manifest {manifest.digest}: {manifest.images} images, {count}, "
        f"{manifest.environment}{run}, {_time(manifest.time)}"
    )


def _describe_release(version: str) -> str:
    """Say what a release says itself: several runs may have seen its manifest."""
    try:
        facts = read_release(default_store() / "releases" / version).manifest
    except ReleaseError:
        return f"release {version}, no longer in the store"
    digest = (facts.get("training") or {}).get("manifest")
    parts = [f"release {version}"]
    parts += [f"run {facts['mlflow_run']}"] if facts.get("mlflow_run") else []
    parts += [f"manifest {digest}"] if digest else []
    return ", ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _time(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"
