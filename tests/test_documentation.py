from __future__ import annotations

import contextlib
import inspect
import json
import os
import re
import subprocess
import sys
import tomllib
from io import StringIO
from pathlib import Path

import click
import pytest

from curvewise.cli import app
from curvewise.plugin import reporters

ROOT = Path(__file__).parent.parent
NOT_OURS = {".venv", "node_modules", "build", "site"}
PAGES = [path.relative_to(ROOT) for path in ROOT.glob("**/*.md") if not NOT_OURS & set(path.parts)]
sys.path.insert(0, str(ROOT / "scripts"))

from documentation import exhibit_file  # noqa: E402 - after the path that it needs
from generate_docs import reference  # noqa: E402 - after the path that it needs

REFERENCE = dict(reference())
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
WRITTEN_BY_HAND = [
    page
    for page in PAGES
    if page.parts[0] == "docs"
    and {"python", "console"}
    & {language for language, _ in BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))}
]


def test_generated_files_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/generate_docs.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("known", "lacks"),
    [
        ({"checks": {"a": 1}, "diagnoses": {}}, True),
        ({"checks": {"a": 2}, "diagnoses": {}}, False),
        ({"checks": {"a": 1, "gone": 1}, "diagnoses": {}}, False),
    ],
    ids=["new", "changed", "gone"],
)
def test_only_the_picture_of_a_new_plugin_may_be_missing(
    known: dict[str, dict[str, int]], lacks: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "exhibits.json"
    file.write_text(json.dumps(known))
    monkeypatch.setattr(exhibit_file, "FILE", file)
    expected = {"checks": {"a": 1, "new": 1}, "diagnoses": {}}
    assert exhibit_file.lacks_only_new(file, json.dumps(expected)) == lacks


def test_the_python_of_the_readme_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    with contextlib.redirect_stdout(StringIO()) as out:
        exec(compile(block, "README.md", "exec"), {})  # noqa: S102 - the README's own example
    assert "Overfit after epoch 3" in out.getvalue()


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    targets = LINK.findall((ROOT / page).read_text())
    assert [target for target in targets if not (ROOT / page).parent.joinpath(target).exists()] == []


def test_formats_that_the_guide_to_ci_names_are_installed() -> None:
    _, _, section = (ROOT / "docs/ci.md").read_text(encoding="utf-8").partition("\n## Formats\n")
    named = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    assert named and named <= set(reporters())


@pytest.mark.parametrize("page", WRITTEN_BY_HAND, ids=str)
def test_the_code_of_a_page_runs(page: Path, tmp_path: Path) -> None:
    """Its ``python`` blocks as one program, and each ``console`` block with the output that it shows.

    A block that begins with ``# NAME.py`` is that file; a project in ``toml`` is installed.
    """
    blocks = BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    program = []
    for language, code in blocks:
        if language == "python" and (named := re.match(r"# (\w+\.py)\n", code)):
            (tmp_path / named[1]).write_text(code, encoding="utf-8")
        elif language == "python":
            program.append(code)
        elif language == "toml" and "entry-points" in code:
            install(tomllib.loads(code)["project"], tmp_path / INSTALLED)
    if program:
        done = run([sys.executable, "-c", "\n".join(program)], tmp_path)
        assert done.returncode == 0, done.stdout
    for language, session in blocks:
        if language == "console":
            assert_session(session, tmp_path)


INSTALLED = "installed"
"""Where packages lie: nothing that the working folder itself declares is loaded."""


def install(project: dict[str, object], folder: Path) -> None:
    """Make a distribution known as an installation would; its modules lie in the folder above."""
    info = folder / f"{str(project['name']).replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    points = project["entry-points"]
    assert isinstance(points, dict)
    lines = [f"[{group}]\n" + "\n".join(f"{name} = {where}" for name, where in members.items())
             for group, members in points.items()]  # fmt: skip
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 1.0\n")


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {
        "PATH": path,
        "PYTHONPATH": f"{folder / INSTALLED}{os.pathsep}{folder}",
        "COLUMNS": "80",
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "CI": "true",  # Hypothesis then allows for a slow machine
    }
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )


def assert_session(session: str, folder: Path) -> None:
    """Run what stands after each ``$`` and compare with what stands below it; ``[...]`` is anything."""
    steps = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", session, re.MULTILINE)
    mark = "- - - end of a command - - -"
    script = "\n".join(f"{command}\nlast=$?; echo; echo '{mark}'; (exit $last)" for command, _ in steps)
    outputs = run(["bash", "-c", script], folder).stdout.split(f"{mark}\n")
    for (command, expected), output in zip(steps, outputs, strict=False):
        pattern = re.escape(expected.strip()).replace(re.escape("[...]"), ".*")
        assert re.fullmatch(pattern, output.strip(), re.DOTALL), f"$ {command}\n{output}"


def commands(group: click.Group, *above: str) -> list[tuple[str, click.Command]]:
    found, context = [], click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found.append((" ".join((*above, name)), command))
        if isinstance(command, click.Group):
            found += commands(command, *above, name)
    return found


@pytest.mark.parametrize(
    ("name", "command"), commands(app), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_command_is_documented_with_all_its_options(name: str, command: click.Command) -> None:
    text = REFERENCE[f"docs/cli/{name.replace(' ', '-')}.md"]
    assert not command.hidden
    assert inspect.cleandoc(command.help or "").split("\n")[0].rstrip() in " ".join(text.split()) + text
    for parameter in command.params:
        assert not getattr(parameter, "hidden", False)
        if isinstance(parameter, click.Option):
            assert all(f"{spelling}" in text for spelling in parameter.opts), f"{name} {parameter.opts}"
            assert parameter.help, f"{name} {parameter.opts} has no help"


def test_every_page_is_in_the_navigation() -> None:
    navigation = (ROOT / "zensical.toml").read_text(encoding="utf-8")
    names = [*PAGES, *map(Path, REFERENCE)]
    pages = [page.relative_to("docs") for page in names if page.parts[0] == "docs"]
    wanted = [str(page) for page in pages if len(page.parts) == 1 or page.name == "README.md"]
    assert [page for page in wanted if f'"{page}"' not in navigation] == []
