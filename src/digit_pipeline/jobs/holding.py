"""A retraining as its own process has it: the lease, the progress, the signals."""

import os
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from digit_pipeline.jobs.endings import Ending
from digit_pipeline.jobs.epochs import hear_epochs
from digit_pipeline.jobs.lease import GRACE_SECONDS, LeaseKeeper, Limits
from digit_pipeline.jobs.names import (
    JOB_ATTEMPT,
    JOB_FOLDER,
    JOB_ID,
    JOB_SECONDS,
    LEASE_SECONDS,
    jobs_folder,
    new_job_id,
)
from digit_pipeline.jobs.publication import end_by_publication
from digit_pipeline.jobs.stopping import StopSignals
from digit_pipeline.jobs.tracker import Tracker
from digit_pipeline.percentages import word_share
from digit_pipeline.records import Records, default_url
from digit_pipeline.records.job import DECIDED
from digit_pipeline.records.jobs import Jobs
from digit_pipeline.releases import ReleaseStore

# The kernel takes this one first when memory runs out, and whoever serves comes first.
OOM_SCORE = "500"
NICENESS = 10
LOOKED_BACK = 20
# Share of the nodes whose time must be known to tell when the end comes.
LEAST_KNOWN = 0.9
BY_HAND = "command line"


@dataclass(frozen=True)
class Plan:
    """What is to be run, and for whom.

    Attributes:
        data: root of everything that is generated.
        task: whose model is retrained.
        environment: Kedro's.
        nodes: names of what will be run.
    """

    data: Path
    task: str
    environment: str
    nodes: Sequence[str]


class HeldJob:
    """Takes the lease and keeps it until ``finish``.

    A process that was started for a job finds its id, its folder and its limits in the
    environment; any other makes a job of its own.

    Args:
        plan: what is to be run.

    Raises:
        JobRunningError: when another one runs.
        RecordsError: when the records do not answer.
    """

    def __init__(self, plan: Plan) -> None:
        with ExitStack() as stack:
            records = open_records(plan)
            stack.callback(records.close)
            job = records.jobs.acquire(
                os.environ.get(JOB_ID) or new_job_id(),
                plan.environment,
                name_owner(),
                LEASE_SECONDS,
                BY_HAND,
            )
            # What the run publishes says which retraining made it.
            stack.callback(os.environ.pop, JOB_ID, None)
            os.environ[JOB_ID] = job.id
            given = os.environ.get(JOB_FOLDER)
            if given:
                _stand_back()
            self._told = sys.stdout if given else None
            self._tracker = Tracker(
                plan.nodes,
                find_timings(records.jobs, plan),
                int(os.environ.get(JOB_ATTEMPT, "1")),
            )
            most = os.environ.get(JOB_SECONDS)
            self._keeper = LeaseKeeper(
                records.jobs,
                job.id,
                look=self._tracker.look,
                folder=Path(given or jobs_folder(plan.data, plan.task) / job.id),
                published=partial(
                    end_by_publication,
                    ReleaseStore(plan.data / "09_serving" / plan.task),
                    job.id,
                ),
                limits=Limits(
                    lease=LEASE_SECONDS,
                    run=float(most) if most else None,
                    grace=GRACE_SECONDS,
                ),
            )
            stack.enter_context(hear_epochs(self._add_epoch))
            stack.enter_context(StopSignals(self._keeper))
            self._keeper.start()
            self._stack = stack.pop_all()

    @property
    def stage(self) -> str | None:
        """What the run is doing, in words; None before its first step."""
        return self._tracker.look().stage

    def begin(self, node: str, stage: str) -> None:
        """Note that a node begins.

        Args:
            node: its name.
            stage: the same in words.
        """
        self._tracker.begin(node, stage)
        self._tell(stage)

    def finish(self, ending: Ending) -> None:
        """Let go of the lease and say how it ended; once."""
        self._tracker.end()
        ending = self._keeper.judge(ending)
        self._tell(ending.sentence)
        self._keeper.finish(ending)
        self._stack.close()

    def _add_epoch(self, row: Mapping[str, float], epochs: int) -> None:
        self._tracker.add_epoch(row, epochs)
        right = word_share(row["val_accuracy"])
        self._tell(f"  epoch {row['epoch']:g} of {epochs}: validation {right}")

    def _tell(self, line: str) -> None:
        """Write to the log that the app shows; on a terminal others tell already."""
        if self._told:
            with suppress(OSError):
                print(
                    f"{time.strftime('%H:%M:%S')} {line}", file=self._told, flush=True
                )


def open_records(plan: Plan) -> Records:
    """Open the records that the app of the same data folder writes to.

    Raises:
        RecordsError: when they do not answer.
    """
    own = plan.data / "10_records" / plan.task
    return Records(os.environ.get("RECORDS_URL") or default_url(own), own / "images")


def name_owner() -> str:
    """Name this process among all hosts."""
    return f"{socket.gethostname()}:{os.getpid()}"


def find_timings(jobs: Jobs, plan: Plan) -> dict[str, float]:
    """Give the seconds by node, of the last decided retraining that had it.

    Returns:
        nothing when too few of the plan's nodes are known to say anything.
    """
    found: dict[str, float] = {}
    for job in jobs.jobs(1, LOOKED_BACK).items:
        # Where one was stopped, a step took less than it takes.
        if job.environment == plan.environment and job.state in DECIDED:
            found = dict((job.result or {}).get("timings") or {}) | found
    known = sum(name in found for name in plan.nodes)
    return found if known >= LEAST_KNOWN * len(plan.nodes) else {}


def _stand_back() -> None:
    """Let whoever serves on this machine go first, for the processor and for memory."""
    with suppress(OSError, AttributeError):
        os.nice(NICENESS)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(OOM_SCORE, encoding="ascii")
