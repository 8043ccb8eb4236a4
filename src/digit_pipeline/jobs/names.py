"""What a retraining is called, where it lies, and how its process is told of it."""

import secrets
from pathlib import Path

# The pipeline that a retraining runs, as it is registered.
RETRAIN = "retrain"
# What whoever starts the process hands to it.
JOB_ID, JOB_FOLDER = "JOB_ID", "JOB_FOLDER"
JOB_SECONDS, JOB_ATTEMPT = "JOB_SECONDS", "JOB_ATTEMPT"
# What asks a process to end; not every system has them all.
STOPPING = ("SIGTERM", "SIGINT", "SIGHUP")
PROGRESS, LOG = "progress.json", "log.txt"
# A dead owner's retraining is taken over after so many seconds.
LEASE_SECONDS = 30.0


def new_job_id() -> str:
    """Make an id that nobody has: 16 hexadecimal digits, and no time in it."""
    return secrets.token_hex(8)


def jobs_folder(data: Path, task: str) -> Path:
    """Give the folder in which each retraining has one of its own.

    Args:
        data: root of everything that is generated.
        task: whose retrainings.
    """
    return data / "10_records" / task / "jobs"
