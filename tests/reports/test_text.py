from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from curvewise.engine import analyze
from curvewise.model.diagnosis import Place
from curvewise.model.report import Curve, Report
from curvewise.plugin import Style
from curvewise.reports.markdown import markdown
from curvewise.reports.text import LINES, text
from curvewise.testing import make_run

from .conftest import make_report

GOLDEN = Path(__file__).parent / "golden" / "report.txt"
DETAILED = Style(detailed=True)
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def terminal(reports: list[Report], style: Style = DETAILED) -> str:
    return text(reports, style)


def test_the_report_looks_as_it_should(report: Report, request: pytest.FixtureRequest) -> None:
    shown = terminal([report])
    if request.config.getoption("--write-golden"):
        GOLDEN.write_text(shown, "utf-8")
    assert shown == GOLDEN.read_text("utf-8")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(report: Report, width: int) -> None:
    assert max(map(len, terminal([report], Style(width=width)).splitlines())) <= width


def test_colours_only_when_asked(report: Report) -> None:
    assert "\x1b" not in terminal([report])
    coloured = terminal([report], Style(colour=True, detailed=True))
    assert "\x1b[" in coloured
    assert "PROBLEM" in ESCAPE.sub("", coloured)


def test_ascii_terminals_get_ascii(report: Report) -> None:
    assert terminal([report], Style(unicode=False)).isascii()


def test_absent_values_and_checkpoints_that_are_gone_are_named(report: Report) -> None:
    shown = terminal([report], Style(part="selection"))
    assert "n/a" in shown
    assert "gone" in shown
    assert "Findings" not in shown


def test_a_column_without_a_value_is_not_shown(report: Report) -> None:
    for render in (terminal, markdown):
        shown = render([report])
        assert "score" in shown
        assert "ratio" not in shown


def test_further_lines_of_a_number_stand_under_its_first(report: Report) -> None:
    lines = terminal([report], Style(width=60, detailed=True)).splitlines()
    after = lines[next(n for n, line in enumerate(lines) if "· rise since" in line) + 1]
    assert after.startswith(" " * 11 + "points")


def test_a_name_to_deploy_is_never_broken(report: Report) -> None:
    name = "gpt-4.1-mini-2025-04-14.ft-" + "0123456789" * 5 + ":ckpt-step-200"
    pick = replace(report.selection.candidates[0], model=name)
    shown = terminal([replace(report, selection=replace(report.selection, candidates=(pick,)))])
    assert name in map(str.strip, shown.splitlines())


def test_the_best_checkpoint_is_marked_below_the_curves(report: Report) -> None:
    axis = next(line for line in terminal([report]).splitlines() if "└" in line)
    start = axis.index("└") + 1
    assert (axis.index("▲") - start) / (len(axis) - start) == pytest.approx(2 / 3, abs=0.02)
    without = replace(report, selection=replace(report.selection, best=None))
    assert "▲" not in terminal([without])


def test_the_axis_is_hatched_from_where_the_harm_begins(report: Report) -> None:
    begun = replace(report, diagnosis=replace(report.diagnosis, since=Place(step=200)))
    lines = terminal([begun]).splitlines()
    axis, ends = next((line, below) for line, below in pairwise(lines) if "└" in line)
    assert axis.index("▒") == axis.index("▲") + 1
    assert axis.endswith("▒")
    assert ends.split("▒")[1].split("  ")[0] == " overfit from step 200"
    plain = terminal([replace(begun, diagnosis=replace(begun.diagnosis, severity="ok"))])
    assert "▒" not in plain


def test_the_first_chart_shows_the_diagnosis() -> None:
    run = make_run(kind="rft", train_mean_reward=[0.1, 0.2, 0.3] * 10, kl=[0.1, 0.2, 9.0] * 10)
    report = analyze(run, select=())
    told = replace(report, diagnosis=replace(report.diagnosis, severity="warning", metric="kl"))
    charts = [line.strip() for line in terminal([told]).splitlines() if "─ " in line and "└" not in line]
    assert charts == ["kl: ─ kl", "reward: ─ train_mean_reward"]


def test_all_charts_have_the_same_steps(report: Report) -> None:
    curves = {**report.curves, "completion_tokens_mean": Curve(step=(200, 300), value=(50, 40), points=2)}
    shown = terminal([replace(report, curves=curves, figures=())])
    assert [line.split() for line in shown.splitlines() if line.strip().startswith("step 1 ")] == [
        ["step", "1", "300"],
        ["step", "1", "300"],
    ]


def test_ties_with_values_of_their_own_are_said_once(report: Report) -> None:
    tied = tuple(
        replace(report.selection.candidates[0], step=step, why=f"0.{step}, within the noise of 0.1")
        for step in (100, 300)
    )
    shown = terminal([replace(report, selection=replace(report.selection, tied=tied))])
    assert "within the noise of the best" in shown
    assert "0.300" not in shown


def test_several_reports_end_in_a_line_each(report: Report) -> None:
    tail = terminal([report, make_report(name="other.csv")]).split("Summary")[1]
    assert "results.csv: Overfit: full" in tail
    assert "other.csv: Overfit: full" in tail


