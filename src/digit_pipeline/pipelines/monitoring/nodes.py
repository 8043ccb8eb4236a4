"""Look for drift in what the champion has answered, and draw what was found."""

from typing import TYPE_CHECKING, Any

from digit_pipeline.datasets.prediction_log import PredictionLog
from digit_pipeline.drift import DriftSettings, report_drift, word_drift
from digit_pipeline.pipelines.monitoring.figures import draw_distances
from digit_pipeline.releases import Release

if TYPE_CHECKING:
    from matplotlib.figure import Figure
else:  # Kedro reads the hints of nodes, and need not import Matplotlib for that.
    Figure = Any


def look_for_drift(
    prediction_log: PredictionLog,
    champion: Release,
    settings: dict[str, Any],
) -> dict[str, Any]:
    """Compare the champion's latest answers with what they are held to.

    Args:
        prediction_log: what was answered.
        champion: the release whose answers are looked at.
        settings: ``monitoring`` of the parameters, those of ``DriftSettings``.

    Returns:
        the report of ``drift.report_drift`` with its ``sentence``.
    """
    limits = DriftSettings(**settings)
    first, latest = prediction_log.ends(champion.version, limits)
    reference = champion.drift_reference
    report = report_drift(champion.version, reference, first, latest, limits)
    return {**report.to_json(), "sentence": word_drift(report, limits)}


def draw_drift(report: dict[str, Any]) -> Figure:
    """Draw every distance beside what chance alone would give.

    Args:
        report: as ``look_for_drift`` gives it.
    """
    return draw_distances(report, report["sentence"])
