"""ONNX Runtime leaves no identifier and sends nothing."""

import ast
import subprocess
import sys
from pathlib import Path

from tests.conftest import PROJECT

FILES = [*PROJECT.glob("src/**/*.py"), *PROJECT.glob("gradio_app/**/*.py")]


def _run(code: str, home: Path, **environment: str) -> list[str]:
    """Run code with nothing of this environment, which may forbid it already."""
    variables = {"HOME": str(home), "PATH": "/usr/bin:/bin", **environment}
    subprocess.run([sys.executable, "-c", code], env=variables, check=True)
    return [path.name for path in home.rglob("*")]


def test_loading_a_model_s_runtime_leaves_nothing_in_the_home_folder(tmp_path):
    assert _run("import digit_pipeline.onnx_model", tmp_path) == []


def test_a_user_may_allow_it(tmp_path):
    code = "import os, digit_pipeline.onnx_model as _"
    _run(f"{code}; assert os.environ['ORT_DISABLE_TELEMETRY'] == '0'", tmp_path,
         ORT_DISABLE_TELEMETRY="0", CI="true")  # fmt: skip


def test_nothing_imports_it_otherwise():
    """Whoever imports the runtime imports what keeps it private, in the same place."""
    importing = 0
    for path in FILES:
        for scope in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            imported = _name_imports(scope)
            if "onnxruntime" in imported:
                importing += 1
                before = imported[: imported.index("onnxruntime")]
                assert "digit_pipeline.private_onnxruntime" in before, path
    assert importing


def _name_imports(scope: ast.AST) -> list[str]:
    body = getattr(scope, "body", None)
    return [
        alias.name
        for node in (body if isinstance(body, list) else [])
        if isinstance(node, ast.Import)
        for alias in node.names
    ]
