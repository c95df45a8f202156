from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from curvewise.cli import _terminal as terminal
from curvewise.model.codec import schema

from .conftest import Program, result_csv

GOOD = (0.30, 0.20, 0.199)


def test_an_overfit_run_ends_in_1_and_names_the_step(curvewise: Program, results: Path) -> None:
    done = curvewise("check", results)
    assert done.returncode == 1
    assert done.stderr == ""
    assert done.stdout.splitlines()[1].startswith("Overfit after epoch 2: ")
    assert "step 200" in done.stdout


def test_json_follows_the_schema(curvewise: Program, results: Path) -> None:
    report = json.loads(curvewise("check", results, "--format", "json").stdout)
    jsonschema.validate(report, schema())
    assert report["run"]["kind"] == "sft"
    assert report["selection"]["best"]["step"] == 200
    assert {finding["check"]: finding["status"] for finding in report["findings"]}["overfitting"] == "problem"


def test_several_paths_are_an_array_and_a_line_each(curvewise: Program, results: Path) -> None:
    other = results.with_name("other.csv")
    other.write_text(result_csv(full=GOOD))
    reports = json.loads(curvewise("check", results, other, "--format", "json").stdout)
    assert [report["run"]["source"] for report in reports] == [str(results), str(other)]
    tail = curvewise("check", results, other).stdout.split("Summary")[1]
    assert tail.count("results.csv") + tail.count("other.csv") == 2


