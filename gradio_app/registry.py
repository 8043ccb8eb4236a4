"""Tell MLflow's registry what the app went back to; the release store stays the truth.

MLflow is part of the training extra, and importing it takes seconds and 200 MB: a
process of its own does it, where there is one to do it, and nobody waits for it.
"""

import logging
import subprocess
import sys
import threading
from importlib.util import find_spec

from digit_pipeline.provenance import is_tracked
from gradio_app.children import has_project, pass_on
from gradio_app.settings import Settings

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 120  # a locked database included


class Registry:
    """MLflow's model registry, as far as this machine has one.

    Args:
        settings: the project, its data and the task.
    """

    def __init__(self, settings: Settings):
        self._settings = settings
        self._again = threading.Event()
        self._one = threading.Lock()

    @property
    def is_there(self) -> bool:
        """Whether MLflow is installed beside a project, and not switched off."""
        installed = find_spec("mlflow") is not None
        return is_tracked() and installed and has_project(self._settings)

    def follow(self) -> None:
        """Have the alias point at the champion, in the background.

        Asked again meanwhile, it looks again afterwards: the last champion counts.
        """
        if self.is_there:
            self._again.set()
            threading.Thread(target=self._tell, name="registry", daemon=True).start()

    def _tell(self) -> None:
        with self._one:
            if not self._again.is_set():
                return  # who had the turn before has seen this champion
            self._again.clear()
            settings = self._settings
            command = [sys.executable, "-m", "digit_pipeline.releases", "mirror"]
            own = {"DATA_DIR": str(settings.data_dir.resolve()), "TASK": settings.task}
            try:
                done = subprocess.run(  # noqa: S603 - our own command
                    command,
                    check=False,
                    cwd=settings.project_dir.resolve(),
                    env=pass_on(own),
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    timeout=PATIENCE_SECONDS,
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                log.warning("MLflow's registry could not be told: %s", error)
                return
            level, said = logging.INFO, done.stdout
            if done.returncode:
                level, said = logging.WARNING, done.stderr
            log.log(level, "%s", "".join(said.strip().splitlines()[-1:]))
