from __future__ import annotations

import msgspec
import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import fall
from gallery.jobs import trainer_sft

from curvewise import Run
from curvewise.checks.initial_gap import initial_gap
from curvewise.testing import make_run


@pytest.mark.parametrize(("valid", "status"), [(1.1, "ok"), (1.49, "ok"), (1.5, "warning"), (3.0, "warning")])
def test_the_first_evaluation_decides(valid: float, status: str) -> None:
    run = make_run(train_loss=[1.0] * 40, full_valid_loss={5: valid, 20: valid, 40: valid})
    assert initial_gap(run).status == status


def test_a_validation_loss_that_comes_down_to_the_training_loss_was_only_behind() -> None:
    train = [1.0, 0.9, 0.85, 0.8, 0.8, 0.8]
    closes = make_run(train_loss=train, full_valid_loss=[3.0, 1.9, 1.4, 1.1, 0.9, 0.85])
    assert (initial_gap(closes).status, "falls to 0.85 later" in initial_gap(closes).summary) == ("ok", True)
    stays = make_run(train_loss=train, full_valid_loss=[3.0, 2.6, 2.4, 2.2, 2.0, 1.9])
    assert initial_gap(stays).status == "warning"


def test_a_gap_that_is_first_seen_late_may_have_grown() -> None:
    finding = initial_gap(make_run(train_loss=[2.0] * 20 + [1.0] * 20, full_valid_loss={30: 2.0}))
    assert finding.status == "unknown"
    assert "75 % of the training steps" not in finding.reason
    assert "74 % of the training steps" in finding.reason


def test_a_gap_after_several_epochs_may_have_grown() -> None:
    train = [2.0] * 20 + [1.0] * 380
    run = make_run(train_loss=train, full_valid_loss={40: 2.0}, steps_per_epoch=10)
    assert "after 4 epochs" in initial_gap(run).reason


def test_a_loss_above_that_of_the_untrained_model_on_training_examples_is_no_memorisation() -> None:
    train = [2.0 - 0.002 * step for step in range(600)]
    harder = make_run(train_loss=train, full_valid_loss={300: 2.6, 600: 2.5}, steps_per_epoch=150)
    assert initial_gap(harder).status == "warning"
    grown = make_run(train_loss=train, full_valid_loss={300: 2.1, 600: 2.2}, steps_per_epoch=150)
    assert initial_gap(grown).status != "warning"
    table = make_run(
        train_loss=[0.08, 0.03, 0.01], full_valid_loss=[0.26, 0.3, 0.35], every=1000, steps_per_epoch=500
    )
    assert initial_gap(table).status == "unknown"


def test_a_training_loss_near_zero_is_no_denominator() -> None:
    run = make_run(train_loss=[0.0] * 40, full_valid_loss={5: 2.0, 40: 2.0})
    assert initial_gap(run).status == "unknown"


def test_a_few_single_minibatches_are_too_few() -> None:
    assert initial_gap(make_run(train_loss=[1.0] * 40, valid_loss={3: 2.0, 6: 2.0})).status == "unknown"


def test_validation_that_does_not_follow_in_the_first_epoch_is_a_gap() -> None:
    train = [3.0 - 0.006 * step for step in range(100)] + [2.4] * 100
    stays = make_run(train_loss=train, full_valid_loss={100: 3.05, 200: 3.02}, steps_per_epoch=100)
    assert initial_gap(stays).status == "warning"
    assert "Training loss had begun at 2.98. Validation loss changes by -0.98 %" in initial_gap(stays).summary
    follows = make_run(train_loss=train, full_valid_loss={100: 3.05, 200: 2.7}, steps_per_epoch=100)
    repeated = make_run(train_loss=train, full_valid_loss={150: 3.05, 200: 3.02}, steps_per_epoch=100)
    assert initial_gap(follows).status == "ok"
    assert initial_gap(repeated).status == "unknown"


def test_a_gap_that_opens_within_the_first_epoch_is_no_memorisation() -> None:
    train = np.concatenate([np.linspace(2.0, 0.8, 100), np.full(100, 0.8)])
    valid = {20: 1.3, 40: 1.35, 60: 1.4, 80: 1.45, 100: 1.5, 150: 1.6, 200: 1.6}
    opens = initial_gap(make_run(train_loss=train, full_valid_loss=valid, steps_per_epoch=100))
    assert opens.status == "warning"
    assert "at step 100 (epoch 1), with 7 full-pass evaluations in all" in opens.summary
    assert initial_gap(make_run(train_loss=train, full_valid_loss=valid, steps_per_epoch=10)).status == "ok"
    assert initial_gap(make_run(train_loss=train, full_valid_loss=valid)).status == "ok"


@exhibit("warning", group="generalisation")
def two_departments() -> Run:
    """The validation examples are another department's: their loss is 1.7 times as high from the start."""
    return trainer_sft(
        "two-departments",
        lambda e: fall(e, 1.5, 0.8, 0.5),
        lambda e: 1.72 * fall(e, 1.5, 0.84, 0.5),
        seed=16,
        epochs=2,
    )


@pytest.mark.parametrize(
    ("settles", "turn", "end", "said"),
    [
        (0.1, 40, 0.6, True),
        (0.5, 40, 0.6, False),  # training loss falls to the end, as that of examples that come again
        (0.1, 40, 0.05, False),  # to next to nothing: learned by heart
        (0.1, 160, 0.6, False),  # only after many passes
    ],
)
def test_validation_that_turns_away_while_training_has_settled_is_of_another_kind(
    settles: float, turn: int, end: float, said: bool
) -> None:
    done = 1 - np.exp(-np.linspace(0, 1, 200) / settles)
    train = 2.0 - (2.0 - end) * done / done[-1]
    valid = {step: 1.3 + 0.003 * abs(step - turn) for step in range(20, 201, 20)}
    run = make_run(train_loss=train, full_valid_loss=valid, steps_per_epoch=50)
    assert ("had settled" in initial_gap(run).summary) == said
    pairs = msgspec.structs.replace(run, metrics={**run.metrics, "train_reward_margin": run["train_loss"]})
    assert pairs.kind == "dpo"
    assert "had settled" not in initial_gap(pairs).summary
