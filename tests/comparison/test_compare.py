from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from curvewise.comparison.compare import SORTS, compare
from curvewise.comparison.rows import entries
from curvewise.comparison.score_file import Score, read_scores
from curvewise.drawing.markdown import MOST_BYTES
from curvewise.engine import analyze
from curvewise.errors import InputError, UsageError
from curvewise.model.codec import decode_reports, encode, encode_reports, schema
from curvewise.model.comparison import Comparison
from curvewise.model.report import Report
from curvewise.model.run import Run
from curvewise.plugin import Style
from curvewise.plugin.view import views
from curvewise.testing import make_run


def sft(name: str, losses: list[float], error: float | None = None, **fields: Any) -> Report:
    """A report of full passes every 100 steps; a standard error makes the noise known."""
    steps = [100 * n for n in range(1, len(losses) + 1)]
    training = [1.0 - 0.1 * n for n in range(len(losses))]
    run = Run.from_series(
        {"train_loss": (steps, training), "full_valid_loss": (steps, losses)},
        standard_errors=None if error is None else {"full_valid_loss": [error] * len(losses)},
        name=name,
    )
    return analyze(replace(run, **fields))


def rft(
    name: str, rewards: list[float], tokens: float = 100.0, metrics: dict[str, list[float]] | None = None
) -> Report:
    run = make_run(
        name=name,
        kind="rft",
        every=10,
        train_mean_reward=rewards,
        full_valid_mean_reward=rewards,
        completion_tokens_mean=[tokens] * len(rewards),
        checkpoints=[10 * n for n in range(1, len(rewards) + 1)],
        metrics=metrics,
    )
    return analyze(run)


def named(comparison: Comparison) -> str | None:
    return None if comparison.winner is None else comparison.runs[comparison.winner].name


def codes(comparison: Comparison) -> set[str]:
    return {note.code for note in comparison.notes}


def test_the_best_loss_counts_and_not_the_last_one() -> None:
    found = compare([sft("early", [0.9, 0.5, 1.4], 0.01), sft("late", [0.9, 0.8, 0.7], 0.01)])
    assert named(found) == "early"
    assert found.by == "full_valid_loss"
    assert found.better == "lower"
    early = found.runs[0]
    assert (early.best_value, early.best_step, early.final_value) == (0.5, 200, 1.4)
    assert early.overfit == "yes"
    assert found.runs[1].overfit in ("no", "cannot say")


@pytest.mark.parametrize(
    ("error", "winner"), [(0.001, "a"), (0.1, None)], ids=["precise evaluations", "noisy evaluations"]
)
def test_noise_makes_a_tie(error: float, winner: str | None) -> None:
    found = compare([sft("a", [0.9, 0.70], error), sft("b", [0.9, 0.72], error)])
    assert named(found) == winner
    assert (found.tied == ()) == (winner is not None)
    if winner is None:
        assert "%" in found.reason
        assert found.headline.startswith("Tie between a and b")


def test_a_clear_loser_is_not_among_the_tied() -> None:
    found = compare([sft("a", [0.9, 0.70], 0.03), sft("b", [0.9, 0.71], 0.03), sft("c", [2.9, 2.8], 0.03)])
    assert {found.runs[index].name for index in found.tied} == {"a", "b"}


def test_noise_that_nothing_measures_is_assumed_and_said() -> None:
    found = compare([sft("a", [0.9, 0.700]), sft("b", [0.9, 0.705])])
    assert found.winner is None
    assert "assumed" in found.reason
    (entry,) = entries([sft("a", [0.9, 0.700])])
    assert entry.assumed
    assert entry.error == pytest.approx(0.04 * 0.7)


