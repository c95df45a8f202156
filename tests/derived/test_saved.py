from __future__ import annotations

from typing import Any

import pytest

import curvewise as cw
from curvewise.derived.saved import saving
from curvewise.testing import make_run

STEPS = {"train_loss": [1.0] * 1000}


@pytest.mark.parametrize(
    ("settings", "saved"),
    [
        ({}, {125: "unknown", 1000: "unknown"}),
        ({"save_steps": 250}, {125: "no", 179: "no", 250: "probably", 1000: "probably"}),
        ({"save_steps": 0.1}, {100: "probably", 150: "no"}),
        ({"save_steps": 300}, {900: "probably", 1000: "probably", 950: "no"}),
        ({"save_steps": 250, "save_total_limit": 2}, {250: "no", 750: "probably"}),
        ({"save_steps": 250, "best_global_step": 125}, {125: "yes", 375: "no"}),
        ({"best_model_checkpoint": "out/checkpoint-400"}, {400: "yes", 500: "unknown"}),
        ({"save_strategy": "no", "save_steps": 250}, {250: "no", 1000: "probably"}),
        ({"save_strategy": "IntervalStrategy.EPOCH"}, {400: "probably", 250: "no", 600: "probably"}),
        ({"save_strategy": "best"}, {250: "unknown"}),
        ({"save_steps": 500}, {200: "unknown"}),  # the default, and no evaluation stands there
        ({"save_steps": True}, {250: "unknown"}),
    ],
)
def test_settings_tell_what_was_saved(settings: dict[str, Any], saved: dict[int, str]) -> None:
    run = make_run(
        metrics={**STEPS, "full_valid_loss": {200: 1.0, 250: 0.9}},
        hyperparameters=settings,
        steps_per_epoch=200.0,
    )
    assert {step: saving(run).at(step)[0] for step in saved} == saved


def test_a_step_that_was_never_saved_is_not_recommended_and_is_named_once() -> None:
    losses = {125: 1.2, 179: 0.8, 250: 1.0, 375: 1.1, 500: 1.15}
    run = make_run(metrics={"full_valid_loss": losses}, hyperparameters={"save_steps": 250})
    chosen = cw.choose(run)
    assert chosen.best is not None
    assert (chosen.best.step, chosen.best.saved) == (250, "probably")
    assert chosen.reason.count("179") == 1
    assert "was probably saved: checkpoints were saved every 250 steps" in chosen.reason
    assert {pick.step for pick in chosen.tied} <= {500}


def test_where_no_saved_step_was_evaluated_the_nearest_evaluation_tells() -> None:
    metrics = {"full_valid_loss": {563: 1.0, 1126: 0.9}, "train_loss": {100: 1.0, 1689: 0.8}}
    best = cw.choose(make_run(metrics=metrics, hyperparameters={"save_steps": 250})).best
    assert best is not None
    assert (best.step, best.saved) == (1250, "probably")
