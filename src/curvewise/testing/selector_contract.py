"""The contract of a selector."""

from __future__ import annotations

import math

from curvewise.model.run import KINDS, Run
from curvewise.model.selection import Pick, Selection
from curvewise.plugin import Selector
from curvewise.plugin.needs import names_in
from curvewise.testing._requirements import require, require_page, require_prose, same_twice
from curvewise.testing.strategies import corner_runs, runs

CHOSEN_BY = (
    "full_valid_loss", "full_valid_loss/*", "valid_loss", "train_loss", "full_valid_accuracy",
    "full_valid_mean_reward", "train_mean_reward", "valid_grader_reward/*", "train_grader_reward/*",
    "completion_tokens_mean", "reasoning_tokens_mean", "valid_completion_tokens_mean",
    "full_valid_reward_accuracy", "full_valid_reward_margin",
)  # fmt: skip
"""Metrics that checkpoints are chosen by."""


def assert_selector_contract(selector: Selector) -> None:
    """Assert that a selector keeps the contract of all selectors.

    On whatever run Hypothesis thinks of, it never raises or warns, chooses the same thing twice,
    and says why. It never picks a checkpoint that is known to be gone; where a list is known, every
    pick stands in it with its own model name. Picks are steps of the table and were evaluated, except
    candidates that are wanted for another reason; no step is tied or a candidate twice. The table is
    sorted and holds every existing checkpoint.

    How long Hypothesis searches is up to its active settings profile.

    Parameters
    ----------
    selector
        The selector.

    Raises
    ------
    AssertionError
        With what is wrong.
    """
    from hypothesis import given

    require(selector.kinds, f"{selector.name} chooses for no kind of run")
    require(
        set(selector.kinds) <= set(KINDS), f"{selector.name} chooses for a kind of run that does not exist"
    )
    require_page(selector.function, examples=False)

    def choose(run: Run) -> None:
        _assert_selection(run, same_twice(selector, run, selector.name))

    chosen_by = tuple(dict.fromkeys((*CHOSEN_BY, *names_in(selector.needs))))
    for kind in selector.kinds:
        for run in corner_runs(chosen_by, kind):
            choose(run)
    given(runs(chosen_by, kinds=selector.kinds))(choose)()


def _assert_selection(run: Run, chosen: Selection) -> None:
    require(len(chosen.reason) > 10, "the selection does not say why")
    require_prose(chosen.reason, "the reason of the selection")
    steps = [row.step for row in chosen.table]
    require(steps == sorted(set(steps)), f"the table is not sorted by step, or repeats one: {steps}")
    for row in chosen.table:
        require(
            set(row.values) <= set(chosen.columns), f"step {row.step} of the table has values in no column"
        )
    existing = {saved.step: saved.model for saved in run.checkpoints or () if saved.model is not None}
    require(set(existing) <= set(steps), "the table lacks a checkpoint that exists")
    require(set(chosen.pareto) <= set(steps), "a step of the pareto front is not in the table")
    for label, picks in (("tied", chosen.tied), ("candidates", chosen.candidates)):
        places = [pick.step for pick in picks]
        require(len(places) == len(set(places)), f"{label} hold a step twice: {places}")
    if chosen.gone is not None:
        require(chosen.gone in steps, "the step that is gone is not in the table")
        require(chosen.gone not in existing, "a step is said to be gone, and its checkpoint exists")
    if chosen.best is None:
        require(not chosen.tied, "checkpoints are tied with a best one that there is not")
    else:
        require(chosen.best.role == "best", f"the best checkpoint has the role {chosen.best.role}")
        require(chosen.best.value is not None, "the best checkpoint was not evaluated")
        require(
            chosen.best.step not in [pick.step for pick in chosen.tied],
            "the best checkpoint is tied with itself",
        )
    for pick in (*([chosen.best] if chosen.best else []), *chosen.tied, *chosen.candidates):
        _assert_pick(run, pick, steps, existing)


def _assert_pick(run: Run, pick: Pick, steps: list[int], existing: dict[int, str]) -> None:
    what = f"the {pick.role} checkpoint of step {pick.step}"
    require(pick.step in steps, f"{what} is not in the table")
    require_prose(pick.why, f"the reason for {what}")
    require(pick.why, f"{what} is picked without a reason")
    if pick.value is not None:
        require(math.isfinite(pick.value), f"{what} is picked for a value that is not finite")
    if run.checkpoints is None:
        require(pick.existence == "unknown", f"{what} is said to be {pick.existence}, and no list is known")
    else:
        require(pick.step in existing, f"{what} does not exist")
        require(pick.existence == "exists", f"{what} exists, and is said to be {pick.existence}")
        require(pick.model == existing[pick.step], f"{what} is given the model {pick.model}")
