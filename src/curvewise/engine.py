"""The verbs that judge: analyze a run, choose among its checkpoints, forecast more training."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from typing import Any, NamedTuple

import msgspec

from curvewise import docstring, plugin
from curvewise.config import Profile, Threshold
from curvewise.derived.figures import POINTS, figures_of
from curvewise.derived.forecasting import validation_forecast
from curvewise.derived.memo import once_per_run
from curvewise.derived.not_understood import not_understood
from curvewise.derived.saved import to_keep
from curvewise.derived.scored import by_score
from curvewise.derived.task_metric import BY, is_judged_anyway, metric_named
from curvewise.diagnose import diagnose
from curvewise.errors import UsageError
from curvewise.model.finding import STATUSES, Finding
from curvewise.model.forecast import Forecast
from curvewise.model.metrics import find
from curvewise.model.report import About, Report, RunFacts
from curvewise.model.run import Kind, Run
from curvewise.model.selection import Selection
from curvewise.model.task_names import task_rank
from curvewise.plugin.decorating import page_of
from curvewise.plugin.needs import present
from curvewise.text import abridged, suggestion
from curvewise.version import VERSION

_ORDER = {status: place for place, status in enumerate(STATUSES)}
"""Findings in the order of their statuses."""


def analyze(
    run: Run,
    *,
    profile: Profile | None = None,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
    points: int = POINTS,
    by: str | None = None,
) -> Report:
    """Judge a run with every check and choose among its checkpoints.

    Parameters
    ----------
    run
        The run.
    profile
        Thresholds that differ from the checks' defaults.
    select
        Names of the only checks to run; all of them when None.
    ignore
        Names of checks to leave out.
    points
        Most points of one curve of the report, about; peaks are kept.
    by
        Metric to choose the checkpoint by, as the log calls it or as curvewise does; when None, the one that
        the run's settings name, or the first metric of a task that is known, or the loss.

    Returns
    -------
    Report

    Raises
    ------
    UsageError
        If a name is not that of a check, or `by` is no metric of the run.
    ConfigError
        If the profile does not fit the checks.
    """
    profile = profile or Profile()
    profile.require_known(plugin.checks())
    run = msgspec.structs.replace(run)  # one of its own, which keeps what is derived of it
    chosen = None if select is None else tuple(select)
    plan = _plan(chosen, tuple(ignore), run.kind, present(run))
    own = {
        name: profile.thresholds(name, plan.thresholds.get(name, {}))
        for name, given in profile.checks.items()
        if given and name in plan.about
    }
    run = run if by is None else chosen_by(run, by)
    findings = []
    for name, check, absent in plan.checks:  # in a loop, as a comprehension is one frame more to read
        findings.append(absent or as_logged(check.run(run, own.get(name, {})), run))
    findings.sort(key=lambda finding: _ORDER[finding.status])
    selection = _selected(run)
    curves, figures = figures_of(run, points)
    report = Report(
        version=VERSION,
        headline="",
        run=facts(run),
        findings=tuple(findings),
        selection=selection,
        curves=curves,
        figures=figures,
        about=plan.about,
        profile={**plan.thresholds, **own},
        notes=(*run.notes, *not_understood(run)),
    )
    return diagnose(report)


class _Plan(NamedTuple):
    """What is the same for all runs of one kind with the same metrics: most of a sweep."""

    checks: list[tuple[str, plugin.Check, Finding | None]]
    """By name; those that cannot judge such runs with what they say instead."""
    about: Mapping[str, About]
    thresholds: Mapping[str, Mapping[str, Threshold]]
    """The defaults of the checks that have any."""


@lru_cache(maxsize=16)
def _plan(
    select: tuple[str, ...] | None, ignore: tuple[str, ...], kind: Kind, metrics: frozenset[str]
) -> _Plan:
    """Tell which checks to run, and what is known without them."""
    known, ignored = plugin.checks(), set(ignore)
    wanted = dict.fromkeys(known if select is None else select)
    if unknown := [name for name in (*wanted, *ignored) if name not in known]:
        hint = suggestion(unknown[0], known, "run `curvewise explain` for the list")
        raise UsageError(f"there is no check {unknown[0]!r}", hint=hint)
    checks = {name: known[name] for name in wanted if name not in ignored}
    return _Plan(
        checks=[(name, check, check.missing(kind, metrics)) for name, check in sorted(checks.items())],
        about={name: about(check.function) for name, check in checks.items()},
        thresholds={name: {**check.thresholds} for name, check in checks.items() if check.thresholds},
    )


def choose(run: Run, *, by: str | None = None) -> Selection:
    """Choose among the checkpoints of a run, as its report does.

    By scores on the real task, else by the selector of its kind; and none where the diagnosis says that
    nothing is to be deployed.

    Parameters
    ----------
    run
        The run.
    by
        Metric to choose by, as for `analyze`.

    Returns
    -------
    Selection

    Raises
    ------
    UsageError
        If `by` is no metric of the run.
    """
    return analyze(run, by=by).selection


def _selected(run: Run) -> Selection:
    """Return the choice by scores on the real task, else that of the selector of its kind."""
    serving = [selector for selector in plugin.selectors().values() if selector.serves(run)]
    if serving:
        selection = by_score(run, max(serving, key=lambda selector: len(selector.needs))(run))
        if selection.gone is None:
            return selection
        return msgspec.structs.replace(selection, to_keep=to_keep(run, selection.gone))
    return Selection(best=None, reason=f"No selector is installed for {run.kind} runs.")


def chosen_by(run: Run, metric: str) -> Run:
    """Return the run with the metric that its checkpoints are to be chosen by."""
    own = metric_named(run, metric)
    if own is None and not is_judged_anyway(run, metric):
        names = sorted(
            {run.called(name) for name in run.metrics if (entry := find(name)) is None or entry.better},
            key=lambda name: (task_rank(name) is None, name),
        )
        hint = suggestion(metric, names, f"it has {abridged(names)}")
        raise UsageError(f"the run has no metric {metric!r}", hint=hint)
    if run.kind == "rft" and own is not None and own.partition("/")[0].endswith("_loss"):
        raise UsageError(
            f"no checkpoint is chosen by {metric}: the loss of a policy does not say how good it is",
            hint="name a metric of the task, or leave --by out to choose by the reward",
        )
    return msgspec.structs.replace(run, hyperparameters={**run.hyperparameters, BY: own or metric})


def forecast(run: Run, *, steps: int | None = None) -> Forecast:
    """Forecast how far the best validation loss would still fall with more training.

    Judged is the tail of the validation curve: how far its best value fell over the last quarter and
    three quarters, how its median level moves, how much it steps about, and how far ahead is asked.
    A logistic model over these was fitted on runs that were cut at half (AlgoPerf, eight workloads
    from speech to graphs, most with a learning rate that decays to the planned end). On workloads
    that it had not seen, its macro-F1 for "falls by 1 % or more in the other half" is 0.90, and 95 %
    of its yes and no are right.

    It takes for granted that training goes on as planned, schedule and all. For a run that is at its
    planned end it forecasts half as many steps again, as if they had been planned from the start;
    going on with a learning rate that has decayed to zero would gain less.

    Parameters
    ----------
    run
        The run.
    steps
        Steps of further training to forecast. When None: what is left of the plan; without a plan,
        or near its end, half as many steps again as were trained.

    Returns
    -------
    Forecast

    Raises
    ------
    UsageError
        If `steps` is less than 1.

    Examples
    --------
    >>> import curvewise as cw
    >>> steps = [100, 200, 300, 400, 500, 600]
    >>> run = cw.Run.from_series({"full_valid_loss": (steps, [2.0, 1.4, 1.2, 1.19, 1.21, 1.23])})
    >>> cw.forecast(run).verdict
    'no'
    """
    if steps is not None and steps < 1:
        raise UsageError(f"cannot forecast {steps} steps", hint="ask for at least 1 step", field="steps")
    found = validation_forecast(msgspec.structs.replace(run), steps)
    best = analyze(run).selection.best if found.verdict == "no" else None
    if best is None:
        return found
    by = "" if best.metric == found.metric else f", the best by {run.called(best.metric)}"
    reason = f"{found.reason} Keep the checkpoint of step {best.step:,}{by}."
    return msgspec.structs.replace(found, keep=best.step, reason=reason)


def as_logged(finding: Finding, run: Run) -> Finding:
    """Return a finding whose sentences call each metric as the run's own log does."""
    texts = f"{finding.summary}{finding.advice}{finding.reason}"
    name = _renamed(run) if "_" in texts else None
    if name is None:
        return finding

    def said(text: str) -> str:
        return name.sub(lambda found: run.logged_as[found[0]], text)

    return msgspec.structs.replace(
        finding, summary=said(finding.summary), advice=said(finding.advice), reason=said(finding.reason)
    )


