"""raw sources → train, validation, gate and test sets; a report of what was lost."""

from kedro.pipeline import Node, Pipeline

from digit_pipeline.pipelines.ingestion.nodes import (
    drop_duplicate_images,
    report_ingestion,
    split_images,
    validate_images,
)

SETS = ("train_set", "validation_set", "gate_set", "test_set")


def create_pipeline() -> Pipeline:
    """Create the ingestion pipeline."""
    return Pipeline(
        [
            Node(
                validate_images,
                inputs=["source_images", "params:ingestion.min_per_class"],
                outputs=["valid_images", "dropped_faults"],
                name="validate_images",
            ),
            Node(
                drop_duplicate_images,
                inputs="valid_images",
                outputs=["unique_images", "dropped_duplicates"],
                name="drop_duplicate_images",
            ),
            Node(
                split_images,
                inputs=["unique_images", "params:ingestion.fractions"],
                outputs={name: name for name in SETS},
                name="split_images",
            ),
            Node(
                report_ingestion,
                inputs={
                    "faults": "dropped_faults",
                    "duplicates": "dropped_duplicates",
                    **{name: name for name in SETS},
                },
                outputs="ingestion_report",
                name="report_ingestion",
            ),
        ]
    )
