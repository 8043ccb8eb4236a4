"""A server behind nginx that tells what reaches it."""

import socketserver
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field

from deploy.replicas import HOST

ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
    b"Connection: close\r\n\r\n{}"
)


@dataclass
class Upstream:
    """What came, whole requests, and where it listens.

    Attributes:
        port: of this machine.
        requests: head of each request, in the order they came.
    """

    port: int = 0
    requests: list[str] = field(default_factory=list)


@contextmanager
def run_upstream(*, hangs_up: bool = False):
    """Answer 200 to everything, or close each connection once the request is there."""
    upstream = Upstream()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            head = b""
            while line := self.rfile.readline():
                head += line
                if line == b"\r\n":
                    break
            if not head:
                return
            upstream.requests.append(head.decode())
            length = [h for h in head.lower().split(b"\r\n") if b"content-length" in h]
            if length:
                self.rfile.read(int(length[0].split(b":")[1]))
            if not hangs_up:
                self.wfile.write(ANSWER)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server((HOST, 0), Handler) as server:
        upstream.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield upstream
        finally:
            server.shutdown()
            thread.join()
