"""raw sources → train, validation, gate and test sets; a report of what was lost."""

from kedro.pipeline import Node, Pipeline

from digit_pipeline.pipelines.ingestion.nodes import (
    clean_images,
    report_ingestion,
    split_images,
)

SETS = ("train_set", "validation_set", "gate_set", "test_set")


def create_pipeline() -> Pipeline:
    """Create the ingestion pipeline."""
    return Pipeline(
        [
            Node(
                clean_images,
                inputs=["source_images", "params:ingestion.min_per_class"],
                outputs=["clean_images", "dropped_images"],
                name="clean_images",
            ),
            Node(
                split_images,
                inputs=["clean_images", "params:ingestion.fractions"],
                outputs={name: name for name in SETS},
                name="split_images",
            ),
            Node(
                report_ingestion,
                inputs={
                    "dropped": "dropped_images",
                    **{name: name for name in SETS},
                },
                outputs="ingestion_report",
                name="report_ingestion",
            ),
        ]
    )
