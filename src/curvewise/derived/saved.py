"""Whether a checkpoint of a step was saved, as far as lists and settings tell."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from curvewise.derived.judged_loss import spacing
from curvewise.derived.losses import finite_series
from curvewise.derived.memo import once_per_run
from curvewise.derived.task_metric import BY, WANTED, metric_wanted
from curvewise.derived.validation import FULL
from curvewise.model.run import Run
from curvewise.model.selection import Saved
from curvewise.model.series import NO_POINTS, Series
from curvewise.storage.walk import CHECKPOINT

DEFAULT_SAVE_STEPS = 500
"""What a Hugging Face Trainer states where it saves once an epoch and nobody set it."""
ABOUT_SAVING = frozenset((
    "save_steps", "save_strategy", "save_total_limit", "eval_steps", "logging_steps", BY, WANTED,
    "load_best_model_at_end", "greater_is_better", "best_metric", "best_global_step", "best_model_checkpoint",
))  # fmt: skip
"""Settings, and results among them, that tell what was kept of a training and nothing of how it went."""
END_OF_EPOCH = 0.02
"""Share of an epoch by which rounding may move its end."""
MOST_EXPECTED = 1000
"""Checkpoints up to which all that settings tell of are listed."""
_STEP = re.compile(r"(?:checkpoint|global_?step|step)[-_=]?(\d{1,12})\W*$")
_OWN_FOLDER = re.compile(rf"(?:^|[/\\]){CHECKPOINT.pattern}(?:[/\\][^/\\]*)?$")


class Saving(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the checkpoints that a run saved.

    Parameters
    ----------
    models
        Steps of the checkpoints that exist.
    listed
        Whether a list of them is known, so that every other step has none.
    named
        The step that the trainer kept as its best; None when it names none.
    own
        The step of the folder that the log lies in, ``checkpoint-STEP``; None for any other.
    favourite
        The step that a trainer which keeps its best has kept, by the values it logged; None when not known.
    every, limit
        Steps between two checkpoints, and how many of the last ones are kept; 0 when not known.
    strategy
        ``steps``, ``epoch``, ``best`` or ``no``; empty when not known.
    epoch
        Steps of one epoch; 0 when not known.
    last
        The last step.
    ended
        Whether training came to the end of its plan, where trainers save once more.
    """

    models: frozenset[int]
    listed: bool
    named: int | None
    own: int | None
    favourite: int | None
    every: float
    limit: int
    strategy: str
    epoch: float
    last: int
    ended: bool

    def at(self, step: int) -> tuple[Saved, str]:
        """Tell whether the checkpoint of a step was saved, and why."""
        if step in self.models:
            return "yes", "it is listed" if self.listed else "it is the final model"
        if self.listed:
            return "no", "the list of checkpoints lacks it"
        if step == self.named:
            return "yes", "the trainer names it as its best"
        if step == self.own:
            return "yes", "the log lies in its folder"
        if step == self.favourite:
            return "probably", "the trainer keeps its best"
        return self._by_settings(step)

    def _by_settings(self, step: int) -> tuple[Saved, str]:
        if self.strategy == "best":
            known = self.named is not None or self.favourite is not None
            return ("no", "only the best was saved") if known else ("unknown", "")
        if step == self.last and self.ended and (self.every or self.strategy):
            return "probably", "trainers save the last step"
        if self.strategy == "no":
            return "no", "nothing was saved before the end"
        each = self._each
        if not each:
            return "unknown", ""
        often = "at the ends of epochs" if self.strategy == "epoch" else f"every {each:,.0f} steps"
        if not self.falls_on(step):
            return "no", f"checkpoints were saved {often}"
        if self.is_deleted(step):
            were = "s were" if self.limit > 1 else " was"
            return "no", f"only the last {self.limit:,} checkpoint{were} kept"
        return "probably", f"checkpoints were saved {often}"

    def falls_on(self, step: int) -> bool:
        """Whether a checkpoint of a step was saved at first, as settings tell, or those that are there."""
        each = self._each or (math.gcd(*self.models) if len(self.models) > 1 else 0)
        if not each or self.strategy == "no":
            return False
        count = step / each
        near = max(END_OF_EPOCH, 1 / each) if self.strategy == "epoch" else 0.0
        return abs(count - round(count)) <= near and round(count) >= 1

    def is_deleted(self, step: int) -> bool:
        """Whether settings tell that the checkpoint of a step was saved, and deleted for later ones."""
        each = self._each if self.limit and self.strategy != "best" else 0
        return bool(each) and self.falls_on(step) and round(step / each) < self._oldest(each)

    @property
    def _each(self) -> float:
        return self.epoch if self.strategy == "epoch" else self.every

    def _oldest(self, each: float) -> int:
        """Return which of the checkpoints, counted from 1, is the oldest kept: the best one takes a place."""
        whole = self.last / each
        count = round(whole) if abs(whole - round(whole)) <= END_OF_EPOCH else math.floor(whole)
        further = int(self.ended and abs(whole - count) > END_OF_EPOCH)  # one more at the end
        oldest = count - (self.limit - further) + 1
        best = self.named if self.named is not None else self.favourite
        if best is not None and best / each < oldest - END_OF_EPOCH:
            oldest += self.limit > 1
        return oldest

    def expected(self) -> list[int]:
        """Return the steps that settings say were saved, at most a thousand."""
        if self.listed:
            return []
        each = self._each
        told = {step for step in (self.named, self.own, self.favourite, self.last) if step is not None}
        if self.strategy not in ("no", "best") and each and self.last <= MOST_EXPECTED * each:
            told |= {round(each * count) for count in range(1, int(self.last / each) + 1)}
        return sorted(step for step in told if self.at(step)[0] in ("yes", "probably"))

    def stand_ins(self, evaluated: Series) -> list[int]:
        """Return the saved steps nearest to evaluations of steps that were not saved, before and after each.

        One before the first or after the last is no further away than evaluations are from each other.
        """
        there, steps = sorted(self.models) if self.listed else self.expected(), evaluated.step.tolist()
        if not there or not steps:
            return []
        found: set[int] = set()
        reach = spacing(evaluated) + 0.5
        ends = (steps[0] - reach, *steps, steps[-1] + reach)
        for before, step, after in zip(ends[:-2], steps, ends[2:], strict=True):
            if self.at(step)[0] == "no":
                place = bisect_left(there, step)
                near = there[max(0, place - 1) : place + 1]
                found.update(each for each in near if before < each < after)
        return sorted(found)


