"""A retraining's process without a training: `python -m tests.jobs.child DATA WHAT…`.

Takes the lease, begins a step, does what it is told, and ends as a run does.
"""

import os
import signal
import sys
import time
from pathlib import Path

from digit_pipeline.jobs import holding
from digit_pipeline.jobs.endings import end_by_decision, end_by_error
from digit_pipeline.jobs.epochs import report_epoch
from digit_pipeline.jobs.holding import HeldJob, Plan
from digit_pipeline.records import RecordsError

# Ends the stay, once the file is there.
ENOUGH = "enough"
DECISION = {
    "outcome": "refused",
    "promoted": False,
    "reason": "Refused: 80.00 % of the gate images right, at least 90.00 % needed.",
    "challenger": "sketch_cnn",
    "champion": "000001-20261121T000000Z",
    "rules": [
        {
            "name": "accuracy",
            "passed": False,
            "figure": 0.8,
            "threshold": 0.9,
            "sentence": "80.00 % of the gate images right, at least 90.00 % needed.",
            "details": None,
        }
    ],
}
SECONDS = 300


def report() -> None:
    for epoch in (1, 2):
        figures = {"loss": float("nan"), "accuracy": 0.5, "val_loss": 1.0}
        row = {"epoch": epoch, **figures, "val_accuracy": 0.75, "seconds": 0.1}
        report_epoch(row, 3)


def do(what: str, data: Path) -> None:
    match what:
        case "wait":
            time.sleep(SECONDS)
        case "linger":
            time.sleep(1.5)
        case "stay":
            while not (data / ENOUGH).exists():
                time.sleep(0.05)
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "die-once":
            if os.environ["JOB_ATTEMPT"] == "1":
                os.kill(os.getpid(), signal.SIGKILL)
        case "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        case "deaf":
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
            time.sleep(SECONDS)
        case "fill":
            (data / "weights").write_bytes(bytes(1 << 20))
        case "fail":
            raise ValueError("expected weights, got none: train first")
        case "report":
            report()


def main() -> int:
    data = Path(sys.argv[1])
    holding.GRACE_SECONDS = 1.0
    holding.LEASE_SECONDS = float(os.environ.get("TEST_LEASE", "30"))
    if "limited" in sys.argv:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
    try:
        job = HeldJob(Plan(data, "digits", "test", ["prepare", "train_model"]))
    except RecordsError as error:
        print(error, flush=True)
        return 1
    try:
        # From here on it may be told to stop.
        print(os.environ["JOB_ID"], flush=True)
        job.begin("prepare", "prepare")
        job.begin("train_model", "train model")
        for what in sys.argv[2:]:
            do(what, data)
    except Exception as error:
        job.finish(end_by_error(error, job.stage))
        return 1
    job.finish(end_by_decision(DECISION, None))
    return 0


if __name__ == "__main__":
    sys.exit(main())
