"""The pages' door, a file per subject, mirroring ``rest``."""
