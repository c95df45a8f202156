from __future__ import annotations

import msgspec
import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import fall
from gallery.jobs import trainer_sft

from curvewise import Run, Series
from curvewise.checks.high_losses import high_losses
from curvewise.checks.low_learning_rate import low_learning_rate
from curvewise.checks.stalled_training_loss import stalled_training_loss
from curvewise.testing import make_run


@pytest.mark.parametrize(
    ("train", "valid", "status"),
    [
        ([3.0] * 20, 3.1, "warning"),
        ([3.0] * 10 + [2.0] * 10, 2.1, "ok"),  # both fell
        ([3.0] * 20, 2.0, "ok"),  # validation fell
        ([1.0] * 20, 1.0, "ok"),  # stays, and is not high
        ([1.0] * 10 + [1.2] * 10, 1.3, "warning"),  # both end above the start
        ([1.0] * 2 + [3.0] * 20 + [1.1] * 18, 1.1, "warning"),  # climbed at once, and came back
        ([0.01] * 10 + [0.02] * 10, 0.03, "ok"),  # there was nothing to learn
        ([11.0] * 20, 11.0, "problem"),  # no better than guessing a token
        ([14.0] * 10 + [11.0] * 10, 11.0, "problem"),
        ([3.0] * 9, 3.0, "unknown"),
    ],
)
def test_high_needs_a_reference(train: list[float], valid: float, status: str) -> None:
    assert high_losses(make_run(train_loss=train, full_valid_loss={len(train): valid})).status == status


def test_preference_pairs_are_compared_with_ln_2() -> None:
    run = make_run(kind="dpo", train_loss=[0.693] * 20, full_valid_loss={20: 0.69})
    assert high_losses(run).status == "warning"


def test_a_few_single_minibatches_are_too_few() -> None:
    run = make_run(train_loss=[3.0] * 20, valid_loss={10: 3.1, 20: 3.1})
    assert high_losses(run).status == "unknown"


@pytest.mark.parametrize(
    ("level", "stated", "status"),
    [
        (13.6, {}, "problem"),
        (13.6, {"vocab_size": 32_000}, "problem"),
        *((level, {}, "unknown") for level in (20.0, 60.0, 300.0)),  # summed over the tokens of an answer
        (60.0, {"vocab_size": 32_000}, "unknown"),
        (60.0, {"num_labels": 10}, "unknown"),
        (10.6, {"vocab_size": 128_000}, "warning"),
        (4.7, {"num_classes": 100}, "problem"),
        (3.0, {"num_classes": 100}, "warning"),
    ],
)
def test_guessing_is_what_the_vocabulary_or_the_classes_make_it(
    level: float, stated: dict[str, int], status: str
) -> None:
    run = make_run(train_loss=[level] * 20, full_valid_loss=[level] * 4, hyperparameters=stated)
    assert high_losses(run).status == status


@exhibit("warning", group="generalisation")
def shuffled_answers() -> Run:
    """Answers that do not follow from their prompts: neither loss gets away from where it began."""
    return trainer_sft(
        "shuffled-answers",
        lambda e: fall(e, 2.62, 2.5, 0.8),
        lambda e: fall(e, 2.66, 2.56, 0.8),
        seed=21,
        epochs=2,
    )


@exhibit("problem", group="optimisation")
def wrong_tokenizer() -> Run:
    """The tokenizer of another model: with a loss of 10.6 it does no better than guessing tokens."""
    return trainer_sft(
        "wrong-tokenizer",
        lambda e: fall(e, 11.4, 10.6, 0.5),
        lambda e: fall(e, 11.4, 10.7, 0.5),
        seed=43,
        epochs=1,
        noise=0.01,
    )


def test_a_preference_loss_with_an_sft_term_is_not_high_where_pairs_are_told_apart() -> None:
    run = make_run(
        kind="dpo",
        train_loss=np.linspace(1.30, 1.25, 40),
        full_valid_loss={20: 1.27, 40: 1.26},
        full_valid_reward_accuracy={20: 0.72, 40: 0.78},
        validation_examples=120,
    )
    for judge in (high_losses, stalled_training_loss, low_learning_rate):
        assert judge(run).status == "ok"
    guessing = msgspec.structs.replace(
        run, metrics={**run.metrics, "full_valid_reward_accuracy": Series.from_points([20, 40], [0.52, 0.5])}
    )
    assert high_losses(guessing).status == "warning"


def rests(start: float, end: float, *, done: float = 0.1) -> np.ndarray:
    """A loss that comes to rest after a share of 60 steps."""
    at = np.linspace(0.0, 1.0, 60)
    return end + (start - end) * np.exp(-at / done * 2)