@pytest.mark.parametrize(
    ("left", "right", "code"),
    [
        (sft("a", [0.9, 0.5]), rft("b", [0.1, 0.5]), "other_kind"),
        (sft("a", [0.9, 0.5], base_model="x"), sft("b", [0.9, 0.8], base_model="y"), "other_base_model"),
        (
            sft("a", [0.9, 0.5], validation_examples=100),
            sft("b", [0.9, 0.8], validation_examples=200),
            "other_validation_set",
        ),
        (
            sft("a", [0.9, 0.5]),
            analyze(make_run(name="b", valid_loss=[0.9] * 20, train_loss=[1.0] * 20)),
            "other_metric",
        ),
        (
            analyze(make_run(name="a", kind="rft", train_mean_reward=[0.1 * step for step in range(9)])),
            analyze(make_run(name="b", kind="rft", train_mean_reward=[0.2 * step for step in range(9)])),
            "training_reward",
        ),
        (
            sft("a", [0.69, 0.5], declared_kind="dpo", hyperparameters={"beta": 0.1}),
            sft("b", [0.69, 0.6], declared_kind="dpo", hyperparameters={"beta": 0.5}),
            "other_beta",
        ),
        (
            rft("a", [0.1, 0.2], metrics={"train_grader_reward/strict-0123456789ab": [0.1, 0.2]}),
            rft("b", [0.1, 0.9], metrics={"train_grader_reward/lenient-0123456789ab": [0.1, 0.9]}),
            "other_graders",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_no_winner_by_figures_of_another_kind(left: Report, right: Report, code: str) -> None:
    found = compare([left, right])
    assert found.winner is None
    assert found.tied == ()
    assert code in codes(found)
    assert all(note.text not in found.reason for note in found.further_notes)
    assert found.headline.startswith("No winner")
    assert named(compare([left, right], scores={"a": 1.0, "b": 2.0})) == "b", "scores can decide all the same"


def test_one_grader_whose_name_ends_in_another_hash_is_one_grader() -> None:
    left = rft("a", [0.1, 0.2], metrics={"train_grader_reward/g-0123456789ab": [0.1, 0.2]})
    right = rft("b", [0.1, 0.9], metrics={"train_grader_reward/g-ba9876543210": [0.1, 0.9]})
    assert named(compare([left, right])) == "b"


def test_a_higher_reward_wins() -> None:
    found = compare([rft("a", [0.1, 0.2, 0.21]), rft("b", [0.1, 0.8, 0.81])])
    assert named(found) == "b"
    assert found.better == "higher"


@pytest.mark.parametrize(("metric", "winner"), [("full_valid_accuracy", "high"), ("eval_wer", "low")])
def test_the_better_value_of_a_task_metric_wins(metric: str, winner: str) -> None:
    reports = [
        analyze(make_run(name=name, train_loss=[1.0, 0.9, 0.8, 0.7], metrics={metric: values}))
        for name, values in (("low", [0.5, 0.52, 0.5, 0.51]), ("high", [0.9, 0.92, 0.9, 0.91]))
    ]
    comparison = compare(decode_reports(encode_reports(reports)))
    assert named(comparison) == winner
    assert comparison.better == ("higher" if winner == "high" else "lower")
    assert {run.measure for run in comparison.runs} == {"value"}


def test_shares_in_percent_are_not_compared_with_shares_of_one() -> None:
    reports = [
        analyze(make_run(name=f"{scale}", metrics={"eval_accuracy": [0.7 * scale, 0.75 * scale]}))
        for scale in (1, 100)
    ]
    comparison = compare(reports)
    assert comparison.winner is None
    assert "in percent" in comparison.reason


def test_an_equal_reward_with_fewer_tokens_is_strictly_better() -> None:
    found = compare([rft("long", [0.1, 0.5, 0.5], 300.0), rft("short", [0.1, 0.5, 0.5], 100.0)])
    assert named(found) == "short"
    assert "100" in found.reason
    assert "300" in found.reason


def test_a_run_that_cannot_be_judged_is_left_out_and_said_so() -> None:
    blind = analyze(make_run(name="blind", train_loss=[1.0, 0.5]))
    found = compare([sft("a", [0.9, 0.5], 0.01), blind, sft("b", [0.9, 0.8], 0.01)])
    assert named(found) == "a"
    assert "not_judged" in codes(found)
    none = compare([blind, sft("a", [0.9, 0.5], 0.01)])
    assert none.winner is None
    assert "Only a" in none.reason


class TestScores:
    reports = (sft("a", [0.9, 0.5], 0.01), sft("b", [0.9, 0.8], 0.01))

    def test_the_score_decides_and_another_order_is_said(self) -> None:
        found = compare(self.reports, scores={"a": 0.70, "b": 0.80})
        assert named(found) == "b"
        assert found.by == "score"
        (note,) = [note for note in found.notes if note.code == "order_differs"]
        assert "tau -1.00" in note.text
        assert "0.8 against 0.7" in note.text
        assert "not known" in found.reason

    def test_scores_in_the_same_order_need_no_words(self) -> None:
        assert "order_differs" not in codes(compare(self.reports, scores={"a": 0.8, "b": 0.7}))

    @pytest.mark.parametrize(("n", "winner"), [(20, None), (2000, "b")])
    def test_few_examples_make_a_tie(self, n: int, winner: str | None) -> None:
        scores = {"a": Score(value=0.70, n=n), "b": Score(value=0.80, n=n)}
        assert named(compare(self.reports, scores=scores)) == winner

    def test_equal_scores_tie(self) -> None:
        assert compare(self.reports, scores={"a": 0.7, "b": 0.7}).tied == (0, 1)

    @pytest.mark.parametrize(
        ("scores", "said"),
        [({"a": 1.0}, "'b'"), ({"a": 1.0, "b": 1.0, "zzz": 1.0}, "'zzz'"), ({}, "'a', 'b'")],
    )
    def test_unknown_and_missing_runs_are_named(self, scores: dict[str, float], said: str) -> None:
        with pytest.raises(UsageError, match=said):
            compare(self.reports, scores=scores)

    def test_runs_are_found_by_source_and_id(self) -> None:
        left, right = (
            replace(report, run=replace(report.run, source=f"runs/{name}/", id=f"ftjob-{name}"))
            for name, report in zip("ab", self.reports, strict=True)
        )
        assert named(compare([left, right], scores={"runs/a": 1.0, "ftjob-b": 2.0})) == "b"

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("s.csv", "run,score,n\na,0.5,96\nb, 0.25 ,\n"),
            ("s.json", '{"a": {"score": 0.5, "n": 96}, "b": 0.25}'),
            ("s.json", '[{"run": "a", "score": 0.5, "n": 96}, {"run": "b", "score": 0.25}]'),
        ],
    )
    def test_files(self, tmp_path: Path, name: str, text: str) -> None:
        (tmp_path / name).write_text(text)
        scores = read_scores(tmp_path / name)
        assert scores == {"a": Score(value=0.5, n=96.0), "b": Score(value=0.25)}
        assert scores["a"].standard_error == pytest.approx(0.05)
        assert scores["b"].standard_error is None

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("name,value\na,1\n", "header"),
            ("run,score\na,high\n", "'high'"),
            ("run,score\na,nan\n", "'nan'"),
            ("run,score\na,1\na,2\n", "two scores"),
            ("run,score\n,2\n", "no run"),
            ("run,score,n\na,1,-3\n", "'-3'"),
            ("run,score\n", "no score"),
            ('{"a": null}', "no score"),
            ('{"a": true}', "'True'"),
            ('{"a"', "not JSON"),
            ("[1]", "no score"),
        ],
    )
    def test_bad_files(self, tmp_path: Path, text: str, said: str) -> None:
        (tmp_path / "scores").write_text(text)
        with pytest.raises(InputError, match=said) as raised:
            read_scores(tmp_path / "scores")
        assert raised.value.file == str(tmp_path / "scores")


