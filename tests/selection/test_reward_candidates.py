from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.model.run import Checkpoint, Run
from curvewise.model.selection import Selection
from curvewise.model.series import Series
from curvewise.selection._judged_reward import judged_reward, tokens_at
from curvewise.selection.reward_candidates import reward_candidates
from curvewise.testing import make_run

CLIMB = [0.1, 0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.83, 0.84, 0.85]


def roles(chosen: Selection) -> dict[str, int]:
    return {pick.role: pick.step for pick in chosen.candidates}


def test_peak_final_and_mid_training_are_the_candidates() -> None:
    run = make_run(every=10, full_valid_mean_reward=[0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.8, 0.8, 0.6, 0.6])
    chosen = reward_candidates(run)
    assert roles(chosen) == {"peak": 70, "final": 100, "mid": 50}
    assert chosen.best is not None
    assert chosen.best.step == 70
    assert "real task harness" in chosen.reason


def test_a_lucky_evaluation_is_not_the_peak() -> None:
    run = make_run(every=10, full_valid_mean_reward=[0.1, 0.3, 0.95, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.8])
    assert roles(reward_candidates(run))["peak"] in (90, 100)


def test_a_dip_is_no_peak() -> None:
    run = make_run(every=10, full_valid_mean_reward=[0.1, 0.5, 0.7, 0.85, 0.55, 0.85, 0.8, 0.7, 0.7, 0.7])
    assert roles(reward_candidates(run))["peak"] in (40, 60, 70)


def test_the_real_tie_is_a_tie() -> None:
    rewards = [0.75, 0.55, 0.77, 0.68, 0.82, 0.81, 0.84, 0.83, 0.63, 0.858, 0.79, 0.77, 0.76, 0.84, 0.853]
    chosen = reward_candidates(make_run(every=5, full_valid_mean_reward=rewards))
    assert chosen.best is not None
    assert {50, 75} <= {chosen.best.step, *(pick.step for pick in chosen.tied)}
    assert "cannot tell" in chosen.reason


def test_equal_reward_at_fewer_tokens_is_named_and_on_the_front() -> None:
    run = make_run(
        every=10,
        full_valid_mean_reward=[0.1, 0.5, 0.85, 0.855, 0.85, 0.855, 0.85, 0.858],
        valid_completion_tokens_mean=[200, 300, 400, 800, 900, 1000, 1100, 1200],
        checkpoints=list(range(10, 90, 10)),
    )
    chosen = reward_candidates(run)
    assert roles(chosen)["efficient"] == 30
    assert 30 in chosen.pareto
    efficient = next(pick for pick in chosen.candidates if pick.role == "efficient")
    assert "fewer tokens" in efficient.why


def test_of_equal_rewards_the_one_with_fewer_tokens_is_the_peak() -> None:
    run = make_run(full_valid_mean_reward=[0.5, 0.8, 0.8], valid_completion_tokens_mean=[100, 300, 200])
    assert roles(reward_candidates(run))["peak"] == 3


def test_only_existing_and_evaluated_checkpoints_are_candidates() -> None:
    run = make_run(every=10, full_valid_mean_reward=CLIMB, checkpoints=[30, 50, 55, 70])
    chosen = reward_candidates(run)
    assert roles(chosen) == {"peak": 70, "mid": 30}
    assert all(pick.existence == "exists" for pick in chosen.candidates)
    assert "0.850 at step 100, has no checkpoint that exists" in chosen.reason
    assert [(row.step, row.existence) for row in chosen.table][-1] == (100, "gone")


def test_a_final_step_without_an_evaluation_is_said() -> None:
    run = make_run(train_mean_reward=[0.5] * 12, full_valid_mean_reward={5: 0.4, 10: 0.6})
    assert "The final step, 12, was not evaluated" in reward_candidates(run).reason


def test_unevaluated_checkpoints_support_no_choice() -> None:
    chosen = reward_candidates(make_run(full_valid_mean_reward={5: 0.4}, checkpoints=[7]))
    assert chosen.best is None
    assert chosen.reason.startswith("No checkpoint that exists was evaluated; the last checkpoint is step 7")


def test_where_no_checkpoint_exists_only_that_is_said() -> None:
    chosen = reward_candidates(make_run(full_valid_mean_reward={5: 0.4}, checkpoints=[]))
    assert chosen.reason.startswith("No checkpoint exists to choose from. The highest validation reward is")


def test_training_reward_alone_is_smoothed_and_its_caveat_said() -> None:
    rewards = [0.1 * i for i in range(10)] + [0.9] * 10 + [0.2] * 10
    run = make_run(train_mean_reward=rewards, checkpoints=[10, 15, 30])
    chosen = reward_candidates(run)
    assert roles(chosen) == {"peak": 10, "final": 30, "mid": 15}
    assert "no validation reward" in chosen.reason


