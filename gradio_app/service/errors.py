"""What goes wrong in the service: a status, a code, one sentence for a person."""

from collections.abc import Sequence

from digit_pipeline.records import RecordsError

# What a driver says names hosts and users, which are nobody's business but the log's.
UNOPENED = "The records cannot be opened; the app's log says why."
TOLD_TO_THE_LOG = {"unavailable", "bad_url"}


class ServiceError(Exception):
    """A request that cannot be answered.

    Attributes:
        status: the HTTP status that says the same.
        code: for programs; stable.
        sentence: what was expected, what came, what to do.
        retry_after: seconds after which trying again may help, or None.
    """

    def __init__(
        self, status: int, code: str, sentence: str, retry_after: int | None = None
    ):
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.retry_after = retry_after


class NotReadyError(ServiceError):
    """There is no release to answer with."""

    def __init__(self, problem: str | None):
        sentence = problem or "No model is loaded yet; try again in a few seconds."
        super().__init__(503, "no_model", sentence, retry_after=5)


class NoRecordsError(ServiceError):
    """The records cannot be read or written at this moment."""

    def __init__(self) -> None:
        super().__init__(
            503,
            "no_records",
            f"{UNOPENED} Predictions are answered all the same, try this again later.",
            retry_after=10,
        )


def word_records_error(error: RecordsError) -> str:
    """Say what is wrong with the records, to whoever asks."""
    return UNOPENED if error.code in TOLD_TO_THE_LOG else error.sentence


def nothing_labelled(names: Sequence[str], reason: str | None) -> ServiceError:
    """Give the error for a zip without an image that could be measured on."""
    folders = f"Expected a zip of images in folders named {', '.join(names)}, but "
    if reason is None:
        came = "it is empty; put images into it."
    else:
        came = f"none of its images can be counted. Of the first: {reason}"
    return ServiceError(422, "nothing_labelled", folders + came)


def nothing_taught() -> ServiceError:
    """Give the error for an upload without a picture."""
    return ServiceError(
        422,
        "empty_image",
        "Expected labelled pictures, but none came; send them as the files of a form "
        "(`files`, their labels as `labels`) or as one zip with a folder per label.",
    )


def no_space() -> ServiceError:
    """Give the error for a write that a full disk refused."""
    return ServiceError(
        507,
        "no_space",
        "Nothing was stored, because the disk is full; try again when there is room.",
        retry_after=60,
    )


def forged_id() -> ServiceError:
    """Give the error for a prediction id that this app never gave out."""
    return ServiceError(
        403,
        "forged_id",
        "Expected the id of a prediction as it was answered, but this one was not "
        "given out here; send the `id` of the prediction that you correct.",
    )


def unknown_label(label: str, class_names: tuple[str, ...]) -> ServiceError:
    """Give the error for a label that the model does not know."""
    return ServiceError(
        422,
        "unknown_label",
        f"Expected one of {', '.join(class_names)} as the label, but {label[:40]!r} "
        "came; send exactly one of them.",
    )


def quota_spent(limit: int) -> ServiceError:
    """Give the error for more feedback than one client may give in a day."""
    return ServiceError(
        429,
        "quota",
        f"Expected at most {limit} corrections a day from one address, but these are "
        "more; nothing was stored, send fewer or go on tomorrow.",
        retry_after=3600,
    )


def unknown_upload(name: str) -> ServiceError:
    """Give the error for an upload that this session has not sent."""
    return ServiceError(
        404,
        "not_found",
        f"Expected an upload of this session, but there is no {name[:40]!r}; "
        "/api/uploads lists them.",
    )


def no_image(correction: str) -> ServiceError:
    """Give the error for a correction without a kept picture."""
    return ServiceError(
        404,
        "not_found",
        f"Expected a correction with a picture, but none is kept of {correction[:40]!r}"
        "; it may have been withdrawn.",
    )


def reserved_name(name: str) -> ServiceError:
    """Give the error for a reviewer who is called like what is no person."""
    return ServiceError(
        422,
        "reserved_name",
        f"Expected a person's name in the header X-Reviewer, but {name!r} is no "
        "person; send another one.",
    )


def nothing_to_trace(name: str) -> ServiceError:
    """Give the error for what no trace begins at."""
    return ServiceError(
        404,
        "not_found",
        "Expected the id of a prediction, a correction or an upload, the hash of an "
        "image, the digest of a training manifest or the version of a release, but "
        f"nothing here is called {name[:100]!r}; it may be too old or withdrawn.",
    )


def unknown_release(version: str) -> ServiceError:
    """Give the error for a release that is not in the store."""
    return ServiceError(
        404,
        "not_found",
        f"Expected the version of a release, but there is no {version[:40]!r}; "
        "/api/model/releases lists them.",
    )


def no_way_back(version: str) -> ServiceError:
    """Give the error for a roll-back to a release that is not in the store."""
    return ServiceError(
        409,
        "release",
        f"Expected the version of a release as `to`, but there is no {version[:40]!r}; "
        "/api/model/releases lists them.",
    )


def no_test_set(version: str) -> ServiceError:
    """Give the error for a release that was published without its test set."""
    return ServiceError(
        404,
        "no_test_set",
        f"Release {version} carries no frozen test set; send a zip with a folder of "
        "images per label.",
    )


def no_picture(file: str) -> ServiceError:
    """Give the error for a file that is no figure of the champion's report."""
    return ServiceError(
        404,
        "not_found",
        f"Expected a figure of the report, but there is no {file[:80]!r}; "
        "/api/visualizations lists them.",
    )
