from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import climb
from gallery.jobs import rollout_job

from curvewise import Run
from curvewise.checks.token_growth import token_growth
from curvewise.testing import make_run


@pytest.mark.parametrize(
    ("last", "status"), [(60, "ok"), (200, "ok"), (201, "warning"), (299, "warning"), (300, "problem")]
)
def test_the_limits_of_the_guide(last: float, status: str) -> None:
    run = make_run(kind="rft", completion_tokens_mean=[100.0] * 10 + [150.0] * 5 + [last] * 10)
    assert token_growth(run).status == status


@pytest.mark.parametrize("steps", [6, 10, 20, 50])
@pytest.mark.parametrize(("times", "status"), [(1.5, "ok"), (2.0, "ok"), (2.5, "warning"), (4.0, "problem")])
def test_a_steady_growth_is_measured_from_end_to_end(steps: int, times: float, status: str) -> None:
    course = 500 * np.linspace(1.0, times, steps)
    finding = token_growth(make_run(kind="rft", completion_tokens_mean=course))
    assert finding.status == status
    assert finding.evidence[0].value == pytest.approx(times)


def test_noise_hides_no_steady_growth_and_makes_none() -> None:
    found, called = 0, 0
    for seed in range(40):
        noise = np.exp(0.1 * np.random.default_rng(seed).standard_normal(20))
        found += token_growth(_tokens(500 * np.linspace(1, 4, 20) * noise)).status == "problem"
        called += token_growth(_tokens(500 * noise**2)).status != "ok"
    assert found >= 36
    assert called == 0


def _tokens(values: np.ndarray) -> Run:
    return make_run(kind="rft", completion_tokens_mean=values)


def test_a_single_long_step_is_not_growth() -> None:
    run = make_run(kind="rft", completion_tokens_mean=[100.0] * 19 + [350.0])
    finding = token_growth(run)
    assert finding.status == "ok"
    assert [round(item.value, 2) for item in finding.evidence] == [1.5, 3.5]


def test_reasoning_tokens_are_judged_as_well() -> None:
    run = make_run(
        kind="rft", completion_tokens_mean=[1000.0] * 15, reasoning_tokens_mean=[100.0] * 5 + [400.0] * 10
    )
    finding = token_growth(run)
    assert finding.status == "problem"
    assert finding.summary.startswith("Reasoning tokens")


def test_whether_the_reward_grew_with_it_is_said() -> None:
    tokens = [100.0] * 10 + [400.0] * 10
    paid = token_growth(make_run(completion_tokens_mean=tokens, train_mean_reward=[0.2] * 10 + [0.8] * 10))
    unpaid = token_growth(make_run(completion_tokens_mean=tokens, train_mean_reward=[0.2] * 20))
    assert "the reward rose" in paid.summary
    assert "real task" in paid.advice
    assert "did not clearly change" in unpaid.summary
    assert "earned no more" in unpaid.advice


def test_the_reward_per_token_is_shown_where_no_reward_is_negative() -> None:
    tokens = [100.0] * 10 + [400.0] * 10

    def earned(rewards: list[float]) -> list[float]:
        finding = token_growth(make_run(completion_tokens_mean=tokens, train_mean_reward=rewards))
        return [round(item.value, 2) for item in finding.evidence if "per 1,000 tokens" in item.label]

    assert earned([0.2] * 10 + [0.8] * 10) == [2.0, 2.0]
    assert earned([0.2] * 20) == [2.0, 0.5]
    assert earned([-0.2] * 20) == []


def test_growth_from_no_tokens_is_not_a_number() -> None:
    assert (
        token_growth(make_run(kind="rft", reasoning_tokens_mean=[0.0] * 5 + [900.0] * 5)).status == "unknown"
    )
    assert token_growth(make_run(kind="rft", completion_tokens_mean=[100.0])).status == "unknown"


def test_tokens_of_a_real_run_grew_less_than_its_first_step_suggests(corpus: Path) -> None:
    import curvewise

    run = curvewise.load(str(corpus / "openai_rft_csv" / "aparna-spektra__training_metrics_v7.csv"))
    finding = token_growth(run)
    averaged, single = (round(item.value, 1) for item in finding.evidence[:2])
    assert (finding.status, averaged, single) == ("ok", 2.0, 2.8)


@exhibit("problem", group="rollouts")
def word_overlap() -> Run:
    """The grader counts matching words: answers grow to four times their length, and earn no more for it."""
    return rollout_job("word-overlap", seed=91, learns=False, tokens=lambda t: climb(t, 240, 1080, 60, 16))


@exhibit("warning", group="rollouts")
def step_by_step() -> Run:
    """The model learns to reason: two and a half times the tokens, and a reward that grows with them."""
    return rollout_job("step-by-step", seed=92, tokens=lambda t: climb(t, 300, 780, 55, 18))
