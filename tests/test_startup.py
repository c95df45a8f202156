"""What a command may import: the budget that keeps the command line fast."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RENDERING = {"rich", "plotille", "pygments", "markdown_it", "mdurl"}
SLOW = {
    "numpy.ma", "numpy.random", "hashlib", "ssl", "json", "html.parser", "importlib.metadata", "tomllib",
    "sqlite3", "email", "asyncio", "http.client", "rich.live", "rich.progress", "rich.markdown", "logging",
    "tempfile", "zipfile",
}  # fmt: skip
"""Modules that a plain check needs none of, each a millisecond or more."""
EXAMPLES = Path(__file__).parents[1] / "examples"
ROWS = "step,train_loss,full_valid_loss\n1,2.0,\n2,1.5,1.6\n3,1.2,\n4,1.0,1.3\n"


def loaded(tmp_path: Path, *arguments: str) -> set[str]:
    """Run a command in a process of its own; the third-party packages that it left loaded."""
    packages = {name.partition(".")[0] for name in modules(tmp_path, *arguments)}
    return packages - set(sys.stdlib_module_names) - {"curvewise"}


def modules(tmp_path: Path, *arguments: str) -> set[str]:
    """Run a command in a process of its own; all modules that it left loaded."""
    probe = (
        "import atexit, sys\n"
        "before = set(sys.modules)\n"
        "def report():\n"
        "    print(*set(sys.modules) - before, file=open('loaded.txt', 'w'))\n"
        "atexit.register(report)\n"
        "from curvewise.cli import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe, *arguments], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode in (0, 1), done.stderr
    return set((tmp_path / "loaded.txt").read_text().split())


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["check", "--help"], ["compare", "--help"], ["report", "--help"]]
)
def test_help_loads_click_alone(tmp_path: Path, arguments: list[str]) -> None:
    assert loaded(tmp_path, *arguments) == {"click"}


@pytest.mark.parametrize(
    ("arguments", "commands"), [(["--help"], set()), (["check", "--help"], {"curvewise.cli.check"})]
)
def test_a_command_loads_no_other(tmp_path: Path, arguments: list[str], commands: set[str]) -> None:
    found = {name for name in modules(tmp_path, *arguments) if name.startswith("curvewise.cli.")}
    assert {name for name in found if not name.startswith("curvewise.cli._")} == commands


def test_a_check_loads_what_it_draws_with_and_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "results.csv").write_text(ROWS)
    packages = loaded(tmp_path, "check", "results.csv", "--fail-on", "never")
    assert {"click", "numpy", "msgspec"} <= packages
    assert packages <= {"click", "numpy", "msgspec", "typing_extensions"} | RENDERING


def test_json_output_loads_nothing_to_draw_with(tmp_path: Path) -> None:
    (tmp_path / "results.csv").write_text(ROWS)
    packages = loaded(tmp_path, "check", "results.csv", "--format", "json", "--fail-on", "never")
    assert packages <= {"click", "numpy", "msgspec", "typing_extensions"}


@pytest.mark.parametrize("example", ["azure-sft-overfit", "azure-rft-hacked", "hf-grpo"])
def test_a_check_loads_no_slow_module(tmp_path: Path, example: str) -> None:
    found = modules(tmp_path, "check", str(EXAMPLES / example), "--fail-on", "never")
    assert "numpy" in found
    assert not found & SLOW
