"""The selector `lowest_loss`."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

import numpy as np

from curvewise.derived.cause import training_since
from curvewise.derived.judged_loss import JudgedLoss, LossAt, judged_loss, spacing
from curvewise.derived.ratio import LossRatio, band, loss_ratio
from curvewise.derived.rise import validation_rises
from curvewise.derived.saved import untrained
from curvewise.derived.validation import (
    EVERY_SET,
    FULL,
    ValidationCurve,
    validation_curves,
)
from curvewise.model.run import Run
from curvewise.model.selection import Pick, Selection
from curvewise.model.series import IntArray
from curvewise.numbers import percent
from curvewise.plugin import selector
from curvewise.selection._by_task import by_task_metric
from curvewise.selection._table import (
    BETWEEN,
    Cell,
    Saved,
    doubt,
    has,
    lost,
    recorded,
    rows,
    saved_checkpoints,
)
from curvewise.stats.chances import Doubt, chances, leaders
from curvewise.text import abridged

JUDGED, RATIO, BAND = "judged_valid_loss", "overfitting_ratio", "band"
"""Columns that are no metrics: the loss judged by, where it is not one of those logged, and the
comparable ratio of validation to training loss with the guide's word for it."""
TRAINED = 0.05
"""Share of the steps of a choice below which a model is hardly trained, and ties by the noise alone."""
CONFIRMED = Doubt(freedom=4.0)
"""Doubt of an assumed noise when the values rise by more than it while training loss falls on."""
METRICS = (
    "valid_mean_token_accuracy",
    "full_valid_mean_token_accuracy",
    "full_valid_accuracy",
    "valid_sequence_accuracy",
    "train_reward_margin",
    "full_valid_reward_margin",
    "train_reward_accuracy",
    "full_valid_reward_accuracy",
)
"""Columns that are shown when the run has them."""


@selector(kinds=("sft", "dpo"))
def lowest_loss(run: Run) -> Selection:
    """Choose the existing checkpoint with the lowest validation loss.

    Where the losses have standard errors, each leans on its neighbours as far as the noise demands
    (see `curvewise.stats.best.smooth`), so that a lucky evaluation does not win and the value of the pick
    is no lucky one. Tied are the checkpoints that hold the best one with a probability of 90 %.

    The loss is the full pass over the validation set (the mean over several sets); of minibatches the
    mean over a whole rotation, else over five neighbours; of fewer than ten over three, and of fewer
    than six each counts as it is. It is taken at exactly the checkpoint's step. Where a step was evaluated
    and not saved, the checkpoints next to it stand in for it, by the straight line between two evaluations,
    and the pick says so.
    Without a checkpoint list every evaluated step is a choice, but for those that settings say were never
    saved. Where the run logs a metric of the task, such as accuracy or word error rate, that one leads, in
    its own direction, and the choice by loss is named beside it.
    """
    saved = saved_checkpoints(run)
    return by_task_metric(run, saved, _by_loss(run, saved))


def _by_loss(run: Run, saved: Saved) -> Selection:
    loss = judged_loss(run)
    table = _Table(run, saved, loss)
    if loss is None:
        return table.selection(None, saved.no_choice("The run has no validation loss"))
    curve = loss.curve
    judged, stand_ins = _judge(run, loss, saved)
    if not judged:
        low_step, low = curve.series.lowest()
        return table.selection(
            None,
            f"{saved.no_match('No saved checkpoint has a validation loss near its step')} "
            f"The lowest loss of the curve is {low:.4g} at {run.where(low_step)}.",
            gone=low_step if saved.listed else None,
        )
    step = min(judged, key=lambda candidate: (judged[candidate].merit, candidate))
    chance, tied_steps = _chances(judged, step, _doubt(run, loss))
    flag = BETWEEN if step in stand_ins else ""
    one = "only" if len(judged) == 1 else "lowest"
    how = f"{one} {loss.label} {saved.among(step, len(judged))}"

    def pick(place: int, why: str) -> Pick:
        at = judged[place]
        error = None if loss.assumed else at.error
        return saved.pick(place, curve.metric, at.value, "best", why, error, chance[place])

    value = judged[step].value
    tied = tuple(
        pick(other, f"{judged[other].value:.4g}, within the noise of {value:.4g}") for other in tied_steps
    )
    logged = _logged(judged[step])
    why = f"{value:.4g}, the {how}{logged}{flag}{_cheapest(step, tied_steps)}"
    gone = _out_of_reach(run, loss, saved, step, value)
    reason = [
        f"{run.where(step).capitalize()} has the {how}: {value:.4g}{logged}{flag}.",
        doubt(chance, step, tied_steps, "best"),
        "" if gone is None else _lost(run, loss, saved, gone, step, value),
        _sets(run, curve),
        "A minibatch loss is a weak basis: evaluate the candidates on the task itself." if curve.weak else "",
        saved.words(step),
    ]
    return table.selection(pick(step, why), " ".join(part for part in reason if part), tied=tied, gone=gone)