def test_a_path_that_cannot_be_read_does_not_hide_the_others(curvewise: Program, results: Path) -> None:
    done = curvewise("check", results, "absent.csv", "--format", "json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["run"]["source"] == str(results)
    assert "absent.csv" in done.stderr
    assert "hint:" in done.stderr


@pytest.mark.parametrize(("fail_on", "code"), [("never", 0), ("problem", 1), ("warning", 1)])
def test_fail_on(curvewise: Program, results: Path, fail_on: str, code: int) -> None:
    assert curvewise("check", results, "--fail-on", fail_on).returncode == code


def test_select_and_ignore(curvewise: Program, results: Path) -> None:
    only = curvewise("check", results, "--select", "overfitting,loss_spikes", "--format", "json").stdout
    assert {finding["check"] for finding in json.loads(only)["findings"]} == {"overfitting", "loss_spikes"}
    without = curvewise("check", results, "--ignore", "overfitting", "--format", "json").stdout
    assert "overfitting" not in {finding["check"] for finding in json.loads(without)["findings"]}


def test_standard_input(curvewise: Program, results: Path) -> None:
    piped = json.loads(curvewise("check", "-", "--format", "json", stdin=results.read_bytes()).stdout)
    assert piped["selection"]["best"]["step"] == 200


def test_a_table_of_ones_own(curvewise: Program, tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("it,nll,dev\n1,2.0,2.1\n2,1.0,1.2\n3,0.5,1.9\n")
    mapping = ("--map", "step=it", "--map", "train_loss=nll", "--map", "full_valid_loss=dev")
    report = json.loads(curvewise("check", "own.csv", *mapping, "--format", "json").stdout)
    assert report["selection"]["best"]["step"] == 2
    wrong = curvewise("check", "own.csv", "--map", "step=nope")
    assert wrong.returncode == 2
    assert "nope" in wrong.stderr


def test_thresholds_from_the_command_line_and_from_a_file(curvewise: Program, results: Path) -> None:
    (results.parent / "curvewise.toml").write_text("[checks.loss_spikes]\n")
    report = json.loads(curvewise("check", results, "--format", "json").stdout)
    name = next(name for name, value in report["profile"]["overfitting"].items() if isinstance(value, float))
    setting = f"overfitting.{name}"
    changed = json.loads(curvewise("check", results, "--set", f"{setting}=9.5", "--format", "json").stdout)
    assert changed["profile"]["overfitting"][name] == 9.5
    assert curvewise("check", results, "--set", "overfitting.nope=1").returncode == 2
    assert curvewise("check", results, "--set", "nonsense").returncode == 2


def test_output_goes_whole_to_a_file(curvewise: Program, results: Path) -> None:
    done = curvewise("check", results, "--format", "json", "-o", "report.json")
    assert done.stdout == ""
    assert "report.json" in done.stderr
    assert json.loads((results.parent / "report.json").read_text())["schema_version"] == 2
    assert sorted(path.name for path in results.parent.iterdir()) == ["report.json", "results.csv"]
    nowhere = curvewise("check", results, "-o", "none/report.json")
    assert nowhere.returncode == 2
    assert "none/report.json" in nowhere.stderr


def test_colours_follow_the_environment(curvewise: Program, results: Path) -> None:
    assert "\x1b" not in curvewise("check", results).stdout
    assert "\x1b" in curvewise("check", results, FORCE_COLOR="1").stdout
    assert "\x1b" not in curvewise("check", results, FORCE_COLOR="1", NO_COLOR="1").stdout


def test_a_terminal_gets_colours_and_its_own_width(results: Path) -> None:
    main, side = pty.openpty()
    environment = {
        name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")
    }
    with subprocess.Popen(
        [sys.executable, "-m", "curvewise", "check", str(results)],
        stdout=side,
        stderr=side,
        env={**environment, "TERM": "xterm", "COLUMNS": "80"},
    ) as running:
        os.close(side)
        text = b""
        while True:
            try:
                chunk = os.read(main, 65536)
            except OSError:  # the other end closed
                break
            text += chunk
    os.close(main)
    assert b"\x1b[" in text
    assert running.returncode == 1


@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_lines_fit(curvewise: Program, results: Path, columns: str) -> None:
    lines = curvewise("check", results, COLUMNS=columns).stdout.splitlines()
    assert max(map(len, lines)) <= min(int(columns), 120)


def test_an_ascii_terminal(curvewise: Program, results: Path) -> None:
    done = curvewise.alone("check", results, PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert done.stdout.isascii()


def test_a_terminal_without_a_size_has_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((0, 0)))
    with Path(os.devnull).open("w") as sink:
        monkeypatch.setattr(sys, "stdout", sink)
        width = terminal.width()
    assert width == 80


def test_a_folder_that_is_missing_is_said_before_anything_is_read(curvewise: Program) -> None:
    done = curvewise("check", "absent.csv", "-o", "none/report.json")
    assert done.returncode == 2
    assert "there is no folder 'none'" in done.stderr
    assert "absent.csv" not in done.stderr


@pytest.mark.parametrize("threshold", ["overfitting.max_rise=nan", "overfitting.max_rise=-nan"])
def test_a_threshold_that_nothing_can_exceed_is_refused(
    curvewise: Program, results: Path, threshold: str
) -> None:
    done = curvewise("check", results, "--set", threshold)
    assert done.returncode == 2
    assert "expected a number" in done.stderr
    assert "checks.overfitting.max_rise" in done.stderr


def test_the_ending_of_a_file_tells_its_format(curvewise: Program, results: Path) -> None:
    curvewise("check", results, "-o", "report.json", "-o", "report.html", "-o", "report")
    assert json.loads((results.parent / "report.json").read_text())["schema_version"] == 2
    assert (results.parent / "report.html").read_text().startswith("<!doctype html>")
    assert (results.parent / "report").read_text().startswith("results · SFT")
    curvewise("pick", results, "-o", "choice.json")
    assert json.loads((results.parent / "choice.json").read_text())["best"]["step"] == 200


def test_a_run_of_a_pipe_is_named_as_it_is_listed(curvewise: Program, tmp_path: Path) -> None:
    run = [f"{{'loss': {2 - step / 10}, 'step': {step}}}\n" for step in (1, 2, 3, 4, 5)]
    log = "".join(["***** Running training *****\n", *run] * 2)
    named = curvewise("runs", "-", stdin=log).stdout.split()
    assert [each for each in named if each.startswith("-#")] == ["-#1", "-#2"]
    for command in ("compare", "report", "candidates"):
        refused = curvewise(command, "-", stdin=log)
        assert refused.stderr.splitlines()[-2:] == ["    -#1", "    -#2"]
    for arguments in (("check", "-#2", "--fail-on", "never"), ("-#2", "--fail-on", "never")):
        assert curvewise(*arguments, stdin=log).stdout.startswith("standard input#2 ")
    assert "named twice" in curvewise("check", "-#1", "-#2", stdin=log).stderr


@pytest.mark.parametrize("command", ["forecast", "candidates", "pick", "check"])
def test_a_dash_is_standard_output(curvewise: Program, results: Path, command: str) -> None:
    assert curvewise(command, results, "-o", "-").stdout == curvewise(command, results).stdout != ""
    assert not (results.parent / "-").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check", "-", "-"), "standard input"),
        (("check", "results.csv", "--map", "step=a", "--map", "step=b"), "two columns"),
        (("check", "results.csv", "-o", "json:x", "-o", "text:./x"), "two outputs"),
        (("pick", "results.csv", "--format", "junit"), "cannot be written as junit"),
        (("pick", "results.csv", "-o", "choice.html"), "cannot be written as html"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    curvewise: Program, results: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = curvewise(*arguments, stdin=results.read_bytes())
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""
    assert [path.name for path in results.parent.iterdir()] == ["results.csv"]


def test_a_baseline_leaves_what_is_new(curvewise: Program, results: Path) -> None:
    assert curvewise("check", results, "-o", "last.json").returncode == 1
    again = curvewise("check", results, "--baseline", "last.json", "--fail-on", "warning", "-o", "last.json")
    assert (again.returncode, again.stderr.splitlines()[-1]) == (0, "nothing new")
    other = results.with_name("other.csv")
    other.write_text(results.read_text())
    done = curvewise("check", results, other, "--baseline", "last.json", "--format", "brief")
    assert done.returncode == 1
    assert done.stderr.startswith("new: other: overfit (problem)")
    assert done.stdout.count("overfit") == 2
    never = curvewise("check", other, "--baseline", "last.json", "--fail-on", "never")
    assert never.returncode == 0
    unread = curvewise("check", results, "absent.csv", "--baseline", "last.json")
    assert unread.returncode == 2
    assert curvewise("check", results, "--baseline", results).returncode == 2


def losses(number: int) -> str:
    """Write a table of losses that are of no other run; those of the first one end in overfitting."""
    values = [loss + number / 100 for loss in (2.0, 1.5, 1.2, 1.1 if number else 1.9)]
    rows = (f"{100 * n},{loss},{loss + 0.1}\n" for n, loss in enumerate(values, start=1))
    return "step,train_loss,full_valid_loss\n" + "".join(rows)


def sweep(folder: Path, count: int) -> Path:
    """Write a folder of runs, the first of which overfits."""
    for number in range(count):
        (folder / f"sweep/run-{number:02d}").mkdir(parents=True)
        (folder / f"sweep/run-{number:02d}/log.csv").write_text(losses(number))
    return folder / "sweep"


def test_each_run_of_a_folder_is_judged(curvewise: Program, tmp_path: Path) -> None:
    folder = sweep(tmp_path, 4)
    (folder / "run-02/log.csv").write_text("step,train_loss\n1,2.0\n2,x\n")
    done = curvewise("check", folder)
    assert done.returncode == 2
    assert "run-02/log.csv:3: train_loss: the cell holds 'x'" in done.stderr
    lines = done.stdout.splitlines()
    assert "Summary" in lines
    assert [line.split()[0] for line in lines[-3:]] == ["PROBLEM", "OK", "OK"]
    (folder / "run-02/log.csv").write_text(losses(2))
    done = curvewise("check", folder)
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == "4 runs: -v shows the report of each"
    assert len(done.stdout.splitlines()) == 5
    assert curvewise("check", folder, "--format", "brief").stdout.count("\n") == 6
    assert curvewise("check", f"{folder}#run-01").returncode == 0


def test_more_runs_than_anybody_reads_are_refused(curvewise: Program, tmp_path: Path) -> None:
    folder = sweep(tmp_path, 21)
    done = curvewise("check", folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert "there are more than 20 runs here" in done.stderr
    assert f"`curvewise fleet {folder}` judges them all" in done.stderr
    assert f"one of them alone is {folder}/run-00" in done.stderr
    assert curvewise("fleet", folder).returncode == 0
