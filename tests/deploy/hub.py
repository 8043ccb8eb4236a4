"""The part of Hugging Face's HTTP API that an upload uses, and what came through it."""

import base64
import json
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Hub:
    """A repository.

    Attributes:
        files: content by name; a test may put earlier ones there.
        created: bodies of the calls that make a repository.
        tokens: what came as ``Authorization``.
        commits: titles.
    """

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    created: list[dict] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    commits: list[str] = field(default_factory=list)

    def commit(self, lines: list[dict]) -> None:
        """Do what a commit's lines say."""
        for line in lines:
            value = line["value"]
            if line["key"] == "header":
                self.commits.append(value["summary"])
            elif line["key"] == "file":
                self.files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "deletedFile":
                del self.files[value["path"]]


@contextmanager
def run_hub(accepts: str):
    """Serve a hub that knows one token."""
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            if self.headers.get("Authorization") != f"Bearer {accepts}":
                self.reply({"error": "Invalid username or password."}, 401)
                return
            names = [{"type": "file", "path": n, "size": 1, "oid": "0" * 40}
                     for n in hub.files]  # fmt: skip
            self.reply(names if "/tree/" in self.path else {"sha": "0" * 40})

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            token = self.headers.get("Authorization", "")
            hub.tokens.add(token)
            if token != f"Bearer {accepts}":
                self.reply({"error": "Invalid username or password."}, 401)
            elif self.path == "/api/repos/create":
                hub.created.append(json.loads(body))
                self.reply({"url": f"{hub.url}/spaces/someone/digits"})
            elif "/preupload/" in self.path:
                files = json.loads(body)["files"]
                modes = [{"path": f["path"], "uploadMode": "regular",
                          "shouldIgnore": False} for f in files]  # fmt: skip
                self.reply({"files": modes})
            elif re.fullmatch(r"/api/spaces/someone/digits/commit/main.*", self.path):
                hub.commit([json.loads(line) for line in body.splitlines()])
                url = f"{hub.url}/spaces/someone/digits/commit/1"
                self.reply({"commitUrl": url, "commitOid": "1"})
            else:
                self.reply({"errors": [], "warnings": []})

        def reply(self, body, status: int = 200):
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
