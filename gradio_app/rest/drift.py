"""Whether people draw as before."""

from fastapi import FastAPI

from digit_pipeline.drift import Distance, Family, Finding, word_column, word_drift
from gradio_app.rest.examples import samples
from gradio_app.rest.problems import responses
from gradio_app.rest.schemas.drift import (
    DriftAnswer,
    DriftColumn,
    DriftComparison,
    DriftFamily,
    DriftSettingsAnswer,
)
from gradio_app.service import Service


def add_routes(app: FastAPI, service: Service) -> None:
    """Add ``GET /api/drift``."""

    @app.get(
        "/api/drift",
        tags=["records"],
        summary="Do people draw as before?",
        responses=responses(422, 503),
        openapi_extra=samples("drift"),
    )
    def drift() -> DriftAnswer:
        """Compare the latest answers with what the release was checked with.

        And with the first that it gave in use. It is looked at anew at most once a
        minute, and a picture answered just now may not be counted yet.
        """
        found, settings = service.drifting.report(), service.drifting.settings
        checked = found.from_checked
        return DriftAnswer(
            version=found.version,
            answers=found.answers,
            state=found.state,
            sentence=word_drift(found, settings),
            from_checked=_describe(checked) if checked else None,
            in_use=_describe(found.in_use),
            settings=DriftSettingsAnswer(
                **{n: getattr(settings, n) for n in DriftSettingsAnswer.model_fields}
            ),
        )


def _describe(finding: Finding) -> DriftComparison:
    return DriftComparison(
        state=finding.state,
        drifted=list(finding.families),
        reference=finding.reference,
        window=finding.window,
        families={
            name: _describe_family(family, finding.differing)
            for name, family in finding.measured.items()
        },
    )


def _describe_family(family: Family, differing: tuple[str, ...]) -> DriftFamily:
    return DriftFamily(
        p_value=family.p_value,
        columns={
            name: _describe_column(name, distance, name in differing)
            for name, distance in family.distances.items()
        },
    )


def _describe_column(name: str, distance: Distance, differs: bool) -> DriftColumn:
    words = word_column(name, distance)
    return DriftColumn(
        what=words.what,
        differs=differs,
        distance=distance.value,
        chance=distance.chance,
        p_value=distance.p_value,
        name=distance.name,
        before=distance.before,
        now=distance.now,
        before_text=words.before,
        now_text=words.now,
    )
