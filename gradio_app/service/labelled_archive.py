"""Measure a release on somebody's own images: a zip with a folder per label."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from digit_pipeline.image_errors import ImageError
from digit_pipeline.uploads import UploadLimits
from gradio_app.service import errors
from gradio_app.service.archives import Member, MemberError, read_zip
from gradio_app.service.evaluation import Answered, Evaluation, Failure, summarise
from gradio_app.service.reading import NewId, read_pictures

if TYPE_CHECKING:
    from digit_pipeline.classifier import Classifier


def evaluate_archive(
    classifier: "Classifier", archive: bytes, limits: UploadLimits, new_id: NewId
) -> Evaluation:
    """Measure a release on the images of a zip.

    Raises:
        ServiceError: ``too_large``, ``corrupt_zip``, or ``nothing_labelled`` when no
            image counts.
    """
    names = classifier.class_names
    labelled: list[tuple[str, int]] = []
    failures: list[Failure] = []

    def contents() -> Iterator[bytes | ImageError]:
        for name, label, content in split_labelled(read_zip(archive), names):
            labelled.append((name, label))
            yield content

    def answers() -> Iterator[Answered]:
        found = read_pictures(contents(), classifier, limits, new_id)
        for place, (_, reading) in enumerate(found):
            name, truth = labelled[place]
            if isinstance(reading, ImageError):
                failures.append(Failure(name, reading.code, reading.sentence))
                continue
            yield Answered(truth, reading.best, reading.prediction.verdict)

    counted = list(answers())
    if not counted:
        raise errors.nothing_labelled(names, failures[0].detail if failures else None)
    return summarise(counted, names, classifier.version, "archive", failures)


def label_of(name: str, class_names: Sequence[str]) -> int | None:
    """Give the class whose folder a file lies in: ``7/a.png``, ``digits/7/a.png``."""
    folder = PurePosixPath(name).parent.name
    return class_names.index(folder) if folder in class_names else None


def split_labelled(
    members: Iterable[Member], class_names: Sequence[str]
) -> Iterator[tuple[str, int, bytes | ImageError]]:
    """Pair each file of a zip with the class of its folder."""
    for member in members:
        label = label_of(member.name, class_names)
        if label is None and not isinstance(member.content, ImageError):
            wrong = MemberError(
                "unknown_label",
                f"Expected a folder named {', '.join(class_names)}, but this image "
                "lies in none of them; put it into the folder of its label.",
            )
            yield member.name, 0, wrong
        else:
            yield member.name, label or 0, member.content