def test_names_are_made_unique() -> None:
    report = sft("a", [0.9, 0.5], 0.01)
    two = [replace(report, run=replace(report.run, source=f"runs/{place}/a.csv")) for place in ("x", "y")]
    assert {run.name for run in compare(two).runs} == {"x/a.csv", "y/a.csv"}
    assert {run.name for run in compare([report, report]).runs} == {"a (1)", "a (2)"}


def test_differences_hold_what_differs_alone() -> None:
    left = sft("a", [0.9, 0.5], hyperparameters={"lr": 1e-5, "epochs": 3, "seed": None})
    right = sft("b", [0.9, 0.5], hyperparameters={"lr": 2e-5, "epochs": 3, "warmup": 10})
    found = {each.name: each.values for each in compare([left, right], sort="given").differences}
    assert found == {"lr": ("1e-05", "2e-05"), "warmup": (None, "10")}


@pytest.mark.parametrize("sort", SORTS)
def test_sorting_puts_the_best_first_and_the_unknown_last(sort: str) -> None:
    blind = analyze(make_run(name="blind", train_loss=[1.0, 0.5]))
    reports = [blind, sft("b", [0.9, 0.8], 0.01), sft("a", [0.9, 0.5], 0.01)]
    scores = {"a": 3.0, "b": 2.0, "blind": 1.0}
    found = compare(reports, scores=scores, sort=sort)
    names = [run.name for run in found.runs]
    assert found.sorted_by == sort
    if sort in ("best", "final"):
        assert names == ["a", "b", "blind"]
    if sort in ("score", "name"):
        assert names == ["a", "b", "blind"]
    if sort == "given":
        assert names == ["blind", "b", "a"]
    assert named(found) == "a", "the winner is found again, wherever it stands"


