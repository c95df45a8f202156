"""Whether a checkpoint of a step was saved, as far as lists and settings tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from curvewise.derived.memo import once_per_run
from curvewise.model.run import Run
from curvewise.model.selection import Saved

DEFAULT_SAVE_STEPS = 500
"""What a Hugging Face Trainer states where it saves once an epoch and nobody set it."""
END_OF_EPOCH = 0.02
"""Share of an epoch by which rounding may move its end."""
_STEP = re.compile(r"(?:checkpoint|global_?step|step)[-_=]?(\d{1,12})\W*$")


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
    every, limit
        Steps between two checkpoints, and how many of the last ones are kept; 0 when not known.
    strategy
        ``steps``, ``epoch``, ``best`` or ``no``; empty when not known.
    epoch
        Steps of one epoch; 0 when not known.
    last
        The last step.
    """

    models: frozenset[int]
    listed: bool
    named: int | None
    every: float
    limit: int
    strategy: str
    epoch: float
    last: int

    def at(self, step: int) -> tuple[Saved, str]:
        """Tell whether the checkpoint of a step was saved, and why."""
        if step in self.models:
            return "yes", "it is listed" if self.listed else "it is the final model"
        if self.listed:
            return "no", "the list of checkpoints lacks it"
        if step == self.named:
            return "yes", "the trainer names it as its best"
        return self._by_settings(step)

    def _by_settings(self, step: int) -> tuple[Saved, str]:
        if step == self.last and self.strategy != "best" and (self.every or self.strategy):
            return "probably", "trainers save the last step"
        if self.strategy == "no":
            return "no", "nothing was saved before the end"
        if self.strategy == "best":
            return ("no", "only the best was saved") if self.named is not None else ("unknown", "")
        return self._of_epochs(step) if self.strategy == "epoch" else self._of_steps(step)

    def _of_steps(self, step: int) -> tuple[Saved, str]:
        if not self.every:
            return "unknown", ""
        if step % self.every:
            return "no", f"checkpoints were saved every {self.every:,.0f} steps"
        if self.limit and step <= self.last // self.every * self.every - self.limit * self.every:
            return "no", f"only the last {self.limit:,} checkpoints were kept"
        return "probably", f"checkpoints were saved every {self.every:,.0f} steps"

    def _of_epochs(self, step: int) -> tuple[Saved, str]:
        if not self.epoch:
            return "unknown", ""
        done = step / self.epoch
        if abs(done - round(done)) > max(END_OF_EPOCH, 1 / self.epoch) or round(done) < 1:
            return "no", "checkpoints were saved at the ends of epochs"
        if self.limit and round(done) <= round(self.last / self.epoch) - self.limit:
            return "no", f"only the last {self.limit:,} checkpoints were kept"
        return "probably", "checkpoints were saved at the ends of epochs"

    def expected(self) -> list[int]:
        """Return the steps that settings say were saved, at most a thousand."""
        each = self.epoch if self.strategy == "epoch" else self.every
        if self.listed or self.strategy in ("no", "best") or not each or self.last > 1000 * each:
            return []
        steps = {round(each * count) for count in range(1, int(self.last / each) + 1)} | {self.last}
        return sorted(step for step in steps if self.at(step)[0] in ("yes", "probably"))


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
        every *= run.planned_steps or last
    if not strategy and every == DEFAULT_SAVE_STEPS and not _evaluated_then(run, every):
        every = 0.0
    return Saving(
        models=frozenset(models),
        listed=run.checkpoints is not None,
        named=_named(settings),
        every=float(round(every)),
        limit=int(_number(settings, "save_total_limit")),
        strategy=strategy if strategy in ("steps", "epoch", "best", "no") else "",
        epoch=run.steps_per_epoch or 0.0,
        last=last,
    )


def _evaluated_then(run: Run, every: float) -> bool:
    """Whether some evaluation stands at a multiple of the steps between two checkpoints."""
    return any(
        bool((series.step % every == 0).any())
        for name, series in run.metrics.items()
        if name.startswith("full_valid") and len(series)
    )


def _named(settings: Mapping[str, Any]) -> int | None:
    step = settings.get("best_global_step")
    if isinstance(step, int) and step > 0:
        return step
    found = _STEP.search(str(settings.get("best_model_checkpoint") or ""))
    return int(found[1]) if found else None


def _number(settings: Mapping[str, Any], name: str) -> float:
    value = settings.get(name)
    usable = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 2**53
    return float(value) if usable and value is not None else 0.0
