from __future__ import annotations

import math

import pytest
from gallery import exhibit
from gallery.curves import fall
from gallery.jobs import trainer_sft

from curvewise import Checkpoint, Run
from curvewise.checks.few_evaluations import few_evaluations
from curvewise.testing import make_run


def test_one_evaluation_leaves_nothing_to_choose_from() -> None:
    finding = few_evaluations(make_run(train_loss=[2.0] * 9, full_valid_loss={9: 1.9}))
    assert finding.status == "warning"
    assert "measured once, at step 9" in finding.summary


@pytest.mark.parametrize(
    ("count", "words"), [(2, "too few for a trend"), (4, "too few for a trend"), (5, "5 times.")]
)
def test_more_are_no_fault_and_say_what_they_allow(count: int, words: str) -> None:
    finding = few_evaluations(make_run(full_valid_loss=[1.0] * count))
    assert finding.status == "ok"
    assert words in finding.summary


def test_full_passes_count_however_many_minibatches_stand_beside_them() -> None:
    finding = few_evaluations(make_run(full_valid_loss={10: 1.0}, valid_loss=[1.0] * 10))
    assert finding.status == "warning"
    assert finding.evidence[0].metric == "full_valid_loss"


def test_no_evaluation_is_the_matter_of_another_check() -> None:
    assert few_evaluations(make_run(train_loss=[1.0])).status == "not_applicable"


def test_evaluations_without_a_number_cannot_be_judged() -> None:
    assert few_evaluations(make_run(full_valid_loss=[math.nan])).status == "unknown"


def test_a_run_that_goes_on_will_have_more() -> None:
    finding = few_evaluations(make_run(full_valid_loss={10: 1.0}, status="running"))
    assert finding.status == "unknown"
    assert "once so far" in finding.reason
    assert few_evaluations(make_run(full_valid_loss={10: 1.0}, status="paused")).status == "warning"


@exhibit("warning", group="records")
def evaluated_once() -> Run:
    """One evaluation, at the very end: no other checkpoint can be compared with it."""
    return trainer_sft(
        "evaluated-once",
        lambda e: fall(e, 2.0, 0.8, 0.7),
        lambda e: fall(e, 2.0, 0.95, 0.6),
        seed=54,
        epochs=2,
        eval_every=800,
        checkpoints=tuple(
            Checkpoint(step=step, model=f"outputs/evaluated-once/checkpoint-{step}")
            for step in (200, 400, 600, 800)
        ),
    )
