"""Which files of the package the app needs, found by following its imports."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = "digit_pipeline"
# The catalog names its class in YAML, where no import shows.
NAMED_IN_CONFIGURATION = ("digit_pipeline.datasets.champion",)
# Its modules are loaded by the class that is asked for; the app asks for one.
LAZY = ("digit_pipeline.datasets",)


def find_needed(source: Path, app: Path) -> list[Path]:
    """List the package's files that the app can reach, and no others.

    A package that is reached is taken whole, with its data: migrations are found at
    run time. Only ``LAZY`` packages and the outermost one are taken by module.

    Args:
        source: folder that holds the package.
        app: folder of the app's own package.

    Returns:
        Paths under ``source``, sorted.

    Raises:
        ValueError: when the app cannot be found.
    """
    roots = sorted(app.rglob("*.py"))
    if not roots:
        raise ValueError(f"expected the app in {app}, got no Python file: name another")
    names = [*NAMED_IN_CONFIGURATION, *(n for path in roots for n in _imports(path))]
    found: set[Path] = set()
    while names:
        for path in _files(source, names.pop()):
            if path not in found:
                found.add(path)
                names += _imports(path) if path.suffix == ".py" else []
    return sorted(found)


def _imports(path: Path) -> Iterator[str]:
    """Name what a file imports of the package, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (name for name in names if name.split(".")[0] == PACKAGE)


def _files(source: Path, name: str) -> Iterator[Path]:
    """Give the files that importing a dotted name may run; a name may be a class."""
    parts = name.split(".")
    for length in range(1, len(parts) + 1):
        path = source.joinpath(*parts[:length])
        dotted = ".".join(parts[:length])
        if path.with_suffix(".py").is_file():
            yield path.with_suffix(".py")
        elif not (path / "__init__.py").is_file():
            return
        elif dotted == PACKAGE or dotted in LAZY:
            yield path / "__init__.py"
        else:
            yield from (p for p in path.rglob("*") if is_source(p))


def is_source(path: Path) -> bool:
    """Tell a file that belongs to a package from what Python and editors leave."""
    return path.is_file() and "__pycache__" not in path.parts and path.name[0] != "."
