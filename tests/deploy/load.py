"""Clients that ask a server until told to stop, and remember what they were told."""

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

PICTURE = Path(__file__).parents[1] / "golden" / "seven_drawing.png"


@dataclass(frozen=True)
class Told:
    """One answer.

    Attributes:
        when: monotonic time of the answer, s.
        seconds: how long it took.
        status: HTTP's, 0 when the connection broke.
        version: the release that answered, by the header.
        body: the JSON, {} when there was none.
    """

    when: float
    seconds: float
    status: int
    version: str | None = None
    body: dict = field(default_factory=dict)


class Load:
    """What all clients were told, in the order of the answers.

    Attributes:
        predictions: answers to POST /api/predict.
        corrections: answers to POST /api/feedback.
    """

    def __init__(self) -> None:
        self.predictions: list[Told] = []
        self.corrections: list[Told] = []

    @property
    def failed(self) -> list[Told]:
        """Predictions that were not answered."""
        return [told for told in self.predictions if told.status != 200]

    def percentile(self, share: float) -> float:
        """Time within which a share of the predictions was answered, s."""
        seconds = sorted(told.seconds for told in self.predictions)
        return seconds[min(len(seconds) - 1, int(share * len(seconds)))]


@contextmanager
def run_load(url: str, clients: int = 4, *, pause: float = 0.0, corrects: bool = False):
    """Ask until the block ends.

    Args:
        url: the server.
        clients: how many ask at the same time, each from an address of its own.
        pause: seconds between a client's questions.
        corrects: whether every fifth answer is corrected.
    """
    load, stop = Load(), threading.Event()
    picture = PICTURE.read_bytes()

    def ask(number: int) -> None:
        transport = httpx.HTTPTransport(local_address=f"127.0.2.{number + 1}")
        with httpx.Client(base_url=url, transport=transport, timeout=30) as client:
            asked = 0
            while not stop.wait(pause):
                told = post(client, "/api/predict", content=picture)
                load.predictions.append(told)
                asked += 1
                if corrects and asked % 5 == 0 and told.status == 200:
                    correction = {"prediction_id": told.body["id"], "label": "3"}
                    answer = post(client, "/api/feedback", json=correction)
                    load.corrections.append(answer)

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def post(client: httpx.Client, path: str, **body) -> Told:
    """Ask once."""
    start = time.monotonic()
    try:
        answer = client.post(path, **body)
    except httpx.HTTPError:
        end = time.monotonic()
        return Told(end, end - start, 0)
    end = time.monotonic()
    version = answer.headers.get("X-Model-Version")
    return Told(end, end - start, answer.status_code, version, answer.json())
