"""Labelled images to a released model, and the reading of drawings with it."""

__version__ = "0.1.0"
