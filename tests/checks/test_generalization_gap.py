from __future__ import annotations

import math

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import fall
from gallery.jobs import service_sft

from curvewise import Run
from curvewise.checks.generalization_gap import generalization_gap
from curvewise.testing import make_run


@pytest.mark.parametrize(
    ("valid", "status", "band"),
    [
        (1.1, "ok", "healthy"),
        (1.2, "ok", "mild"),
        (1.5, "warning", "moderate"),
        (2.0, "warning", "moderate"),
        (2.1, "problem", "severe"),
    ],
)
def test_the_bands_of_the_guide(valid: float, status: str, band: str) -> None:
    finding = generalization_gap(make_run(train_loss=[1.0] * 3, full_valid_loss={3: valid}))
    assert finding.status == status
    assert f"({band})" in finding.summary


@pytest.mark.parametrize("end", [0.1, 0.3, 0.6])
@pytest.mark.parametrize("n", [2, 3, 4, 8, 16, 40])
def test_a_wide_gap_is_no_fault_while_validation_loss_is_at_its_best(n: int, end: float) -> None:
    rng = np.random.default_rng([n, int(100 * end)])
    said = []
    for _ in range(20):
        x = np.arange(1, n + 1) / n
        valid = (0.9 + 0.6 * np.exp(-3 * x)) * (1 + 0.02 * rng.standard_normal(n))
        train = np.linspace(1.5, end, n)
        said.append(generalization_gap(make_run(train_loss=train, full_valid_loss=valid, every=10)))
    alarms = [finding for finding in said if finding.status in ("warning", "problem")]
    assert len(alarms) <= 1
    assert end > 0.3 or "(severe)" in said[0].summary


@pytest.mark.parametrize("scale", [0.02, 1.0, 50.0])
@pytest.mark.parametrize("n", [3, 4, 8, 16, 40])
def test_noise_of_a_tenth_seldom_makes_a_wide_gap_a_problem(n: int, scale: float) -> None:
    def is_problem(seed: int) -> bool:
        random, time = np.random.default_rng(seed), np.linspace(0.02, 1, 10 * n)
        train = (0.1 + 1.9 * np.exp(-4 * time)) * (1 + 0.05 * random.standard_normal(10 * n))
        valid = (0.9 + 1.1 * np.exp(-2 * time[9::10])) * (1 + 0.1 * random.standard_normal(n))
        passes = {10 * at + 10: float(scale * value) for at, value in enumerate(valid)}
        run = make_run(train_loss=scale * train, full_valid_loss=passes)
        return generalization_gap(run).status == "problem"

    assert np.mean([is_problem(seed) for seed in range(60)]) <= 0.1


@pytest.mark.parametrize(("fall", "status"), [(0.1, "problem"), (0.4, "ok")])
def test_a_severe_gap_is_a_fault_where_validation_hardly_followed_from_the_first(
    fall: float, status: str
) -> None:
    run = make_run(train_loss=np.linspace(1.2, 0.7, 12), full_valid_loss=np.linspace(3.0, 3.0 - fall, 12))
    finding = generalization_gap(run)
    assert finding.status == status


def test_every_evaluation_is_shown_as_logged_and_comparable() -> None:
    train = [1.0] * 99 + [0.5]
    finding = generalization_gap(make_run(train_loss=train, full_valid_loss={50: 1.0, 100: 1.0}))
    assert finding.status == "ok"  # the last training minibatch was an easy one
    assert "As logged 2.00" in finding.summary
    assert [round(evidence.value, 2) for evidence in finding.evidence] == [1.11, 2.0, 1.0, 1.11]


def test_many_evaluations_are_thinned() -> None:
    finding = generalization_gap(make_run(train_loss=[1.0] * 90, full_valid_loss=[1.0] * 90))
    assert len(finding.evidence) == 14
    assert finding.evidence[-1].last_step == 90


def test_a_training_loss_near_zero_gives_a_warning_and_says_so() -> None:
    finding = generalization_gap(make_run(train_loss=[0.0] * 3, full_valid_loss=[1.2, 1.4, 1.8]))
    assert finding.status == "warning"
    assert finding.evidence[0].value == math.inf
    assert "no measure" in finding.summary


def test_two_losses_near_zero_have_no_ratio_to_judge() -> None:
    finding = generalization_gap(make_run(train_loss=[0.001] * 3, full_valid_loss=[0.004] * 3))
    assert finding.status == "unknown"
    assert "4.00 times the training loss (severe)" in finding.summary


def test_single_minibatches_warn_at_most() -> None:
    many = generalization_gap(
        make_run(train_loss=[1.0] * 8, valid_loss=[2.0, 1.9, 2.0, 2.2, 2.6, 2.9, 3.2, 3.5])
    )
    assert many.status == "warning"
    assert "hint" in many.summary
    few = generalization_gap(make_run(train_loss=[1.0] * 3, valid_loss=[3.0, 2.5, 3.5]))
    assert few.status == "unknown"


def test_the_worst_set_is_named() -> None:
    run = make_run(train_loss=[1.0], metrics={"full_valid_loss/a": [1.0], "full_valid_loss/b": [1.7]})
    assert "on the set 'b', the worst of 2," in generalization_gap(run).summary
    alone = make_run(train_loss=[1.0], metrics={"full_valid_loss/b": [1.7]})
    assert "on the set 'b' ends at" in generalization_gap(alone).summary


def test_an_evaluation_before_training_has_no_ratio() -> None:
    assert generalization_gap(make_run(train_loss={5: 1.0}, full_valid_loss={0: 1.0})).status == "unknown"


def test_a_dpo_run_is_judged_too() -> None:
    finding = generalization_gap(make_run(kind="dpo", train_loss=[0.69] * 3, full_valid_loss=[0.69] * 3))
    assert finding.status == "ok"


@exhibit("problem", group="generalisation")
def invoice_fields() -> Run:
    """A few hundred near-identical examples, evaluated once: training loss ends far below validation loss."""
    return service_sft(
        "invoice-fields",
        lambda e: fall(4 * e, 1.6, 0.32, 1.1),
        lambda e: fall(4 * e, 1.65, 0.93, 0.5),
        seed=14,
        epochs=1,
        per_epoch=240,
        kept=1,
    )


@exhibit("warning", group="generalisation")
def warranty_letters() -> Run:
    """A small data set, evaluated once: the two losses have drifted apart to 1.7."""
    return service_sft(
        "warranty-letters",
        lambda e: fall(4 * e, 1.7, 0.5, 1.0),
        lambda e: fall(4 * e, 1.75, 0.93, 0.7),
        seed=15,
        epochs=1,
        per_epoch=240,
    )


def test_a_wide_gap_is_no_problem_where_the_task_is_best_at_the_end() -> None:
    metrics = {"train_loss": [0.1, 0.036, 0.011], "full_valid_loss": [0.059, 0.054, 0.08]}
    assert generalization_gap(make_run(metrics=metrics)).status == "problem"
    scores = {"eval_f1": [0.78, 0.832, 0.841]}
    assert generalization_gap(make_run(metrics={**metrics, **scores})).status == "warning"
