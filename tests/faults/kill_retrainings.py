"""Retrains in a store again and again, each time killed within another step.

`python -m tests.faults.kill_retrainings DATA FOLDER SEED STEP…`: for each step one
retraining that is killed by SIGKILL as the step begins, or up to DELAY_SECONDS after
training has begun, all in one copy of DATA in FOLDER that nobody tidies in between;
then one left alone.

Prints a line of JSON per retraining: its step, how it ended, how long after the step's
beginning it was to die, and the node that it died in.
"""

import json
import os
import random
import shutil
import signal
import sys
import threading
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kedro.framework.hooks import hook_impl
from kedro.pipeline.node import Node

from digit_pipeline.jobs import holding
from tests.faults.kill_promotions import import_everything, retrain, run_apart

# Other steps are over before a clock rings.
TRAINING = "sketch_cnn.train_model"
DELAY_SECONDS = 0.5
# Long enough for a busy machine's training to renew it, short enough to be waited for.
LEASE_SECONDS = 4.0


@dataclass
class Killer:
    """Kills its own process, some time after a step has begun."""

    step: str
    seconds: float
    noted: Path

    @hook_impl
    def before_node_run(self, node: Node) -> None:
        """Note the node, and set the clock that kills, which no step can stop."""
        self.noted.write_text(node.name, encoding="utf-8")
        if node.name != self.step:
            return
        kill = partial(os.kill, os.getpid(), signal.SIGKILL)
        if self.seconds:
            threading.Timer(self.seconds, kill).start()
        else:
            kill()


def main() -> None:
    data, folder, seed, *steps = sys.argv[1:]
    import_everything()
    holding.LEASE_SECONDS = LEASE_SECONDS
    chance = random.Random(int(seed))  # noqa: S311 - where to die is no secret
    world = Path(folder)
    shutil.copytree(data, world, symlinks=True)
    for step in steps:
        noted = world.with_suffix(".node")
        seconds = chance.uniform(0, DELAY_SECONDS) if step == TRAINING else 0.0
        killer = Killer(step, seconds, noted)
        ended = run_apart(partial(retrain, world, hook=killer))
        _tell(step, ended, killer.seconds, noted.read_text(encoding="utf-8"))
        # A killed owner's lease is over before the next run asks for it.
        time.sleep(LEASE_SECONDS)
    _tell("", run_apart(partial(retrain, world)))


def _tell(step: str, ended: int, seconds: float = 0.0, node: str = "") -> None:
    line = {"step": step, "ended": ended, "seconds": seconds, "node": node}
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
