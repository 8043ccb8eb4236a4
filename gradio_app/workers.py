"""Several REST processes on one port: ``PAGES=off WORKERS=2 make app``.

Each worker listens on a socket of its own; the kernel deals connections out among
them (``SO_REUSEPORT``). The sockets belong to this supervisor: while a worker that
died is started anew, its connections wait.
"""

import logging
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from gradio_app.logs import configure_logs
from gradio_app.settings import Settings
from gradio_app.sockets import listen, name_address, tell_doors

log = logging.getLogger(__name__)

# Where the workers' figures are added up; prometheus-client's own name for it.
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
START_SECONDS = 60.0
LOOK_SECONDS = 0.2
# A worker that dies at once would otherwise take a core to do so.
PAUSE_SECONDS = 1.0


@dataclass
class Worker:
    """One process and its socket."""

    listening: socket.socket
    process: "subprocess.Popen[bytes]"
    since: float


class Supervisor:
    """Start the workers, start those anew that die, and stop them all.

    Args:
        settings: ``workers``, and where to listen.
        metrics: folder for what they count.
    """

    def __init__(self, settings: Settings, metrics: Path):
        self.stopping = False
        self._metrics = metrics
        host, port = settings.gradio_server_name, settings.gradio_server_port
        first = listen(host, port, shared=True)
        port = first.getsockname()[1]
        more = [listen(host, port, shared=True) for _ in range(settings.workers - 1)]
        self._sockets = [first, *more]
        self.address = name_address(host, port)
        self._workers: list[Worker] = []

    def run(self) -> int:
        """Serve until told to stop; give the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        reading, writing = os.pipe()
        self._workers = [self._start(one, writing) for one in self._sockets]
        try:
            if not self._await_start(reading):
                return 0 if self.stopping else 1
            print(tell_doors(self.address, pages=False), flush=True)
            while not self.stopping:
                time.sleep(LOOK_SECONDS)
                self._replace_dead(writing)
            return 0
        finally:
            self._end()

    def _start(self, listening: socket.socket, listens: int) -> Worker:
        handle = listening.fileno()
        options = ["--socket", str(handle), "--listens", str(listens)]
        process = subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-m", "gradio_app.app", *options],
            pass_fds=[handle, listens],
            env={**os.environ, METRICS_FOLDER: str(self._metrics)},
        )
        return Worker(listening, process, time.monotonic())

    def _await_start(self, reading: int) -> bool:
        """Wait until every worker listens; False when one cannot."""
        listening = 0
        deadline = time.monotonic() + START_SECONDS
        while listening < len(self._workers):
            if self.stopping or time.monotonic() > deadline:
                return False
            if any(worker.process.poll() is not None for worker in self._workers):
                return False
            if select.select([reading], [], [], LOOK_SECONDS)[0]:
                listening += len(os.read(reading, len(self._workers)))
        return True

    def _replace_dead(self, listens: int) -> None:
        for number, worker in enumerate(self._workers):
            code = worker.process.poll()
            lived = time.monotonic() - worker.since
            if code is None or self.stopping or lived < PAUSE_SECONDS:
                continue
            log.error(
                "Worker %d ended with %d and is started anew", worker.process.pid, code
            )
            self._forget(worker.process.pid)
            self._workers[number] = self._start(worker.listening, listens)

    def _forget(self, process: int) -> None:
        """Take a dead worker's states out of the sums; what it counted stays."""
        for file in self._metrics.glob(f"gauge_live*_{process}.db"):
            file.unlink(missing_ok=True)

    def _stop(self, *_: object) -> None:
        self.stopping = True

    def _end(self) -> None:
        for worker in self._workers:
            if worker.process.poll() is None:
                worker.process.send_signal(signal.SIGTERM)
            # Else the kernel would go on taking connections in that nobody answers.
            worker.listening.close()
        for worker in self._workers:
            worker.process.wait()


def main() -> int:
    """Run as many workers as the settings say."""
    settings = Settings()
    configure_logs(settings)
    with tempfile.TemporaryDirectory(prefix="digit-pipeline-metrics-") as folder:
        try:
            supervisor = Supervisor(settings, Path(folder))
        except OSError as error:
            print(error, file=sys.stderr)
            return 1
        return supervisor.run()


if __name__ == "__main__":
    sys.exit(main())
