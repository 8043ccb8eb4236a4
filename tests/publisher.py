"""A publisher's web server on loopback, with the faults that real ones have."""

import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any


@dataclass
class Faults:
    """What the server does wrong; each list is used up request by request."""

    statuses: list[int] = field(default_factory=list)  # answers before the first good
    cuts: list[int] = field(default_factory=list)  # bytes sent before it hangs up
    stalls: list[int] = field(default_factory=list)  # bytes sent before it says no more
    without_range: bool = False
    delay: float = 0.0  # seconds before each answer


class Publisher:
    """Serves the files of a folder, and notes who asked for what."""

    def __init__(self, folder: Path) -> None:
        self.faults = Faults()
        self.requests: list[tuple[str, str | None]] = []
        self.released = threading.Event()
        handler = type("Handler", (_Handler,), {"publisher": self, "folder": folder})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Publisher":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    publisher: Publisher
    folder: Path

    def do_GET(self) -> None:
        faults = self.publisher.faults
        asked = self.headers.get("Range")
        self.publisher.requests.append((self.path, asked))
        time.sleep(faults.delay)
        path = self.folder / self.path.lstrip("/")
        if faults.statuses:
            return self.send_error(faults.statuses.pop(0))
        if not path.is_file():
            return self.send_error(404)
        return self._send(path.read_bytes(), asked, faults)

    def _send(self, content: bytes, asked: str | None, faults: Faults) -> None:
        start = 0
        if asked and not faults.without_range:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(content):
                return self.send_error(416)
            self.send_response(206)
            total = len(content)
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        else:
            self.send_response(200)
        body = content[start:]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if faults.cuts:
            body = body[: faults.cuts.pop(0)]
        if faults.stalls:
            self.wfile.write(body[: faults.stalls.pop(0)])
            self.wfile.flush()
            self.publisher.released.wait(30)
            return None
        self.wfile.write(body)
        return None

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the tests' output clean."""