class _Table:
    """The table of one run, to be put into a `Selection`."""

    def __init__(self, run: Run, saved: Saved, loss: JudgedLoss | None) -> None:
        curve = None if loss is None else loss.curve
        self.run, self.saved, self.loss, self.curve = run, saved, loss, curve
        self.ratio = loss_ratio(run)
        losses = [
            "train_loss",
            "valid_loss",
            FULL,
            *sorted(f"{FULL}/{member}" for member in run.family(FULL)),
        ]
        derived = [JUDGED] if curve is not None and (curve.weak or curve.metric == EVERY_SET) else []
        derived += [RATIO, BAND] if self.ratio is not None else []
        present = [metric for metric in losses if has(run, metric)]
        self.columns = (*present, *derived, *(metric for metric in METRICS if has(run, metric)))

    def selection(
        self,
        best: Pick | None,
        reason: str,
        *,
        tied: tuple[Pick, ...] = (),
        gone: int | None = None,
    ) -> Selection:
        named = (*tied, best) if best is not None else tied
        steps = {*self.saved.steps, *(pick.step for pick in named), *(() if gone is None else (gone,))}
        if not self.saved.listed and self.curve is not None:
            steps |= set(self.curve.series.step.tolist())
        at = np.array(sorted(steps), dtype=np.int64)
        table = rows(self.run, self.saved, at, self._cells(at))
        return Selection(best=best, tied=tied, gone=gone, columns=self.columns, table=table, reason=reason)

    def _cells(self, steps: IntArray) -> dict[str, Sequence[Cell]]:
        cells: dict[str, Sequence[Cell]] = {}
        if self.loss is not None and JUDGED in self.columns:
            judged = self.loss.at(steps)
            cells[JUDGED] = [judged[step].value if step in judged else None for step in steps.tolist()]
        if self.ratio is not None:
            cells |= _ratios(self.ratio, steps)
        return {
            column: cells[column] if column in cells else recorded(self.run, column, steps)
            for column in self.columns
        }


def _judge(run: Run, loss: JudgedLoss, saved: Saved) -> tuple[dict[int, LossAt], Container[int]]:
    """Return the loss of every step that may be chosen, and those that were not evaluated themselves."""
    series = loss.curve.series
    steps = np.array(list(saved.models), dtype=np.int64) if saved.listed else series.step
    judged = {step: at for step, at in loss.at(steps).items() if saved.listed or not untrained(run, step)}
    judged = {step: judged[step] for step in saved.to_choose(judged)}
    if loss.curve.weak:
        return judged, ()
    between = saved.saving.stand_ins(series)
    stand_ins = {step: loss.between(step) for step in between if not untrained(run, step)}
    return {**judged, **stand_ins}, stand_ins


def _doubt(run: Run, loss: JudgedLoss) -> Doubt:
    """Return the doubt of the noise: of few values less where training loss says that they rise, too."""
    for rise in validation_rises(run) if loss.assumed else ():
        since = training_since(run, rise)
        if rise.rising and since is not None and since.ratio < 1:
            return CONFIRMED
    return loss.smooth.doubt


def _chances(judged: Mapping[int, LossAt], best: int, doubt: Doubt) -> tuple[dict[int, float], list[int]]:
    """Return the probability of each step to be the best, and the steps that tie with the chosen one."""
    steps = list(judged)
    value = np.array([at.value for at in judged.values()])
    error = np.array([at.error for at in judged.values()])
    chance = chances(value, error, doubt)
    tied = sorted(steps[place] for place in leaders(chance) if steps[place] != best)
    return dict(zip(steps, chance.tolist(), strict=True)), tied


def _logged(at: LossAt) -> str:
    """Name the value that was logged, where an estimate stands for it."""
    if f"{at.raw:.4g}" == f"{at.value:.4g}":
        return ""
    return f" ± {at.error:.2g} (logged {at.raw:.4g})"


def _cheapest(step: int, tied: list[int]) -> str:
    sooner = next((other for other in tied if TRAINED * step <= other < step), None)
    return "" if sooner is None else f"; step {sooner:,} ties with it and took fewer steps"


def _out_of_reach(run: Run, loss: JudgedLoss, saved: Saved, step: int, value: float) -> int | None:
    """Return the step of the lowest loss of the curve where that is better and has no checkpoint."""
    low_step, low = loss.lowest()
    if low >= value or low_step == step or low_step in saved.models:
        return None
    return low_step if untrained(run, low_step) or saved.saving.at(low_step)[0] == "no" else None


def _lost(run: Run, loss: JudgedLoss, saved: Saved, gone: int, step: int, value: float) -> str:
    """Say that the lowest loss of the curve has no checkpoint, and how much that costs."""
    low = loss.lowest()[1]
    share = f" ({percent((value - low) / abs(low))})" if abs(low) > 1e-12 else ""
    before = lost(run, saved, gone)
    return (
        f"The lowest of the curve, {low:.4g} at {run.where(gone)}, {before}; "
        f"step {step:,} is {value - low:.4g}{share} above it."
    )


def _sets(run: Run, curve: ValidationCurve) -> str:
    """Say that a mean over evaluation sets was judged, and where the sets disagree."""
    if curve.metric != EVERY_SET:
        return ""
    sets = validation_curves(run)
    lowest: dict[int, list[str]] = {}
    for name, one in sets.items():
        lowest.setdefault(one.series.lowest()[0], []).append(name.partition("/")[2])
    text = f"The loss is the mean over {len(sets):,} evaluation sets"
    if len(lowest) == 1:
        return f"{text}, which agree on the step."
    shown = abridged([f"{step:,} ({abridged(names)})" for step, names in sorted(lowest.items())])
    return f"{text}, whose lowest steps differ: {shown}."


def _ratios(ratio: LossRatio, steps: IntArray) -> dict[str, Sequence[Cell]]:
    """Return ratio and band at each step; of a rotation, those of the last one that ended shortly before."""
    place = ratio.step.searchsorted(steps, side="right") - 1
    reach = spacing(ratio.curve.series) if ratio.curve.weak else 0
    told = (place >= 0) & (steps - ratio.step[place] <= reach) & ~np.isnan(ratio.comparable[place])
    pairs = zip(told.tolist(), ratio.comparable[place].tolist(), strict=True)
    values = [value if known else None for known, value in pairs]
    return {RATIO: values, BAND: [None if value is None else band(value) for value in values]}
