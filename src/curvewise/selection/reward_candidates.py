"""The selector `reward_candidates`."""

from __future__ import annotations

import math

import numpy as np
from msgspec.structs import replace

from curvewise.derived.episodes import in_episodes
from curvewise.derived.graded_reward import graded_reward
from curvewise.derived.reward_change import reward_change
from curvewise.derived.reward_gap import reward_gap, validation_reward
from curvewise.derived.saved import untrained
from curvewise.model.run import Run
from curvewise.model.selection import WORSE, Pick, Role, Row, Selection
from curvewise.model.series import FloatArray, IntArray
from curvewise.numbers import fixed, percent
from curvewise.plugin import selector
from curvewise.selection._by_task import by_task_metric
from curvewise.selection._judged_reward import JudgedReward, costs_at, first_known, judged_reward, tokens_at
from curvewise.selection._table import (
    Saved,
    doubt,
    listing,
    look_up,
    lost,
    recorded,
    rows,
    saved_checkpoints,
)
from curvewise.stats.chances import chances, leaders
from curvewise.stats.moments import mean
from curvewise.stats.noise import scatter
from curvewise.stats.pareto import pareto_front

LOGGED, VALID, GRADED, GAP = (
    "train_mean_reward",
    "full_valid_mean_reward",
    "train_graded_reward",
    "reward_gap",
)
COLUMNS = (LOGGED, GRADED, VALID, GAP, "completion_tokens_mean", "reasoning_tokens_mean")
"""Training reward as logged and of graded rollouts only, validation reward, their like-for-like gap, and
tokens: those of the validation where logged, else of the training steps around."""

MEASURABLE = 3.0
"""Standard errors by which the best of many smoothed values must exceed others to be better."""
SURE = 2.0
"""Standard errors by which one value lies above another by chance in 1 of 40 cases."""
MOST = 3
"""Candidates that are named."""


@selector(kinds=("rft",))
def reward_candidates(run: Run) -> Selection:
    """Name two or three checkpoints to evaluate on the real task; a worse one only for comparison.

    A validation reward alone does not decide: evaluations scatter, and the grader is not the task.
    Candidates are the peak of the validation reward (freed of lucky single evaluations; where it has
    standard errors, each value leans on its neighbours as far as the noise demands), the final
    and a mid-training checkpoint, and the one with the fewest tokens within one standard error of the
    peak (the one-standard-error rule of Breiman et al. 1984, Classification and Regression Trees).
    All of them were evaluated and, where a checkpoint list is known, exist. Without a validation
    reward the smoothed training reward has to do, which says nothing about other prompts. Rewards that are
    all the same, or a training reward that did not measurably rise, support no choice. Where the author
    names a metric of the task, that one leads, and the choice by reward is named beside it.
    """
    saved = saved_checkpoints(run)
    return by_task_metric(run, saved, _by_reward(run, saved))


def _by_reward(run: Run, saved: Saved) -> Selection:
    reward = judged_reward(run)
    pool = {} if reward is None else _pool(run, reward, saved)
    if reward is None or not pool:
        return Selection(
            best=None,
            columns=COLUMNS,
            table=_table(run, saved, reward, ()),
            reason=_no_choice(run, reward, saved),
        )
    comparing = reward.validated or saved.listed  # else every training step would be a checkpoint
    steps = np.array(list(pool), dtype=np.int64)
    costs = costs_at(run, steps) if comparing else {}
    values, errors = np.array(list(pool.values())), reward.errors_at(steps)
    peak = _peak(reward, steps, values - reward.smooth.caution * errors, costs)
    chance, tied = _chances(reward, steps, values, errors, peak) if comparing else ({}, [])
    error = dict(zip(pool, errors.tolist(), strict=True))
    roles = _roles(reward, pool, peak, costs, pool[peak] - error[peak])

    def pick(step: int, role: Role, why: str) -> Pick:
        return saved.pick(step, reward.metric, pool[step], role, why, error[step], chance.get(step), "higher")

    if lack := _lack(run, reward, peak, pool[peak], error[peak], costs):
        return Selection(
            best=None, columns=COLUMNS, table=_table(run, saved, reward, ()), reason=saved.no_choice(lack)
        )
    worse = {
        step
        for step in roles
        if step not in tied
        and pool[peak] - pool[step] > MEASURABLE * float(np.hypot(error[peak], error[step])) > 0
    }
    picks = tuple(
        replace(
            pick(step, role, WORSE * (step in worse) + _why(reward, pool, costs, role, step, peak)),
            worse=step in worse,
        )
        for step, role in roles.items()
    )
    gone = _gone(run, reward, saved)
    ties = tuple(pick(step, "peak", "noise cannot tell it from the peak") for step in tied)
    return Selection(
        best=pick(peak, "best", picks[0].why),
        tied=ties,
        candidates=picks,
        gone=gone,
        pareto=_front(pool, costs),
        columns=COLUMNS,
        table=_table(run, saved, reward, tuple(roles)),
        reason=_reason(
            run, reward, saved, pool, chance, tied, gone, [step for step in roles if step not in worse]
        ),
    )


