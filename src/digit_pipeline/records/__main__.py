"""``python -m digit_pipeline.records``: look after what was recorded."""

import argparse
import io
import logging
import os
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from digit_pipeline.atomic import write_atomically
from digit_pipeline.records import (
    FeedbackRecord,
    PredictionFilter,
    PredictionRecord,
    Records,
    RecordsError,
    correction_commands,
    default_url,
)
from digit_pipeline.records.engine import Database
from digit_pipeline.records.export import write_csv
from digit_pipeline.records.schema import REVISION, upgrade_schema


def main(arguments: list[str] | None = None) -> int:
    """Run a command; one sentence on stderr and exit code 1 when it fails."""
    options = _parse(arguments)
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    try:
        if options.command == "upgrade":
            _upgrade(options.url)
            return 0
        with closing(Records(options.url, options.images)) as records:
            match options.command:
                case "prune":
                    _prune(records, options.days)
                case "forget":
                    _forget(records, options.session)
                case "export":
                    _export(records, options)
                case _:
                    correction_commands.run_command(records, options)
    except (RecordsError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    folder = default_folder()
    parser = argparse.ArgumentParser(
        prog="python -m digit_pipeline.records", description=__doc__
    )
    parser.add_argument(
        "--url",
        # Not shown by --help: it may hold a password.
        default=os.environ.get("RECORDS_URL") or default_url(folder),
        help=f"the database (default: RECORDS_URL, else {default_url(folder)})",
    )
    parser.add_argument(
        "--images",
        type=Path,
        default=folder / "images",
        help="folder of the kept images (default: %(default)s)",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("upgrade", help="bring the schema to this version's")
    prune = commands.add_parser("prune", help="delete what is older than some days")
    prune.add_argument(
        "--days",
        type=float,
        default=_keep_days(),
        help="age that is still kept; 0 keeps all (default: KEEP_DAYS, else 90)",
    )
    forget = commands.add_parser("forget", help="delete everything of a session")
    forget.add_argument("--session", required=True, help="the session's id")
    export = commands.add_parser("export", help="write records as CSV, newest first")
    export.add_argument("what", choices=["predictions", "feedback"])
    export.add_argument("--output", type=Path, help="a file; default: print")
    export.add_argument("--session", help="only this session's predictions")
    export.add_argument("--days", type=float, help="only predictions this recent")
    correction_commands.add_commands(commands)
    return parser.parse_args(arguments)


def default_folder() -> Path:
    """Where the app keeps the served task's records."""
    data = Path(os.environ.get("DATA_DIR") or "data")
    return data / "10_records" / (os.environ.get("TASK") or "digits")


def _keep_days() -> float:
    return float(os.environ.get("KEEP_DAYS") or 90)


def _upgrade(url: str) -> None:
    with closing(Database(url)) as database:
        changed = upgrade_schema(database)
    print(f"schema {REVISION}" if changed else f"schema {REVISION} already")


def _prune(records: Records, days: float) -> None:
    if days <= 0:
        print("0 days keep everything: nothing deleted")
        return
    gone = records.prune(datetime.now(UTC) - timedelta(days=days))
    print(f"{gone} records older than {days:g} days deleted")


def _forget(records: Records, session: str) -> None:
    gone = records.forget(session)
    print(
        f"{gone.predictions} predictions, {gone.feedback} corrections and "
        f"{gone.images} images deleted"
    )
    for version in gone.releases:
        print(f"release {version} was trained with some of the corrections")


def _export(records: Records, options: argparse.Namespace) -> None:
    if options.output is None:
        _write(records, options, sys.stdout)
        return
    with write_atomically(options.output) as raw:
        file = io.TextIOWrapper(raw, "utf-8", newline="")
        count = _write(records, options, file)
        file.flush()
        file.detach()
    print(f"{count} records written to {options.output}")


def _write(records: Records, options: argparse.Namespace, file: IO[str]) -> int:
    if options.what == "feedback":
        return write_csv(file, FeedbackRecord, records.iterate_feedback())
    since = None
    if options.days is not None:
        since = datetime.now(UTC) - timedelta(days=options.days)
    wanted = PredictionFilter(session=options.session, since=since)
    return write_csv(file, PredictionRecord, records.iterate_predictions(wanted))


if __name__ == "__main__":
    sys.exit(main())
