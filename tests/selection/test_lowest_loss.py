from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import curvewise as cw
from curvewise.model.run import Checkpoint, Run
from curvewise.selection.lowest_loss import lowest_loss
from curvewise.testing import make_run

ROTATING = [0.9, 0.2, 0.5, 0.4]
"""Minibatch losses of a validation set of four: the second batch is always the easiest."""


def steps(run: Run) -> tuple[int | None, list[int]]:
    chosen = lowest_loss(run)
    return (None if chosen.best is None else chosen.best.step), [pick.step for pick in chosen.tied]


def test_the_lowest_loss_among_existing_checkpoints() -> None:
    run = make_run(every=100, full_valid_loss=[1.2, 1.0, 1.3], checkpoints=[100, 200, 300])
    best = lowest_loss(run).best
    assert best is not None
    assert (best.step, best.model, best.existence, best.value) == (200, "model:ckpt-step-200", "exists", 1.0)


def test_a_best_step_without_a_checkpoint_is_not_picked_and_its_cost_is_said() -> None:
    run = make_run(every=100, full_valid_loss=[1.0, 1.2, 1.5], checkpoints=[200, 300])
    chosen = lowest_loss(run)
    assert chosen.best is not None
    assert chosen.best.step == 200
    assert "1 at step 100, has no checkpoint that exists; step 200 is 0.2 (20 %) above it" in chosen.reason
    assert [(row.step, row.existence) for row in chosen.table] == [
        (100, "gone"),
        (200, "exists"),
        (300, "exists"),
    ]


@pytest.mark.parametrize(
    ("losses", "metrics", "words"),
    [
        ([1.0, 1.2, 1.5], {}, "1.5, the only full-pass validation loss of a checkpoint that exists"),
        ([1.0, 1.2, 1.5], {"eval_f1": [0.7, 0.6, 0.5]}, "0.5, the only eval_f1 of a checkpoint that exists"),
    ],
)
def test_the_only_one_that_exists_is_not_called_the_only_one_measured(
    losses: list[float], metrics: dict[str, list[float]], words: str
) -> None:
    run = make_run(every=100, full_valid_loss=losses, metrics=metrics, checkpoints=[300])
    best = lowest_loss(run).best
    assert best is not None
    assert best.why.partition(";")[0] == words


def test_a_deleted_checkpoint_is_not_picked() -> None:
    saved = (Checkpoint(step=100), Checkpoint(step=200, model="kept"))
    run = msgspec.structs.replace(make_run(every=100, full_valid_loss=[1.0, 1.2]), checkpoints=saved)
    assert steps(run) == (200, [])


def test_without_a_list_nobody_knows_whether_the_best_step_exists() -> None:
    chosen = lowest_loss(make_run(every=100, full_valid_loss=[1.2, 1.0, 1.3]))
    assert chosen.best is not None
    assert (chosen.best.step, chosen.best.model, chosen.best.existence) == (200, None, "unknown")
    assert "nobody can say" in chosen.reason
    assert [row.step for row in chosen.table] == [100, 200, 300]


def test_the_final_model_exists_without_a_list() -> None:
    run = make_run(every=100, full_valid_loss=[1.2, 1.0], final_model="tuned")
    best = lowest_loss(run).best
    assert best is not None
    assert (best.model, best.existence) == ("tuned", "exists")


def test_no_validation_supports_no_choice_and_the_table_still_lists_checkpoints() -> None:
    chosen = lowest_loss(make_run(train_loss=[1.0, 0.9], checkpoints=[1, 2]))
    assert chosen.best is None
    assert "the last checkpoint is step 2" in chosen.reason
    assert [row.values["train_loss"] for row in chosen.table] == [1.0, 0.9]


EVALUATED = {300: 1.6, 600: 1.3, 900: 1.0, 1200: 1.3, 1500: 1.6}


