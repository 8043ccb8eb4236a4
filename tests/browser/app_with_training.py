"""The app, whose retrainings are told by a test how far they get.

Everything is as it is in use, but for the process that trains:
``tests.browser.training`` stands in for ``kedro run``.
"""

import sys
from functools import partial
from pathlib import Path

from digit_pipeline.jobs.names import JOB_FOLDER, JOB_ID
from gradio_app import app
from gradio_app.retraining import Retraining
from gradio_app.retraining.child import Order
from gradio_app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def order(settings: Settings, job_id: str, _environment: str, folder: Path) -> Order:
    """Order a training of the tests in the place of a real one."""
    command = [sys.executable, "-m", "tests.browser.training", str(settings.data_dir)]
    variables = {JOB_ID: job_id, JOB_FOLDER: str(folder)}
    return Order(command, ROOT, folder, variables)


def main() -> int:
    """Run the app until it is told to stop."""
    app.Retraining = partial(Retraining, make_order=order)
    return app.main([])


if __name__ == "__main__":
    sys.exit(main())
