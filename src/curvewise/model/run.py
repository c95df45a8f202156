"""Run: what is known of one training run, whichever files or services it came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from curvewise.errors import UsageError
from curvewise.extras import load_extra
from curvewise.model.arrays import series_from
from curvewise.model.display import Displayable
from curvewise.model.metrics import infer_kind
from curvewise.model.series import Series

Kind = Literal["sft", "dpo", "rft"]
KINDS: tuple[Kind, ...] = ("sft", "dpo", "rft")
MOST_EPOCHS = 2**53
"""Epochs beyond which a count in the hyperparameters is none: it is no exact float."""


class Note(msgspec.Struct, frozen=True):
    """Something that a reader had to repair, drop or assume.

    Parameters
    ----------
    code
        A stable word for it, such as ``repeated_steps``.
    text
        One sentence for the user, with the numbers.
    """

    code: str
    text: str


def logged_as(names: Mapping[str, str]) -> dict[str, str]:
    """Return what a log calls its metrics, from the metric of each of its columns.

    Examples
    --------
    >>> logged_as({"eval_loss": "full_valid_loss", "epoch": "epoch"})
    {'full_valid_loss': 'eval_loss'}
    """
    return {metric: column for column, metric in names.items() if column != metric}


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A saved state of the model.

    Parameters
    ----------
    step
        Training step after which it was saved.
    model
        The name to deploy, or the folder on disk; None when it no longer exists.
    metrics
        Values at this step by canonical name.
    id
        Identifier that the provider gives it.
    """

    step: int
    model: str | None = None
    metrics: Mapping[str, float] = {}
    id: str | None = None


