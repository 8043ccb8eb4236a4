"""Kedro datasets of this project: ``digit_pipeline.datasets.X`` in the catalog.

A class is imported when it is asked for, so that a command that only reads the
catalog's configuration pays for nothing else.
"""

from importlib import import_module
from typing import Any

MODULES = {
    "ArrayDataset": "arrays",
    "CorrectionsDataset": "corrections",
    "CsvDataset": "tables",
    "EmbeddedDigits": "embedded_digits",
    "FashionImages": "fashion_images",
    "FieldImages": "field_images",
    "FigureDataset": "figures",
    "ImageFolderDataset": "image_folder",
    "JoblibModelDataset": "models",
    "JsonDataset": "documents",
    "KerasModelDataset": "models",
    "LabelledImagesDataset": "labelled_images_dataset",
    "LabelledImagesSets": "labelled_images_sets",
    "MnistDigits": "mnist_digits",
    "OnnxModelDataset": "models",
    "ParquetDataset": "tables",
    "PenDigits": "pen_digits",
    "PlotlyDataset": "figures",
    "PredictionLogDataset": "prediction_log",
    "RulingsDataset": "rulings",
    "SourceImages": "source_images",
    "TableShardsDataset": "table_shards",
    "TextDataset": "documents",
    "TrainingManifestDataset": "training_manifests",
}

__all__ = sorted(MODULES)  # noqa: PLE0605 - sorted() makes a list


def __getattr__(name: str) -> Any:
    if name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{MODULES[name]}"), name)
