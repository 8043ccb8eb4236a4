"""Mount the Gradio pages so that they serve themselves and nothing else."""

import os
from contextlib import nullcontext

# Read by Gradio when it is imported: nothing is sent anywhere, no page asks for it.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr
from fastapi import FastAPI
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from gradio_app.pages import uploads
from gradio_app.pages.assets import ASSETS, STYLES, add_assets
from gradio_app.pages.draw import add_draw_page, add_program_endpoint
from gradio_app.pages.failures import log_failures
from gradio_app.pages.navigation import (
    TITLE,
    add_navigation,
    add_plain_pages,
    choose_pages,
)
from gradio_app.rest.problems import SENTENCES, problem
from gradio_app.service import Service
from gradio_app.settings import Settings

# Around every call Gradio imports matplotlib where it is installed, for seconds and
# 60 MB on the first one, and switches its backend. The pages plot nothing with it.
gr.utils.MatplotlibBackendMananger = nullcontext  # type: ignore[misc,assignment]

# Everything the pages need of Gradio. Uploads, files, proxy, monitoring and the rest
# of its routes do not exist here: the pages neither take nor give files.
OPEN_PATHS = frozenset({"/", "/config", "/theme.css", "/favicon.ico", "/robots.txt"})
OPEN_PREFIXES = (
    "/assets/",
    "/static/",
    "/svelte/",
    "/gradio_api/info",
    "/gradio_api/app_id",
    "/gradio_api/startup-events",
    "/gradio_api/heartbeat/",
    "/gradio_api/queue/",
    "/gradio_api/call/",
    "/gradio_api/run/",
    "/gradio_api/api/",
    "/gradio_api/cancel",
    "/gradio_api/reset",
)


def mount_pages(app: FastAPI, service: Service) -> None:
    """Build the pages and mount them at the root, behind every route already there."""
    address = add_assets(app)
    uploads.add_routes(app, service)
    has_key = app.state.keys.exist
    can_retrain = app.state.retraining.is_offered
    names = choose_pages(has_key=has_key, can_retrain=can_retrain)
    with gr.Blocks(title=TITLE, analytics_enabled=False) as pages:
        add_navigation(address, names)
        with gr.Column(elem_id="page-draw", elem_classes="page"):
            add_draw_page(pages, service)
        add_plain_pages(service.settings, names, has_key=has_key)
        add_program_endpoint(service)
    mount_blocks(app, pages, service.settings)


def mount_blocks(app: FastAPI, pages: gr.Blocks, settings: Settings) -> None:
    """Mount Blocks at the root, with every door shut that they do not need."""
    log_failures()
    # launch() would set it; without it, a mounted Gradio opens any path it is given.
    pages.has_launched = True
    gr.mount_gradio_app(
        app,
        pages,
        path="/",
        server_name=settings.gradio_server_name,
        server_port=settings.gradio_server_port,
        footer_links=[],
        run_history=False,
        allowed_paths=[],
        show_error=True,
        max_file_size=settings.upload_limits.body,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["monospace"]),
        css_paths=[ASSETS / name for name in STYLES],
    )
    mounted = app.routes[-1]
    if not isinstance(mounted, Mount):
        raise TypeError(f"expected Gradio's mount as the last route, got {mounted}")
    mounted.app = OnlyPages(mounted.app)


class OnlyPages:
    """Let through what the pages need; the rest of Gradio answers 404."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 404."""
        if scope["type"] == "http" and not is_open(scope["path"]):
            await problem(404, "not_found", SENTENCES[404])(scope, receive, send)
            return
        await self.app(scope, receive, send)


def is_open(path: str) -> bool:
    """Tell whether a path is one that the pages need."""
    return path in OPEN_PATHS or (path.startswith(OPEN_PREFIXES) and ".." not in path)
