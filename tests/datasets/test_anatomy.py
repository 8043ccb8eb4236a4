"""Every dataset of the project has the same anatomy."""

import doctest
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from kedro.io import AbstractDataset

from digit_pipeline import datasets
from digit_pipeline.datasets.champion import ChampionDataset, IncumbentDataset

CLASSES = [getattr(datasets, name) for name in datasets.__all__]
CLASSES += [c for c in (ChampionDataset, IncumbentDataset) if c not in CLASSES]
# The names that Kedro-Viz knows a viewer for.
PREVIEWS = {"ImagePreview", "JSONPreview", "PlotlyPreview", "TablePreview"}


def examples_of(dataset: type) -> list[doctest.Example]:
    return doctest.DocTestParser().get_examples(inspect.getdoc(dataset) or "")


@pytest.mark.parametrize("dataset", CLASSES)
def test_is_documented_with_yaml_that_names_it(dataset: type) -> None:
    text = inspect.getdoc(dataset) or ""
    assert sys.modules[dataset.__module__].__doc__
    entries = yaml.safe_load(text.split("```yaml")[1].split("```")[0])
    (entry,) = entries.values()
    module, _, name = entry["type"].rpartition(".")
    assert getattr(importlib.import_module(module), name) is dataset
    assert examples_of(dataset)


@pytest.mark.parametrize("dataset", CLASSES)
def test_takes_keywords_that_are_documented(dataset: type) -> None:
    parameters = list(inspect.signature(dataset.__init__).parameters.values())[1:]
    assert {p.kind for p in parameters} == {inspect.Parameter.KEYWORD_ONLY}
    assert parameters[-1].name == "metadata"
    document = inspect.getdoc(dataset.__init__) or ""
    for parameter in parameters:
        assert f"{parameter.name}: " in document


@pytest.mark.parametrize("dataset", CLASSES)
def test_has_the_methods_of_a_dataset(dataset: type) -> None:
    assert issubclass(dataset, AbstractDataset)
    for method in ("load", "save", "_exists", "_describe", "preview"):
        assert callable(getattr(dataset, method))
    assert dataset._exists is not AbstractDataset._exists
    annotation = inspect.signature(dataset.preview).return_annotation
    assert getattr(annotation, "__name__", "") in PREVIEWS


@pytest.mark.parametrize("dataset", CLASSES)
@pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"
)
def test_its_example_runs(dataset: type, tmp_path: Path) -> None:
    parser = doctest.DocTestParser()
    example = parser.get_doctest(
        inspect.getdoc(dataset) or "", {"tmp_path": tmp_path}, dataset.__name__, None, 0
    )
    report: list[str] = []
    failed, _ = doctest.DocTestRunner(verbose=False).run(example, out=report.append)
    assert not failed, "".join(report)


def test_describing_a_catalog_imports_nothing_heavy() -> None:
    code = (
        "import sys; from digit_pipeline import datasets\n"
        "for name in datasets.__all__: getattr(datasets, name)\n"
        "datasets.EmbeddedDigits(); datasets.KerasModelDataset(filepath='a.keras')\n"
        "heavy = 'tensorflow keras mlflow sklearn matplotlib plotly cv2 pandas onnx'\n"
        "print(*(m for m in heavy.split() if m in sys.modules))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.split() == []


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        datasets.Nothing  # noqa: B018