@pytest.mark.parametrize("metric", ["full_valid_loss", "eval_wer", "full_valid_mean_reward"])
@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize(
    ("saved", "best"),
    [
        ((250, 500, 750, 1000, 1250, 1500), 1000),  # 1,500 alone was evaluated as well
        ((400, 800, 1200, 1500), 800),
        ((100, 200, 300, 400, 500, 600, 700, 800, 900), 900),
    ],
)
def test_a_checkpoint_between_evaluations_stands_on_the_line_between_them(
    metric: str, saved: tuple[int, ...], best: int, *, listed: bool
) -> None:
    rewarded = metric == "full_valid_mean_reward"
    values = {step: 2 - value for step, value in EVALUATED.items()} if rewarded else EVALUATED
    training = "train_mean_reward" if rewarded else "train_loss"
    metrics = {metric: values, training: {50: 2.0, 1500: 1.0}}
    settings = {} if listed else {"save_steps": saved[0]}
    run = make_run(metrics=metrics, checkpoints=saved if listed else None, hyperparameters=settings)
    chosen = cw.choose(run)
    assert chosen.best is not None
    assert (chosen.best.step, chosen.best.saved) == (best, "yes" if listed else "probably")
    assert (chosen.gone == 900) == (best != 900)
    if best != 900 and not rewarded:
        assert "taken from the evaluations next to it" in chosen.best.why
        assert chosen.best.value == pytest.approx(1.1)


def test_checkpoints_near_evaluations_count() -> None:
    near = make_run(full_valid_loss={100: 1.2, 200: 1.0, 300: 1.3}, checkpoints=[98, 198, 298])
    assert steps(near)[0] == 198
    own = make_run(full_valid_loss={100: 1.2, 200: 1.0, 300: 1.3}, checkpoints=[100, 198])
    assert steps(own)[0] == 198


def test_checkpoints_far_from_any_evaluation_support_no_choice() -> None:
    run = make_run(full_valid_loss={100: 1.2, 110: 1.0}, checkpoints=[500])
    chosen = lowest_loss(run)
    assert chosen.best is None
    assert "the last checkpoint is step 500" in chosen.reason


def test_where_no_checkpoint_exists_only_that_is_said() -> None:
    run = make_run(full_valid_loss={100: 1.2, 110: 1.0}, checkpoints=[])
    said = "No checkpoint exists to choose from. The lowest loss of the curve is 1 at step 110."
    assert lowest_loss(run).reason == said


def test_close_losses_tie_and_the_earlier_is_named() -> None:
    run = make_run(every=100, full_valid_loss=[1.02, 1.0, 1.2], checkpoints=[100, 200, 300])
    chosen = lowest_loss(run)
    assert [pick.step for pick in chosen.tied] == [100]
    assert chosen.best is not None
    assert "step 100 ties" in chosen.best.why


def test_known_standard_errors_decide_ties() -> None:
    run = Run.from_series(
        {"full_valid_loss": ([1, 2, 3], [1.1, 1.0, 1.5])},
        standard_errors={"full_valid_loss": [0.1, 0.1, 0.1]},
    )
    assert steps(run) == (2, [1])


def test_the_easiest_minibatch_is_not_the_best_checkpoint() -> None:
    falling = [loss * level for level in (1.0, 0.8, 0.6, 0.8, 1.0, 1.2) for loss in ROTATING]
    run = make_run(valid_loss=falling, checkpoints=[4, 12, 14, 24])
    chosen = lowest_loss(run)
    assert chosen.best is not None
    assert chosen.best.step == 12
    assert chosen.best.value == pytest.approx(0.3)
    assert "rotation" in chosen.reason
    assert chosen.table[1].values["judged_valid_loss"] == pytest.approx(0.3)


