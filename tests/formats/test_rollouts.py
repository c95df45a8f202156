"""How many rollouts were graded: told from columns whose names do not say what they count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.formats._rollouts import with_rollouts
from curvewise.model.series import Series
from curvewise.testing import make_run


def found(**values: object) -> dict[str, Series]:
    metrics = {name.replace("__", "/"): value for name, value in values.items()}
    return with_rollouts(make_run(metrics=metrics).metrics)[0]


COUNT = "errors__graders__f__train_other_error_count"


@pytest.mark.parametrize(
    ("rate", "count", "are_observations"),
    [
        pytest.param([0.0, 0.0], [751, 737], True, id="no error, and yet a count"),
        pytest.param([0.0, 0.5], [8, 10], True, id="five errors of ten"),
        pytest.param([0.0, 0.0], [0, 0], False, id="no error, and none counted"),
        pytest.param([0.0, 0.5], [0, 5], False, id="errors themselves"),
        pytest.param([0.25, 0.5], [2, 4], False, id="always some error: two readings"),
        pytest.param([0.25, 0.5, 0.1], [8, 8, 10], True, id="rates that vary over one whole number"),
        pytest.param([0.0, 0.3], [8, 9], False, id="no whole number of errors"),
        pytest.param([0.0, np.nan], [8, 9], False, id="a rate that is no number"),
    ],
)
def test_a_count_holds_observations_or_errors(
    rate: list[float], count: list[float], are_observations: bool
) -> None:
    metrics = found(train_other_error_rate__f=rate, **{COUNT: count})
    assert ("train_graded_rollouts/f" in metrics) is are_observations
    assert (COUNT.replace("__", "/") in metrics) is not are_observations


def test_a_total_of_tokens_tells_the_graded_rollouts() -> None:
    # The event that OpenAI documents: 501 of 510 rollouts were graded.
    metrics = found(
        train_mean_reward=[0.4215686274509804],
        train_grader_reward__f=[0.4471057884231537],
        reasoning_tokens_mean=[3330.017964071856],
        usage__samples__train_reasoning_tokens_count=[1668339.0],
    )
    assert metrics["train_graded_rollouts/f"].value.tolist() == [501]
    assert metrics["train_rollouts"].value.tolist() == [510]
    assert metrics["train_ungraded_rate"].value == pytest.approx(9 / 510)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"train_grader_reward__f": [0.5], "train_grader_reward__g": [0.6]}, id="two graders"),
        pytest.param({"train_grader_reward__f": [0.1]}, id="the grader's mean is the lower one"),
        pytest.param({"train_grader_reward__f": [-1.0]}, id="a mean of -1 divides by zero"),
        pytest.param({"train_grader_reward__f": [np.nan]}, id="no number"),
        pytest.param(
            {"train_grader_reward__f": [0.5], "train_graded_rollouts__f": [7]}, id="no whole number of all"
        ),
        pytest.param({}, id="no grader"),
    ],
)
def test_nothing_is_claimed_where_the_rule_does_not_hold(values: dict[str, list[float]]) -> None:
    metrics = found(train_mean_reward=[0.2], **values)
    assert not {"train_rollouts", "train_ungraded_rate"} & set(metrics)


def test_without_counts_the_rule_is_an_assumption() -> None:
    run = make_run(train_mean_reward=[0.2, 0.5], metrics={"train_grader_reward/f": [0.5, 0.5]})
    metrics, notes = with_rollouts(run.metrics)
    assert np.allclose(metrics["train_ungraded_rate"].value, [0.2, 0.0])
    assert "train_rollouts" not in metrics
    assert "assumed" in notes[0].text


@given(
    st.lists(st.tuples(st.integers(2, 1000), st.floats(-0.9, 5.0)), min_size=1, max_size=20),
    st.integers(0, 50),
)
def test_what_was_mixed_is_taken_apart(steps: list[tuple[int, float]], missing: int) -> None:
    rollouts = max(graded for graded, _ in steps) + missing
    graded = np.array([count for count, _ in steps], dtype=float)
    mean = np.array([value for _, value in steps])
    mixed = (graded * mean - (rollouts - graded)) / rollouts
    metrics = found(
        train_mean_reward=mixed,
        train_grader_reward__f=mean,
        train_other_error_rate__f=[0.0] * len(steps),
        **{COUNT: graded},
    )
    if (mixed > -0.8).all():
        assert set(metrics["train_rollouts"].value) == {rollouts}
        assert np.allclose(metrics["train_ungraded_rate"].value, 1 - graded / rollouts, atol=1e-5)
