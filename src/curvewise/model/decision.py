"""Decision: which of the evaluated contenders to deploy, and how sure that is."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from curvewise.model.codec import schema_of
from curvewise.model.evaluation import ContenderRole
from curvewise.model.run import Note

SCHEMA_VERSION = 1
SCHEMA_ID = f"decision-{SCHEMA_VERSION}.json"

Verdict = Literal["better", "worse", "equivalent", "cannot tell"]
Interval = tuple[float, float]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One contender.

    Parameters
    ----------
    name, model, step, role
        As in `Contender`.
    accuracy, accuracy_interval
        Mean score over its samples, failures counted; None when it has no result.
    samples, failures
        Samples that it has results for, and attempts that failed.
    tokens, tokens_interval
        Mean tokens of a sample; None when they are not known.
    cost, cost_interval
        Mean cost of a sample; None when it is not known.
    probability_best
        Of having the highest true accuracy of all contenders; None when it has no result.
    on_pareto_front
        Whether no other contender with known tokens has at least its accuracy at fewer tokens, or more at
        as many; None when tokens are not known. Samples that only some did are made up for.
    equivalent_to
        Contenders whose accuracy is shown to be the same within the margin.
    error
        Why it has no result; empty when it has.
    """

    name: str
    model: str | None
    step: int | None
    role: ContenderRole
    accuracy: float | None = None
    accuracy_interval: Interval | None = None
    samples: int = 0
    failures: int = 0
    tokens: float | None = None
    tokens_interval: Interval | None = None
    cost: float | None = None
    cost_interval: Interval | None = None
    probability_best: float | None = None
    on_pareto_front: bool | None = None
    equivalent_to: tuple[str, ...] = ()
    error: str = ""


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Two contenders on the samples that both have results for.

    Parameters
    ----------
    first, second
        Their names.
    difference, interval
        Mean score of the first less that of the second. All intervals of a decision hold together
        with 95 %.
    p_value
        Of the hypothesis that they have the same accuracy, corrected for the number of pairs.
    verdict
        Of the first against the second: ``equivalent`` when they differ by less than the margin.
    samples, clusters
        Samples that they share, and the families that those come in.
    samples_needed
        How many more would tell, at 80 % power; None when there is a verdict.
    tokens, tokens_interval, tokens_p_value
        The same for the tokens of a sample; None when they are not known.
    method
        How it was tested.
    """

    first: str
    second: str
    difference: float
    interval: Interval
    p_value: float
    verdict: Verdict
    samples: int
    clusters: int
    samples_needed: int | None = None
    tokens: float | None = None
    tokens_interval: Interval | None = None
    tokens_p_value: float | None = None
    method: str = ""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What the evaluation supports.

    Parameters
    ----------
    headline
        One sentence.
    run, task, metric
        As in `Evaluation`.
    margin
        Differences of accuracy below this do not matter.
    points
        Whether all scores lie between 0 and 1, so that differences can be said in points of 100.
    standings
        In the order of the evaluation's contenders.
    pairs
        Candidates against each other and against references; references with each other where there is
        no candidate.
    winner
        The contender to deploy or to keep; None when the samples cannot tell.
    tied
        Those that cannot be told apart when there is no winner, the best first.
    next_step
        What to do now.
    reason
        Why this one, why a tie, or why none.
    currency
        Of the costs.
    methods
        The methods that were used, each with its source.
    notes
        What limits the decision, and what the evaluation had to repair or assume.
    """

    schema_version: int = SCHEMA_VERSION
    version: str
    headline: str
    run: str
    task: str
    metric: str
    margin: float
    points: bool
    standings: tuple[Standing, ...]
    pairs: tuple[Pair, ...]
    winner: str | None
    tied: tuple[str, ...]
    next_step: str
    reason: str
    currency: str | None
    methods: tuple[str, ...]
    notes: tuple[Note, ...]

    def standing(self, name: str) -> Standing:
        """Return the standing of one contender.

        Raises
        ------
        KeyError
            If there is none of that name.
        """
        for standing in self.standings:
            if standing.name == name:
                return standing
        raise KeyError(name)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a decision, draft 2020-12."""
    return schema_of(Decision, SCHEMA_ID, SCHEMA_VERSION)
