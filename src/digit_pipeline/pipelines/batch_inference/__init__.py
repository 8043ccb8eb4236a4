"""Read a folder of images with the champion, shard by shard."""

from digit_pipeline.pipelines.batch_inference.pipeline import create_pipeline

__all__ = ["create_pipeline"]
