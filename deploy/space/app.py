"""Start the app as Hugging Face does: ``python app.py``, on port 7860.

The folder of this file may be read-only. What visitors leave (predictions, corrections)
lies in ``DATA_DIR``: in a temporary folder that goes with the process, if not given.
"""

import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
RELEASES = Path("09_serving")
DEFAULTS = {
    "GRADIO_SERVER_NAME": "0.0.0.0",  # noqa: S104 - a container's only door
    "GRADIO_SERVER_PORT": "7860",
    # Hugging Face shows a Space in a frame of its own site, and asks by its proxies.
    "ALLOWED_ORIGINS": "https://huggingface.co",
    "TRUSTED_PROXIES": "10.0.0.0/8",
    "DO_NOT_TRACK": "1",
}


def main() -> int:
    """Run the app until it is told to stop."""
    with tempfile.TemporaryDirectory(prefix="digits-") as folder:
        data = Path(os.environ.setdefault("DATA_DIR", folder))
        data.mkdir(parents=True, exist_ok=True)
        if not (data / RELEASES).exists():
            (data / RELEASES).symlink_to(HERE / "data" / RELEASES)
        for name, value in DEFAULTS.items():
            os.environ.setdefault(name, value)
        os.environ.setdefault("GRADIO_TEMP_DIR", str(data / "gradio"))
        # After the environment is set: Gradio reads it when it is imported.
        from gradio_app.app import main as run_app  # noqa: PLC0415

        return run_app([])


if __name__ == "__main__":
    sys.exit(main())
