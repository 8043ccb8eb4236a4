"""Names that strangers gave to files: as paths to compare, and as text to show."""

import unicodedata

MAX_NAME = 200
NAMELESS = "(no name)"


def plain_path(name: str) -> str:
    """Give a path with forward slashes, without ``./`` before it; only to compare."""
    path = name.replace("\\", "/")
    while path.startswith("./"):
        path = path[2:]
    return path


def clean_text(text: str) -> str:
    """Give text that may be stored and shown: one line, nothing that is not seen.

    Control characters, what turns the direction of writing and what is no character
    at all are left out; what HTML would take for markup stays, for pages to escape.
    """
    shown = "".join(
        " " if char.isspace() else char
        for char in unicodedata.normalize("NFC", text)
        if char.isspace() or not unicodedata.category(char).startswith("C")
    )
    return " ".join(shown.split())


def clean_name(name: str) -> str:
    """Give the name of a file or a person as it may be stored and shown.

    Returns:
        1 to ``MAX_NAME`` characters; ``NAMELESS`` where none is left.
    """
    return clean_text(name[: 4 * MAX_NAME])[:MAX_NAME].strip() or NAMELESS