@once_per_run
def saving(run: Run) -> Saving:
    """Return what is known of the checkpoints that a run saved."""
    settings = run.hyperparameters
    models = {checkpoint.step for checkpoint in run.checkpoints or () if checkpoint.model is not None}
    last = run.last_step if run.last_step is not None else run.planned_steps or 0
    if run.final_model and run.final_model not in {c.model for c in run.checkpoints or ()}:
        models.add(last)
    every, strategy = _number(settings, "save_steps"), str(settings.get("save_strategy") or "").lower()
    strategy = strategy.rpartition(".")[2]  # IntervalStrategy.STEPS, as some write it
    if 0 < every < 1:
        every = float(math.ceil(every * (run.planned_steps or last)))
    named, own = _named(settings), _OWN_FOLDER.search(run.source or "")
    if not strategy and every == DEFAULT_SAVE_STEPS and not _is_set(run, every, named):
        every = 0.0
    if settings.get("save_steps") == -1:
        strategy = "no"  # as verl says it
    keeps_best = strategy == "best" or settings.get("load_best_model_at_end") is True
    return Saving(
        models=frozenset(models),
        listed=run.checkpoints is not None,
        named=named,
        own=int(own[1]) if own and int(own[1]) == last else None,
        favourite=_favourite(run, every) if keeps_best and named is None else None,
        every=float(round(every)),
        limit=int(_number(settings, "save_total_limit")),
        strategy=strategy if strategy in ("steps", "epoch", "best", "no") else "",
        epoch=run.steps_per_epoch or 0.0,
        last=last,
        ended=run.planned_steps is None or last >= run.planned_steps or run.status == "succeeded",
    )


