"""What the app is compared with: an empty route, and what a tutorial builds.

``python benchmarks/serving_peers.py empty`` is FastAPI alone, on the app's own server.
``python benchmarks/serving_peers.py tutorial model.keras`` is Flask's own server with
Keras' ``model.predict`` for each request and the picture as base64 in JSON.
"""

import argparse
import base64
import io
import sys
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import numpy as np
from PIL import Image

from gradio_app.sockets import listen


def main() -> int:
    """Serve one of the two on a free port until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", choices=("empty", "tutorial"))
    parser.add_argument("model", nargs="?", help="a .keras file, for the tutorial")
    options = parser.parse_args()
    if options.which == "empty":
        _serve_empty()
    else:
        _serve_tutorial(options.model)
    return 0


def _serve_empty() -> None:
    import uvicorn  # noqa: PLC0415
    from fastapi import FastAPI  # noqa: PLC0415

    app = FastAPI()

    @app.post("/api/predict")
    async def nothing() -> dict[str, str]:
        return {}

    listening = listen("127.0.0.1", 0)
    _tell(listening.getsockname()[1])
    config = uvicorn.Config(app, log_level="warning", access_log=False)
    uvicorn.Server(config).run([listening])


def _serve_tutorial(model: str) -> None:
    import keras  # noqa: PLC0415
    from flask import Flask, jsonify, request  # noqa: PLC0415
    from werkzeug.serving import make_server  # noqa: PLC0415

    network = keras.models.load_model(model, compile=False)
    app = Flask(__name__)

    @app.post("/api/predict")
    def predict() -> Any:
        content = base64.b64decode(request.get_json()["image"])
        picture = Image.open(io.BytesIO(content)).convert("L").resize((28, 28))
        digit = 1 - np.asarray(picture, np.float32)[None, ..., None] / 255
        scores = network.predict(digit, verbose=0)[0]
        return jsonify(label=int(scores.argmax()), scores=scores.tolist())

    # What `app.run()` starts: werkzeug's server, a thread for each connection.
    server = make_server("127.0.0.1", 0, app, threaded=True)
    _tell(server.server_port)
    server.serve_forever()


def _tell(port: int) -> None:
    print(f"REST: http://127.0.0.1:{port}/docs", flush=True)


if __name__ == "__main__":
    sys.exit(main())
