"""The batch inference pipeline: a folder of images to predictions, each shard once."""

from kedro.pipeline import Node, Pipeline

from digit_pipeline.pipelines.batch_inference.nodes import (
    collect_predictions,
    export_sample_images,
    plan_shards,
    predict_shards,
)

IMAGES = {"batch_images": "batch_images", "sample_images": "sample_images"}


def create_pipeline() -> Pipeline:
    """Create the batch inference pipeline."""
    return Pipeline(
        [
            Node(
                export_sample_images,
                inputs={
                    "batch_images": "batch_images",
                    "champion_model": "champion_model",
                    "sample_size": "params:batch_inference.sample_size",
                },
                outputs="sample_images",
                name="export_sample_images",
            ),
            Node(
                plan_shards,
                inputs={
                    **IMAGES,
                    "champion_model": "champion_model",
                    # The same folder as prediction_shards: a node can't read what
                    # a later one writes under one name.
                    "finished_shards": "finished_shards",
                    "shard_size": "params:batch_inference.shard_size",
                },
                outputs="batch_plan",
                name="plan_shards",
            ),
            Node(
                predict_shards,
                inputs={
                    "batch_plan": "batch_plan",
                    **IMAGES,
                    "champion_model": "champion_model",
                },
                outputs="prediction_shards",
                name="predict_shards",
            ),
            Node(
                collect_predictions,
                inputs=["batch_plan", "prediction_shards"],
                outputs=[
                    "batch_predictions",
                    "batch_predictions_csv",
                    "batch_summary",
                ],
                name="collect_predictions",
            ),
        ]
    )