def test_foreign_text_cannot_steer_the_terminal() -> None:
    hostile = "\x1b[2J[red]evil[/red]\u202e\x07"
    shown = terminal([make_report(name=hostile, model=hostile, summary=hostile)])
    assert not set(shown) & {"\x1b", "\u202e", "\x07"}
    assert "[red]evil[/red]" in shown  # markup is shown, not obeyed


def test_a_broken_curve_shows_where_it_broke() -> None:
    shown = terminal([make_report(losses=(0.17, float("nan"), float("inf")))])
    assert "x not finite" in shown
    assert "NaN" in shown.split("Checkpoints")[1] or "nan" in shown.split("Checkpoints")[1]


@pytest.mark.parametrize(("height", "lines"), [(None, 12), (30, 12), (8, 8), (6, 6), (5, 0), (-3, 0)])
def test_the_curves_alone_take_the_height_that_they_may(
    report: Report, height: int | None, lines: int
) -> None:
    shown = terminal([report], Style(part="curves", height=height))
    assert len(shown.splitlines()) == lines
    assert shown == "" or shown.splitlines()[0].strip().startswith("loss: ")


@pytest.mark.parametrize(
    ("steps", "values"),
    [
        ((1, 2), (5e-324, 5e-324)),
        ((1, 2), (0.0, 5e-324)),
        ((1, 2), (1e17, 1e17 + 16)),
        ((2**62, 2**62 + 1), (2.0, 1.0)),
    ],
    ids=str,
)
def test_what_a_float_hardly_tells_apart_is_drawn(
    report: Report, steps: tuple[int, int], values: tuple[float, float]
) -> None:
    drawn = terminal([replace(report, curves={"full_valid_loss": Curve(step=steps, value=values, points=2)})])
    (axis,) = [
        line for line in drawn.splitlines() if line.lstrip().startswith("step") and "epoch" not in line
    ]
    assert axis.split() == ["step", f"{steps[0]:,}", f"{steps[1]:,}"]


def test_the_legend_of_a_narrow_chart_is_broken_between_its_entries(report: Report) -> None:
    rewards = {
        name: Curve(step=(1, 300), value=(0.1, 0.9), points=2)
        for name in ("train_mean_reward", "full_valid_mean_reward")
    }
    lines = terminal([replace(report, curves=rewards)], Style(width=40, part="curves")).splitlines()
    assert [line.strip() for line in lines[:3]] == [
        "reward: ─ train_mean_reward",
        "o full_valid_mean_reward",
        "▲ best",
    ]


@pytest.mark.parametrize("width", [20, 30, 31, 33, 40])
def test_a_chart_is_as_wide_as_the_terminal_or_left_out(report: Report, width: int) -> None:
    lines = terminal([report], Style(width=width, part="curves")).splitlines()
    assert max(map(len, lines), default=0) <= width
    assert bool(lines) == (width >= 31)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_by_default_the_answer_takes_no_more_than_a_screen(report: Report, width: int) -> None:
    lines = text([report], Style(width=width)).splitlines()
    assert len(lines) <= LINES
    assert max(map(len, lines)) <= width
    assert lines[1].startswith("Overfit: full validation loss rose by 15 %.")
    assert [line.split()[0] for line in lines if line.strip() and line[0] != " "][2:4] == (
        ["Use", "Next"] if width > 60 else ["certainty", "Use"]
    )
    assert lines[-1].endswith("-v shows what they say")


def test_what_lacks_the_same_is_said_once(report: Report) -> None:
    unknown = report.with_status("unknown")[0]
    shown = terminal([replace(report, findings=(*report.findings, unknown.of("another")))])
    assert shown.count("The run has no grad_norm.") == 1
    assert "(exploding_gradient, another)" in " ".join(shown.split())


def test_a_narrow_short_table_holds_what_fits_under_its_headings(report: Report) -> None:
    lines = text([report], Style(width=40)).splitlines()
    heading = next(
        index for index, line in enumerate(lines) if line.split()[:1] == ["step"] and "1" not in line
    )
    assert lines[heading].split() == ["step"]
    assert [line.split() for line in lines[heading + 1 : heading + 4]] == [
        ["100", "gone,", "mid"],
        ["200", "exists,", "best"],
        ["300", "gone,", "final"],
    ]


def test_the_short_table_shows_the_loss_that_the_diagnosis_tells_beside_the_chosen_metric() -> None:
    loss = [0.9, 0.8, 0.7, 0.6, 0.5, 0.55, 0.6, 0.66, 0.7, 0.75]
    accuracy = [0.6, 0.65, 0.7, 0.75, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8]
    train = [0.9 - 0.08 * index for index in range(10)]
    columns = {"full_valid_loss": loss, "full_valid_accuracy": accuracy, "train_loss": train}
    report = analyze(make_run(metrics=columns, every=250))
    assert report.diagnosis.name == "overfit"
    lines = text([report], Style(width=80)).splitlines()
    assert ["step", "full_valid_accuracy", "full_valid_loss"] in [line.split()[:3] for line in lines]


def test_small_odds_are_no_claim() -> None:
    losses = [1.0 + 0.002 * (7 * step % 5) for step in range(77)]
    report = analyze(
        make_run(every=10, full_valid_loss=losses, train_loss=[1.5 - 0.005 * n for n in range(77)])
    )
    assert len(report.selection.tied) > 50
    for shown in (terminal([report]), markdown([report], Style())):
        assert "1 %)" not in shown
        assert "Nothing after step" in " ".join(shown.split())
