from __future__ import annotations

import csv
import json
import re
from io import StringIO
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from curvewise import plugin
from curvewise.cli import app
from curvewise.cli._reference_pages import check_page, diagnosis_page
from curvewise.drawing import all_exhibits
from curvewise.model.metrics import catalogue
from curvewise.plugin import Style

from .conftest import Program

COMMANDS = app.list_commands(click.Context(app))


@pytest.mark.parametrize("arguments", [(), *((name,) for name in COMMANDS)], ids=" ".join)
def test_help_shows_examples_and_fits_80_columns(arguments: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, [*arguments, "--help"], terminal_width=80)
    assert done.exit_code == 0
    assert "curvewise " in done.output.partition("Example")[2]
    assert [line for line in done.output.splitlines() if len(line) > 80] == []
    assert not any(line.endswith("...") for line in done.output.partition("Commands:")[2].splitlines())


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_of_itself(name: str) -> None:
    command = app.get_command(click.Context(app), name)
    assert command is not None
    said = command.get_short_help_str(200)
    assert said.endswith(".")
    assert (
        f"\n  {name.ljust(max(map(len, COMMANDS)))}  {said}\n" in CliRunner().invoke(app, ["--help"]).output
    )


def test_pick_shows_the_table_and_the_choice_only(curvewise: Program, results: Path) -> None:
    text = curvewise("pick", results).stdout
    assert "n/a" in text or "0.2" in text
    assert "Findings" not in text
    selection = json.loads(curvewise("pick", results, "--format", "json").stdout)
    assert selection["best"]["step"] == 200
    rows = list(csv.DictReader(StringIO(curvewise("pick", results, "--format", "csv").stdout)))
    assert next(row for row in rows if row["choice"] == "best")["step"] == "200"


def test_pick_without_anything_to_choose_by(curvewise: Program, tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("step,train_loss\n1,2.0\n2,1.0\n3,0.5\n")
    done = curvewise("pick", "train.csv")
    assert done.returncode == 2
    assert "validation" in done.stdout


def test_explain_lists_every_check_and_shows_a_page(curvewise: Program) -> None:
    listed = curvewise("explain").stdout
    assert all(name in listed for name in plugin.checks())
    page = curvewise("explain", "overfitting", "-v").stdout
    assert all(threshold in page for threshold in plugin.checks()["overfitting"].thresholds)


@pytest.mark.parametrize("name", [*all_exhibits().diagnoses, *all_exhibits().checks])
def test_a_page_shows_what_it_looks_like_why_and_what_to_do(name: str) -> None:
    style = Style(width=80)
    shown = diagnosis_page(plugin.diagnoses()[name], style) if name in plugin.diagnoses() else None
    shown = shown or check_page(plugin.checks()[name], style)
    places = [shown.index(part) for part in ("\n====", "└", " " * 11 + "step ", "\nWhat to do in this run\n")]
    assert places == sorted(places)
    assert max(map(len, shown.splitlines())) <= 80
    assert "┤" not in check_page(plugin.checks()["overfitting"], Style(width=80, unicode=False))


def test_the_page_of_a_diagnosis_says_how_often_it_was_right(curvewise: Program) -> None:
    page = " ".join(curvewise("explain", "overfit").stdout.split())
    assert re.search(r"Of \d+ small trainings with a known cause, \d+ got this diagnosis", page)
    assert "Not measured" in curvewise("explain", "failed").stdout  # no training failed


def test_metrics_lists_the_catalogue_and_shows_a_page(curvewise: Program) -> None:
    listed = curvewise("metrics").stdout
    assert all(name in listed for name in catalogue())
    assert "eval_loss" in curvewise("metrics", "full_valid_loss").stdout
    assert curvewise("metrics", "eval_loss").stdout == curvewise("metrics", "full_valid_loss").stdout


def test_formats_says_how_each_is_recognised(curvewise: Program) -> None:
    shown = curvewise("formats", COLUMNS="60").stdout
    assert all(name in shown for name in (*plugin.formats(), *plugin.sources()))
    assert max(map(len, shown.splitlines())) <= 60


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(curvewise: Program, shell: str) -> None:
    assert "_CURVEWISE_COMPLETE" in curvewise("completion", shell).stdout


def test_names_are_completed(curvewise: Program) -> None:
    done = curvewise(
        _CURVEWISE_COMPLETE="bash_complete", COMP_WORDS="curvewise explain overf", COMP_CWORD="2"
    )
    assert "overfitting" in done.stdout


def test_version(curvewise: Program) -> None:
    assert curvewise("--version").stdout.startswith("curvewise, version ")
