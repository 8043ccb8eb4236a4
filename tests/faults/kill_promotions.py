"""Publishes a retrained model once for each step, in a process that dies there.

`python -m tests.faults.kill_promotions DATA FOLDER STEP…`: for each step a copy of
DATA's releases and records in FOLDER/STEP, one run of the retraining's last part that
is killed at the step, and one that is not. At the step `disk_full` nothing is killed,
but no file may grow to the model's size, once. Each run is a fork of a process that has
imported everything, which would take longer than the rest.

Prints a line of JSON per step: how the two processes ended, negative by a signal.
"""

import json
import os
import resource
import shutil
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from digit_pipeline.releases.crash import VARIABLE

PROJECT = Path(__file__).parents[2]
LAST = ["compare_with_champion", "write_model_card", "draft_release"]
OWN = ("09_serving", "10_records")
# A killed owner's lease is over before the next run asks for it.
LEASE_SECONDS = 0.5
DISK_FULL = "disk_full"
# Less than the quantised model, more than the records that tell of the failure.
LARGEST_FILE = 280_000


def main() -> None:
    data, folder, *steps = sys.argv[1:]
    import_everything()
    for step in steps:
        world = Path(folder) / step
        _copy(Path(data), world)
        killed = _run(world, step)
        after = _run(world, "") if step != DISK_FULL else None
        print(json.dumps({"step": step, "killed": killed, "after": after}), flush=True)


def import_everything() -> None:
    import scipy.stats  # noqa: F401
    import sqlalchemy  # noqa: F401
    from kedro.framework.project import pipelines
    from kedro.framework.startup import bootstrap_project

    import digit_pipeline.classifier
    import digit_pipeline.pipelines.promotion.nodes  # noqa: F401
    from digit_pipeline.jobs import holding

    bootstrap_project(PROJECT)
    holding.LEASE_SECONDS = LEASE_SECONDS
    dict(pipelines)


def _copy(data: Path, world: Path) -> None:
    """Copy what a publication writes to, and link to what it reads."""
    world.mkdir(parents=True)
    for layer in data.iterdir():
        if layer.name in OWN:
            shutil.copytree(layer, world / layer.name)
        else:
            (world / layer.name).symlink_to(layer)


def _run(world: Path, step: str) -> int:
    def publish() -> None:
        if step == DISK_FULL:
            resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
        os.environ[VARIABLE] = step
        retrain(world, only=LAST)

    return run_apart(publish)


def run_apart(work: Callable[[], None]) -> int:
    """Do it in a process of its own; say how that ended, negative by a signal."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        work()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def retrain(world: Path, *, only: list[str] | None = None, hook: object = None) -> None:
    """Retrain in the tiny environment, on the store in a folder."""
    os.environ["DATA_DIR"] = str(world)
    from kedro.framework.session import KedroSession

    with KedroSession.create(PROJECT, env="test") as session:
        if hook:
            session._hook_manager.register(hook)
        session.run(pipeline_names=["retrain"], node_names=only)


if __name__ == "__main__":
    main()
