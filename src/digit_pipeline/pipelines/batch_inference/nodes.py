"""Read a folder of images with the champion: plan, answer, collect."""

import io
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from digit_pipeline.pipelines.batch_inference.reading import Files, read_files
from digit_pipeline.pipelines.batch_inference.shards import cut_shards
from digit_pipeline.progress import track
from digit_pipeline.releases.release import Release

if TYPE_CHECKING:
    from pandas import DataFrame
else:  # Kedro reads the hints of nodes, and need not import pandas for that.
    DataFrame = Any


def export_sample_images(
    batch_images: Files, champion_model: Release, sample_size: int
) -> dict[str, bytes]:
    """Give the champion something to read where the folder holds no image.

    Args:
        batch_images: the images to read; with any, no sample is made.
        champion_model: its gate set, which it was never trained on, is the sample.
        sample_size: at most so many images.

    Returns:
        PNG files by name, ink dark on white paper; the name ends with the class.
    """
    if batch_images:
        return {}
    gate = champion_model.gate
    count = min(sample_size, len(gate))
    chosen = gate.take(np.linspace(0, len(gate) - 1, count).astype(np.int64))
    return {
        f"{number:04d}_{chosen.class_names[label]}.png": _encode_png(image)
        for number, (image, label) in enumerate(
            zip(chosen.images, chosen.labels, strict=True)
        )
    }


def plan_shards(
    batch_images: Files,
    sample_images: Files,
    champion_model: Release,
    finished_shards: Mapping[str, Any],
    shard_size: int,
) -> dict[str, Any]:
    """Cut the images into shards and see which ones are finished.

    Args:
        batch_images: the images to read.
        sample_images: read instead when there are none.
        champion_model: who reads them.
        finished_shards: by name, those written by this run's predecessors.
        shard_size: images in a shard.

    Returns:
        ``source`` ("batch_images" or "sample_images"), ``model_version``, ``shards``
        (each ``name``, ``files``, ``is_finished``).
    """
    files = batch_images or sample_images
    contents = (
        (name, _read_or_nothing(read))
        for name, read in track(files.items(), "Listing images", len(files))
    )
    shards = cut_shards(contents, champion_model.version, shard_size)
    return {
        "source": "batch_images" if batch_images else "sample_images",
        "model_version": champion_model.version,
        "shards": [
            shard | {"is_finished": shard["name"] in finished_shards}
            for shard in shards
        ],
    }


def predict_shards(
    batch_plan: dict[str, Any],
    batch_images: Files,
    sample_images: Files,
    champion_model: Release,
) -> Iterator[dict[str, DataFrame]]:
    """Answer the shards that are not finished, and hand each on as soon as it is.

    Yields:
        a shard's name and its table, as ``reading.read_files`` makes it.
    """
    from digit_pipeline.classifier import Classifier  # noqa: PLC0415 - slow to import

    pending = [shard for shard in batch_plan["shards"] if not shard["is_finished"]]
    if not pending:
        return
    files = batch_images if batch_plan["source"] == "batch_images" else sample_images
    # 0 threads: ONNX Runtime takes every core.
    classifier = Classifier.load(champion_model, threads=0)
    for shard in track(pending, "Reading shards"):
        yield {shard["name"]: read_files(shard["files"], files, classifier)}


def collect_predictions(
    batch_plan: dict[str, Any],
    prediction_shards: Mapping[str, Callable[[], DataFrame]],
) -> tuple[DataFrame, DataFrame, dict[str, Any]]:
    """Join the plan's shards, in its order, and sum them up.

    Args:
        batch_plan: as ``plan_shards``.
        prediction_shards: what reads each shard, by name; others are passed over.

    Returns:
        the table twice (for Parquet and for CSV), and its summary.
    """
    import pandas as pd  # noqa: PLC0415 - 0.5 s that other commands should not pay

    tables = [prediction_shards[shard["name"]]() for shard in batch_plan["shards"]]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    return table, table, summarise(batch_plan, table)


def summarise(batch_plan: dict[str, Any], table: DataFrame) -> dict[str, Any]:
    """Count verdicts, labels and errors.

    Returns:
        ``images``, ``failed``, ``verdicts``, ``labels``, ``mean_confidence`` (None
        without answers), ``model_version``, ``source``, ``shards``,
        ``shards_finished_before`` and a ``sentence``.
    """
    shards = batch_plan["shards"]
    counts: dict[str, Any] = {"images": len(table), "failed": 0, "verdicts": {}}
    counts |= {"labels": {}, "mean_confidence": None}
    if len(table):
        confidence = table["confidence"].dropna()
        counts |= {
            "failed": int(table["error"].notna().sum()),
            "verdicts": table["verdict"].value_counts().to_dict(),
            "labels": table["label"].value_counts(sort=False).sort_index().to_dict(),
            "mean_confidence": float(confidence.mean()) if len(confidence) else None,
        }
    finished = sum(shard["is_finished"] for shard in shards)
    return {
        **counts,
        "model_version": batch_plan["model_version"],
        "source": batch_plan["source"],
        "shards": len(shards),
        "shards_finished_before": finished,
        "sentence": _say(batch_plan, counts, finished),
    }


def _say(batch_plan: dict[str, Any], counts: dict[str, Any], finished: int) -> str:
    what = "images"
    if batch_plan["source"] == "sample_images":
        what = (
            "sample images (the folder of `batch_images` holds none: name yours with "
            "`--params batch_folder=FOLDER`)"
        )
    return (
        f"Release {batch_plan['model_version']} answered "
        f"{counts['images'] - counts['failed']:,} of {counts['images']:,} {what}, "
        f"{counts['failed']:,} could not be opened; {finished} of "
        f"{len(batch_plan['shards'])} shards were finished before."
    )


def _encode_png(image: np.ndarray[Any, np.dtype[np.uint8]]) -> bytes:
    """Encode uint8 ``(h, w, 1)``, ink = 255, as dark ink on paper; colour as it is."""
    buffer = io.BytesIO()
    pixels = 255 - image[..., 0] if image.shape[-1] == 1 else image
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def _read_or_nothing(read: Callable[[], bytes]) -> bytes:
    """Read a file; one that can't be read gets its row, with the reason, later."""
    try:
        return read()
    except OSError:
        return b""
