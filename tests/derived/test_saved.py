from __future__ import annotations

from typing import Any

import msgspec
import pytest

import curvewise as cw
from curvewise.derived.saved import saving, to_keep, untrained
from curvewise.parsing.logged import with_settings
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
        ({"save_steps": 300, "save_total_limit": 2}, {600: "no", 900: "probably", 1000: "probably"}),
        ({"save_steps": 250, "best_global_step": 125}, {125: "no", 375: "no"}),  # evaluated, and not saved
        ({"best_model_checkpoint": "out/checkpoint-400"}, {400: "yes", 500: "unknown"}),
        (
            {"save_steps": 200, "save_total_limit": 2, "best_model_checkpoint": "C:\\out\\checkpoint-200"},
            {200: "yes", 400: "no", 800: "no", 1000: "probably"},  # the best takes one of two places
        ),
        (
            {"save_steps": 50, "save_total_limit": 1, "load_best_model_at_end": True},
            {200: "no", 250: "probably", 950: "no", 1000: "probably"},
        ),
        (
            {"save_steps": 50, "save_total_limit": 3, "load_best_model_at_end": False},
            {250: "no", 850: "no", 900: "probably"},
        ),
        ({"save_strategy": "no", "save_steps": 250}, {250: "no", 1000: "probably"}),
        ({"save_strategy": "IntervalStrategy.EPOCH"}, {400: "probably", 250: "no", 600: "probably"}),
        ({"save_strategy": "best"}, {200: "no", 250: "probably"}),
        ({"save_strategy": "best", "metric_for_best_model": "wer"}, {200: "probably", 250: "no"}),
        ({"save_steps": 500}, {200: "unknown"}),  # the default, and no evaluation stands there
        ({"save_steps": -1}, {500: "no"}),
        ({"save_steps": True}, {250: "unknown"}),
    ],
)
def test_settings_tell_what_was_saved(settings: dict[str, Any], saved: dict[int, str]) -> None:
    run = make_run(
        metrics={**STEPS, "full_valid_loss": {200: 1.0, 250: 0.9}, "eval_wer": {200: 1.0, 250: 2.0}},
        hyperparameters=settings,
        steps_per_epoch=200.0,
    )
    assert {step: saving(run).at(step)[0] for step in saved} == saved


@pytest.mark.parametrize(
    ("eval_steps", "evaluated", "named", "saved"),
    [
        (500, (125, 250, 375, 500), None, "unknown"),  # both are the default: by epochs of 125 steps
        (500, (500, 1000), None, "no"),
        (500, (500, 1000, 1130), None, "no"),  # and once more at the end
        (125, (125, 250, 375, 500), None, "no"),  # the one was set, and the other stands
        (125, (125, 250, 375, 500), "out/checkpoint-375", "unknown"),
    ],
)
def test_a_default_tells_only_where_evaluations_agree(
    eval_steps: int, evaluated: tuple[int, ...], named: str | None, saved: str
) -> None:
    settings = {"save_steps": 500, "eval_steps": eval_steps, "best_model_checkpoint": named}
    run = make_run(metrics={"full_valid_loss": dict.fromkeys(evaluated, 1.0)}, hyperparameters=settings)
    assert saving(run).at(250)[0] == saved


@pytest.mark.parametrize(
    ("planned", "status", "saved"),
    [(None, None, "probably"), (1000, None, "probably"), (2000, None, "no"), (2000, "succeeded", "probably")],
)
def test_the_last_step_is_saved_where_training_came_to_its_end(
    planned: int | None, status: str | None, saved: str
) -> None:
    run = make_run(metrics=STEPS, hyperparameters={"save_steps": 300})
    run = msgspec.structs.replace(run, planned_steps=planned, status=status)
    assert saving(run).at(1000)[0] == saved


@pytest.mark.parametrize("source", ["out/checkpoint-1000", "out\\checkpoint-1000\\trainer_state.json"])
def test_the_folder_of_a_log_is_a_checkpoint(source: str) -> None:
    run = msgspec.structs.replace(make_run(metrics=STEPS), source=source)
    assert saving(run).at(1000) == ("yes", "the log lies in its folder")
    assert saving(run).at(999)[0] == "unknown"


def test_a_step_that_was_never_saved_is_not_recommended_and_is_named_once() -> None:
    losses = {125: 1.2, 179: 0.8, 250: 1.0, 375: 1.1, 500: 1.15}
    run = make_run(metrics={"full_valid_loss": losses}, hyperparameters={"save_steps": 250})
    chosen = cw.choose(run)
    assert chosen.best is not None
    assert (chosen.best.step, chosen.best.saved) == (250, "probably")
    assert chosen.reason.count("179") == 1
    assert "was probably saved: checkpoints were saved every 250 steps" in chosen.reason
    assert {pick.step for pick in chosen.tied} <= {500}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"save_steps": 250, "save_total_limit": 2}, "was not kept"),
        ({"save_steps": 250, "save_total_limit": 2, "load_best_model_at_end": False}, "was not kept"),
        ({"save_steps": 300, "save_total_limit": 2}, "was not saved"),
        ({"save_steps": 1000}, "was not saved"),
        ({"save_strategy": "no", "save_steps": 250, "save_total_limit": 2}, "was not saved"),
        ({"save_strategy": "best", "best_model_checkpoint": "checkpoint-750", "save_steps": 250,
          "save_total_limit": 1}, "was not saved"),
    ],
)  # fmt: skip
def test_a_step_that_was_deleted_is_told_from_one_that_was_never_saved(
    settings: dict[str, Any], said: str
) -> None:
    losses = {250: 0.8, 500: 1.0, 750: 1.1, 1000: 1.2}
    chosen = cw.choose(make_run(metrics={"full_valid_loss": losses}, hyperparameters=settings))
    assert chosen.best is not None
    assert (chosen.best.step > 250, chosen.gone) == (True, 250)
    assert f"0.8 at step 250, {said}" in chosen.reason


