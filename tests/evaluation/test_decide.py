from __future__ import annotations

import json
import math
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curvewise import decide, encode, load_evaluation, power
from curvewise.errors import UsageError
from curvewise.model.decision import schema
from curvewise.model.evaluation import Price, Sample, Tokens
from tests.evaluation.deciding import evaluation, right, without

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "openai_rft_json"


def test_the_better_one_is_deployed() -> None:
    found = decide(evaluation({"base": right(100), "a": right(110), "b": right(160)}))
    assert found.winner == "b"
    assert found.headline == "Deploy b: better than a and base."
    assert found.next_step == "Deploy b (model-b)."
    assert found.tied == ()


def test_the_same_on_few_samples_is_no_proof_of_equality() -> None:
    found = decide(evaluation({"a": right(20, 30), "b": right(20, 30)}))
    assert found.winner is None
    assert found.pairs[0].verdict == "cannot tell"
    assert found.pairs[0].samples_needed is not None
    assert "more samples would" in found.headline


def test_equal_accuracy_at_fewer_tokens_wins() -> None:
    scores = {"a": right(350, 500), "b": right(350, 500)}
    found = decide(evaluation(scores, tokens={"a": 900, "b": 500}))
    assert found.pairs[0].verdict == "equivalent"
    assert found.winner == "b"
    assert found.headline == "Deploy b: as accurate as a with 44 % fewer tokens."
    assert found.standing("b").on_pareto_front
    assert not found.standing("a").on_pareto_front


def test_no_worse_at_fewer_tokens_wins_though_it_may_be_better() -> None:
    scores = {"a": right(290, 400), "b": [0.0] * 2 + right(296, 398)}
    found = decide(evaluation(scores, tokens={"a": 900, "b": 500}))
    assert found.pairs[0].verdict == "cannot tell"
    assert found.pairs[0].interval[0] > -0.03
    assert found.winner == "b"
    assert found.headline == "Deploy b: no worse than a, within 3 points, with 44 % fewer tokens."


def test_equal_accuracy_at_equal_tokens_is_a_tie() -> None:
    scores = {"a": right(350, 500), "b": right(350, 500)}
    found = decide(evaluation(scores, tokens={"a": 500, "b": 500}))
    assert (found.winner, set(found.tied)) == (None, {"a", "b"})
    assert found.headline == "a and b are equally accurate, within 3 points."


def test_a_tie_names_the_cheaper_one_for_the_meantime() -> None:
    found = decide(evaluation({"a": right(21, 30), "b": right(20, 30)}, tokens={"a": 900, "b": 500}))
    assert found.winner is None
    assert "take b: it needs 44 % fewer tokens" in found.next_step


def test_what_one_has_is_kept_unless_it_is_beaten() -> None:
    worse = decide(evaluation({"production": right(160), "a": right(100)}))
    assert (worse.winner, worse.headline) == (
        "production",
        "Keep production: no candidate is better on this task.",
    )
    unclear = decide(evaluation({"production": right(30, 60), "a": right(32, 60)}))
    assert (unclear.winner, unclear.tied) == (None, ("a", "production"))
    assert "keep production" in unclear.next_step
    equal = decide(evaluation({"base": right(350, 500), "a": right(350, 500)}))
    assert equal.winner == "base"


def test_a_candidate_as_good_as_production_at_fewer_tokens_replaces_it() -> None:
    scores = {"production": right(350, 500), "a": right(350, 500)}
    assert decide(evaluation(scores, tokens={"production": 900, "a": 300})).winner == "a"


def test_two_references_are_not_compared_with_each_other() -> None:
    found = decide(evaluation({"base": right(100), "production": right(120), "a": right(160)}))
    assert {(pair.first, pair.second) for pair in found.pairs} == {("a", "base"), ("a", "production")}


def test_failures_count_as_failures() -> None:
    found = decide(evaluation({"a": [1.0] * 60 + [None] * 40, "b": [1.0] * 100}))
    assert found.standing("a").accuracy == 0.6
    assert found.standing("a").failures == 40
    assert found.winner == "b"


def test_one_without_results_does_not_stop_the_others() -> None:
    found = decide(evaluation({"a": [None] * 50, "b": right(10, 50), "c": right(45, 50), "d": []}))
    assert found.winner == "c"
    assert found.standing("a").error == "all 50 samples failed: boom"
    assert found.standing("d").error == "no results"
    assert found.standing("a").accuracy is None


def test_no_scored_sample_at_all_is_an_error() -> None:
    with pytest.raises(UsageError, match="no contender has a scored sample"):
        decide(evaluation({"a": [None] * 5, "b": []}))


def test_only_common_samples_are_paired_and_it_says_so() -> None:
    found = decide(evaluation({"a": right(50, 100), "b": right(50, 60)}))
    assert found.pairs[0].samples == 60
    assert [note.code for note in found.notes] == ["other_samples"]
    assert "b 60" in found.notes[0].text


