"""A folder that Hugging Face can host: ``python -m deploy.space build``."""
