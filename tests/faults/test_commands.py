"""A command that writes leaves the old or the new behind, whatever the disk does; the next run goes on."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from shutil import copytree, rmtree
from subprocess import PIPE, Popen

import click
import pytest

from curvewise.cli import app
from tests.faults.injection import run
from tests.fuzz.readers import _evaluation, _outputs
from tests.fuzz.trying import lay_out

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a fault is tried in a process of its own")

RUN = Path(__file__).parent.parent.parent / "examples" / "azure-sft-overfit"
BENCH = "import sys, json\nfor n in range(4): print(json.dumps({'id': n, 'score': n % 2}), flush=True)\n"
BENCHED = [sys.executable, "bench.py", "{model}"]

COMMANDS: Mapping[str, str] = {
    "check": f"{RUN} -o out.json -o out.md --fail-on never",
    "compare": f"{RUN} {RUN} -o out.json",
    "report": f"{RUN} -o out.html",
    "plot": f"{RUN} -o out.svg",
    "pick": f"{RUN} -o out.csv",
    "forecast": f"{RUN} -o out.json",
    "candidates": f"{RUN} -o out.json",
    "decide": "measured -o out.json",
    "runs": f"{RUN} -o out.json",
    "fleet": f"{RUN} --jobs 1 -o out.jsonl",
    "card": f"{RUN} --insert out.md",
    "prune": "trained/outputs --yes",
    "jobs": "--provider openai -o out.json",
    "watch": "JOB -o out.json",
    "evaluate": f"--model a=a --command {shlex.quote(' '.join(BENCHED))} -o out --yes",
}
"""Arguments of each command that writes by itself."""

ELSEWHERE = {
    "archive": "it is stopped at each change of the disk in tests/archives/test_archive_stopped.py",
    "post": "it writes to a tracker alone",
    "deployments": "its list comes from Azure, and is written as `jobs` does",
    "deploy": "its journal is that of `evaluate`, and is stopped at each step in tests/deployment",
    "undeploy": "its journal is that of `evaluate`, and is stopped at each step in tests/deployment",
}


def writes(command: click.Command) -> bool:
    written = ("outputs", "output", "folder", "out", "insert", "to")
    return any(param.name in written for param in command.params)


def test_every_command_that_writes_is_tried() -> None:
    with click.Context(app) as context:
        names = [name for name in app.list_commands(context) if (found := app.get_command(context, name))]
        writing = {name for name in names if (found := app.get_command(context, name)) and writes(found)}
    assert writing - COMMANDS.keys() - ELSEWHERE.keys() == set()


def warm(arguments: list[str]) -> None:
    """Import what each process would import anew, by running the command once."""
    with suppress(SystemExit), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        parsed = app.main(args=arguments, prog_name="curvewise", standalone_mode=False)
        if isinstance(parsed, click.Context) and parsed.command.callback:
            with parsed:
                parsed.command.callback(**parsed.params)


def content(folder: Path) -> dict[str, bytes]:
    """What is in a folder, but for what a killed process may leave under a name of its own."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.name.startswith(".curvewise-") and ".lock" not in file.name
    }


@pytest.fixture(scope="module")
def service() -> Iterator[Mapping[str, str]]:
    """A stand-in for a service, in a process of its own: a fork beside its threads might wait for ever."""
    asked = [sys.executable, "-m", "tests.standin", "--job", "small-sft", "--speed", "0"]
    with Popen(asked, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        said = dict[str, str]()
        for line in process.stdout:
            if line.startswith("# small-sft: "):
                yield {**said, "JOB": line.split()[-1]}
                break
            name, _, value = line.removeprefix("export ").partition("=")
            said[name] = shlex.split(value)[0]
        process.terminate()


@pytest.mark.parametrize("command", COMMANDS)
def test_at_each_change_of_the_disk(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, service: Mapping[str, str]
) -> None:
    for name, value in service.items():
        monkeypatch.setenv(name, value)
    arguments = [command, *shlex.split(COMMANDS[command].replace("JOB", service["JOB"]))]
    start, place, scratch = tmp_path / "start", tmp_path / "place", tmp_path / "scratch"
    start.mkdir()
    scratch.mkdir()
    lay_out(_evaluation(), start / "measured")
    lay_out(_outputs() if command == "prune" else {}, start / "trained")
    (start / "bench.py").write_text(BENCH)
    for old in ("out.json", "out.md", "out.html", "out.svg", "out.csv"):
        (start / old).write_text("old")

    def begin() -> None:
        rmtree(place, ignore_errors=True)
        copytree(start, place)
        monkeypatch.chdir(place)

    begin()
    warm(arguments)
    begin()
    whole = run(arguments, "none", 0, scratch)
    assert whole.code in (0, 1), whole.said
    new = content(place)
    tried, ends = 0, set[int]()
    for fault in ("fails", "is short", "is killed"):
        for at in range(1, whole.calls + 1):
            begin()
            ended = run(arguments, fault, at, scratch)
            tried += 1
            ends.add(ended.code)
            assert "Traceback" not in ended.said, (fault, at, ended.said)
            assert "bug in curvewise" not in ended.said, (fault, at, ended.said)
            left = content(place)
            for name in left.keys() & new.keys():
                if name.startswith("out."):
                    assert left[name] in (b"old", new[name]), f"{name} is torn: {fault} at {at}"
            assert command != "prune" or new.items() <= left.items(), "what was to be kept is gone"
            if left == new or (fault == "fails" and command not in ("evaluate", "prune")):
                continue  # what it left is what it began with
            again = run(arguments, "none", 0, scratch)
            assert again.code == whole.code, (fault, at, again.said)
            after = content(place)
            assert same(after, new), f"{fault} at {at}: {after.keys() ^ new.keys()}"
    print(f"{command} | {whole.calls} calls | {tried} tries | exit codes {sorted(ends)} | 0 losses")


def same(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> bool:
    """Whether two folders hold the same results; a session of a harness leaves a log of its own."""
    return {name: value for name, value in one.items() if "/logs/" not in f"/{name}"} == {
        name: value for name, value in other.items() if "/logs/" not in f"/{name}"
    }
