"""The gate's rules for a retrained challenger."""

from typing import Any


def set_rules(promotion: dict[str, Any], retraining: dict[str, Any]) -> dict[str, Any]:
    """Give the gate's parameters for retraining: all of an ordinary run's, and more.

    Args:
        promotion: ``promotion`` of the parameters, of this environment.
        retraining: its ``promotion`` is added to that, or takes its place.
    """
    return {**promotion, **retraining["promotion"]}
