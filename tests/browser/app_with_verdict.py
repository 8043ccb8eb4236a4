"""The app with one verdict for every answer: ``VERDICT``.

It is ``recognised``, ``unsure`` or ``unfamiliar``. What a model answers with
which verdict is tested elsewhere; this shows how each of them looks.
"""

import os
import sys
from dataclasses import replace
from typing import Any

from gradio_app import app
from gradio_app.service import Reading, Service, SplitReading


def main() -> int:
    """Run the app until it is told to stop."""
    verdict = os.environ["VERDICT"]
    read = Service.read_split

    def with_verdict(reading: Reading) -> Reading:
        found = reading.prediction
        label = max(found.probabilities, key=lambda name: found.probabilities[name])
        label = None if verdict == "unfamiliar" else label
        return replace(reading, prediction=replace(found, verdict=verdict, label=label))

    def read_with_verdict(
        service: Service, body: bytes, **options: Any
    ) -> SplitReading:
        found = read(service, body, **options)
        return replace(found, digits=tuple(map(with_verdict, found.digits)))

    Service.read_split = read_with_verdict
    return app.main([])


if __name__ == "__main__":
    sys.exit(main())
