"""Many people at once, as Locust users: ``make load-test``.

Half of what they do is a single prediction, a fifth a batch, the rest looking at how
the app is doing. Set ``RATE_LIMIT=0`` on the server: all users come from one address.

``locust --headless -f benchmarks/locustfile.py --host http://127.0.0.1:7860 -u 50
-r 25 -t 30s --csv build/load-test`` writes the results as CSV; ``python
benchmarks/load_plot.py build/load-test_stats_history.csv`` draws them.
"""

import io
import random
import sys
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from locust import FastHttpUser, between, task

from benchmarks.pictures import draw_picture

SIDES = (28, 400)
BATCH = 20
WATCHED = (
    "/api/health",
    "/api/ready",
    "/api/statistics",
    "/api/model/info",
    "/metrics",
)
PICTURES = [draw_picture(side) for side in SIDES]


def _zip(picture: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(BATCH):
            archive.writestr(f"{number}.png", picture)
    return file.getvalue()


ARCHIVE = _zip(PICTURES[0])


class Person(FastHttpUser):
    """Somebody who sends pictures, batches, and looks at the dashboard."""

    wait_time = between(0.05, 0.2)

    @task(50)
    def predict(self) -> None:
        """Send one picture, small or as large as the pad's."""
        number = random.randrange(len(PICTURES))  # noqa: S311
        self.client.post(
            "/api/predict",
            data=PICTURES[number],  # type: ignore[arg-type]
            headers={"Content-Type": "image/png"},
            name=f"predict {SIDES[number]}x{SIDES[number]}",
        )

    @task(20)
    def predict_batch(self) -> None:
        """Send a zip of pictures."""
        self.client.post(
            "/api/predict/batch",
            data=ARCHIVE,  # type: ignore[arg-type]
            headers={"Content-Type": "application/zip"},
            name=f"batch of {BATCH}",
        )

    @task(30)
    def watch(self) -> None:
        """Look at how the app is doing."""
        self.client.get(random.choice(WATCHED), name="monitoring")  # noqa: S311
