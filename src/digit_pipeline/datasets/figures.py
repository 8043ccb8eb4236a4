"""``FigureDataset`` and ``PlotlyDataset``: pictures of results."""

import json
from typing import IO, TYPE_CHECKING, Any

from PIL import Image

from digit_pipeline.datasets.file_dataset import FileDataset
from digit_pipeline.datasets.previews import (
    ImagePreview,
    PlotlyPreview,
    once_made,
    preview_png,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS_PER_INCH = 120


class FigureDataset(FileDataset[Any]):
    """A matplotlib figure or a Pillow image, kept as PNG and loaded as an image.

    Examples:
        ```yaml
        worst_mistakes:
          type: digit_pipeline.datasets.FigureDataset
          filepath: data/08_reporting/base/worst_mistakes.png
        ```

        >>> from matplotlib.figure import Figure
        >>> from digit_pipeline.datasets import FigureDataset
        >>> dataset = FigureDataset(filepath=tmp_path / "figure.png")
        >>> dataset.save(Figure(figsize=(2, 1)))
        >>> dataset.load().size
        (240, 120)
    """

    def _read(self, file: IO[bytes]) -> Image.Image:
        try:
            image = Image.open(file, formats=["PNG"])
            image.load()
        except (OSError, SyntaxError) as error:
            # What Pillow says of a damaged file; a disk that fails has a number.
            if getattr(error, "errno", None) is not None:
                raise
            raise ValueError("no whole PNG") from error
        return image

    def _write(self, data: "Figure | Image.Image", file: IO[bytes]) -> None:
        if isinstance(data, Image.Image):
            data.save(file, "PNG")
        else:
            data.savefig(file, format="png", dpi=DOTS_PER_INCH)

    @once_made
    def preview(self) -> ImagePreview:
        """Show the picture."""
        return preview_png(self._filepath.read_bytes())


class PlotlyDataset(FileDataset[Any]):
    """An interactive plotly figure, kept as JSON.

    Examples:
        ```yaml
        confusion_matrix:
          type: digit_pipeline.datasets.PlotlyDataset
          filepath: data/08_reporting/base/confusion_matrix.json
        ```

        >>> import plotly.graph_objects as go
        >>> from digit_pipeline.datasets import PlotlyDataset
        >>> dataset = PlotlyDataset(filepath=tmp_path / "bars.json")
        >>> dataset.save(go.Figure(go.Bar(x=["a"], y=[3])))
        >>> dataset.load().data[0].y
        (3,)
    """

    def _read(self, file: IO[bytes]) -> Any:
        import plotly.io  # noqa: PLC0415 - 0.5 s

        return plotly.io.from_json(file.read().decode())

    def _write(self, data: Any, file: IO[bytes]) -> None:
        file.write(data.to_json().encode())

    @once_made
    def preview(self) -> PlotlyPreview:
        """Show the figure, alive."""
        return PlotlyPreview(json.loads(self._filepath.read_bytes()))