def _lack(
    run: Run, reward: JudgedReward, peak: int, value: float, error: float, costs: dict[int, float]
) -> str:
    """Say why rewards support no choice; nothing when they do, or tokens tell equal ones apart."""
    raw = reward.raw
    low, high = float(raw.value.min()), float(raw.value.max())
    if len(raw) > 1 and low == high and (high <= 0 or len(set(costs.values())) < 2):
        return f"All {len(raw):,} values of the {reward.name} are {fixed(high)}"
    if reward.validated:
        return _untrained_is_better(run, reward, value, error)
    early = raw.value[: max(2, len(raw) // 10)]
    noise = scatter(raw.value)
    if noise is None:
        few = f"{len(raw)} value{'' if len(raw) == 1 else 's'} of the training reward"
        return f"There is no validation reward, and {few} cannot show a rise"
    start = mean(early)
    rise = value - start
    change = reward_change(run)
    rose = change is not None and change.rose  # the saved steps alone may be too few to tell
    if not rose and rise <= MEASURABLE * float(np.hypot(error, noise / len(early) ** 0.5)):
        return (
            f"There is no validation reward, and the training reward did not measurably rise: "
            f"{fixed(start)} at the start, {fixed(value)} at best, around step {peak:,}"
        )
    return ""


def _untrained_is_better(run: Run, reward: JudgedReward, value: float, error: float) -> str:
    """Say that the model before training earns measurably more than the best step; else nothing."""
    step, before = reward.judged.first_step, float(reward.judged.value[0])
    if before <= value or not untrained(run, step):
        return ""
    luck = SURE * math.hypot(error, reward.errors_at(np.array([step]))[0])
    if before - value <= luck:
        return ""
    start = f"the model before training earns {fixed(before)} (step {step:,})"
    return f"No step earns as much as before: {start}, later ones {fixed(value)} at best"


def _pool(run: Run, reward: JudgedReward, saved: Saved) -> dict[int, float]:
    """Return the judged reward of the steps that may be chosen."""
    judged = reward.judged
    if not reward.validated:
        return reward.smoothed(list(saved.models) if saved.listed else saved.to_choose(judged.step.tolist()))
    steps = [
        step for step in saved.to_choose(judged.step.tolist()) if saved.listed or not untrained(run, step)
    ]
    steps += saved.saving.stand_ins(judged)
    return dict(zip(steps, np.interp(steps, judged.step, judged.value).tolist(), strict=True))


def _chances(
    reward: JudgedReward, steps: IntArray, values: FloatArray, errors: FloatArray, peak: int
) -> tuple[dict[int, float], list[int]]:
    """Return the probability of each step to be the peak, and the steps that tie with the chosen one."""
    chance = chances(-values, errors, reward.smooth.doubt)
    tied = sorted(step for step in steps[leaders(chance)].tolist() if step != peak)
    return dict(zip(steps.tolist(), chance.tolist(), strict=True)), tied


def _peak(reward: JudgedReward, steps: IntArray, merit: FloatArray, costs: dict[int, float]) -> int:
    """Return the best step; of equals the higher logged value, then fewer tokens, then the earlier."""

    def rank(step: int) -> tuple[float, float, int]:
        logged = reward.raw.at(step)
        return -np.inf if logged is None else logged, -costs.get(step, np.inf), -step

    best: list[int] = steps[merit == merit.max()].tolist()
    return max(best, key=rank)


def _gone(run: Run, reward: JudgedReward, saved: Saved) -> int | None:
    """Return the step of the highest value where it has no checkpoint."""
    step = reward.raw.highest()[0]
    if not reward.validated or step in saved.models:
        return None
    return step if untrained(run, step) or saved.saving.at(step)[0] == "no" else None


def _roles(
    reward: JudgedReward, pool: dict[int, float], peak: int, costs: dict[int, float], enough: float
) -> dict[int, Role]:
    """Return the candidates, the peak first; each step has the first role that it fills."""
    roles: dict[int, Role] = {peak: "peak"}
    if peak in costs:
        cheaper = [step for step, cost in costs.items() if cost < costs[peak]]
        own = zip(cheaper, look_up(reward.raw, np.array(cheaper, dtype=np.int64)), strict=True)
        cheaper = [step for step, value in own if value is not None and value >= enough]
        if cheaper:  # an equal reward at fewer tokens says more than the middle of the training
            roles[min(cheaper, key=lambda step: (costs[step], step))] = "efficient"
    roles.setdefault(max(pool), "final")
    if len(pool) > len(roles) < MOST:
        others = np.array([step for step in pool if step not in roles])
        centre = (reward.raw.first_step + max(pool)) / 2
        roles[int(others[np.lexsort((others, np.abs(others - centre)))[0]])] = "mid"
    return roles


def _front(pool: dict[int, float], costs: dict[int, float]) -> tuple[int, ...]:
    steps = sorted(costs)
    front = pareto_front(np.array([pool[step] for step in steps]), np.array([costs[step] for step in steps]))
    return tuple(step for step, kept in zip(steps, front, strict=True) if kept)


def _why(
    reward: JudgedReward,
    pool: dict[int, float],
    costs: dict[int, float],
    role: Role,
    step: int,
    peak: int,
) -> str:
    tokens = f", {fixed(costs[step], 0)} tokens a rollout" if step in costs else ""
    numbers = f" ({reward.words(step, pool[step], named=role != 'peak')}{tokens})"
    if role == "peak":
        return f"highest {reward.name}, single outliers apart{numbers}"
    if role == "efficient":
        saving = 1 - costs[step] / costs[peak] if costs[peak] > 0 else 0.0
        return f"within one standard error of the peak, with {percent(saving)} fewer tokens{numbers}"
    return f"{'the last to choose from' if role == 'final' else 'about half-way'}{numbers}"


def _reason(
    run: Run,
    reward: JudgedReward,
    saved: Saved,
    pool: dict[int, float],
    chance: dict[int, float],
    tied: list[int],
    gone: int | None,
    good: list[int],
) -> str:
    peak = good[0]
    first = f", step {peak:,} first" if len(good) > 1 else ""
    kind = "evaluated " if reward.validated else "" if saved.listed else "logged "
    among = f"{len(pool):,} {kind}{'checkpoints that exist' if saved.listed else 'steps'}"
    of_episodes = in_episodes(run)
    where = (
        "in fresh episodes, without exploration"
        if of_episodes
        else "with the real task harness, tools included"
    )
    parts = [
        f"Evaluate {listing(sorted(good))} {where}{first}: "
        f"it has the highest {reward.name} of {among}, single outliers apart."
    ]
    if tied:
        parts.append(doubt(chance, peak, tied, "peak"))
    if gone is not None:
        highest = fixed(reward.raw.highest()[1])
        parts.append(f"The highest value, {highest} at {run.where(gone)}, {lost(run, saved, gone)}.")
    last = max(saved.models, default=run.last_step or 0) if saved.listed else run.last_step or 0
    if reward.validated and last > max(pool):
        parts.append(f"The final step, {last:,}, was not evaluated: evaluate it too.")
    if not reward.validated and not of_episodes:
        parts.append(
            "There is no validation reward, and a policy that cheats its grader has a high training reward."
        )
    if known := saved.words(peak):
        unknown = saved.saving.at(peak)[0] == "unknown"
        parts.append(
            known.replace("whether this checkpoint exists", "which of these exist") if unknown else known
        )
    return " ".join(parts)


def _no_choice(run: Run, reward: JudgedReward | None, saved: Saved) -> str:
    if reward is None:
        return saved.no_choice("The run has no reward to choose by")
    step, value = reward.raw.highest()
    return (
        f"{saved.no_match('No checkpoint that exists was evaluated')} "
        f"The highest {reward.name} is {fixed(value)} at {run.where(step)}."
    )


def _table(run: Run, saved: Saved, reward: JudgedReward | None, chosen: tuple[int, ...]) -> tuple[Row, ...]:
    """Make a row for each checkpoint, or for each evaluated step when no list is known."""
    train, valid, gap = graded_reward(run), validation_reward(run), reward_gap(run)
    steps = {*saved.steps, *chosen}
    if reward is not None and reward.validated:
        steps |= {reward.raw.highest()[0]} if saved.listed else set(reward.raw.step.tolist())
    at = np.array(sorted(steps), dtype=np.int64)
    empty: list[float | None] = [None] * len(at)
    validated = empty if valid is None else look_up(valid[1], at)
    columns = {
        LOGGED: recorded(run, LOGGED, at),
        GRADED: look_up(train.series, at) if train is not None and train.exact else empty,
        VALID: first_known(validated, recorded(run, VALID, at)),
        GAP: empty if gap is None else look_up(gap.like_for_like, at),
        "completion_tokens_mean": tokens_at(run, at),
        "reasoning_tokens_mean": tokens_at(run, at, 1),
    }
    if columns[GRADED] == columns[LOGGED]:  # every rollout was graded: it would say the same twice
        columns[GRADED] = empty
    return rows(run, saved, at, columns)
