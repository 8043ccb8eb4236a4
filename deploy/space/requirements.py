"""The pins that the running app needs, out of those that the whole project needs."""

import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

# What a Space runs on, whatever machine puts it together.
SPACE = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "sys_platform": "linux",
}


def pin_runtime(project: Path, lock: Path, python: str) -> str:
    """Give the lines of the lock that the project's own dependencies lead to.

    Args:
        project: ``pyproject.toml``.
        lock: every pin of the project, a line each.
        python: version that the Space runs, such as ``3.11``.

    Raises:
        ValueError: when a dependency has no pin, or is not installed here, so that
            what it needs is unknown.
    """
    declared = tomllib.loads(project.read_text(encoding="utf-8"))
    dependencies = declared["project"]["dependencies"]
    environment = _describe_space(python)
    pins = _read_pins(lock, environment)
    needed = _follow([Requirement(line) for line in dependencies], environment)
    if missing := sorted(needed - pins.keys()):
        raise ValueError(
            f"expected a pin for each of {', '.join(missing)} in {lock}, got none: "
            "compile the lock anew"
        )
    lines = [pins[name] for name in sorted(needed)]
    return "\n".join(["# Made by `make space` from requirements.lock.", *lines, ""])


def find_pin(lock: Path, name: str, python: str) -> str:
    """Give the version of a package that is pinned for a version of Python.

    Raises:
        ValueError: when there is none.
    """
    line = _read_pins(lock, _describe_space(python)).get(canonicalize_name(name))
    if line is None:
        raise ValueError(f"expected a pin of {name} in {lock}, got none: add it")
    (pin,) = Requirement(line).specifier
    return pin.version


def _describe_space(python: str) -> dict[str, str]:
    return {**SPACE, "python_version": python, "python_full_version": f"{python}.0"}


def _read_pins(lock: Path, environment: dict[str, str]) -> dict[NormalizedName, str]:
    """Give the line of each package that is pinned for an environment."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    pins = [(Requirement(line), line) for line in lines if _is_pin(line)]
    return {
        canonicalize_name(pin.name): line
        for pin, line in pins
        # A package may have a line for each of several versions of Python.
        if pin.marker is None or pin.marker.evaluate(environment)
    }


def _is_pin(line: str) -> bool:
    return "==" in line and not line.startswith((" ", "#", "-"))


def _follow(
    todo: list[Requirement], environment: dict[str, str]
) -> set[NormalizedName]:
    """Name what requirements lead to, as the installed packages say."""
    needed: set[NormalizedName] = set()
    seen: set[tuple[NormalizedName, str]] = set()
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        needed.add(name)
        # What "name[extra]" needs comes on top of what "name" needs.
        for extra in {"", *requirement.extras} - {e for n, e in seen if n == name}:
            seen.add((name, extra))
            lines = map(Requirement, _requires(requirement))
            todo += [
                line
                for line in lines
                if line.marker is None
                or line.marker.evaluate({**environment, "extra": extra})
            ]
    return needed


def _requires(requirement: Requirement) -> list[str]:
    try:
        return requires(requirement.name) or []
    except PackageNotFoundError as error:
        raise ValueError(
            f"expected {requirement.name} to be installed, to see what it needs, got "
            "nothing: run `make install`"
        ) from error
