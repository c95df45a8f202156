"""What the selectors share: which checkpoints exist, and rows of the checkpoint table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np

from curvewise.derived.saved import Saving, saving, untrained
from curvewise.model.metric import Direction
from curvewise.model.run import Run
from curvewise.model.selection import Existence, Pick, Role, Row
from curvewise.model.series import IntArray, Series
from curvewise.numbers import certainty
from curvewise.text import abridged, listed

Cell = float | str | None
PLATEAU = 6
"""Ties from which they are a plateau: a choice among so many is none."""
LEAST_CLAIM = 0.25
"""Probability below which that of being the best is not stated."""
BETWEEN = ", taken from the evaluations next to it"
"""Remark on the value of a checkpoint at whose step none stands."""


class Saved(msgspec.Struct, frozen=True):
    """The checkpoints of a run.

    Parameters
    ----------
    models
        Name to deploy by step, of the checkpoints that exist.
    gone
        Steps whose checkpoint is listed and no longer exists.
    listed
        Whether a checkpoint list is known, so that every other step has none.
    saving
        What settings tell of the others.
    """

    models: Mapping[int, str]
    gone: tuple[int, ...]
    listed: bool
    saving: Saving

    def existence(self, step: int) -> Existence:
        """Whether a checkpoint of this step exists."""
        if step in self.models:
            return "exists"
        return "gone" if self.listed else "unknown"

    @property
    def steps(self) -> tuple[int, ...]:
        """Steps of the listed checkpoints and of the final model, increasing."""
        return tuple(sorted({*self.models, *self.gone}))

    def pick(
        self,
        step: int,
        metric: str,
        value: float | None,
        role: Role,
        why: str,
        standard_error: float | None = None,
        probability: float | None = None,
        better: Direction = "lower",
    ) -> Pick:
        """Make a pick of a step."""
        known, why_known = self.saving.at(step)
        return Pick(
            step=step,
            model=self.models.get(step),
            existence=self.existence(step),
            metric=metric,
            value=value,
            role=role,
            why=why,
            better=better,
            standard_error=standard_error,
            probability=None if probability is None else round(probability, 3),
            saved=known,
            saved_why=why_known,
        )

    def among(self, step: int, count: int) -> str:
        """Say among how many steps one was chosen, and what is known of them."""
        if self.listed:
            return f"of {count:,} checkpoints that exist" if count > 1 else "of a checkpoint that exists"
        if step in self.saving.expected():
            return f"of {count:,} steps that were saved" if count > 1 else "of a step that was saved"
        return f"of {count:,} evaluated steps" if count > 1 else "there is to go by"

    def to_choose(self, steps: Iterable[int]) -> list[int]:
        """Return the steps that were not certainly or probably left unsaved."""
        return [step for step in steps if self.saving.at(step)[0] != "no"]

    def words(self, step: int, unknown: str = "whether this checkpoint exists") -> str:
        """Say whether a step was saved, where no list tells it."""
        known, why = self.saving.at(step)
        if self.listed or step in self.models:
            return ""
        if known == "unknown":
            return f"No checkpoint list is known, so nobody can say {unknown}."
        certain = {"yes": "was saved for certain", "probably": "was probably saved", "no": "was not saved"}
        return f"The checkpoint {certain[known]}: {why}."

    def no_choice(self, lack: str) -> str:
        """Say for which `lack` there is no choice, and name the last checkpoint."""
        last = "no checkpoint exists" if self.listed else "no checkpoint list is known"
        if self.models:
            last = f"the last checkpoint is step {max(self.models):,}"
        return f"{lack}; {last}."

    def no_match(self, lack: str) -> str:
        """Say the same for a `lack` of all checkpoints, where there are any."""
        if self.listed and not self.models:
            return "No checkpoint exists to choose from."
        return self.no_choice(lack)


def saved_checkpoints(run: Run) -> Saved:
    """Tell which checkpoints exist; the final model is one, at the last step, when its name is known."""
    models: dict[int, str] = {}
    for checkpoint in run.checkpoints or ():
        if checkpoint.model is not None:
            models.setdefault(checkpoint.step, checkpoint.model)
    final = run.last_step if run.last_step is not None else run.planned_steps
    if run.final_model and final is not None and run.final_model not in models.values():
        models.setdefault(final, run.final_model)
    gone = {checkpoint.step for checkpoint in run.checkpoints or ()} - set(models)
    return Saved(models, tuple(sorted(gone)), run.checkpoints is not None, saving(run))


def lost(run: Run, saved: Saved, step: int) -> str:
    """Return what is said of a step that would be better, and cannot be chosen."""
    if untrained(run, step):
        return "is of the model before training"
    if saved.listed:
        return "has no checkpoint that exists"
    return "was not kept" if saved.saving.is_deleted(step) else "was not saved"


def look_up(series: Series, steps: IntArray) -> list[float | None]:
    """Return the value of a series at exactly each step; None where it has no point."""
    if not len(series):
        return [None] * len(steps)
    place = np.minimum(series.step.searchsorted(steps), len(series) - 1)
    found = (series.step[place] == steps).tolist()
    return [value if hit else None for value, hit in zip(series.value[place].tolist(), found, strict=True)]


def recorded(run: Run, metric: str, steps: IntArray) -> list[float | None]:
    """Return a metric at exactly each step: from its series, else from the checkpoint of that step."""
    series = run.get(metric)
    values: list[float | None] = [None] * len(steps) if series is None else look_up(series, steps)
    listed = {c.step: c.metrics[metric] for c in reversed(run.checkpoints or ()) if metric in c.metrics}
    if not listed:
        return values
    return [
        listed.get(step) if value is None else value
        for step, value in zip(steps.tolist(), values, strict=True)
    ]


def has(run: Run, metric: str) -> bool:
    """Whether a series or a checkpoint holds a metric."""
    return metric in run or any(metric in checkpoint.metrics for checkpoint in run.checkpoints or ())


def rows(run: Run, saved: Saved, steps: IntArray, columns: Mapping[str, Sequence[Cell]]) -> tuple[Row, ...]:
    """Make the rows of the table from its columns, each with one cell a step."""
    names, at = list(columns), steps.tolist()
    return tuple(
        Row(
            step=step,
            epoch=epoch,
            model=saved.models.get(step),
            existence=saved.existence(step),
            values=dict(zip(names, cells, strict=True)),
        )
        for step, epoch, *cells in zip(at, run.epochs_at(at), *columns.values(), strict=True)
    )


def doubt(chances: Mapping[int, float], step: int, tied: list[int], word: str) -> str:
    """Say how sure the choice of a step is among those that noise cannot tell from it; nothing without any.

    Of a plateau, that nothing is measurably better after its beginning; a small probability is no claim.

    Examples
    --------
    >>> print(doubt({100: 0.3, 200: 0.5, 300: 0.16, 400: 0.04}, 200, [100, 300], "best"))
    Noise cannot tell steps 100 and 300 from it: it is the best with a probability of 50 %, one of these 3
    with 96 %.
    >>> print(doubt({step: 0.1 for step in range(10)}, 5, [3, 4, 6, 7, 8, 9, 2, 1], "best"))
    Nothing after step 1 is measurably better: noise cannot tell 8 others from it, up to step 9.
    """
    if not tied:
        return ""
    if len(tied) >= PLATEAU or chances[step] < LEAST_CLAIM:
        return (
            f"Nothing after step {min(step, *tied):,} is measurably better: noise cannot tell {len(tied):,} "
            f"other{'s' if len(tied) > 1 else ''} from it, up to step {max(step, *tied):,}."
        )
    together = sum(chances[each] for each in (step, *tied))
    return (
        f"Noise cannot tell {listing(tied)} from it: it is the {word} with a probability of "
        f"{certainty(chances[step])}, one of these {1 + len(tied):,} with {certainty(together)}."
    )


def listing(steps: list[int], most: int = 6) -> str:
    """Name steps in a sentence: ``steps 5, 10 and 15``; of many, the first few.

    Examples
    --------
    >>> listing([5]), listing([5, 10, 15])
    ('step 5', 'steps 5, 10 and 15')
    """
    names = [f"{step:,}" for step in steps]
    said = abridged(names, most) if len(names) > most else listed(names)
    return f"step{'s' if len(names) > 1 else ''} {said}"
