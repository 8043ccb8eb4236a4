"""Who may import whom, as the README's section on the house says."""

import ast
from pathlib import Path

import pytest

from tests.conftest import PROJECT

PACKAGE = PROJECT / "src" / "digit_pipeline"
APP = PROJECT / "gradio_app"

# What serving stands on: no Kedro, no Gradio, nothing that trains.
FOUNDATION = [
    *(
        PACKAGE / f"{name}.py"
        for name in (
            "abstention",
            "atomic",
            "classifier",
            "connected",
            "explanation",
            "images",
            "labelled_images",
            "onnx_model",
            "private_onnxruntime",
            "splitting",
            "uploads",
            "watch",
        )
    ),
    *(PACKAGE / "drift").glob("*.py"),
    *(PACKAGE / "quarantine").glob("*.py"),
    *(PACKAGE / "releases").glob("*.py"),
    *(PACKAGE / "records").rglob("*.py"),
    *(PACKAGE / "jobs").glob("*.py"),
]
TRAINING = {"tensorflow", "keras", "sklearn", "cv2", "scipy", "matplotlib", "mlflow"}


def imported_modules(path: Path) -> set[str]:
    """Name every module that a file imports, wherever in the file."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def roots(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported_modules(path)}


@pytest.mark.parametrize("path", FOUNDATION, ids=lambda p: p.stem)
def test_what_serving_stands_on_knows_neither_kedro_nor_training(path):
    assert not roots(path) & (TRAINING | {"kedro", "gradio", "fastapi", "pandas"})
    assert not any("digit_pipeline.pipelines" in m for m in imported_modules(path))


@pytest.mark.parametrize("path", sorted(APP.rglob("*.py")), ids=lambda p: p.stem)
def test_the_app_imports_nothing_that_trains(path):
    assert not roots(path) & TRAINING
    forbidden = ("digit_pipeline.pipelines", "digit_pipeline.architectures")
    assert not any(m.startswith(forbidden) for m in imported_modules(path))
    assert "kedro.framework.session" not in imported_modules(path)


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.glob("pipelines/*/*.py")), ids=lambda p: str(p.parent.name)
)
def test_only_pipeline_files_know_kedro(path):
    if path.name not in ("pipeline.py", "__init__.py"):
        assert "kedro" not in roots(path), path
    if path.name == "pipeline.py":
        assert "numpy" not in roots(path), f"{path} computes"


def test_pipelines_and_the_package_never_import_the_app():
    for path in PACKAGE.rglob("*.py"):
        assert "gradio_app" not in roots(path), path


def test_tensorflow_is_imported_only_inside_functions_of_what_other_modules_import():
    """A module-level import would cost every command 13 s of CPU."""
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        top = {
            alias.name.partition(".")[0]
            for node in tree.body
            if isinstance(node, ast.Import)
            for alias in node.names
        } | {
            (node.module or "").partition(".")[0]
            for node in tree.body
            if isinstance(node, ast.ImportFrom)
        }
        if top & {"tensorflow", "keras"}:
            bring_it = {"architectures", "fast_layers", "network_fitting"}
            assert path.stem in bring_it, path
