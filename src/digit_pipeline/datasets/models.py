"""Models in their three forms: Keras archive, ONNX bytes, scikit-learn object."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from digit_pipeline.datasets.file_dataset import FileDataset
from digit_pipeline.datasets.previews import JSONPreview, once_made


class KerasModelDataset(FileDataset[Any]):
    """A Keras model as a ``.keras`` archive.

    TensorFlow is imported when a model is loaded or saved, not before. Files of equal
    weights differ in bytes (they hold a time): compare hashes of weights.

    Examples:
        ```yaml
        sketch_cnn.model:
          type: digit_pipeline.datasets.KerasModelDataset
          filepath: data/06_models/base/sketch_cnn/model.keras
        ```

        >>> import keras
        >>> from digit_pipeline.datasets import KerasModelDataset
        >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        >>> dataset = KerasModelDataset(filepath=tmp_path / "model.keras")
        >>> dataset.save(model)
        >>> dataset.load().count_params()
        8
    """

    def _read(self, file: IO[bytes]) -> Any:
        import digit_pipeline.quiet_tensorflow  # noqa: F401, PLC0415 - comes first

        # isort: split
        import keras  # noqa: PLC0415 - TensorFlow: 13 s of CPU

        return keras.saving.load_model(file.name, safe_mode=True)

    def _write(self, data: Any, file: IO[bytes]) -> None:
        # Keras saves to names only, and ones that end in .keras.
        with TemporaryDirectory() as folder:
            path = Path(folder) / "model.keras"
            data.save(path)
            file.write(path.read_bytes())

    @once_made
    def preview(self) -> JSONPreview:
        """Show the size; the layers would cost importing TensorFlow."""
        return JSONPreview(json.dumps({"bytes": self._filepath.stat().st_size}))


class OnnxModelDataset(FileDataset[bytes]):
    """An ONNX model as its bytes.

    Examples:
        ```yaml
        "{candidate}.onnx":
          type: digit_pipeline.datasets.OnnxModelDataset
          filepath: data/06_models/base/{candidate}/model.onnx
        ```

        >>> from digit_pipeline.datasets import OnnxModelDataset
        >>> dataset = OnnxModelDataset(filepath=tmp_path / "model.onnx")
        >>> dataset.save(b"serialized model")
        >>> dataset.load()
        b'serialized model'
    """

    def _read(self, file: IO[bytes]) -> bytes:
        return file.read()

    def _write(self, data: bytes, file: IO[bytes]) -> None:
        file.write(data)

    @once_made
    def preview(self) -> JSONPreview:
        """Show what goes in, what comes out, and the size."""
        import digit_pipeline.private_onnxruntime  # noqa: F401, PLC0415 - first

        # isort: split
        import onnxruntime  # noqa: PLC0415 - 0.2 s

        content = self.load()
        session = onnxruntime.InferenceSession(
            content, providers=["CPUExecutionProvider"]
        )
        summary = {
            "inputs": {i.name: [i.type, i.shape] for i in session.get_inputs()},
            "outputs": {o.name: [o.type, o.shape] for o in session.get_outputs()},
            "bytes": len(content),
        }
        return JSONPreview(json.dumps(summary))


class JoblibModelDataset(FileDataset[Any]):
    """A scikit-learn model by joblib: a pickle, so load only what this project wrote.

    Examples:
        ```yaml
        logistic_regression.model:
          type: digit_pipeline.datasets.JoblibModelDataset
          filepath: data/06_models/base/logistic_regression/model.joblib
        ```

        >>> from sklearn.linear_model import LogisticRegression
        >>> from digit_pipeline.datasets import JoblibModelDataset
        >>> dataset = JoblibModelDataset(filepath=tmp_path / "model.joblib")
        >>> dataset.save(LogisticRegression(C=2.0))
        >>> dataset.load().C
        2.0
    """

    def _read(self, file: IO[bytes]) -> Any:
        import joblib  # type: ignore[import-untyped] # noqa: PLC0415 - the app lacks it

        return joblib.load(file)

    def _write(self, data: Any, file: IO[bytes]) -> None:
        import joblib  # noqa: PLC0415

        joblib.dump(data, file, compress=3)

    @once_made
    def preview(self) -> JSONPreview:
        """Show the model's class and parameters."""
        model = self.load()
        parameters = {k: repr(v) for k, v in model.get_params().items()}
        return JSONPreview(json.dumps({"class": type(model).__name__, **parameters}))
