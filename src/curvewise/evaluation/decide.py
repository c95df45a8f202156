"""The functions `decide`, `load_evaluation` and `power`: which contender to deploy, and how sure that is."""

from __future__ import annotations

import math
import stat

from curvewise.errors import UsageError
from curvewise.evaluation.pairs import Judgement, judge
from curvewise.evaluation.results_folder import read_evaluation
from curvewise.evaluation.score_lists import read_score_lists
from curvewise.evaluation.score_table import Table, tabulate
from curvewise.evaluation.winner import choose_winner
from curvewise.model.decision import Decision
from curvewise.model.evaluation import Evaluation
from curvewise.model.run import Note
from curvewise.stats.power import smallest_difference
from curvewise.storage.files import status
from curvewise.version import VERSION

MARGIN = 0.03
"""Default of the difference of accuracy that does not matter. Three points is what 1,000 questions can
show (E. Miller, "Adding error bars to evals", 2024), and less than a prompt's wording does."""
DISCORDANCE = 0.2
"""Share of samples that two contenders are taken to differ on before an evaluation: what two of an accuracy
of 0.7 do whose results have a correlation of 0.5."""

__all__ = ["decide", "load_evaluation", "power"]


def decide(evaluation: Evaluation, *, margin: float = MARGIN, failure_score: float | None = None) -> Decision:
    """Decide which contender to deploy, from what the task's harness measured sample by sample.

    Contenders are compared on the same samples, clustered where samples come in families, and every
    interval and p-value is corrected for the number of pairs: with 95 % none of those of accuracy errs,
    and with 95 % none of those of tokens (`curvewise.stats.paired`). A candidate wins when it is shown to
    be better than the others, or no worse within the margin and to take fewer tokens; it has to beat the
    references, too. Where the samples cannot tell, the decision says so, and how many more would.

    Of 2,000 simulated evaluations of three equal candidates, a difference is called in 3.8 % with scores of
    0 and 1, and in 4.5 % where samples come in 20 families; a test that takes those samples to be
    independent errs in 20.2 %. Two that differ by just the margin are called equal in 2.2 %, and in 5.9 %
    where every sample that differs favours the same one (``scripts/calibration/decision.py``).

    Parameters
    ----------
    evaluation
        What was measured.
    margin
        Differences of accuracy below this do not matter: then fewer tokens win. In units of the score.
    failure_score
        What a failed sample counts as, on the evaluation's scale. Failures are never dropped. None for what
        the evaluation itself says: the worst score where it has a scale, else 0, unless it says otherwise.

    Raises
    ------
    UsageError
        If the margin is no positive number, no contender has a scored sample, or a failure cannot count as
        that.

    Examples
    --------
    >>> from curvewise.model.evaluation import Contender, Evaluation, Sample
    >>> def right(count):
    ...     return tuple(Sample(id=str(i), score=float(i < count)) for i in range(100))
    >>> contenders = tuple(
    ...     Contender(name=name, model=None, step=step, role=role)
    ...     for name, step, role in (("base", None, "base"), ("step 70", 70, "peak"))
    ... )
    >>> samples = {"base": right(60), "step 70": right(80)}
    >>> measured = Evaluation(
    ...     run="job",
    ...     task="support",
    ...     harness="own",
    ...     metric="accuracy",
    ...     contenders=contenders,
    ...     samples=samples,
    ... )
    >>> decide(measured).winner
    'step 70'
    """
    if not (math.isfinite(margin) and margin > 0):
        raise UsageError(
            f"the margin is {margin}; expected a positive number",
            hint=f"leave it out for {MARGIN}, or pass the smallest difference of accuracy that matters",
            field="margin",
        )
    table = tabulate(evaluation, failure_score)
    judgement = judge(table, margin)
    choice = choose_winner(judgement, margin)
    return Decision(
        version=VERSION,
        headline=choice.headline,
        run=evaluation.run,
        task=evaluation.task,
        metric=evaluation.metric,
        margin=margin,
        points=judgement.points,
        standings=judgement.standings,
        pairs=judgement.pairs,
        winner=choice.winner,
        tied=choice.tied,
        next_step=choice.next_step,
        reason=choice.reason,
        currency=evaluation.currency,
        methods=_methods(judgement),
        notes=(*evaluation.notes, *table.notes, *_units(judgement, table, margin)),
    )


def load_evaluation(path: str) -> Evaluation:
    """Read what was measured: a folder that `evaluate` has written, or a JSON file of scores.

    Parameters
    ----------
    path
        Of the folder, or of a file as `curvewise.evaluation.score_lists` reads it.

    Raises
    ------
    InputError
        If it cannot be read, or is no evaluation.
    """
    if stat.S_ISDIR(status(path).st_mode):
        return read_evaluation(path)
    return read_score_lists(path)


def power(
    samples: int, *, contenders: int = 3, discordance: float = DISCORDANCE, design_effect: float = 1.0
) -> float:
    """Return the smallest true difference of accuracy that a number of samples would show, at 80 % power.

    For scores of 0 and 1, paired by sample, each pair of contenders compared at 5 % for all pairs together.
    An approximation: of simulated evaluations that differ by as much, 73.0 % show it with 30 samples and
    77.8 % with 100 or more.

    Parameters
    ----------
    samples
        That each contender would do.
    contenders
        That would be compared.
    discordance
        Share of the samples that one of two contenders does and the other does not.
    design_effect
        By how much families of samples make the variance larger: 1 + (samples of a family - 1) times
        their correlation.

    Raises
    ------
    UsageError
        If a number is out of its range.

    Examples
    --------
    >>> [round(power(samples), 2) for samples in (30, 100, 300)]
    [0.25, 0.14, 0.08]
    """
    checks = (
        ("samples", samples, samples >= 1, "1 or more"),
        ("contenders", contenders, contenders >= 2, "2 or more"),
        ("discordance", discordance, 0 < discordance <= 1, "a share above 0"),
        ("design_effect", design_effect, 1 <= design_effect < math.inf, "1 or more"),
    )
    for name, value, fits, expected in checks:
        if not fits:
            raise UsageError(f"{name} is {value}; expected {expected}", hint="see its default", field=name)
    return smallest_difference(
        samples, discordance=discordance, contenders=contenders, design_effect=design_effect
    )


def _units(judgement: Judgement, table: Table, margin: float) -> tuple[Note, ...]:
    """Note the units where scores are not from 0 to 1, and the score of failures where it is not 0."""
    if not judgement.points:
        text = (
            f"Not all scores lie between 0 and 1: the margin of {margin:g} is in their units, and a failure "
            f"counts as {table.failure:g}."
        )
        return (Note("scores_beyond_1", text),)
    if table.failure and any(table.failures):
        text = f"A failure counts as {table.failure:g}, where scores lie between 0 and 1."
        return (Note("failures_count", text),)
    return ()


def _methods(judgement: Judgement) -> tuple[str, ...]:
    methods = [
        "Accuracy of one contender: Wilson's interval with clustered standard errors (Miller 2024)",
        "Differences: paired by sample; signs of clusters drawn at random, the maximum over all pairs "
        "(Cameron, Gelbach and Miller 2008; Romano and Wolf 2005), intervals about it (Tango 1998)",
        "Equivalence: two one-sided tests against the margin (Schuirmann 1987), large differences too rare "
        "to be seen allowed for",
        "Probability of being best: Bayesian bootstrap over clusters (Rubin 1981)",
    ]
    if any(pair.tokens is not None for pair in judgement.pairs):
        methods.append("Tokens: the same test as differences of accuracy, on the tokens of each sample")
    return tuple(methods if judgement.pairs else methods[:1])
