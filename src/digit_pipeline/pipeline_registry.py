"""Every pipeline by name, for `kedro run --pipelines NAME`."""

import warnings

from kedro.pipeline import Pipeline

from digit_pipeline.pipelines import (
    batch_inference,
    evaluation,
    ingestion,
    monitoring,
    preprocessing,
    promotion,
    retraining,
    training,
)


def register_pipelines() -> dict[str, Pipeline]:
    """Name the pipelines explicitly.

    Kedro's own search would leave the composites out of `--pipelines`, which loads
    only folders of the requested name.
    """
    with warnings.catch_warnings():
        # The nodes that compare candidates read from every candidate's namespace, which
        # is what the dot is reserved for.
        warnings.filterwarnings("ignore", "One or more dataset names contain '.'")
        return _create_pipelines()


def _create_pipelines() -> dict[str, Pipeline]:
    parts = {
        "ingestion": ingestion.create_pipeline(),
        "preprocessing": preprocessing.create_pipeline(),
        "training": training.create_pipeline(),
        "evaluation": evaluation.create_pipeline(),
        "promotion": promotion.create_pipeline(),
    }
    train = sum((p for name, p in parts.items() if name != "ingestion"), Pipeline([]))
    return parts | {
        "batch_inference": batch_inference.create_pipeline(),
        "monitoring": monitoring.create_pipeline(),
        "feedback": retraining.create_feedback_pipeline(),
        "retrain": retraining.create_pipeline(),
        "train": train,
        "__default__": parts["ingestion"] + train,
    }