def test_no_sample_in_common_cannot_be_told() -> None:
    made = evaluation({"a": right(10, 20), "b": right(20, 20)})
    moved = {"a": made.samples["a"], "b": tuple(Sample(id=f"x{i}", score=1.0) for i in range(20))}
    found = decide(type(made)(**{**{f: getattr(made, f) for f in made.__struct_fields__}, "samples": moved}))
    assert (found.winner, found.pairs) == (None, ())
    assert "no sample in common" in found.reason


def test_a_single_contender_has_nothing_to_be_compared_with() -> None:
    found = decide(evaluation({"a": right(10, 20)}))
    assert (found.winner, found.pairs) == (None, ())
    assert found.headline.startswith("Only a has results")


def test_epochs_of_a_sample_are_one_sample() -> None:
    made = evaluation({"a": right(50, 100), "b": right(50, 100)})
    twice = {
        name: (*own, *(Sample(id=s.id, score=s.score, epoch=2) for s in own))
        for name, own in made.samples.items()
    }
    again = type(made)(**{**{f: getattr(made, f) for f in made.__struct_fields__}, "samples": twice})
    assert decide(again).pairs == decide(made).pairs


def test_families_widen_the_interval() -> None:
    scores = {"a": right(120), "b": right(100)}
    (alone,), (together,) = (decide(evaluation(scores, family=size)).pairs for size in (1, 10))
    assert (alone.clusters, together.clusters) == (200, 20)
    assert together.interval[0] < alone.interval[0]


def test_prices_give_costs() -> None:
    made = evaluation({"a": right(10, 20)}, tokens={"a": 1000})
    priced = type(made)(
        **{
            **{f: getattr(made, f) for f in made.__struct_fields__},
            "prices": {"a": Price(input=1.0, output=8.0)},
            "currency": "USD",
        }
    )
    found = decide(priced).standing("a")
    assert found.tokens is not None
    assert found.cost == pytest.approx(found.tokens * 8e-6)
    assert decide(priced).currency == "USD"


def test_tokens_count_what_was_cached_and_reasoning_once() -> None:
    assert Tokens(input=10, cached=5, output=20, reasoning=15).total == 35


def test_a_score_beyond_reason_is_refused() -> None:
    with pytest.raises(UsageError, match=r"a has the score 1e\+200 on the sample 0, beyond 1,000,000"):
        decide(evaluation({"a": [1e200], "b": [0.0]}))


@pytest.mark.parametrize("margin", [0.0, -1.0, math.nan, math.inf])
def test_a_margin_is_a_positive_number(margin: float) -> None:
    with pytest.raises(UsageError, match="margin"):
        decide(evaluation({"a": [1.0], "b": [0.0]}), margin=margin)


def test_it_is_the_same_each_time_and_follows_its_schema() -> None:
    made = evaluation(
        {"base": right(90), "a": right(100), "b": right(110)}, tokens={"a": 9, "b": 5}, family=4
    )
    text = encode(decide(made))
    assert text == encode(decide(made))
    jsonschema.validate(json.loads(text), schema())


def test_power_grows_with_samples_and_shrinks_with_families() -> None:
    found = [power(samples) for samples in (30, 100, 300)]
    assert found == sorted(found, reverse=True)
    assert power(100, design_effect=2.0) > power(100)
    assert power(100, contenders=2) < power(100, contenders=5)
    with pytest.raises(UsageError, match="samples is 0"):
        power(0)


score = st.one_of(st.none(), st.sampled_from([0.0, 1.0]), st.floats(-5, 5), st.just(math.nan))


@settings(max_examples=30, deadline=None)
@given(
    scores=st.dictionaries(
        st.sampled_from(["base", "production", "a", "b", "c"]), st.lists(score, max_size=12), min_size=1
    ),
    absent=st.dictionaries(st.sampled_from(["base", "a", "b"]), st.sets(st.integers(0, 11))),
    family=st.integers(1, 5),
    with_tokens=st.booleans(),
)
def test_any_evaluation_gets_a_decision_or_an_error(
    scores: dict[str, list[float | None]], absent: dict[str, set[int]], family: int, with_tokens: bool
) -> None:
    made = evaluation(scores, family=family, tokens=dict.fromkeys(scores, 100) if with_tokens else None)
    made = without(made, absent)
    try:
        found = decide(made)
    except UsageError:
        return
    names = {standing.name for standing in found.standings if not standing.error}
    assert found.winner is None or found.winner in names
    assert set(found.tied) <= names
    assert (found.winner is None) or not found.tied
    assert sum(standing.probability_best or 0.0 for standing in found.standings) == pytest.approx(1.0)
    for pair in found.pairs:
        assert pair.interval[0] <= pair.difference <= pair.interval[1]
        assert (pair.p_value <= 0.05) == (pair.interval[0] > 0 or pair.interval[1] < 0)
    jsonschema.validate(json.loads(encode(found)), schema())


@pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus of real evaluations")
def test_a_real_evaluation_of_30_samples_is_a_tie_that_beats_the_base_model() -> None:
    (file,) = CORPUS.glob("*.json")
    found = decide(load_evaluation(str(file)))
    assert found.winner is None
    assert [name.split(" (")[0] for name in found.tied] == ["v7 Step 95", "v7 Step 70"]
    assert "both improve on Base o4-mini" in found.headline