def test_the_mean_over_evaluation_sets_is_judged_and_their_disagreement_said() -> None:
    run = make_run(metrics={"full_valid_loss/a": [1.0, 0.5, 2.0], "full_valid_loss/b": [1.0, 1.2, 0.9]})
    chosen = lowest_loss(run)
    assert chosen.best is not None
    assert (chosen.best.step, chosen.best.value) == (2, 0.85)
    assert "whose lowest steps differ: 2 (a), 3 (b)." in chosen.reason
    assert chosen.columns[:3] == ("full_valid_loss/a", "full_valid_loss/b", "judged_valid_loss")


def test_evaluation_sets_that_agree_are_not_said_to_differ() -> None:
    losses = [1.0, 0.5, 2.0]
    sets = {f"full_valid_loss/{name}": losses for name in "abcdef"}
    assert "which agree on the step." in lowest_loss(make_run(metrics=sets)).reason
    some = lowest_loss(make_run(metrics={**sets, "full_valid_loss/g": [1.0, 1.2, 0.9]}))
    assert "whose lowest steps differ: 2 (a, b, c, d, e and 1 more), 3 (g)." in some.reason


def test_an_evaluation_before_training_has_no_checkpoint() -> None:
    run = make_run(train_loss={10: 1.0, 20: 0.9}, full_valid_loss={0: 0.5, 10: 1.0, 20: 1.5})
    assert steps(run) == (10, [])


def test_the_table_has_ratio_band_and_preference_metrics() -> None:
    run = make_run(
        kind="dpo",
        train_loss=[1.0, 0.5],
        full_valid_loss=[1.1, 1.2],
        full_valid_reward_accuracy=[0.6, 0.7],
        checkpoints=[1, 2],
    )
    last = lowest_loss(run).table[-1].values
    assert last["overfitting_ratio"] == pytest.approx(2.4)
    assert last["band"] == "severe"
    assert last["full_valid_reward_accuracy"] == 0.7


@given(
    losses=st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=12),
    saved=st.none() | st.sets(st.integers(1, 12)),
    metric=st.sampled_from(["full_valid_loss", "valid_loss"]),
)
def test_a_checkpoint_that_does_not_exist_is_never_picked(
    losses: list[float], saved: set[int] | None, metric: str
) -> None:
    run = make_run(metrics={metric: losses}, checkpoints=None if saved is None else sorted(saved))
    chosen = lowest_loss(run)
    assert chosen.reason
    picks = [*chosen.tied, *([chosen.best] if chosen.best is not None else [])]
    if saved is not None:
        assert all(pick.step in saved and pick.existence == "exists" for pick in picks)
    else:
        assert all(pick.existence == "unknown" for pick in picks)


def test_a_real_run_that_overfits_in_its_third_epoch(corpus: Path) -> None:
    import curvewise

    run = curvewise.load(str(corpus / "openai_sft_csv" / "ankitg28__finetuning_results.csv"))
    best = lowest_loss(run).best
    assert best is not None
    assert (best.step, round(best.value or 0.0, 3)) == (200, 0.164)


def test_a_tie_with_a_model_that_is_hardly_trained_is_not_proposed() -> None:
    losses = 1.0 - 0.001 * np.arange(100) + np.random.default_rng(3).normal(0, 0.3, 100)
    chosen = lowest_loss(make_run(metrics={"valid_loss": losses}))
    assert chosen.best is not None
    ties = sorted(pick.step for pick in chosen.tied)
    assert ties[0] < 0.05 * chosen.best.step < chosen.best.step
    sooner = next(step for step in ties if step >= 0.05 * chosen.best.step)
    assert f"step {sooner} ties with it and took fewer steps" in chosen.best.why


def test_a_rise_that_training_loss_confirms_leaves_no_later_tie() -> None:
    losses = {30: 0.98, 60: 0.85, 90: 0.81, 120: 0.93, 150: 1.01}
    alone = lowest_loss(make_run(full_valid_loss=losses))
    both = lowest_loss(make_run(full_valid_loss=losses, train_loss=np.geomspace(1.5, 0.25, 150).tolist()))
    assert 120 in [tied.step for tied in alone.tied]
    assert 120 not in [tied.step for tied in both.tied]