@pytest.mark.parametrize(
    ("losses", "right", "said"),
    [
        (rests(1.15, 0.87), 0.64 + rests(0, 0.02), "less sure"),
        (rests(3.4, 1.75), 0.18 + rests(0, 0.10), "less sure"),
        (rests(3.9, 3.1, done=0.3), None, "the right token gets 4.5 %"),
        (rests(1.2, 0.69), None, "guessing between two answers"),
        (rests(1.15, 0.6), 0.64 + rests(0, 0.14), ""),  # learned, and as much more often right
        (rests(1.15, 0.87), None, ""),  # one loss alone cannot tell it from a plateau
        (rests(1.2, 0.75, done=2.0), 0.64 + rests(0, 0.02, done=2.0), ""),  # still falling: sure comes first
        (rests(4.8, 2.2, done=0.9), 0.17 + rests(0, 0.08, done=0.9), "less sure"),  # so far that it may fall
        (rests(3.8, 2.2), None, ""),
    ],
)
def test_a_loss_that_fell_to_that_of_guessing(
    losses: np.ndarray, right: np.ndarray | None, said: str
) -> None:
    known = {} if right is None else {"train_mean_token_accuracy": dict(enumerate(right, 1))}
    passes = {step: float(losses[step - 1]) * 1.01 for step in (15, 30, 45, 60)}
    finding = high_losses(make_run(train_loss=losses, full_valid_loss=passes, metrics=known))
    assert (finding.status == "warning") == bool(said), finding.summary
    assert said in finding.summary


@pytest.mark.parametrize(("gain", "status"), [(0.0, "warning"), (0.06, "ok")])
def test_validation_that_is_more_often_right_is_no_guessing(gain: float, status: str) -> None:
    losses, steps = rests(1.15, 0.87), (5, 15, 30, 45, 60)
    shares = dict(enumerate(0.64 + rests(0, 0.02), 1))
    right = {step: 0.66 + (gain if step > 5 else 0.0) for step in steps}
    run = make_run(
        train_loss=losses,
        full_valid_loss={step: float(losses[step - 1]) for step in steps},
        metrics={"train_mean_token_accuracy": shares, "full_valid_mean_token_accuracy": right},
    )
    assert high_losses(run).status == status


@pytest.mark.parametrize(("later", "status"), [(0.0, "warning"), (0.3, "ok")])
def test_text_of_a_high_entropy_is_learned_while_training_loss_goes_on_falling(
    later: float, status: str
) -> None:
    losses = rests(3.7, 3.3)
    passes = {step: float(losses[step - 1]) + 0.1 for step in (15, 30, 45, 60)}
    run = make_run(train_loss=losses - later * np.linspace(0, 1, 60), full_valid_loss=passes)
    assert high_losses(run).status == status


@pytest.mark.parametrize(
    ("half_life", "later", "epochs", "right", "status"),
    [
        (6, 0.0, 4, 0.0, "warning"),
        (30, 0.0, 4, 0.0, "ok"),
        (6, 0.1, 4, 0.0, "ok"),
        (6, 0.0, 1, 0.0, "unknown"),
        (6, 0.0, 4, 0.3, "unknown"),
    ],
)
def test_a_loss_that_fell_at_once_and_stands_through_the_epochs_learned_no_example(
    half_life: float, later: float, epochs: int, right: float, status: str
) -> None:
    steps = np.arange(200)
    train = 1.7 + 1.1 * 0.5 ** (steps / half_life) - later * steps / 100
    valid = {step: 1.72 - 0.0001 * step for step in range(25, 201, 25)}
    shares = dict(enumerate(0.4 + right * (1 - 0.5 ** (steps / half_life)), 1))
    known = {"train_mean_token_accuracy": shares} if right else {}
    finding = high_losses(
        make_run(train_loss=train, full_valid_loss=valid, steps_per_epoch=200 // epochs, metrics=known)
    )
    assert finding.status == status, finding.summary
    assert ("no example was learned by heart" in finding.summary) == (status == "warning")


@pytest.mark.parametrize(("first", "status"), [(4.25, "ok"), (2.6, "warning")])
def test_a_loss_of_validation_that_fell_was_learned(first: float, status: str) -> None:
    """The training loss is first logged when most is learned, as is that of a model at step 0."""
    train = [first, 2.55, 2.51, 2.5, 2.47, 2.46, 2.45, 2.45, 2.44, 2.43]
    assert high_losses(make_run(train_loss=train, full_valid_loss=train)).status == status
