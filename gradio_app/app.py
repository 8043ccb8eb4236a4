"""Compose service, REST and pages, and run: ``python gradio_app/app.py``."""

import sys
from pathlib import Path

if not __package__:
    # Run as a script, Python would look for modules in this folder instead.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import argparse
import asyncio
import logging
import signal
import socket
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError

from gradio_app.catalog import follow_champion
from gradio_app.middleware import add_middleware
from gradio_app.rest import add_rest
from gradio_app.service import Service
from gradio_app.settings import Settings

DESCRIPTION = (
    "Reads a handwritten digit, drawn or photographed, with the newest released model."
)
SHUTDOWN_SECONDS = 10


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the app; nothing is loaded before it starts."""
    settings = settings or Settings()
    service = Service(settings, follow_champion(settings))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.start()
        yield
        service.stop()

    app = FastAPI(
        title="Digit reader",
        description=DESCRIPTION,
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        license_info={"name": "Apache-2.0"},
    )
    app.state.service = service
    add_rest(app, service)
    if settings.pages == "on":
        # Gradio costs 150 MB and seconds, which REST alone need not pay.
        from gradio_app.pages.mount import mount_pages  # noqa: PLC0415

        mount_pages(app, service)
    add_middleware(app, settings)
    return app


class Server(uvicorn.Server):
    """Says where it listens once it does, and opens a browser there if asked to."""

    def __init__(self, config: uvicorn.Config, address: str, open_browser: bool):
        super().__init__(config)
        self._address = address
        self._open_browser = open_browser

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the address."""
        await super().startup(sockets)
        if not self.started:
            return
        print(f"Sketch pad: {self._address}  REST: {self._address}/docs", flush=True)
        if self._open_browser:
            webbrowser.open(self._address)


def main(arguments: list[str] | None = None) -> int:
    """Run the app until it is told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--open", action="store_true", help="open a browser as well")
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level="INFO")
    # Kedro tells of every dataset that it loads.
    logging.getLogger("kedro").setLevel("WARNING")
    try:
        settings = Settings()
        listening = _listen(settings.gradio_server_name, settings.gradio_server_port)
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        print(f"The setting {name} is wrong: {first['msg']}; mend it.", file=sys.stderr)
        return 2
    except OSError as error:
        print(
            f"Cannot listen on {settings.gradio_server_name}:"
            f"{settings.gradio_server_port} ({error.strerror}); stop what runs there "
            "or set GRADIO_SERVER_PORT to another port.",
            file=sys.stderr,
        )
        return 1
    config = uvicorn.Config(
        create_app(settings),
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        server_header=False,
        # TRUSTED_PROXIES says whose headers count; uvicorn believes all of loopback.
        proxy_headers=False,
    )
    address = _address(settings.gradio_server_name, listening.getsockname()[1])
    # uvicorn raises the signal anew when it is done; by then there is nothing to kill.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    asyncio.run(Server(config, address, options.open).serve([listening]))
    return 0


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio leaves Nagle's algorithm on: 40 ms per answer.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    return listening


def _address(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


if __name__ == "__main__":
    sys.exit(main())
