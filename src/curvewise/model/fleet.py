"""Fleet: many runs that were judged, one row each, and what they say together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from curvewise.model.diagnosis import Certainty, Severity
from curvewise.model.finding import Status
from curvewise.model.run import Kind

NO_METRICS = "without metrics, by content and by name"
ARCHIVE = "an archive, which is not opened within a folder"
"""What a file is that is no run, as the refusal of its row."""
Setting = str | float | bool | None
"""The value of a hyperparameter."""


class FleetRow(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a fleet, or one that could not be read.

    Parameters
    ----------
    address
        What to give to `load` for this run.
    name, run_id, kind, base_model, status
        As in `RunFacts`.
    problem, refusal
        Why it could not be read, and the kind of that reason, the same for all with the same cause; both are
        empty when it was read.
    hyperparameters
        As the source gives them, or as ``name=value`` in the address has them; of a learning rate that
        neither states, the peak of what was logged.
    diagnosis, severity, certainty, summary
        The main diagnosis.
    deploy
        Whether any checkpoint may be used.
    metric, higher_is_better
        What its checkpoints were judged by.
    step, model
        The pick.
    best, best_low, best_high, error
        The value of the pick with its 90 % interval, None where nothing measures it; and the standard error,
        assumed then.
    last
        The last value of the same metric.
    steps, epochs, tokens
        What it was trained for.
    validation_examples
        Examples of its validation set, where the source knows them.
    findings
        The status of each check.
    content
        A hash of all values, the same for runs that are copies.
    file, stamp, digest
        The path that the row comes from; the version and the rules that judged it, with the size and the time
        of the file; and the hash of a file.
    """

    address: str
    name: str = ""
    run_id: str = ""
    kind: Kind | None = None
    base_model: str | None = None
    status: str | None = None
    problem: str = ""
    refusal: str = ""
    hyperparameters: Mapping[str, Setting] = {}
    diagnosis: str = ""
    severity: Severity | None = None
    certainty: Certainty | None = None
    summary: str = ""
    deploy: bool = False
    metric: str | None = None
    higher_is_better: bool = False
    step: int | None = None
    model: str | None = None
    best: float | None = None
    best_low: float | None = None
    best_high: float | None = None
    error: float | None = None
    last: float | None = None
    steps: int | None = None
    epochs: float | None = None
    tokens: float | None = None
    validation_examples: int | None = None
    findings: Mapping[str, Status] = {}
    content: str = ""
    file: str = ""
    stamp: str = ""
    digest: str = ""

    @property
    def is_run(self) -> bool:
        """Whether this is a run, be it one that cannot be read, and no other file that lies beside runs."""
        return self.refusal not in (NO_METRICS, ARCHIVE)


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many runs have something in common.

    Parameters
    ----------
    name
        What they have in common: a diagnosis, or the reason why they could not be read.
    count
        How many.
    severity
        Of a diagnosis.
    deploy
        Whether a checkpoint of any of them may be used.
    example, summary
        The address of one of them, and what is said of it.
    """

    name: str
    count: int
    severity: Severity | None = None
    deploy: bool = True
    example: str = ""
    summary: str = ""


class Leader(msgspec.Struct, frozen=True, kw_only=True):
    """A run or a setting that may be the best.

    Parameters
    ----------
    name
        The address of the run, or the hyperparameters of the setting.
    value, low, high
        Its best value, a mean over its runs for a setting, with a 90 % interval where that is known.
    probability
        Of being the best.
    runs
        How many runs it stands for.
    address
        The run, or the one of the setting that is nearest to the mean.
    """

    name: str
    value: float
    low: float | None
    high: float | None
    probability: float
    runs: int
    address: str


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What a hyperparameter does to the best value, the others held.

    Parameters
    ----------
    name
        Of the hyperparameter.
    levels
        Its values, or ranges of them, and the mean of the best value at each, the others held.
    better, worse
        The best and the worst level.
    effect, low, high
        How much better the one is than the other, with a 90 % interval for all hyperparameters and pairs of
        levels together.
    is_factor
        Whether that is a factor, as between losses that are all above 0, and not a difference.
    p
        Probability of so large an effect by chance, corrected for how many hyperparameters were looked at.
    validation_examples
        Examples of the validation set, where the interval counts that others would have told another effect;
        None where it holds for this validation set only.
    """

    name: str
    levels: tuple[tuple[str, float], ...]
    better: str
    worse: str
    effect: float
    low: float
    high: float
    is_factor: bool
    p: float
    validation_examples: int | None = None


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """Many runs, judged.

    Parameters
    ----------
    headline
        One sentence.
    found, judged, refused
        How many runs there were, how many could be read and judged, and how many could not.
    refusals
        Why not, by cause.
    others
        Files that are no runs, by what they are.
    diagnoses
        The main diagnoses, the most frequent first.
    metric, better, compared
        What the best is told by, and how many runs have it and may be deployed.
    passed_over
        The others that were judged, by why they are not compared: another metric, or nothing to deploy.
    leaders, tied
        The best of them, at most a few: the safest, by the value and its standard error, and then the most
        probable; and how many the noise cannot tell from the best.
    grouped
        The hyperparameters over which a setting was averaged.
    effects, looked_at
        The hyperparameters that separate good from bad, the strongest first; and all that were looked at.
    duplicates
        Addresses of runs with the same values.
    next
        What to do.
    rows
        One for each run, and for each other file.
    """

    version: str
    headline: str
    found: int
    judged: int
    refused: int
    refusals: tuple[Count, ...] = ()
    others: tuple[Count, ...] = ()
    diagnoses: tuple[Count, ...] = ()
    metric: str | None = None
    better: Literal["lower", "higher"] | None = None
    compared: int = 0
    passed_over: tuple[Count, ...] = ()
    leaders: tuple[Leader, ...] = ()
    tied: int = 0
    grouped: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    looked_at: tuple[str, ...] = ()
    duplicates: tuple[tuple[str, ...], ...] = ()
    next: tuple[str, ...] = ()
    rows: tuple[FleetRow, ...] = ()
