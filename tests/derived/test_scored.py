"""The choice of a checkpoint where an evaluation on the real task has had its say."""

from __future__ import annotations

import numpy as np

import curvewise as cw
from curvewise.derived.scored import by_score
from curvewise.model.run import Run
from curvewise.model.selection import Selection
from curvewise.testing import make_run

BEFORE = Selection(best=None, reason="by loss")


def scored(
    scores: dict[int, float], *, error: float | None = None, kept: tuple[int, ...] | None = None
) -> Run:
    checkpoints = None if kept is None else [cw.Checkpoint(step=step, model=f"m:{step}") for step in kept]
    return Run.from_series(
        {
            "full_valid_loss": ([10, 20], [1.0, 0.9]),
            "evaluation_score": (list(scores), list(scores.values())),
        },
        standard_errors={} if error is None else {"evaluation_score": np.full(len(scores), error)},
        checkpoints=checkpoints,
    )


def test_without_scores_the_choice_stays() -> None:
    assert by_score(make_run(full_valid_loss={10: 1.0}), BEFORE) is BEFORE


def test_the_highest_score_of_those_that_exist_is_the_choice() -> None:
    best = by_score(scored({10: 0.9, 20: 0.8, 30: 0.5}, kept=(20, 30)), BEFORE).best
    assert best is not None
    assert (best.step, best.model, best.existence) == (20, "m:20", "exists")


def test_when_no_scored_one_exists_the_choice_stays() -> None:
    assert by_score(scored({10: 0.9}, kept=(20,)), BEFORE) is BEFORE


def test_scores_within_noise_are_tied() -> None:
    near = by_score(scored({10: 0.80, 20: 0.78, 30: 0.5}, error=0.03), BEFORE)
    assert [pick.step for pick in near.tied] == [20]
    assert by_score(scored({10: 0.80, 20: 0.78}), BEFORE).tied == ()


def test_the_table_shows_the_scores_first() -> None:
    selection = cw.analyze(scored({20: 0.8})).selection
    assert selection.columns[0] == "evaluation_score"
    assert [row.values["evaluation_score"] for row in selection.table] == [None, 0.8]


def test_the_report_names_it_and_not_the_one_that_the_reward_likes() -> None:
    run = Run.from_series(
        {
            "train_mean_reward": (range(1, 21), np.linspace(0.2, 0.9, 20)),
            "full_valid_mean_reward": ([10, 20], [0.5, 0.9]),
            "evaluation_score": ([10, 20], [0.7, 0.3]),
        },
        checkpoints=[cw.Checkpoint(step=step, model=f"m:{step}") for step in (10, 20)],
    )
    assert cw.analyze(run).headline.endswith("Use step 10.")


def test_huge_scores_and_errors_are_told_apart() -> None:
    selection = by_score(scored({10: 1.7e308, 20: -1.7e308}, error=1.7e308), BEFORE)
    assert selection.best is not None
    assert (selection.best.step, [pick.step for pick in selection.tied]) == (10, [20])
