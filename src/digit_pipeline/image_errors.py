"""The one error that an unusable upload becomes: a code, a sentence, a status."""

STATUSES = {
    "empty_image": 422,
    "unsupported_format": 415,
    "too_large": 413,
    "truncated": 422,
    "corrupt": 422,
}


class ImageError(ValueError):
    """An upload that cannot be opened.

    Attributes:
        code: one of ``STATUSES``, for programs.
        sentence: what was expected, what came and what to do, for people.
        status: the HTTP status that says the same.
    """

    def __init__(self, code: str, sentence: str):
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.status = STATUSES[code]


def empty() -> ImageError:
    """Give the error for a body without an image."""
    return ImageError(
        "empty_image",
        "Expected an image, but nothing came; send the picture as the field `file`, "
        'as the JSON field "image", or as the whole body.',
    )


def unsupported(what: str = "something else") -> ImageError:
    """Give the error for a format that is not on the list."""
    return ImageError(
        "unsupported_format",
        f"Expected a PNG, JPEG, WebP or BMP image, but {what} came; save the picture "
        "as PNG and send it again.",
    )


def too_large(limit: str, what: str) -> ImageError:
    """Give the error for a picture or a body beyond a limit."""
    return ImageError(
        "too_large",
        f"Expected {limit}, but {what} came; make the picture smaller and send it "
        "again.",
    )


def truncated() -> ImageError:
    """Give the error for a picture whose end is missing."""
    return ImageError(
        "truncated",
        "Expected a whole image, but its end is missing; send the file again.",
    )


def corrupt(kind: str = "image") -> ImageError:
    """Give the error for a picture that was damaged."""
    return ImageError(
        "corrupt",
        f"Expected a sound {kind} file, but this one is damaged; save the picture "
        "anew and send it again.",
    )
