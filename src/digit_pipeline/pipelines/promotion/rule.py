"""What a rule of the gate says."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rule:
    """One rule's verdict: its figure, the limit, and a sentence with both."""

    name: str
    passed: bool
    figure: float | int | None
    threshold: float | int | None
    sentence: str
    details: dict[str, Any] | None = None
