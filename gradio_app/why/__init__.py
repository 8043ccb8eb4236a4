"""Why this answer: an overlay for the drawing, and a sentence."""

from gradio_app.why.reason import NOTHING_TO_EXPLAIN, Reason, give_reason

__all__ = ["NOTHING_TO_EXPLAIN", "Reason", "give_reason"]
