"""Contenders that did not all do the same, that beat each other in turn, or that have no result."""

from __future__ import annotations

import msgspec
import pytest

from curvewise import decide
from curvewise.model.evaluation import Price
from curvewise.plugin import Style
from curvewise.views._decision_tables import contenders, facts, tokens
from curvewise.views._decision_text import decision_text
from tests.evaluation.deciding import evaluation, right, without


def columns(*rows: tuple[int, str]) -> list[list[float]]:
    """Return scores by contender from rows such as (14, "100"): 14 samples that the first alone does."""
    scores = [[float(letter) for letter in outcome] for count, outcome in rows for _ in range(count)]
    return [list(column) for column in zip(*scores, strict=True)]


def test_two_references_alone_are_compared() -> None:
    found = decide(evaluation({"base": right(160), "production": right(100)}))
    assert found.headline == "Deploy base: better than production."
    unclear = decide(evaluation({"base": right(30, 60), "production": right(28, 60)}))
    assert "Cannot tell base from production" in unclear.headline
    assert "keep production" in unclear.next_step
    kept = decide(evaluation({"base": right(100), "production": right(160)}))
    assert kept.winner == "production"


def test_a_base_model_that_is_not_in_use_is_not_kept() -> None:
    base, production, a = columns((30, "100"), (10, "110"), (8, "101"), (12, "111"), (6, "010"), (6, "001"))
    found = decide(evaluation({"base": base, "production": production, "a": a}))
    assert found.winner == "production"
    assert found.headline == "Keep production: no candidate is better than base on this task."
    assert found.reason.startswith("a is worse than base")
    assert found.reason.endswith(
        "base was seen to be more accurate than production; the two were not compared."
    )


def test_a_tie_of_many_names_some_and_the_table_names_all() -> None:
    found = decide(evaluation({name: right(5, 10) for name in "abcdefgh"}))
    assert found.headline.startswith("Cannot tell a from b, c, d, e or 3 others: ")
    assert found.reason.endswith("The table has the 3 other pairs.")
    assert found.tied == tuple("abcdefgh")
    assert "take a: none was seen to be more accurate." in found.next_step
    six = decide(evaluation({name: right(5, 10) for name in "abcdef"}))
    assert six.headline.startswith("Cannot tell a from b, c, d, e or f: ")


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_column_is_lost_where_the_terminal_is_narrow(width: int) -> None:
    found = decide(evaluation({"base": [-1.0, 0.5] * 20, "step 70": [1.0] * 40}, tokens={"step 70": 90}))
    text = decision_text(found, Style(width=width))
    assert max(map(len, text.splitlines())) <= width
    words = " ".join(text.split())
    for said in (
        "accuracy",
        "95 % interval",
        "best",
        "tokens",
        "verdict",
        "better",
        "<0.001",
        "over 99 %",
        "deploy",
    ):
        assert said in words


def test_no_difference_of_tokens_has_no_sign() -> None:
    scores = {"a": right(5, 10), "b": right(5, 10)}
    equal, more = (decide(evaluation(scores, tokens={"a": 90, "b": b})) for b in (90, 50))
    assert tokens(equal.pairs[0]) == "0?"
    assert tokens(more.pairs[0]) == "+40"


def test_one_alone_is_not_the_best_of_anything() -> None:
    found = decide(evaluation({"base": right(5, 10), "a": []}))
    assert contenders(found)[1][0][3] == "n/a"
    assert found.next_step == "Evaluate a candidate on the same samples."


def test_who_did_only_the_easy_samples_does_not_lead_by_it() -> None:
    hard = evaluation({"a": [1.0] * 10 + [1.0, 0.0] * 45, "b": [1.0] * 9 + [0.0] * 91})
    found = decide(without(hard, {"b": range(10, 100)}))
    assert found.standing("b").accuracy == 0.9
    assert (found.pairs[0].first, found.pairs[0].difference) == ("a", 0.1)
    assert found.tied == ("a", "b")
    assert (found.standing("a").probability_best or 0) > 0.6
    assert "take a: it leads on the samples that they have in common" in found.next_step


def test_the_front_makes_up_for_samples_that_only_some_did() -> None:
    scores = {"a": [1.0] * 10 + [0.0] * 90, "b": [1.0] * 10 + [0.0] * 90}
    found = decide(without(evaluation(scores, tokens={"a": 100, "b": 500}), {"b": range(10, 100)}))
    assert (found.standing("a").on_pareto_front, found.standing("b").on_pareto_front) == (True, False)


def test_no_number_of_samples_is_promised_where_some_share_none() -> None:
    made = evaluation({"a": right(21, 30), "b": right(20, 30), "c": [1.0] * 60})
    found = decide(without(made, {"c": range(30)}))
    assert found.winner is None
    assert "more sample" not in found.headline
    assert found.next_step.startswith("Evaluate them on the same samples.")
    assert "have no sample in common." in found.reason


