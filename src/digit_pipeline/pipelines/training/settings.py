"""How a network is trained, as the parameters say."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from digit_pipeline.augmentation import Augmentation
from digit_pipeline.parameters import check_call, check_names
from digit_pipeline.writing_variants import WAYS

MOVES = ["rotation", "shear", "stretch"]


@dataclass(frozen=True, kw_only=True)
class FitSettings:
    """How a network is trained.

    Attributes:
        epochs: passes over the training images.
        batch_size: images in each step.
        learning_rate: Adam's; the greatest one when there is a cycle.
        cycle: share of the steps in which the learning rate rises, before it falls to
            zero along a cosine; 0 keeps it constant.
        label_smoothing: share of certainty spread over all classes.
        weight_average: momentum of the running average of the weights that is kept
            in their place; 0 keeps the last weights.
        patience: epochs without a smaller validation loss after which training stops
            and returns to the best; 0 trains all epochs and keeps the last.
        repeats: how often an epoch shows each image of a source, by its name.
        non_digits: pictures that are no digit in each step, as a share of its images;
            from them the network learns what to refuse.
        non_digit_moves: how far they are turned, sheared and stretched where that is
            not as far as digits are: what is squeezed far enough looks like a one.
        augmentation: how images are changed; None shows them as they are.
        bfloat16: whether the network learns in it where the processor multiplies it;
            elsewhere in float32, slower.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    cycle: float = 0.0
    label_smoothing: float = 0.0
    weight_average: float = 0.0
    patience: int = 0
    repeats: Mapping[str, int] = field(default_factory=dict)
    non_digits: float = 0.0
    non_digit_moves: Mapping[str, float] | None = None
    augmentation: Augmentation | None = None
    bfloat16: bool = False

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> "FitSettings":
        """Read them from a candidate's parameters.

        Raises:
            ParameterError: for one that no training knows, or the lack of one that
                every training needs.
        """
        given = {key: value for key, value in parameters.items() if value is not None}
        check_call("training parameters", cls, given)
        if "augmentation" in given:
            ways = given["augmentation"]
            check_call("ways of augmentation", Augmentation, ways)
            check_names("writing variants", ways.get("variants", {}), list(WAYS))
            ranges: dict[str, Any] = {
                key: tuple(value) if isinstance(value, list | tuple) else value
                for key, value in ways.items()
            }
            given["augmentation"] = Augmentation(**ranges)
        check_names("moves of non-digits", given.get("non_digit_moves", {}), MOVES)
        return cls(**given)

    @property
    def non_digit_augmentation(self) -> Augmentation | None:
        """How non-digits are changed: bounds on digits' shapes are none of theirs."""
        if self.augmentation is None or self.non_digit_moves is None:
            return self.augmentation
        moves: dict[str, Any] = {"aspects": None, "slants": None}
        return replace(self.augmentation, **moves | dict(self.non_digit_moves))