def test_a_checkpoint_saved_after_the_last_step_counted_from_zero_is_a_candidate() -> None:
    run = make_run(train_mean_reward={step: 0.1 * step for step in range(10)}, checkpoints=[5, 10, 20])
    assert roles(reward_candidates(run)) == {"peak": 10, "mid": 5}


def test_without_any_list_every_training_step_is_not_a_tie() -> None:
    chosen = reward_candidates(make_run(train_mean_reward=[0.5, 0.6] * 20))
    assert chosen.tied == ()
    assert len(chosen.table) == len(chosen.candidates) <= 3


def test_the_table_shows_logged_graded_and_validation_reward_gap_and_tokens() -> None:
    run = make_run(
        train_mean_reward=[0.62, 0.62],
        train_ungraded_rate=[0.1, 0.1],
        full_valid_mean_reward={2: 0.75},
        completion_tokens_mean=[100.0, 300.0],
        checkpoints=[1, 2],
    )
    first, last = reward_candidates(run).table
    assert first.values["full_valid_mean_reward"] is None
    assert first.values["reward_gap"] is None
    assert last.values["train_mean_reward"] == 0.62
    assert last.values["train_graded_reward"] == pytest.approx(0.8)
    assert last.values["reward_gap"] == pytest.approx(0.05)
    assert last.values["completion_tokens_mean"] == 300.0
    assert last.values["reasoning_tokens_mean"] is None


def test_a_run_without_a_reward_has_no_candidates() -> None:
    chosen = reward_candidates(Run(declared_kind="rft"))
    assert chosen.best is None
    assert "no reward" in chosen.reason


@given(
    rewards=st.lists(st.floats(), max_size=12),
    tokens=st.lists(st.floats(), max_size=12),
    saved=st.none() | st.sets(st.integers(1, 12)),
    metric=st.sampled_from(["full_valid_mean_reward", "train_mean_reward"]),
)
def test_candidates_exist_and_stand_in_the_table(
    rewards: list[float], tokens: list[float], saved: set[int] | None, metric: str
) -> None:
    run = make_run(
        kind="rft",
        metrics={metric: rewards, "completion_tokens_mean": tokens},
        checkpoints=None if saved is None else sorted(saved),
    )
    chosen = reward_candidates(run)
    assert {pick.step for pick in chosen.candidates} <= {row.step for row in chosen.table}
    assert len({pick.step for pick in chosen.candidates}) == len(chosen.candidates) <= 4
    if saved is not None:
        assert all(pick.step in saved for pick in (*chosen.candidates, *chosen.tied))


def test_a_real_agentic_run(corpus: Path) -> None:
    import curvewise

    run = curvewise.load(str(corpus / "openai_rft_csv" / "aparna-spektra__training_metrics_v7.csv"))
    chosen = reward_candidates(run)
    evaluated = set(run["full_valid_mean_reward"].step.tolist())
    assert len(chosen.candidates) >= 2
    assert all(pick.step in evaluated for pick in chosen.candidates)
    assert chosen.tied


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        ({10: 400, 20: 900, 30: 500}, [400, 900, 500]),
        ({10: 400, 30: 500}, [400, None, 500]),
        ({9: 400, 19: 900, 29: 500}, [400, 900, 500]),  # a trainer that counts steps from 0
    ],
)
def test_tokens_are_those_of_the_checkpoint_and_no_mean(
    tokens: dict[int, float], said: list[float | None]
) -> None:
    run = make_run(completion_tokens_mean=tokens, full_valid_mean_reward={10: 0.5, 20: 0.7, 30: 0.7})
    assert tokens_at(run, np.array([10, 20, 30])) == said
    chosen = reward_candidates(run)
    assert chosen.best is not None
    assert chosen.best.step == 30 or said[1] is None
    assert [row.values["completion_tokens_mean"] for row in chosen.table] == said


@pytest.mark.parametrize("rewards", [[0.5, 0.6, 0.7, 0.8], [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]])
def test_the_last_evaluation_is_not_pulled_to_its_neighbour(rewards: list[float]) -> None:
    assert judged(rewards).value[-1] == pytest.approx(0.8)
    chosen = reward_candidates(make_run(full_valid_mean_reward=rewards))
    assert chosen.best is not None
    assert chosen.best.step == len(rewards)
    assert chosen.best.value == pytest.approx(0.8)


