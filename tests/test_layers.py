"""Who may import what, beyond the layers that import-linter holds."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import curvewise
from curvewise import plugin

SOURCE = Path(curvewise.__file__).parent
PROJECT = Path(__file__).parent.parent
BASE = {"config", "discovery", "docstring", "errors", "plugin", "signals", "system", "text", "version"}
"""Modules that everybody may import."""


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the module and the name of each import of curvewise in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "curvewise":
            yield from ((node.module or "", each.name) for each in node.names)
        elif isinstance(node, ast.Import):
            yield from ((each.name, "") for each in node.names if each.name.startswith("curvewise."))


def is_public(module: str, name: str) -> bool:
    """Whether a name belongs to what curvewise, or a package of it, says is public."""
    if module == "curvewise":
        return name in BASE or name in curvewise.__all__ or name in ("cli", "deployment")
    first, *rest = module.split(".")[1:]
    if first in BASE or first == "cli":
        return True
    return not rest and name in import_module(module).__all__


@pytest.mark.parametrize("path", sorted((SOURCE / "cli").glob("*.py")), ids=lambda path: path.stem)
def test_the_command_line_uses_public_names_only(path: Path) -> None:
    assert [each for each in imports(path) if not is_public(*each)] == []


def test_no_package_imports_a_private_module_of_another() -> None:
    found = []
    for path in SOURCE.rglob("*.py"):
        own = "curvewise." + ".".join(path.relative_to(SOURCE).parts[:-1])
        for module, name in imports(path):
            parts = [*module.split("."), name]
            hidden = next((n for n, part in enumerate(parts) if part[:1] == "_" and part[:2] != "__"), None)
            if hidden is not None and not f"{own}.".startswith(".".join(parts[:hidden]) + "."):
                found.append(f"{path.relative_to(SOURCE)}: {module} {name}")
    assert found == []


@pytest.mark.parametrize("folder", [SOURCE, *(PROJECT / name for name in ("benchmarks", "scripts", "tests"))])
def test_no_private_name_is_left_unused(folder: Path) -> None:
    found = []
    for path in folder.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for node in ast.parse(text).body:
            names: list[str] = []
            if isinstance(node, ast.Assign):
                names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            elif isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.decorator_list:
                names = [node.name]
            private = [name for name in names if re.fullmatch(r"_[^_]\w*", name)]
            found += [
                f"{path.name}: {name}" for name in private if len(re.findall(rf"\b{name}\b", text)) == 1
            ]
    assert found == []


def in_the_tree() -> set[str]:
    """Name each package and module that stands directly in curvewise."""
    names = {path.stem for path in SOURCE.glob("*.py")}
    return names | {path.parent.name for path in SOURCE.glob("*/__init__.py")}


def test_the_layers_are_those_of_the_tree() -> None:
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = (
        each["layers"] for each in settings["tool"]["importlinter"]["contracts"] if each["type"] == "layers"
    )
    listed = [name.removeprefix("curvewise.") for layer in layers for name in layer.split(" | ")]
    assert sorted(listed) == sorted(in_the_tree() - {"__init__"})


def test_the_map_for_contributors_is_that_of_the_tree() -> None:
    page = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = page.partition("| package | what it holds |")[2].partition("\n\n")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    listed = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    assert sorted(listed) == sorted(in_the_tree() - {"__init__", "__main__"})


def test_the_groups_of_entry_points_are_those_of_the_kinds_of_plugin() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (SOURCE / "plugin").glob("*.py"))
    groups = {f"curvewise.{package}" for package in re.findall(r'discover\("(\w+)"', text)}
    contributing = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    _, _, listed = contributing.partition("as entry points in the groups")
    for page in (listed.partition("\n\n")[0], plugin.__doc__ or ""):
        assert set(re.findall(r"`(curvewise\.\w+)`", page)) == groups
