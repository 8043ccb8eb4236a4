"""Steps from schema to schema, run by ``digit_pipeline.records.schema``."""
