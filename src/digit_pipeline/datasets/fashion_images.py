"""``FashionImages``: 10,000 pictures of clothes (Xiao, Rasul, Vollgraf 2017)."""

from digit_pipeline.datasets.mnist_digits import MnistDigits
from digit_pipeline.datasets.source_dataset import Parts


class FashionImages(MnistDigits):
    """Fashion-MNIST's two test files: what a reader of digits has to refuse.

    Loads "test" (10,000): uint8 ``(n, 28, 28, 1)``, cloth = 255 on 0.

    Examples:
        ```yaml
        fashion_images:
          type: digit_pipeline.datasets.FashionImages
          path: data/01_raw/fashion-mnist
          mirrors: ["https://example.org/fashion/{name}.gz"]
          sha256: { t10k-images-idx3-ubyte: 5b0f…, t10k-labels-idx1-ubyte: d0f3… }
          optional: true
        ```

        >>> from digit_pipeline.datasets import FashionImages
        >>> dataset = FashionImages(
        ...     path=tmp_path, mirrors=[], optional=True,
        ...     sha256=dict.fromkeys(FashionImages.NAMES, "0" * 64),
        ... )
        >>> dataset.load()
        {}
    """

    SOURCE = "fashion"
    CLASS_NAMES = (
        "T-shirt",
        "trousers",
        "pullover",
        "dress",
        "coat",
        "sandal",
        "shirt",
        "sneaker",
        "bag",
        "ankle boot",
    )
    NAMES = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")

    def _read(self) -> Parts:
        return {"test": self._read_part("t10k")}