def test_an_unknown_column_and_a_single_run_are_refused() -> None:
    with pytest.raises(UsageError, match="two runs"):
        compare([sft("a", [0.9, 0.5])])
    run: Any = make_run(train_loss=[1.0])
    with pytest.raises(UsageError, match="takes reports"):
        compare([run, run])
    with pytest.raises(UsageError, match="'speed'"):
        compare([sft("a", [0.9, 0.5])] * 2, sort="speed")


def test_reports_that_were_read_back_compare_the_same() -> None:
    reports = [sft("a", [0.9, 0.5, 0.6], 0.01), sft("b", [0.9, 0.8, 0.7], 0.01)]
    assert compare(decode_reports(encode_reports(reports))) == compare(reports)


def test_reports_from_before_figures_existed_are_compared_too() -> None:
    reports = [sft("a", [0.9, 0.5, 0.6], 0.01), sft("b", [0.9, 0.8, 0.7], 0.01)]
    old = [replace(report, figures=(), about={}) for report in reports]
    found = compare(old)
    assert named(found) == "a"
    drawn = {line.curve for figure in found.figures for line in figure.lines}
    assert drawn >= {"full_valid_loss", "train_loss"}


def test_curves_are_thinned_and_shared() -> None:
    step = range(1, 5001)
    runs = [
        make_run(
            name=name, train_loss=[1 / n for n in step], full_valid_loss={10: 1.0, 5000: 0.5}, metrics=own
        )
        for name, own in (("a", {"grad_norm": [1.0] * 5000}), ("b", {}))
    ]
    found = compare([analyze(run, points=20_000) for run in runs])
    drawn = {line.curve for figure in found.figures for line in figure.lines}
    assert "grad_norm" not in drawn
    for run in found.runs:
        assert set(run.curves) == drawn
        assert all(len(curve.step) <= 402 for curve in run.curves.values())
        assert run.curves["train_loss"].points == 5000


def test_json_holds_no_bare_nan() -> None:
    found = compare([sft("a", [0.9, math.nan]), sft("b", [0.9, 0.8])])
    assert json.loads(encode(found), parse_constant=lambda name: pytest.fail(name))["schema_version"] == 1


