"""The app with one verdict for every answer: ``VERDICT``.

It is ``recognised``, ``unsure`` or ``unfamiliar``. What a model answers with
which verdict is tested elsewhere; this shows how each of them looks.
"""

import os
import sys
from dataclasses import replace

from gradio_app import app
from gradio_app.service import Reading, Service


def main() -> int:
    """Run the app until it is told to stop."""
    verdict = os.environ["VERDICT"]
    read = Service.read

    def read_with_verdict(service: Service, body: bytes) -> Reading:
        reading = read(service, body)
        found = reading.prediction
        if found.verdict == "empty":
            return reading
        label = max(found.probabilities, key=lambda name: found.probabilities[name])
        label = None if verdict == "unfamiliar" else label
        return replace(reading, prediction=replace(found, verdict=verdict, label=label))

    Service.read = read_with_verdict
    return app.main([])


if __name__ == "__main__":
    sys.exit(main())
