"""One file on disk, written beside and renamed: the base of the project's datasets."""

import io
import os
import re
import zlib
from abc import abstractmethod
from pathlib import Path
from pickle import UnpicklingError
from typing import IO, Any, TypeVar
from zipfile import BadZipFile

from kedro.io import AbstractDataset

from digit_pipeline.atomic import NO_SPACE, write_atomically
from digit_pipeline.datasets.errors import DataError, FileError

Content = TypeVar("Content")
# What the libraries raise that read our files when a file is cut short or garbage.
# Bugs in reading raise these too, but then for whole files as well, which tests read.
DAMAGE = (BadZipFile, EOFError, UnpicklingError, ValueError, zlib.error)
# A layer's folder, such as 05_model_input; each environment has its own below it.
LAYER = re.compile(r"0[1-8]_[a-z_]+")


class FileDataset(AbstractDataset[Content, Content]):
    """A value kept in one local file.

    A subclass says how to read and write a binary file; this class sees to
    missing files, full disks and interrupted writing. ``load`` gives what the last
    finished ``save`` wrote, whatever happened in between.

    Examples:
        ```yaml
        report:
          type: digit_pipeline.datasets.JsonDataset
          filepath: data/08_reporting/base/report.json
        ```

        >>> from digit_pipeline.datasets import JsonDataset
        >>> dataset = JsonDataset(filepath=tmp_path / "report.json")
        >>> dataset.save({"accuracy": 0.99})
        >>> dataset.load()
        {'accuracy': 0.99}
    """

    def __init__(
        self,
        *,
        filepath: str | os.PathLike[str],
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Name the file.

        Args:
            filepath: local path; missing folders are made when saving.
            metadata: for Kedro-Viz and other plugins; ignored here.
        """
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> Content:
        """Read the file.

        Raises:
            FileError: when it is missing or damaged.
        """
        if not self._filepath.is_file():
            raise FileError(self._filepath, "there is none")
        with self._filepath.open("rb") as file:
            try:
                return self._read(file)
            except DAMAGE as error:
                told = str(error).strip().splitlines() or [type(error).__name__]
                raise FileError(
                    self._filepath, f"it is damaged ({told[0]})", "delete it and "
                ) from error

    def save(self, data: Content) -> None:
        """Replace the file, or leave it as it was.

        Raises:
            DataError: when the disk is full.
        """
        try:
            self._replace(data)
        except OSError as error:
            if error.errno in NO_SPACE:
                raise self._disk_full() from error
            raise

    def _replace(self, data: Content) -> None:
        # In memory first: libraries that write to a full disk by their own C code
        # report all sorts of errors, or none.
        content = io.BytesIO()
        self._write(data, content)
        with write_atomically(self._filepath) as file:
            file.write(content.getbuffer())

    def _disk_full(self) -> DataError:
        return DataError(
            f"The disk is full: {self._filepath} keeps its previous content, so free "
            "some space and run again."
        )

    def move_apart(self, source: str, other: str) -> None:
        """Keep the file in another folder of its layer from now on.

        Args:
            source: the folder it lies in, right below that of its layer.
            other: the folder it shall lie in; nothing is copied.
        """
        parts = list(self._filepath.parts)
        for place in range(len(parts) - 2, 0, -1):
            if parts[place] == source and LAYER.fullmatch(parts[place - 1]):
                parts[place] = other
                self._filepath = Path(*parts)
                return

    @abstractmethod
    def _read(self, file: IO[bytes]) -> Content:
        """Read the value from an open file."""

    @abstractmethod
    def _write(self, data: Content, file: IO[bytes]) -> None:
        """Write the value to an open file in memory."""

    def _exists(self) -> bool:
        return self._filepath.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath.as_posix()}
