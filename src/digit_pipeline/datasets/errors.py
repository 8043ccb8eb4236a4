"""What keeps a dataset from being read or written, in a sentence of our own."""

from pathlib import Path

from kedro.io import DatasetError


class DataError(DatasetError):
    """A dataset can't be read or written for a reason that a person can mend.

    Kedro wraps whatever goes wrong in its own ``DatasetError``; a run tells this one
    without a traceback.
    """


class FileError(DataError):
    """The file of a dataset can't be read: another run has to make it first.

    Attributes:
        path: the file.
        found: what came instead, as the end of "Expected a file at …, but …".
        cure: what to do before it is made, as the beginning of "… run …"; may be empty.
    """

    def __init__(self, path: Path, found: str, cure: str = "") -> None:
        super().__init__(
            f"Expected a file at {path}, but {found}: {cure}run the pipeline that "
            "makes it."
        )
        self.path, self.found, self.cure = path, found, cure
