"""Look at labelled pictures one by one: which are taken, which not and why."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digit_pipeline.image_errors import ImageError
from digit_pipeline.images import Pixels
from digit_pipeline.quarantine import content_hash
from digit_pipeline.uploads import UploadLimits
from gradio_app.service.archives import MemberError
from gradio_app.service.errors import ServiceError
from gradio_app.service.labelling import Labelled
from gradio_app.service.names import clean_name
from gradio_app.service.predictions import Prediction, Reading
from gradio_app.service.seen import draw_digit, read_kept, to_levels

if TYPE_CHECKING:
    from digit_pipeline.classifier import Classifier

# What one upload may take of the disk, and of the memory until it is stored.
MOST_KEPT = 64 << 20
SHOWN_LABEL = 40


@dataclass(frozen=True, eq=False)
class Judged:
    """A labelled picture, and whether it is taken.

    Attributes:
        name: cleaned, to be shown.
        label: what it is said to show, if anything says so.
        problem: why it is not taken; None when it is.
        kept: a PNG of what is kept; empty when it is not taken.
        content: hash of what the model sees, 32 hex digits; None when it cannot be
            read.
        seen: what the model sees, uint8 ``(28, 28)``; None when it cannot be read.
        prediction: how the champion reads it, if it can be read.
    """

    name: str
    label: str | None
    problem: ImageError | None
    kept: bytes = b""
    content: str | None = None
    seen: Pixels | None = None
    prediction: Prediction | None = None

    @property
    def code(self) -> str:
        """Why it is not taken, for programs; empty when it is."""
        return self.problem.code if self.problem else ""

    @property
    def preview(self) -> str | None:
        """What the model sees, as a data URL; None when it cannot be read."""
        return None if self.seen is None else draw_digit(self.seen)

    def as_json(self) -> dict[str, object]:
        """Give its line of the report."""
        return {
            "name": self.name,
            "label": self.label,
            "taken": self.problem is None,
            "code": self.problem.code if self.problem else None,
            "sentence": self.problem.sentence if self.problem else None,
        }


def judge_pictures(
    pictures: Iterable[Labelled], classifier: "Classifier", limits: UploadLimits
) -> Iterator[Judged]:
    """Look at pictures in their order.

    Args:
        pictures: with their labels.
        classifier: whose classes the labels are.
        limits: how large each picture may be.

    Raises:
        ServiceError: ``too_large`` (413) when together they would take too much.
    """
    came: list[Labelled] = []

    def contents() -> Iterator[bytes | ImageError]:
        for picture in pictures:
            came.append(Labelled(picture.name, picture.label, b""))
            yield picture.content

    first: dict[tuple[str, str | None], str] = {}
    room = MOST_KEPT
    for place, (kept, found) in enumerate(read_kept(contents(), classifier, limits)):
        name, label = clean_name(came[place].name), came[place].label
        shown = _show_label(label, classifier.class_names)
        if isinstance(found, ImageError):
            yield Judged(name, shown, found)
            continue
        content = content_hash(found.view)
        problem = _find_problem(found, label, classifier.class_names)
        if problem is None and (content, label) in first:
            problem = _twice(first[content, label])
        if problem is None:
            first[content, label] = name
            room -= len(kept)
            if room < 0:
                raise _too_much()
        yield Judged(
            name,
            shown,
            problem,
            b"" if problem else kept,
            content,
            # Not the reading itself: it holds all of the picture.
            to_levels(found.view.digit),
            found.prediction,
        )


def _show_label(label: str | None, class_names: Sequence[str]) -> str | None:
    if label is None or label in class_names:
        return label
    return clean_name(label)[:SHOWN_LABEL]


def _find_problem(
    reading: Reading, label: str | None, class_names: Sequence[str]
) -> ImageError | None:
    names = ", ".join(class_names)
    if not label:
        return MemberError(
            "no_label",
            f"Expected a label ({names}), but nothing gives this picture one; pick "
            "it, name it in a table, or put the picture into a folder of that name.",
        )
    if label not in class_names:
        return MemberError(
            "unknown_label",
            f"Expected one of {names} as the label, but {label[:SHOWN_LABEL]!r} came; "
            "give this picture exactly one of them.",
        )
    if reading.view.is_empty:
        return MemberError(
            "no_ink",
            "Expected a picture with something drawn on it, but this one is empty; "
            "send one with more contrast.",
        )
    return None


def _twice(name: str) -> ImageError:
    return MemberError(
        "duplicate",
        f"Expected each picture once, but this one is the same as {name!r} with the "
        "same label; one of them is enough.",
    )


def _too_much() -> ServiceError:
    return ServiceError(
        413,
        "too_large",
        f"Expected at most {MOST_KEPT >> 20} MB of pictures as they are kept, but more "
        "came; send them in several uploads.",
    )
