"""REST replicas, the pages and nginx on this machine: ``python -m deploy.replicas``.

SIGHUP restarts one process after the other and loses no request; a process that dies is
started again; SIGTERM and Ctrl-C stop them all. Every process reads the environment's
settings, so that ``DATA_DIR`` or ``RECORDS_URL`` hold for all.
"""

import argparse
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from gradio_app.sockets import listen

ROOT = Path(__file__).resolve().parents[1]
CONFIGURATION = Path(__file__).with_name("nginx.conf")
HOST = "127.0.0.1"
# nginx counts a client's requests over all replicas; the pages' process does so itself.
REST = {"PAGES": "off", "RATE_LIMIT": "0"}
PAGES = {"PAGES": "on"}
START_SECONDS = 120
STOP_SECONDS = 40
LOOK_SECONDS = 0.5
UPSTREAM = re.compile(r"(upstream (\w+) \{\n)(.*?)(\n {4}\})", re.DOTALL)
SERVER = re.compile(r"^ +server [^;]+;\n?", re.MULTILINE)
LIMIT = re.compile(r"^ +limit_(req|conn) [^;]+;\n", re.MULTILINE)


class ReplicasError(RuntimeError):
    """Something did not start or stop; the sentence says what to do."""


class App:
    """The app as a process on a port of its own, which it keeps over restarts.

    Its listening socket is held here as well: who connects while one process follows
    another waits, and is not refused. When the process dies the socket is closed at
    once, so that nginx turns to another.

    Args:
        name: names its log.
        log: file that its output is added to.
        environment: its settings, beyond this process's own.
        port: of this machine; 0 takes a free one.
    """

    def __init__(
        self, name: str, log: Path, environment: Mapping[str, str], port: int
    ) -> None:
        self.name = name
        self._log = log
        self._environment = {**os.environ, **environment}
        self._listening = listen(HOST, port)
        self.port = int(self._listening.getsockname()[1])
        self.process: subprocess.Popen[bytes] | None = None
        self._listens = -1

    @property
    def url(self) -> str:
        """Where it answers without nginx."""
        return f"http://{HOST}:{self.port}"

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start a process; ``wait`` tells when it answers."""
        if self._listening.fileno() < 0:
            self._listening = listen(HOST, self.port)
        self._close_pipe()
        self._listens, writing = os.pipe()
        handles = self._listening.fileno(), writing
        options = ["--socket", str(handles[0]), "--listens", str(handles[1])]
        with self._log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "gradio_app.app", *options],
                cwd=ROOT,
                env=self._environment,
                pass_fds=handles,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches every process of a terminal's group; order is ours.
                start_new_session=True,
            )
        os.close(writing)
        self.process = process
        threading.Thread(target=self._watch, args=(process,), daemon=True).start()

    def wait(self, seconds: float = START_SECONDS) -> None:
        """Wait until it has read its release and listens.

        Raises:
            ReplicasError: when it died, or was not ready in time.
        """
        readable = select.select([self._listens], [], [], seconds)[0]
        said = os.read(self._listens, 1) if readable else b""
        self._close_pipe()
        if not said:
            raise ReplicasError(
                f"expected {self.name} to listen within {seconds:g} s, but it "
                f"{'ended' if readable else 'did not'}: see {self._log}"
            )

    def restart(self, *, overlapping: bool) -> None:
        """Let another process follow this one.

        Args:
            overlapping: whether both may answer for a moment. Otherwise who asks waits
                until the new one is there.

        Raises:
            ReplicasError: when the new one does not start; an overlapping old one
                still answers then.
        """
        old, self.process = self.process, None
        if not overlapping and old is not None:
            _stop(old)
        self.start()
        try:
            self.wait()
        except ReplicasError:
            if overlapping:
                self.process = old
            raise
        if overlapping and old is not None:
            _stop(old)

    def stop(self) -> None:
        """Let it finish what it is doing, and listen no more."""
        self._listening.close()
        self._close_pipe()
        if self.process is not None:
            _stop(self.process)

    def _close_pipe(self) -> None:
        if self._listens >= 0:
            os.close(self._listens)
            self._listens = -1

    def _watch(self, process: "subprocess.Popen[bytes]") -> None:
        process.wait()
        if process is self.process:
            self._listening.close()


class Nginx:
    """A real nginx in the foreground of a folder of its own.

    Args:
        folder: for its logs and temporary files; its workers may be another user.
        text: the configuration.
        port: where ``text`` lets it listen.
    """

    def __init__(self, folder: Path, text: str, port: int) -> None:
        self.folder = folder
        self.url = f"http://{HOST}:{port}"
        self._text = text
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            ReplicasError: when there is no nginx, or it does not start.
        """
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if program is None:
            raise ReplicasError("expected nginx, got none: install it (apt, brew, …)")
        (self.folder / "nginx.conf").write_text(self._text, encoding="utf-8")
        prefix = ["-p", str(self.folder), "-c", "nginx.conf", "-e", "error.log"]
        self._process = subprocess.Popen(  # noqa: S603
            [program, *prefix, "-g", "daemon off;"],
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if ask(f"{self.url}/nginx-status") == 200:
                return
            time.sleep(0.05)
        raise ReplicasError(
            f"expected nginx on {self.url}, but it did not start: see "
            f"{self.folder / 'error.log'}"
        )

    def stop(self) -> None:
        """Let it answer what it has taken, then stop."""
        if self._process is not None:
            _stop(self._process, signal.SIGQUIT)


class Replicas:
    """Replicas behind nginx. Use as a context: everything is stopped at its end.

    Args:
        count: REST processes.
        pages: whether to run the process for the pages as well.
        port: nginx's; 0 takes a free one, and the replicas then do as well.
        limits: whether nginx limits each client; benchmarks come from one address.
        environments: further settings for each REST process.

    Attributes:
        url: nginx's address.
        apps: the REST processes, then the one for the pages.
        folder: logs and nginx's own files.
    """

    def __init__(
        self,
        count: int = 3,
        *,
        pages: bool = True,
        port: int = 8080,
        limits: bool = True,
        environments: Sequence[Mapping[str, str]] = (),
    ) -> None:
        if count < 1:
            raise ReplicasError(f"expected at least 1 replica, got {count}: add one")
        # Not below the caller's temporary folder: nginx's workers are another user.
        self.folder = Path(tempfile.mkdtemp(prefix="replicas-"))
        self.folder.chmod(0o755)
        names = [f"rest-{i + 1}" for i in range(count)] + ["pages"] * pages
        self.apps = [
            App(
                name,
                self.folder / f"{name}.log",
                {
                    **(PAGES if name == "pages" else REST),
                    "TRUSTED_PROXIES": HOST,
                    **(environments[i] if i < len(environments) else {}),
                },
                _choose_port(name, i) if port else 0,
            )
            for i, name in enumerate(names)
        ]
        self.port = port or find_free_port()
        self._nginx = Nginx(self.folder, self._configure(limits), self.port)
        self._changing = threading.Lock()

    @property
    def url(self) -> str:
        """Where nginx answers."""
        return f"http://{HOST}:{self.port}"

    @property
    def rest(self) -> list[App]:
        """The REST processes."""
        return [app for app in self.apps if app.name != "pages"]

    def __enter__(self) -> Self:
        """Start everything.

        Raises:
            ReplicasError: when a process does not start; what did is stopped.
        """
        try:
            for app in self.apps:
                app.start()
            for app in self.apps:
                app.wait()
            self._nginx.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop everything."""
        self.stop()
        if kind is None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self) -> None:
        """Stop nginx, then the apps, each when it has finished what it is doing."""
        with self._changing:
            self._nginx.stop()
            for app in self.apps:
                if app.process is not None and app.is_running:
                    app.process.terminate()
            for app in self.apps:
                app.stop()

    def restart(self) -> None:
        """Restart one app after the other; REST answers all the time.

        Raises:
            ReplicasError: when one does not come back. Those after it still run what
                they ran, so that a broken new version stops at the first.
        """
        with self._changing:
            for app in self.apps:
                # A page belongs to one process: two would answer for each other.
                app.restart(overlapping=app.name != "pages")

    def revive(self) -> list[str]:
        """Start again what has died; give its names."""
        with self._changing:
            dead = [app for app in self.apps if not app.is_running]
            for app in dead:
                app.start()
            return [app.name for app in dead]

    def _configure(self, limits: bool) -> str:
        return render(
            CONFIGURATION.read_text(encoding="utf-8"),
            port=self.port,
            rest=[app.port for app in self.rest],
            pages=next((a.port for a in self.apps if a.name == "pages"), None),
            limits=limits,
        )


def render(
    text: str, *, port: int, rest: Sequence[int], pages: int | None, limits: bool = True
) -> str:
    """Put this machine's ports into ``nginx.conf``.

    Args:
        text: the file.
        port: nginx's own.
        rest: the replicas'.
        pages: the pages'; None serves them by no process.
        limits: whether clients are limited.

    Raises:
        ReplicasError: when the file names no such upstreams or address.
    """
    ports = {"rest": rest, "rest_for_writes": rest, "pages": [pages or 1]}
    found = {match[2] for match in UPSTREAM.finditer(text)}
    listening = "listen 127.0.0.1:8080"
    if found != set(ports) or text.count(listening) != 1:
        raise ReplicasError(
            f"expected upstreams {', '.join(ports)} and one `{listening}` in "
            f"{CONFIGURATION}, got {', '.join(sorted(found)) or 'none'}: mend it"
        )

    def fill(match: re.Match[str]) -> str:
        first = SERVER.search(match[3])
        if first is None:
            raise ReplicasError(f"expected a server in upstream {match[2]}, got none")
        lines = [
            re.sub(r"127\.0\.0\.1:\d+", f"{HOST}:{one}", first[0].rstrip("\n"))
            for one in ports[match[2]]
        ]
        start, end = first.span()
        others = SERVER.sub("", match[3][end:] + "\n").rstrip("\n")
        body = match[3][:start] + "\n".join(lines) + ("\n" + others if others else "")
        return f"{match[1]}{body}{match[4]}"

    text = UPSTREAM.sub(fill, text).replace(listening, f"listen {HOST}:{port}")
    return text if limits else LIMIT.sub("", text)


def ask(url: str) -> int:
    """Give the status of a GET, 0 when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def _choose_port(name: str, number: int) -> int:
    """Give the port that ``nginx.conf`` names."""
    return 7860 if name == "pages" else 7861 + number


def find_free_port() -> int:
    """Give a port of this machine that nobody has right now."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        return int(free.getsockname()[1])


def _stop(process: "subprocess.Popen[bytes]", number: int = signal.SIGTERM) -> int:
    """Tell a process to stop, and make sure of it."""
    if process.poll() is None:
        process.send_signal(number)
    with suppress(subprocess.TimeoutExpired):
        return process.wait(STOP_SECONDS)
    process.kill()
    return process.wait()


def main(arguments: list[str] | None = None) -> int:
    """Start everything and look after it until told to stop."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.replicas", description=__doc__
    )
    parser.add_argument("--replicas", type=int, default=3, help="(%(default)s)")
    parser.add_argument("--port", type=int, default=8080, help="(%(default)s)")
    parser.add_argument("--no-pages", action="store_true", help="REST alone")
    options = parser.parse_args(arguments)
    stop, restart = threading.Event(), threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    signal.signal(signal.SIGHUP, lambda *_: restart.set())
    try:
        with Replicas(
            options.replicas, pages=not options.no_pages, port=options.port
        ) as replicas:
            print(f"Replicas: {replicas.url}  logs: {replicas.folder}", flush=True)
            while not stop.wait(LOOK_SECONDS):
                if restart.is_set():
                    restart.clear()
                    replicas.restart()
                    print("restarted one after the other", flush=True)
                for name in replicas.revive():
                    print(f"{name} had died and was started again", flush=True)
    except ReplicasError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