def to_keep(run: Run, step: int) -> str:
    """Say what to set to keep an evaluated step the next time, by the name that the run's trainer has for it.

    Empty where no setting of the trainer is known.
    """
    found, settings = saving(run), run.hyperparameters
    if not {"save_steps", "save_strategy", "save_total_limit"} & settings.keys() or found.strategy == "best":
        return ""
    every, limit = run.called("save_steps"), run.called("save_total_limit")
    is_transformers = every == "save_steps" and limit == "save_total_limit"
    if found.falls_on(step):
        if is_transformers and settings.get("load_best_model_at_end") is not True:
            return f"Set load_best_model_at_end=True, or {limit} deletes the best checkpoint for newer ones."
        was = f" (it was {found.limit:,})" if found.limit else ""
        return f"Raise {limit}{was}, which deletes the best checkpoint for newer ones."
    evaluated = _evaluated(run, step)
    if len(evaluated) < 2:
        return ""
    apart = round(spacing(evaluated))
    was = f" (it was {settings['save_steps']:g})" if found.every or settings.get("save_steps") == -1 else ""
    how = f"{every}={apart}{was}"
    epochs = evaluated.step / found.epoch if found.epoch else np.full(1, np.nan)
    if is_transformers and (abs(epochs - np.round(epochs)) <= END_OF_EPOCH).all():
        how = 'save_strategy="epoch"'
    elif is_transformers and found.strategy in ("epoch", "no"):
        how = f'save_strategy="steps" and {every}={apart}'
    return f"Set {how}, so that each evaluation has a checkpoint."


def _evaluated(run: Run, step: int) -> Series:
    """Return the longest validation metric that has a value at a step."""
    series = (run[name] for name in run.metrics if name.startswith(("full_valid", "valid", "eval")))
    return max((each for each in series if each.at(step) is not None), key=len, default=NO_POINTS)


def untrained(run: Run, step: int) -> bool:
    """Whether an evaluation at step 0 or 1 came before training, so that no checkpoint belongs to it.

    In reinforcement learning the first step is taken with rollouts of the model as it was. A step that is a
    whole epoch was trained, though a trainer may have logged no loss by then.
    """
    if step > 1 or (step == 1 and run.steps_per_epoch == 1 and run.kind != "rft"):
        return False
    rft = run.kind == "rft"
    train = run.get("train_mean_reward" if rft else "train_loss")
    if train is None or not len(train):
        return step == 0
    return step <= train.first_step if rft else step < train.first_step


def _is_set(run: Run, every: float, named: int | None) -> bool:
    """Whether somebody set the steps between two checkpoints that are also the default.

    Evaluations tell it: where theirs are the default, too, and they stand elsewhere, both go by epochs.
    """
    if named is not None and named % every:
        return False
    steps = [
        series.step for name, series in run.metrics.items() if name.startswith("full_valid") and len(series)
    ]
    hits = np.concatenate(steps) % every == 0 if steps else np.empty(0, dtype=bool)
    by_default = _number(run.hyperparameters, "eval_steps") == every
    return bool(len(hits) and (hits[:-1].all() and hits.any() if by_default else hits.any()))


def _favourite(run: Run, every: float) -> int | None:
    """Return the step of the best value that was logged of what the trainer keeps its best by."""
    wanted = metric_wanted(run, str(run.hyperparameters.get(WANTED) or ""))
    metric, sign = wanted or (FULL, 1.0)
    series = finite_series(run, metric)
    if every >= 1:
        series = series.where(series.step % every == 0)
    return int(series.step[np.argmin(sign * series.value)]) if len(series) else None


def _named(settings: Mapping[str, Any]) -> int | None:
    """Return the step of the best checkpoint: its name proves it, a best step was only evaluated."""
    found = _STEP.search(str(settings.get("best_model_checkpoint") or ""))
    return int(found[1]) if found else None


def _number(settings: Mapping[str, Any], name: str) -> float:
    value = settings.get(name)
    usable = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 2**53
    return float(value) if usable and value is not None else 0.0