def test_contenders_that_beat_each_other_in_a_circle_are_tied() -> None:
    yes, no = [1.0] * 20, [0.0] * 20
    scores = {"a": [*yes, *no, *no], "b": [*no, *yes, *no], "c": [*no, *no, *yes]}
    made = evaluation(scores)  # a beats b on the first 20, b beats c on the second, c beats a on the third
    found = decide(without(made, {"a": range(20, 40), "b": range(40, 60), "c": range(20)}))
    assert {pair.verdict for pair in found.pairs} <= {"better", "worse"}
    assert set(found.tied) == {"a", "b", "c"}


def test_two_steps_of_almost_the_margin_are_not_one() -> None:
    a, b, c = columns((14, "100"), (9, "011"), (14, "110"), (9, "001"), (554, "111"))
    found = decide(evaluation({"a": a, "b": b, "c": c}, tokens={"a": 900, "b": 600, "c": 300}))
    lowest = {(pair.first, pair.second): pair.interval for pair in found.pairs}
    assert lowest["a", "b"][1] < 0.03 < lowest["a", "c"][1]
    assert found.winner is None
    assert set(found.tied) == {"a", "c"}


def test_only_who_is_shown_to_improve_is_said_to() -> None:
    b, c, production = columns((12, "100"), (5, "011"), (483, "111"))
    found = decide(evaluation({"b": b, "c": c, "production": production}))
    verdicts = {(pair.first, pair.second): pair.verdict for pair in found.pairs}
    assert verdicts["c", "production"] == "equivalent"
    assert verdicts["b", "production"] == "cannot tell"
    assert "improves on" not in found.headline
    assert "keep production" in found.next_step


def test_meanwhile_the_one_that_improves_is_taken() -> None:
    a, b, production = columns(
        (12, "110"), (8, "100"), (2, "010"), (2, "011"), (2, "001"), (4, "101"), (70, "111")
    )
    made = evaluation(
        {"a": a, "b": b, "production": production}, tokens={"a": 900, "b": 500, "production": 500}
    )
    found = decide(made)
    assert found.headline.endswith("more samples would; a improves on production.")
    assert "Until then take a: it improves on production." in found.next_step


def test_a_little_better_than_base_is_not_called_no_better() -> None:
    found = decide(evaluation({"base": right(4000, 5000), "a": right(4100, 5000)}))
    assert found.pairs[0].interval[0] > 0
    assert found.headline == "Keep base: no candidate is better by 3 points or more."


def test_a_little_better_than_another_candidate_says_so() -> None:
    found = decide(evaluation({"b": right(4000, 5000), "a": right(4100, 5000)}))
    assert found.headline == "Deploy a: better than b, though by less than 3 points."


def test_fewer_tokens_at_a_higher_cost_are_no_gain() -> None:
    made = evaluation({"base": right(350, 500), "a": right(350, 500)}, tokens={"base": 900, "a": 500})
    assert decide(made).winner == "a"
    dear = {"base": Price(input=1.0, output=1.0), "a": Price(input=9.0, output=9.0)}
    assert decide(msgspec.structs.replace(made, prices=dear)).winner == "base"


@pytest.mark.parametrize("absent", [[], [None] * 60])
def test_production_without_a_result_is_not_passed_over(absent: list[float | None]) -> None:
    found = decide(evaluation({"production": absent, "base": right(20, 60), "a": right(50, 60)}))
    assert found.winner == "a"
    assert found.next_step.startswith("Evaluate production again: it has no result. ")
    assert found.reason.endswith("production has no result: nothing is said of it.")


def test_samples_of_their_own_are_no_families_however_many_are_shared() -> None:
    made = evaluation({"a": right(50, 100), "b": right(50, 100)})
    assert facts(decide(without(made, {"b": range(60, 100)})))[-1] == "100 samples"
    families = evaluation({"a": right(50, 100), "b": right(50, 100)}, family=5)
    assert facts(decide(families))[-1] == "100 samples in 20 families"
    assert facts(decide(evaluation({"a": [1.0], "b": [0.0]})))[-1] == "1 sample"


def test_more_samples_of_the_same_family_are_not_asked_for() -> None:
    found = decide(evaluation({"a": [1.0] * 30, "b": [0.0] * 30}, family=30))
    assert "more samples, in further families, if" in found.next_step


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_the_same_score_everywhere_sends_to_the_grader(value: float) -> None:
    found = decide(evaluation({"a": [value] * 60, "b": [value] * 60}))
    assert [note.code for note in found.notes] == ["constant_scores"]
    assert not decide(evaluation({"a": [0.0] * 30, "b": [0.0] * 29 + [None]})).notes


def test_scores_of_another_scale_are_told() -> None:
    found = decide(evaluation({"a": [87.0, 20.0, 30.0] * 20, "b": [80.0, 20.0, 33.0] * 20}))
    assert [note.code for note in found.notes] == ["scores_beyond_1"]
    assert "margin of 0.03 is in their units" in found.notes[0].text


def test_nothing_is_certain() -> None:
    text = decision_text(decide(evaluation({"a": right(190), "b": right(20)})), Style())
    assert "over 99 %" in text
    assert "under 1 %" in text


def test_those_without_a_result_come_last_though_scores_are_negative() -> None:
    text = decision_text(decide(evaluation({"a": [-5.0] * 9, "b": [None] * 9})), Style())
    assert text.index("  a ") < text.index("  b ")
