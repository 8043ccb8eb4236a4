"""A retraining without a training: ``python -m tests.browser.training DATA``.

It holds the lease and tells how far it is, as a run does. Epochs end one after the
other until the file ``DATA/gate`` says what the gate decides: an outcome in JSON.
"""

import json
import sys
import time
from pathlib import Path

from digit_pipeline.jobs.endings import end_by_decision, end_by_error
from digit_pipeline.jobs.epochs import report_epoch
from digit_pipeline.jobs.holding import HeldJob, Plan

# Long enough for whoever comes late to see some of them end.
EPOCHS = 120
PAUSE_SECONDS = 0.25
LONGEST_SECONDS = 300


def main() -> int:
    """Train nothing, and end as the file says."""
    data = Path(sys.argv[1])
    gate = data / "gate"
    job = HeldJob(Plan(data, "digits", "test", ["prepare", "train_model", "compare"]))
    try:
        job.begin("prepare", "prepare images")
        job.begin("train_model", "train model (sketch cnn)")
        deadline = time.monotonic() + LONGEST_SECONDS
        epoch = 0
        while not gate.exists() and time.monotonic() < deadline:
            time.sleep(PAUSE_SECONDS)
            if epoch < EPOCHS:
                epoch += 1
                report_epoch(describe(epoch), EPOCHS)
        job.begin("compare", "compare with champion")
        decided = json.loads(gate.read_text())
        gate.unlink()
    except Exception as error:
        job.finish(end_by_error(error, job.stage))
        return 1
    job.finish(end_by_decision(decided["decision"], decided["version"]))
    return 0


def describe(epoch: int) -> dict[str, float]:
    """Give the figures of an epoch that goes well."""
    return {
        "epoch": epoch,
        "loss": 0.9 / epoch,
        "accuracy": 1 - 0.3 / epoch,
        "val_loss": 0.6 / epoch,
        "val_accuracy": 1 - 0.12 / epoch,
        "seconds": PAUSE_SECONDS,
    }


if __name__ == "__main__":
    sys.exit(main())