@once_per_run
def _renamed(run: Run) -> re.Pattern[str] | None:
    """Return what matches the names of the metrics that the run's log calls otherwise, if there are any."""
    renamed = [name for name, column in run.logged_as.items() if "_" in name and name != column]
    longest_first = "|".join(map(re.escape, sorted(renamed, key=len, reverse=True)))
    return re.compile(rf"(?<![\w/])(?:{longest_first})(?![\w/])") if renamed else None


@cache
def about(check: Callable[..., Finding]) -> About:
    """Return what a check looks for, from its page."""
    title, body = docstring.opening(page_of(check))
    return About(title=title, why="\n\n".join(docstring.paragraphs(body)))


def facts(run: Run) -> RunFacts:
    """Return the facts of a run that a report states."""
    last = run.last_step
    done = None if last is None else run.epoch_at(last)
    first = min((series.first_step for series in run.metrics.values() if len(series)), default=None)
    return RunFacts(
        id=run.id,
        name=run.name,
        kind=run.kind,
        source=run.source,
        formats=run.formats,
        status=run.status,
        base_model=run.base_model,
        final_model=run.final_model,
        first_step=first,
        last_step=last,
        planned_steps=run.planned_steps,
        epochs=None if done is None else done + run.counts_from_zero,
        validation_examples=run.validation_examples,
        metrics={name: len(series) for name, series in run.metrics.items()},
        checkpoints=None if run.checkpoints is None else sum(c.model is not None for c in run.checkpoints),
        steps_per_epoch=last / done if last and done else None,
        tokens=_tokens(run),
        hyperparameters=_scalars(run.hyperparameters),
        logged_as={name: column for name, column in run.logged_as.items() if name in run.metrics},
    )


def _tokens(run: Run) -> float | None:
    logged = run.get("train_tokens")
    return float(logged.value[-1]) if logged is not None and len(logged) else None


def _scalars(hyperparameters: Mapping[str, Any]) -> dict[str, str | float | bool | None]:
    return {
        name: value if value is None or isinstance(value, str | float | bool) else _number(value)
        for name, value in hyperparameters.items()
    }


def _number(value: object) -> float | str:
    return float(value) if isinstance(value, int) and abs(value) < 2**53 else str(value)
