from __future__ import annotations

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import fall
from gallery.jobs import trainer_sft

from curvewise import Run
from curvewise.checks.few_validation_examples import few_validation_examples
from curvewise.testing import make_run


@pytest.mark.parametrize(
    ("examples", "status"),
    [(1, "warning"), (8, "warning"), (20, "ok"), (500, "ok"), (None, "not_applicable")],
)
def test_what_the_run_states_counts(examples: int | None, status: str) -> None:
    run = make_run(full_valid_loss=[1.2, 1.0, 0.9], validation_examples=examples)
    assert few_validation_examples(run).status == status


@pytest.mark.parametrize(
    ("accuracies", "status"),
    [
        (np.array([3, 5, 6]) / 8, "warning"),
        (np.array([101, 140, 163]) / 200, "not_applicable"),
        ([0.62, 0.71, 0.75], "not_applicable"),  # rounded
        ([1.0, 1.0, 1.0], "not_applicable"),  # shares of anything
        ([0.5, 0.75], "not_applicable"),
    ],
)
def test_token_accuracies_show_of_how_many_they_are(accuracies: object, status: str) -> None:
    run = make_run(full_valid_loss=[1.2, 1.0, 0.9], full_valid_mean_token_accuracy=accuracies)
    assert few_validation_examples(run).status == status


def test_a_minibatch_with_the_loss_of_the_full_pass_is_the_whole_set() -> None:
    passes = {10: 1.2, 20: 1.0, 30: 0.9}
    minibatches = {5: 1.3, 15: 1.1, 25: 0.95}
    whole = make_run(full_valid_loss=passes, valid_loss=minibatches | passes)
    part = make_run(full_valid_loss=passes, valid_loss=minibatches | passes | {20: 1.1})
    assert few_validation_examples(whole).status == "warning"
    assert few_validation_examples(part).status == "not_applicable"


@exhibit("warning", group="records")
def eight_examples() -> Run:
    """A validation set of eight examples: its smooth curve is that of these eight."""
    return trainer_sft(
        "eight-examples",
        lambda e: fall(e, 2.0, 0.8, 0.35),
        lambda e: fall(e, 2.4, 1.25, 0.35),
        seed=57,
        epochs=2,
        pass_noise=0.002,
        validation_examples=8,
    )
