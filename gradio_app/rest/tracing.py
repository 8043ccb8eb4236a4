"""What needs the key about the past: where an answer came from; withdraw its source."""

from typing import Annotated

from fastapi import Depends, FastAPI, Path
from fastapi.responses import Response

from digit_pipeline.records import CorrectionFilter, ManifestRecord, UploadRecord
from gradio_app.keys import require_key
from gradio_app.rest.examples import samples
from gradio_app.rest.history import describe_prediction
from gradio_app.rest.problems import responses
from gradio_app.rest.reviewing import GUARDED, PRIVATE, Reviewer, describe_correction
from gradio_app.rest.schemas.tracing import (
    ReviewLine,
    TraceAnswer,
    TracedImage,
    TracedManifest,
    TracedReleaseAnswer,
    TracedUpload,
    WithdrawAnswer,
    WithdrawBody,
)
from gradio_app.service import Service
from gradio_app.service.traces import Trace

NAME = "^[A-Za-z0-9.:-]{1,100}$"
DIGEST = "^[0-9a-f]{64}$"
TABLE = {
    "description": "The manifest: image, label, source, split, weight and correction "
    "of each line, as packed CSV",
    "content": {"application/gzip": {"schema": {"type": "string", "format": "binary"}}},
}


def add_routes(app: FastAPI, service: Service) -> None:
    """Add ``/api/trace/{name}``, ``/api/manifests/{digest}``, ``/api/withdraw``."""
    _add_trace(app, service)
    _add_manifest(app, service)
    _add_withdraw(app, service)


def _add_trace(app: FastAPI, service: Service) -> None:
    @app.get(
        "/api/trace/{name}",
        tags=["manage"],
        summary="From an answer to the corrections behind it, and back",
        dependencies=[Depends(require_key)],
        responses=responses(*GUARDED, 404, 422, 503),
        openapi_extra=samples("trace"),
    )
    def trace(
        name: Annotated[
            str,
            Path(
                pattern=NAME,
                description="Id of a prediction, a correction or an upload; hash of "
                "an image as the model sees it; digest of a training manifest; or "
                "version of a release.",
            ),
        ],
    ) -> TraceAnswer:
        """Follow a prediction to its release, MLflow run, manifest and corrections.

        A correction is followed the other way: to the manifests that it lies in, and
        the releases that were trained from them.
        """
        return describe_trace(service.tracing.trace(name))


def _add_manifest(app: FastAPI, service: Service) -> None:
    @app.get(
        "/api/manifests/{digest}",
        response_class=Response,
        tags=["manage"],
        summary="Exactly what a training saw",
        dependencies=[Depends(require_key)],
        responses={200: TABLE, **responses(*GUARDED, 404, 422)},
        openapi_extra=samples("manifest"),
    )
    def manifest(digest: Annotated[str, Path(pattern=DIGEST)]) -> Response:
        """Give a training manifest as it was written: a line per image, packed."""
        content = service.tracing.manifest_file(digest)
        name = f'attachment; filename="{digest}.csv.gz"'
        headers = {**PRIVATE, "Content-Disposition": name}
        return Response(content, 200, headers, "application/gzip")


def _add_withdraw(app: FastAPI, service: Service) -> None:
    @app.post(
        "/api/withdraw",
        tags=["manage"],
        summary="Take corrections back, and see which releases learned from them",
        dependencies=[Depends(require_key)],
        responses=responses(*GUARDED, 400, 413, 422, 503, 507),
        openapi_extra=samples("withdraw"),
    )
    def withdraw(body: WithdrawBody, reviewer: Reviewer = None) -> WithdrawAnswer:
        """Withdraw a client's, a session's, an upload's or single corrections.

        Their pictures are deleted, and the next training manifest is without them.
        A session, as its cookie has it, stands in no answer of this interface.
        """
        wanted = CorrectionFilter(
            client=body.client, session=body.session, upload=body.upload, ids=body.ids
        )
        done, champion = service.reviewing.withdraw(wanted, body.reason, reviewer)
        return WithdrawAnswer(
            corrections=list(done.corrections),
            changed=done.changed,
            manifests=list(done.manifests),
            releases=list(done.releases),
            champion=champion,
            message=_say(len(done.corrections), done.releases, champion),
        )


def _say(count: int, releases: tuple[str, ...], champion: str | None) -> str:
    what = "1 correction is" if count == 1 else f"{count} corrections are"
    it = "it" if count == 1 else "them"
    if champion:
        return (
            f"{what} withdrawn; the champion {champion} learned from {it}: retrain, or "
            "roll back to a release that did not."
        )
    if releases:
        return (
            f"{what} withdrawn; of the releases that learned from {it} none is the "
            f"champion: don't roll back to {', '.join(releases)}."
        )
    return f"{what} withdrawn; no release learned from {it}."


def describe_trace(found: Trace) -> TraceAnswer:
    """Give a trace as REST answers it."""
    prediction, upload = found.prediction, found.upload
    return TraceAnswer(
        of=found.of,
        prediction=describe_prediction(prediction) if prediction else None,
        upload=_describe_upload(upload) if upload else None,
        corrections=[describe_correction(one) for one in found.corrections],
        reviews=[
            ReviewLine(
                time=one.time.isoformat(),
                reviewer=one.reviewer,
                action=one.action,
                from_state=one.from_state,
                to_state=one.to_state,
                label=one.label,
                reason=one.reason,
            )
            for one in found.reviews
        ],
        releases=[TracedReleaseAnswer(**vars(one)) for one in found.releases],
        manifests=[_describe_manifest(one) for one in found.manifests],
        images=[
            TracedImage(manifest=one.manifest, **one.row._asdict())
            for one in found.images
        ],
        images_total=found.images_total,
    )


def _describe_upload(upload: UploadRecord) -> TracedUpload:
    return TracedUpload(
        id=upload.id,
        time=upload.time.isoformat(),
        name=upload.name,
        taken=upload.taken,
        refused=upload.refused,
    )


def _describe_manifest(manifest: ManifestRecord) -> TracedManifest:
    return TracedManifest(
        digest=manifest.digest,
        time=manifest.time.isoformat(),
        run_id=manifest.run_id,
        environment=manifest.environment,
        images=manifest.images,
        corrections=len(manifest.corrections),
        releases=list(manifest.releases),
        file=f"/api/manifests/{manifest.digest}",
    )