EACH = "so that each evaluation has a checkpoint"
TO_KEEP = {
    "too far apart": ({"save_steps": 250}, f"Set save_steps=100 (it was 250), {EACH}."),
    "in words": (
        {"save_steps": 250, "save_strategy": "IntervalStrategy.STEPS"},
        f"Set save_steps=100 (it was 250), {EACH}.",
    ),
    "by epochs": ({"save_strategy": "epoch"}, f'Set save_strategy="steps" and save_steps=100, {EACH}.'),
    "not at all": ({"save_strategy": "no"}, f'Set save_strategy="steps" and save_steps=100, {EACH}.'),
    "never, in verl": ({"save_freq": -1}, f"Set save_freq=100 (it was -1), {EACH}."),
    "deleted": (
        {"save_steps": 100, "save_total_limit": 2},
        "Set load_best_model_at_end=True, or save_total_limit deletes the best checkpoint for newer ones.",
    ),
    "of another trainer": ({"save_freq": 250}, f"Set save_freq=100 (it was 250), {EACH}."),
    "deleted by another trainer": (
        {"save_freq": 100, "max_actor_ckpt_to_keep": 2},
        "Raise max_actor_ckpt_to_keep (it was 2), which deletes the best checkpoint for newer ones.",
    ),
    "nothing is known": ({"learning_rate": 1e-4}, ""),
}


@pytest.mark.parametrize(("settings", "advice"), TO_KEEP.values(), ids=TO_KEEP)
@pytest.mark.parametrize("listed", [False, True])
def test_the_setting_that_would_have_kept_the_best_step_is_named(
    settings: dict[str, Any], advice: str, *, listed: bool
) -> None:
    losses = dict(zip(range(100, 1100, 100), [1.2, 1.0, 0.8, 1.0, 1.2, 1.4, 1.5, 1.6, 1.7, 1.8], strict=True))
    run = make_run(
        full_valid_loss=losses,
        train_loss=[2.0 * 0.998**step for step in range(1000)],
        steps_per_epoch=500,
        checkpoints=[500, 1000] if listed else None,
    )
    run = with_settings(run, settings)
    assert to_keep(run, 300) == advice
    report = cw.analyze(run)
    assert report.selection.to_keep == (advice if report.selection.gone == 300 else "")
    if report.selection.gone is not None:
        assert report.diagnosis.name == "overfit"
        assert report.diagnosis.next[1:] == ((advice,) if advice else ())


def test_what_is_left_of_checkpoints_tells_that_the_best_was_deleted() -> None:
    losses = dict(zip((200, 400, 600, 800), (0.8, 1.0, 1.2, 1.4), strict=True))
    for left, setting in (((600, 800), "load_best_model_at_end=True"), ((300, 600), 'save_strategy="epoch"')):
        run = make_run(full_valid_loss=losses, steps_per_epoch=200, checkpoints=left)
        assert setting in to_keep(with_settings(run, {"save_steps": 500}), 200)


def test_evaluations_at_the_ends_of_epochs_are_saved_by_epoch() -> None:
    losses = dict(zip((200, 400, 600, 800), (0.8, 1.0, 1.2, 1.4), strict=True))
    run = make_run(full_valid_loss=losses, steps_per_epoch=200, hyperparameters={"save_steps": 300})
    assert to_keep(run, 200) == f'Set save_strategy="epoch", {EACH}.'


def test_where_no_saved_step_was_evaluated_the_nearest_evaluation_tells() -> None:
    metrics = {"full_valid_loss": {563: 1.0, 1126: 0.9}, "train_loss": {100: 1.0, 1689: 0.8}}
    best = cw.choose(make_run(metrics=metrics, hyperparameters={"save_steps": 250})).best
    assert best is not None
    assert (best.step, best.saved) == (1250, "probably")


def test_the_first_epoch_of_a_table_was_trained_though_its_loss_was_not_logged() -> None:
    by_epochs = make_run(train_loss={2: 0.7, 3: 0.4}, full_valid_loss={1: 0.4, 2: 0.5}, steps_per_epoch=1)
    assert not untrained(by_epochs, 1)
    assert untrained(by_epochs, 0)
    assert untrained(make_run(train_loss={10: 0.7}, full_valid_loss={1: 0.4, 10: 0.5}), 1)
