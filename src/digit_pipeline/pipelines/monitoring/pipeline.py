"""What the app has answered → whether people draw otherwise than before."""

from kedro.pipeline import Node, Pipeline

from digit_pipeline.pipelines.monitoring.nodes import draw_drift, look_for_drift


def create_pipeline() -> Pipeline:
    """Create the monitoring pipeline."""
    return Pipeline(
        [
            Node(
                look_for_drift,
                inputs=["prediction_log", "champion_model", "params:monitoring"],
                outputs="drift_report",
                name="look_for_drift",
            ),
            Node(
                draw_drift,
                inputs="drift_report",
                outputs="drift_figure",
                name="draw_drift",
            ),
        ]
    )
