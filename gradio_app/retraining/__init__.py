"""Retraining: one child process at a time, watched until it has ended."""

from gradio_app.retraining.retraining import Retraining
from gradio_app.retraining.view import JobView, Status

__all__ = ["JobView", "Retraining", "Status"]