values = st.lists(st.floats(0, 10, width=32) | st.just(math.nan) | st.just(math.inf), min_size=1, max_size=4)


@given(st.lists(values, min_size=2, max_size=4), st.sampled_from(["sft", "rft"]))
def test_any_runs_can_be_compared(curves: list[list[float]], kind: str) -> None:
    metric = "full_valid_loss" if kind == "sft" else "full_valid_mean_reward"
    reports = [
        analyze(make_run(name=f"run {index}", metrics={metric: curve}, train_loss=[1.0]), select=())
        for index, curve in enumerate(curves)
    ]
    found = compare(reports)
    assert found.winner is None or not found.tied
    assert found.winner is None or found.runs[found.winner].best_value is not None
    assert all(found.runs[index].best_value is not None for index in found.tied)
    shares = [run.probability for run in found.runs if run.probability is not None]
    assert not shares or sum(shares) == pytest.approx(1, abs=0.01)
    encode(found)


def test_the_schema_accepts_a_comparison_and_refuses_what_lacks_a_part() -> None:
    found = compare([sft("a", [0.9, math.nan]), sft("b", [0.9, 0.8])], scores={"a": 1.0, "b": 2.0})
    content = json.loads(encode(found))
    validator = jsonschema.Draft202012Validator(schema(Comparison))
    validator.check_schema(schema(Comparison))
    validator.validate(content)
    del content["runs"][0]["best_value"]
    assert not validator.is_valid(content)


def test_huge_losses_of_several_sets_are_compared() -> None:
    steps = [100, 200, 300]
    losses = {f"full_valid_loss/{name}": (steps, [1.7e308, 1.0, math.inf]) for name in ("a", "b")}
    opposite = {**losses, "full_valid_loss/b": (steps, [1.7e308, 1.0, -math.inf])}
    reports = [analyze(Run.from_series(series)) for series in (losses, opposite)]
    assert [run.best_step for run in compare(reports).runs] == [200, 200]


def test_a_long_name_does_not_hide_what_is_said_of_the_run() -> None:
    long = "x" * 10_000
    found = compare([sft(f"{long}-1", [2.0, 1.2]), sft(f"{long}-2", [2.0, 1.9])])
    assert found.runs[0].name == f"{long}-1"
    assert "xx…xx" in found.headline
    assert "x-1: validation loss 1.2 at step" in found.headline
    assert found.headline.endswith("x-2.")
    assert "x-1 is the best with a probability of " in found.reason


def test_a_run_that_is_not_to_be_deployed_never_wins_and_each_names_its_diagnosis() -> None:
    broken = analyze(make_run(name="penalised", kind="rft", train_mean_reward=[-1.0, -0.9] * 20))
    good, weak = rft("good", [0.1, 0.3, 0.5, 0.7]), rft("weak", [0.1, 0.2, 0.3, 0.4])
    assert (broken.diagnosis.name, broken.diagnosis.deploy) == ("grader_broken", False)
    scores = {"penalised": 0.9, "good": 0.8, "weak": 0.5}
    found = compare([broken, good, weak], scores=scores)
    assert named(found) == "good"
    (left_out,) = [note.text for note in found.notes if note.code == "not_judged"]
    assert left_out.startswith("penalised is left out")
    assert named(compare([broken, good], scores={"penalised": 0.9, "good": 0.8})) is None
    assert {run.name: run.diagnosis for run in found.runs}["penalised"] == "grader_broken"
    for written_as in ("text", "brief", "markdown", "csv", "json"):
        written = views()["comparison"].formats[written_as](found, Style(width=80))
        assert "grader broken" in written.replace("_", " "), written_as
    many = compare([good, *(replace(weak, run=replace(weak.run, name=f"run {n}")) for n in range(99))])
    assert len(views()["comparison"].formats["brief"](many, Style()).encode()) <= MOST_BYTES