class Run(Displayable, msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One training run; a reader fills in what its file knows, and `merge.merge` joins several.

    Parameters
    ----------
    id
        Identifier, such as ``ftjob-...``; empty when the source has none.
    name
        What to call it in a report.
    metrics
        Series by canonical name; an unknown column keeps its own.
    checkpoints
        Every checkpoint that the source lists, sorted by step; None when no list is known,
        which is not the same as an empty one.
    declared_kind
        What the source or the caller says that the run is; `kind` falls back on its metrics.
    base_model, final_model
        The model that was tuned, and the name of the tuned one.
    status
        Status word of the provider, such as ``succeeded``.
    error
        Why the job failed, in the provider's words.
    hyperparameters
        As the source gives them.
    steps_per_epoch
        Training steps in one epoch.
    validation_examples
        Examples, or prompts, behind each value of a full validation pass.
    planned_steps
        Steps that the run was to take.
    logged_as
        What the log calls a metric, by canonical name, where the two differ.
    formats
        Names of the file formats that it was read with.
    source
        Path or address, as the user named it.
    notes
        What the readers had to repair, drop or assume: nothing is dropped in silence.
    """

    id: str = ""
    name: str = ""
    metrics: Mapping[str, Series] = {}
    checkpoints: tuple[Checkpoint, ...] | None = None
    declared_kind: Kind | None = None
    base_model: str | None = None
    final_model: str | None = None
    status: str | None = None
    error: str | None = None
    hyperparameters: Mapping[str, Any] = {}
    steps_per_epoch: float | None = None
    validation_examples: int | None = None
    planned_steps: int | None = None
    logged_as: Mapping[str, str] = {}
    formats: tuple[str, ...] = ()
    source: str = ""
    notes: tuple[Note, ...] = ()

    @classmethod
    def from_series(
        cls,
        metrics: Mapping[str, Series | tuple[ArrayLike, ArrayLike] | ArrayLike],
        *,
        kind: Kind | None = None,
        standard_errors: Mapping[str, ArrayLike] | None = None,
        validation_examples: int | None = None,
        planned_steps: int | None = None,
        steps_per_epoch: float | None = None,
        checkpoints: Iterable[Checkpoint] | None = None,
        name: str = "run",
    ) -> Run:
        """Make a run from arrays.

        Parameters
        ----------
        metrics
            For each name, ``(steps, values)`` of one length, a `Series`, or values alone, which stand at the
            steps in ``step``, else at 1, 2, 3, ... The names are those of the catalogue, or what any trainer
            logs: ``loss`` is ``train_loss``, ``eval_loss`` is ``full_valid_loss``. None is no point.
        kind
            ``"sft"``, ``"dpo"`` or ``"rft"``; found from the metrics when None.
        standard_errors
            Standard error of each value of the metrics that have one.
        validation_examples
            Examples behind each full validation pass.
        planned_steps
            Steps that the run was to take.
        steps_per_epoch
            Training steps in one epoch.
        checkpoints
            The checkpoints that exist; None when that is not known.
        name
            What to call the run.

        Raises
        ------
        UsageError
            If lengths differ, something is no number, a step is not a whole number, the kind is unknown, or
            a standard error is given for a metric that is not there.

        Examples
        --------
        >>> run = Run.from_series({"train_loss": ([1, 2, 3], [2.0, 1.5, 1.2])})
        >>> run.kind, len(run["train_loss"])
        ('sft', 3)
        >>> list(Run.from_series({"step": [10, 20], "loss": [2.0, 1.5], "eval_loss": [None, 1.6]}).metrics)
        ['train_loss', 'full_valid_loss']
        """
        errors = dict(standard_errors or {})
        series, names = series_from(metrics, errors)
        if unknown := set(errors) - set(metrics):
            raise UsageError(
                f"a standard error is given for {min(unknown)!r}, which is not among the metrics",
                hint=f"the metrics are {', '.join(metrics)}",
            )
        if kind is not None and kind not in KINDS:
            raise UsageError(f"there is no kind {kind!r}", hint=f"expected one of {', '.join(KINDS)}")
        saved = None if checkpoints is None else tuple(sorted(checkpoints, key=lambda saved: saved.step))
        return cls(
            name=name,
            metrics=series,
            declared_kind=kind,
            validation_examples=validation_examples,
            planned_steps=planned_steps,
            steps_per_epoch=steps_per_epoch,
            checkpoints=saved,
            logged_as=logged_as(names),
        )

    @cached_property
    def kind(self) -> Kind:
        """``sft``, ``dpo`` or ``rft``: as declared, else as the metrics show."""
        return self.declared_kind or infer_kind(self.metrics)

    def __repr__(self) -> str:
        known = "unknown" if self.checkpoints is None else f"{len(self.checkpoints):,}"
        return f"<Run {self.name!r}: {self.kind}, {len(self.metrics)} metrics, checkpoints {known}>"

    def __getitem__(self, metric: str) -> Series:
        return self.metrics[metric]

    def __contains__(self, metric: str) -> bool:
        return metric in self.metrics

    def get(self, metric: str) -> Series | None:
        """Return the series of a metric, or None."""
        return self.metrics.get(metric)

    def family(self, metric: str) -> dict[str, Series]:
        """Return the series called ``metric/<member>`` by member: graders, tools or evaluation sets.

        Examples
        --------
        >>> run = Run.from_series({"full_valid_loss/code": ([1], [2.0]), "train_loss": ([1], [3.0])})
        >>> list(run.family("full_valid_loss"))
        ['code']
        """
        prefix = f"{metric}/"
        return {
            name[len(prefix) :]: series for name, series in self.metrics.items() if name.startswith(prefix)
        }

    @cached_property
    def derived(self) -> dict[Any, Any]:
        """What was computed of the run and is remembered, by `once_per_run`."""
        return {}

    @cached_property
    def last_step(self) -> int | None:
        """The last step at which any metric has a value."""
        return max((series.last_step for series in self.metrics.values() if len(series)), default=None)

    @property
    def counts_from_zero(self) -> bool:
        """Whether its steps are epochs of which the first, 0, was trained: ``for epoch in range(10)``."""
        trained = any(
            name.startswith("train_") and series.at(0) is not None for name, series in self.metrics.items()
        )
        return self.steps_per_epoch == 1 and trained

    def epoch_at(self, step: int) -> float | None:
        """Epochs done at a step, from the epoch series, `steps_per_epoch` or the hyperparameters.

        None when nothing in the run tells.
        """
        return self.epochs_at([step])[0]

    def epochs_at(self, steps: Sequence[int]) -> list[float | None]:
        """Return the epochs done at each of some steps, as `epoch_at` does."""
        pace, epochs = self._pace, self._epochs
        done = [None if pace is None else step * pace[0] / pace[1] for step in steps]
        if epochs is None or not len(epochs):
            return done
        logged = np.interp(steps, epochs.step, epochs.value).tolist()
        first, last = epochs.first_step, epochs.last_step
        return [
            told if first <= step <= last else otherwise
            for step, told, otherwise in zip(steps, logged, done, strict=True)
        ]

    @cached_property
    def _epochs(self) -> Series | None:
        """The finite points of the epoch series."""
        logged = self.get("epoch")
        return None if logged is None else logged.finite()

    @cached_property
    def _pace(self) -> tuple[int, float] | None:
        """Return a number of epochs and the steps that they take, from settings."""
        if self.steps_per_epoch:
            return 1, self.steps_per_epoch
        planned = self.planned_steps or (self.last_step if self.status == "succeeded" else None)
        count = self.hyperparameters.get("n_epochs")
        return (count, planned) if isinstance(count, int) and 0 < count <= MOST_EPOCHS and planned else None

    def where(self, step: int) -> str:
        """Name a step for a reader: ``step 200 (epoch 2)`` when the epoch is known."""
        epoch = self.epoch_at(step)
        return f"step {step:,}" if epoch is None else f"step {step:,} (epoch {epoch:.3g})"

    def called(self, metric: str) -> str:
        """Return what the log calls a metric."""
        return self.logged_as.get(metric, metric)

    def to_dict(self) -> dict[str, list[Any]]:
        """Return the metrics as lists over one list of steps, None where a metric has no point.

        Examples
        --------
        >>> run = Run.from_series({"train_loss": ([1, 2], [2.0, 1.5]), "full_valid_loss": ([2], [1.6])})
        >>> run.to_dict()
        {'step': [1, 2], 'train_loss': [2.0, 1.5], 'full_valid_loss': [None, 1.6]}
        >>> Run.from_series(run.to_dict()) == run
        True
        """
        steps = np.unique(np.concatenate([np.empty(0, np.int64), *(s.step for s in self.metrics.values())]))
        columns: dict[str, list[Any]] = {"step": steps.tolist()}
        for metric, series in self.metrics.items():
            column = columns[metric] = [None] * len(steps)
            for place, value in zip(
                np.searchsorted(steps, series.step).tolist(), series.value.tolist(), strict=True
            ):
                column[place] = value
        return columns

    def to_frame(self) -> Any:
        """Return the metrics as a DataFrame of pandas over the steps, NaN where a metric has no point.

        Polars, DuckDB and pyarrow take the run itself, by the Arrow stream that it gives, as in
        ``polars.DataFrame(run)``.

        Raises
        ------
        MissingExtraError
            If pandas is not installed.
        """
        pandas = load_extra("pandas", "pandas", instead="`run.to_dict()` needs nothing; ")
        return pandas.DataFrame(self.to_dict()).set_index("step")

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Give the metrics to a library that reads Arrow, null where a metric has no point."""
        pyarrow = load_extra("pyarrow", "pyarrow", "fast", instead="`run.to_dict()` needs nothing; ")
        return pyarrow.table(self.to_dict()).__arrow_c_stream__(requested_schema)

    def note(self, code: str) -> Note | None:
        """Return the first note with a code, or None."""
        return next((note for note in self.notes if note.code == code), None)