@pytest.mark.parametrize(
    "metrics",
    [
        {"full_valid_mean_reward": [0.0] * 35},
        {"train_mean_reward": [4.0]},
        {"train_mean_reward": [0.5, 0.6, 0.4, 0.5, 0.6, 0.5, 0.4, 0.6, 0.5, 0.5] * 10},
    ],
)
def test_rewards_that_show_nothing_support_no_choice(metrics: dict[str, list[float]]) -> None:
    chosen = reward_candidates(make_run(kind="rft", metrics=metrics))
    assert chosen.best is None
    assert chosen.tied == ()
    assert chosen.reason.endswith("no checkpoint list is known.")


def test_few_rollouts_make_an_evaluation_noisier_than_its_scatter() -> None:
    steady = [0.5 + 0.001 * (step % 2) for step in range(12)]
    few = judged_reward(make_run(full_valid_mean_reward=steady, validation_examples=4))
    scattered = judged(steady).standard_error
    assert few is not None and few.judged.standard_error is not None and scattered is not None
    assert few.judged.standard_error[0] > 5 * scattered[0]


@pytest.mark.parametrize(("rewards", "error"), [([0.2, 0.4], 0.05), ([10.0, 20.0], 1.0)])
def test_the_noise_of_few_evaluations_is_assumed(rewards: list[float], error: float) -> None:
    errors = judged(rewards).standard_error
    assert errors is not None
    assert errors[0] == pytest.approx(error)


def judged(rewards: Sequence[float] | np.ndarray) -> Series:
    reward = judged_reward(make_run(full_valid_mean_reward=rewards))
    assert reward is not None
    return reward.judged


def test_a_rise_of_the_whole_run_supports_its_only_saved_step() -> None:
    """Rewards of 0 to 2.5 with a scatter of 0.8, and one saved step, whose own value tells little."""
    steps = np.arange(1, 251)
    reward = np.clip(steps / 150, 0.2, 1.6) + np.random.default_rng(5).normal(0, 0.8, 250)
    chosen = reward_candidates(make_run(train_mean_reward=reward, checkpoints=[250]))
    assert chosen.best is not None
    assert chosen.best.step == 250


@pytest.mark.parametrize(
    ("trained", "before"), [({1: 0.5, 30: 0.7}, 0), ({1: 0.5, 30: 0.7}, 1), ({0: 0.5, 30: 0.7}, 0)]
)
def test_the_model_before_training_is_never_wanted(trained: dict[int, float], before: int) -> None:
    later = {5: 0.6, 10: 0.58, 20: 0.55, 30: 0.5}

    def chosen(first: float) -> Selection:
        metrics = {"full_valid_mean_reward": {before: first, **later}, "train_mean_reward": trained}
        return reward_candidates(make_run(metrics=metrics, kind="rft"))

    close = chosen(0.61)
    assert close.best is not None
    assert close.gone == before
    assert before not in {close.best.step, *(pick.step for pick in (*close.tied, *close.candidates))}
    assert f"The highest value, 0.610 at step {before}, is of the model before training." in close.reason
    far = chosen(0.9)
    assert far.best is None
    assert far.reason.startswith("No step earns as much as before: the model before training earns ")


@pytest.mark.parametrize("tokens", list(itertools.permutations((400.0, 900.0, 500.0))))
@pytest.mark.parametrize("rewards", [(0.8, 0.8, 0.8), (0.5, 0.8, 0.8)])
def test_of_equal_rewards_that_with_the_fewest_tokens_is_chosen(
    rewards: tuple[float, ...], tokens: tuple[float, ...]
) -> None:
    steps = (10, 20, 30)
    saved = tuple(
        Checkpoint(step=step, model=f"m{step}", metrics={"completion_tokens_mean": own})
        for step, own in zip(steps, tokens, strict=True)
    )
    run = Run.from_series({"full_valid_mean_reward": (steps, rewards)}, checkpoints=saved)
    chosen = reward_candidates(run)
    assert chosen.best is not None
    equal = [step for step, reward in zip(steps, rewards, strict=True) if reward == 0.8]
    assert chosen.best.step == min(equal, key=lambda step: tokens[steps.index(step)])
    assert tuple(row.values["completion_tokens_mean"] for row in chosen.table) == tokens


def test_one_that_saves_tokens_is_called_so_also_where_it_is_half_way() -> None:
    metrics = {
        "full_valid_mean_reward": {10: 0.5, 20: 0.8, 30: 0.81},
        "valid_completion_tokens_mean": {10: 400.0, 20: 500.0, 30: 900.0},
        "train_mean_reward": {1: 0.2, 30: 0.8},
    }
    chosen = reward_candidates(make_run(metrics=metrics, kind="rft"))
    assert {pick.step: pick.role for pick in chosen.candidates} == {30: "peak", 20: "efficient", 10: "mid"}
