"""Compose service, REST and pages, and run: ``python gradio_app/app.py``."""

import sys
from pathlib import Path

if not __package__:
    # Run as a script, Python would look for modules in this folder instead.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import argparse
import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from gradio_app.catalog import follow_champion
from gradio_app.keys import Keys, make_local_key
from gradio_app.logs import configure_logs
from gradio_app.metrics import Metrics
from gradio_app.middleware import add_middleware
from gradio_app.readiness import Readiness
from gradio_app.rest import add_rest
from gradio_app.rest.docs import DESCRIPTION
from gradio_app.rest.metrics import add_metrics
from gradio_app.rest.problems import responses
from gradio_app.retraining import Retraining
from gradio_app.second_opinion import RecentPictures
from gradio_app.server import Server
from gradio_app.service import Service
from gradio_app.settings import Settings
from gradio_app.slots import Slots
from gradio_app.sockets import allow_many_connections, listen, name_address
from gradio_app.watching import Watching

SAMPLE_SECONDS = 2.0


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the app; nothing is loaded before it starts."""
    settings = settings or Settings()
    service = Service(settings, follow_champion(settings))
    slots = Slots(settings.max_in_flight, settings.max_wait_seconds)
    readiness = Readiness(service, settings)
    metrics = Metrics(service, slots, readiness)
    pictures = RecentPictures()
    service.recorder.listeners.append(metrics.count_prediction)
    if settings.watch_minutes:
        service.recorder.listeners.append(pictures.add)
    retraining = Retraining(
        settings,
        lambda: service.recorder.records,
        service.store,
        lambda: _find_environment(service),
        has_drifted=lambda: service.drifting.report().state == "confirmed",
    )
    watching = Watching(
        service,
        lambda: (metrics.failures, metrics.requests),
        pictures,
        settings.watch_minutes,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.start()
        readiness.start()
        retraining.open()
        watching.start()
        sampling = asyncio.create_task(_sample(metrics))
        yield
        readiness.leave()
        sampling.cancel()
        retraining.close()
        watching.stop()
        readiness.stop()
        service.stop()

    app = FastAPI(
        title="Digit reader",
        description=DESCRIPTION,
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        license_info={"name": "Apache-2.0"},
        # Of every route: what another site's page sends, what is too slow or too much.
        responses=responses(403, 408, 421, 429),
        # Metrics and logs are ours; FastAPI would ask at each request who wants its.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.service = service
    app.state.keys = Keys.from_settings(settings)
    app.state.readiness = readiness
    app.state.retraining = retraining
    app.state.watching = watching
    add_rest(app, service)
    add_metrics(app, metrics)
    if settings.pages == "on":
        # Gradio costs 150 MB and seconds, which REST alone need not pay.
        from gradio_app.pages.mount import mount_pages  # noqa: PLC0415

        mount_pages(app, service)
    else:
        app.add_api_route("/", _lead_to_docs, include_in_schema=False)
    add_middleware(app, settings, slots, metrics, readiness)
    return app


async def _lead_to_docs() -> RedirectResponse:
    return RedirectResponse("docs")


def _find_environment(service: Service) -> str:
    """Give the environment that the champion was trained in: the next one's as well."""
    champion = service.champion.classifier
    return str(champion.manifest.get("environment") or "base") if champion else "base"


async def _sample(metrics: Metrics) -> None:
    """Keep figures fresh that another process may be asked for."""
    while True:
        metrics.sample()
        await asyncio.sleep(SAMPLE_SECONDS)


def main(arguments: list[str] | None = None) -> int:
    """Run the app until it is told to stop."""
    options = _parse(arguments)
    try:
        settings = _with_local_key(Settings()) if options.local_key else Settings()
        configure_logs(settings)
        if settings.workers > 1 and options.socket is None:
            # A supervisor needs none of what is imported here.
            command = [sys.executable, "-m", "gradio_app.workers"]
            os.execv(sys.executable, command)  # noqa: S606
        listening, address = _find_socket(settings, options.socket)
    except ValidationError as error:
        print(_word_wrong_setting(error), file=sys.stderr)
        return 2
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    allow_many_connections()
    server = Server(
        create_app(settings),
        settings,
        address,
        open_browser=options.open,
        listens=options.listens,
    )
    with suppress(KeyboardInterrupt):
        server.run([listening])
    return 0 if server.started else 1


def _word_wrong_setting(error: ValidationError) -> str:
    first = error.errors()[0]
    said = first["msg"].removeprefix("Value error, ")
    name = "_".join(str(part) for part in first["loc"]).upper()
    # What is wrong with several together names them, and what to do.
    return f"The setting {name} is wrong: {said}; mend it." if name else f"{said}."


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--open", action="store_true", help="open a browser as well")
    parser.add_argument(
        "--local-key",
        action="store_true",
        help="without API_KEY, keep a key for this machine's user in DATA_DIR/api_key",
    )
    # What the supervisor of several workers hands to each: see gradio_app/workers.py.
    parser.add_argument("--socket", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--listens", type=int, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _with_local_key(settings: Settings) -> Settings:
    if settings.api_key or settings.api_key_file:
        return settings
    path, key = make_local_key(settings.data_dir)
    if key:
        print(f"API key (shown once, kept in {path}): {key}", flush=True)
    return settings.model_copy(update={"api_key_file": path})


def _find_socket(
    settings: Settings, inherited: int | None
) -> tuple[socket.socket, str | None]:
    if inherited is not None:
        return socket.socket(fileno=inherited), None
    host, port = settings.gradio_server_name, settings.gradio_server_port
    listening = listen(host, port)
    return listening, name_address(host, listening.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
