"""Health (the process answers) and readiness (it can predict)."""

from fastapi import FastAPI, Response

from gradio_app.rest.examples import samples
from gradio_app.rest.schemas.health import Health
from gradio_app.service import Service


def add_routes(app: FastAPI, service: Service) -> None:
    """Add ``GET /api/health``, its alias ``/health``, and ``GET /api/ready``."""

    def state() -> Health:
        champion = service.champion
        problems = app.state.readiness.problems
        return Health(
            ready=not problems,
            serving=champion.serving,
            desired=champion.desired,
            problem=" ".join(problems) or service.problem,
        )

    @app.get(
        "/api/health",
        tags=["health"],
        summary="Does the process answer?",
        openapi_extra=samples("health"),
    )
    @app.get("/health", include_in_schema=False)
    async def health() -> Health:
        """Answer 200 as long as the process lives, with or without a release."""
        return state()

    @app.get(
        "/api/ready",
        tags=["health"],
        summary="Can it predict?",
        openapi_extra=samples("ready"),
        responses={503: {"model": Health, "description": "It cannot"}},
    )
    async def ready(response: Response) -> Health:
        """Answer 200 when a release is loaded and the storage takes what is written.

        Otherwise, and from the moment that the app is told to stop: 503 and why.
        """
        found = state()
        response.status_code = 200 if found.ready else 503
        return found
