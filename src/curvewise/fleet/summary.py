"""What the rows of a fleet say together."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

import numpy as np

from curvewise.errors import UsageError
from curvewise.fleet.separating import LEAST_RUNS, is_about_the_run, said, separating, varied
from curvewise.model.diagnosis import SEVERITIES
from curvewise.model.fleet import ARCHIVE, Count, Effect, Fleet, FleetRow, Leader
from curvewise.model.metrics import in_words
from curvewise.model.series import FloatArray, IntArray
from curvewise.model.task_names import base, in_percent, plain
from curvewise.stats.best import CAUTION
from curvewise.stats.chances import Doubt, chances, leaders
from curvewise.stats.quantiles import t_quantile
from curvewise.text import abridged, listed
from curvewise.version import VERSION

ONE_SETTING = "all"
"""Name of the setting where nothing varies but what is averaged over."""
MOST_LEADERS = 5
"""Runs or settings that are named as the best."""
MOST_DUPLICATES = 20
"""Groups of copies that are named."""
MOST_SETTINGS = 6
"""Hyperparameters in the name of a setting."""
PRIOR_SEEDS = 2.0
"""Seeds that the middle scatter of all settings counts for beside a setting's own: a wild setting, of which
one run is lucky, scatters many times more than a good one (``benchmarks/sweep.py``)."""


def summary(rows: Sequence[FleetRow], *, group: Sequence[str] = (), metric: str | None = None) -> Fleet:
    """Say what many runs say together.

    Parameters
    ----------
    rows
        One for each run.
    group
        Hyperparameters to average over, such as the seed: the setting is judged, and not the lucky run.
    metric
        The metric to tell the best by; the most frequent one when None.
    """
    judged = [row for row in rows if not row.problem]
    unread = [row for row in rows if row.problem and row.is_run]
    others = [row for row in rows if not row.is_run]
    known = {name for row in judged for name in row.hyperparameters}
    for name in group:
        if name not in known:
            hint = (
                f"the runs state {abridged(sorted(known))}" if known else "the runs state no hyperparameter"
            )
            raise UsageError(f"there is no hyperparameter {name!r} to group by", hint=hint)
    comparable = _comparable(judged, metric)
    compared = set(map(id, comparable))
    apart = [row for row in judged if id(row) not in compared]
    passed_over = _counts((_why_apart(row, comparable, metric), row) for row in apart)
    best = _leaders(comparable, group)
    effects, looked_at = separating(comparable, grouped=group)
    copies = _duplicates(judged)
    metric = comparable[0].metric if comparable else None
    higher = bool(comparable) and comparable[0].higher_is_better
    return Fleet(
        version=VERSION,
        headline=_headline(rows, judged, metric, best, copies),
        found=len(judged) + len(unread),
        judged=len(judged),
        refused=len(unread),
        refusals=_counts((row.refusal, row) for row in unread),
        others=_counts((row.refusal, row) for row in others),
        diagnoses=_counts((row.diagnosis, row) for row in judged),
        metric=metric,
        better="higher" if higher else "lower" if comparable else None,
        compared=len(comparable),
        passed_over=passed_over,
        leaders=tuple(best[:MOST_LEADERS]),
        tied=len(best),
        grouped=tuple(group),
        effects=tuple(effects),
        looked_at=tuple(looked_at),
        duplicates=copies[:MOST_DUPLICATES],
        next=(*_next(judged, comparable, best, effects, group, len(copies)), *_missing(rows, comparable)),
        rows=tuple(rows),
    )


def _counts(named: Iterable[tuple[str, FleetRow]]) -> tuple[Count, ...]:
    counts: Counter[str] = Counter()
    examples: dict[str, FleetRow] = {}
    for name, row in named:
        counts[name] += 1
        worse = examples.get(name)
        if worse is None or _urgency(row) < _urgency(worse):
            examples[name] = row
    return tuple(
        Count(
            name=name,
            count=count,
            severity=examples[name].severity,
            deploy=examples[name].deploy,
            example=examples[name].address,
            summary=examples[name].problem or examples[name].summary,
        )
        for name, count in counts.most_common()
    )


def _urgency(row: FleetRow) -> int:
    return len(SEVERITIES) if row.severity is None else SEVERITIES.index(row.severity)


def _comparable(judged: Sequence[FleetRow], metric: str | None) -> list[FleetRow]:
    """Return the runs that may be deployed and are judged by one metric: the named or most frequent one.

    Of copies, which state the same hyperparameters, the first stands for all: they are no further evidence.
    """
    able = [row for row in judged if row.deploy and row.best is not None and math.isfinite(row.best)]
    if metric is not None:
        able = [row for row in able if plain(base(row.metric or "")) == plain(base(metric))] or able
    if not able:
        return []
    most, _ = Counter(map(_figure, able)).most_common(1)[0]
    found: dict[bytes, FleetRow] = {}
    for row in able:
        if _figure(row) == most:
            found.setdefault(_values_and_settings(row), row)
    return list(found.values())


def _values_and_settings(row: FleetRow) -> bytes:
    """Return a digest of what copies share: the settings themselves would take as much as the rows."""
    shared = row.content or row.address, sorted(row.hyperparameters.items())
    return hashlib.blake2b(repr(shared).encode(), digest_size=16).digest()


def _figure(row: FleetRow) -> tuple[str | None, str | None, bool]:
    """Return what the best value of a run is a figure of: kind, metric, and whether it is in percent."""
    return row.kind, row.metric, in_percent(row.metric or "", row.best or 0.0)


def _why_apart(row: FleetRow, compared: Sequence[FleetRow], metric: str | None) -> str:
    """Return why a run that was judged is not among those that are compared."""
    if not row.deploy:
        return "no checkpoint is to be deployed"
    if row.best is None or not math.isfinite(row.best):
        return f"no {metric}" if metric else "nothing to choose by"
    if compared and _figure(row) == _figure(compared[0]):
        return "copy of a run that is compared"
    if compared and _figure(row)[:2] == _figure(compared[0])[:2]:
        return f"{in_words(row.metric or '')} on another scale"
    return f"{(row.kind or 'run').upper()} judged by {in_words(row.metric or '')}"


def _leaders(rows: Sequence[FleetRow], group: Sequence[str]) -> list[Leader]:
    """Return the runs or settings that may be the best, as far as the noise tells, the safest first."""
    if not rows:
        return []
    settings = _grouped(rows, group)
    sizes = np.array([len(runs) for _, runs in settings])
    setting = np.repeat(np.arange(len(settings)), sizes)
    values = np.array([_value(row) for _, runs in settings for row in runs])
    means = np.bincount(setting, values) / sizes
    spreads = np.bincount(setting, (values - means[setting]) ** 2).astype(np.float64)
    own = np.bincount(setting, [row.error or 0.0 for _, runs in settings for row in runs]) / sizes
    errors, freedom = _errors(sizes, spreads, own)
    costs = -means if rows[0].higher_is_better else means
    chance = chances(costs, errors, Doubt(freedom) if freedom else None)
    merit = costs + CAUTION * errors
    safest, *others = sorted(leaders(chance).tolist(), key=lambda place: (merit[place], settings[place][0]))
    order = [safest, *sorted(others, key=lambda place: -chance[place])]
    found = []
    for place in order:
        name, runs = settings[place]
        middle = min(runs, key=lambda row: (abs(_value(row) - means[place]), row.address))
        stated = bool(freedom) or runs[0].best_low is not None
        reach = t_quantile(0.95, freedom or 1e6) * float(errors[place])
        found.append(
            Leader(
                name=name,
                value=float(means[place]),
                low=float(means[place]) - reach if stated else None,
                high=float(means[place]) + reach if stated else None,
                probability=round(float(chance[place]), 4),
                runs=len(runs),
                address=middle.address,
            )
        )
    return found


def _value(row: FleetRow) -> float:
    return math.nan if row.best is None else row.best


def _grouped(rows: Sequence[FleetRow], group: Sequence[str]) -> list[tuple[str, list[FleetRow]]]:
    """Gather the runs of one setting, each copy once; each run is its own without a group."""
    if not group:
        return [(row.address, [row]) for row in rows]
    names = [name for name in varied(rows) if name not in group and not is_about_the_run(rows, name)]
    settings: dict[Hashable, dict[str, FleetRow]] = {}
    for row in rows:
        setting = settings.setdefault(tuple(row.hyperparameters.get(name) for name in names), {})
        setting.setdefault(row.content or row.address, row)
    found = [list(runs.values()) for runs in settings.values()]
    return [(_name(runs[0], names[:MOST_SETTINGS]), runs) for runs in found]


def _name(row: FleetRow, names: Sequence[str]) -> str:
    return ", ".join(f"{name}={said(row.hyperparameters.get(name))}" for name in names) or ONE_SETTING


def _errors(sizes: IntArray, spreads: FloatArray, own: FloatArray) -> tuple[FloatArray, float]:
    """Return the standard error of each setting's mean, and its degrees of freedom.

    Two or three seeds of a setting tell little of its scatter, so it is drawn towards that of the middle one.
    Where no seed changes anything, the errors are those of single runs, with no degrees of freedom.
    """
    scattered = (spreads > 0) & (sizes > 1)
    if not scattered.any():
        return own, 0.0
    middle = float(np.median(spreads[scattered] / (sizes[scattered] - 1)))
    freedom = sizes - 1 + PRIOR_SEEDS
    square = (spreads + PRIOR_SEEDS * middle) / freedom
    return np.asarray(np.sqrt(square / sizes)), float(np.median(freedom))


def _duplicates(judged: Sequence[FleetRow]) -> tuple[tuple[str, ...], ...]:
    """Return the addresses of runs with the same values."""
    same: dict[str, list[str]] = {}
    for row in judged:
        if row.content:
            same.setdefault(row.content, []).append(row.address)
    return tuple(tuple(addresses) for addresses in same.values() if len(addresses) > 1)


def _headline(
    rows: Sequence[FleetRow],
    judged: Sequence[FleetRow],
    metric: str | None,
    best: Sequence[Leader],
    copies: Sequence[Sequence[str]],
) -> str:
    if not judged:
        return "No run could be judged." if any(row.is_run for row in rows) else "There is no run here."
    if copies and len(copies[0]) == len(judged):
        what = f"{judged[0].diagnosis.replace('_', ' ')}, and copies of each other or trained with one seed"
        return f"All {len(judged):,} runs hold the same values: {what}."
    sound = sum(row.severity == "ok" for row in judged)
    if len(judged) == 1:
        return f"The only run that could be judged is {judged[0].diagnosis.replace('_', ' ')}."
    said_of = f"{sound:,} of {len(judged):,} runs {'is' if sound == 1 else 'are'} sound"
    if not best:
        return f"{said_of}; none of them can be told to be the best."
    first = best[0]
    value = f"{in_words(metric or '')} {first.value:.4g}"
    if first.name == ONE_SETTING:
        return f"{said_of}; they have one setting, with a mean {value}."
    if len(best) == 1:
        return f"{said_of}; the best is {first.name} with {value}."
    what = "settings" if first.runs > 1 else "runs"
    return f"{said_of}; {len(best):,} {what} are tied for the best, among them {first.name} with {value}."


def _next(
    judged: Sequence[FleetRow],
    comparable: Sequence[FleetRow],
    best: Sequence[Leader],
    effects: Sequence[Effect],
    group: Sequence[str],
    copies: int,
) -> Iterable[str]:
    """Say what to do: where to search on, what to repeat, what to leave out."""
    for effect in effects[:2]:
        numbers = [name for name, _ in effect.levels if _is_number(name)]
        if len(numbers) > 2 and effect.better in (numbers[0], numbers[-1]):
            edge = "the best lies at the edge of what was tried"
            yield f"Search on beyond {effect.name} = {effect.better}: {edge}."
        elif len(numbers) > 2 and effect.better in numbers:
            place = numbers.index(effect.better)
            around = f"between {numbers[place - 1]} and {numbers[place + 1]}"
            yield f"Search on around {effect.name} = {effect.better}: {around}."
        else:
            yield f"Search on at {effect.name} = {effect.better}."
    seeds = [
        name
        for name in varied(comparable)
        if "seed" in name.lower() and len({row.hyperparameters.get(name) for row in comparable} - {None}) > 1
    ]
    if seeds and not group:
        yield f"Judge the settings and not the lucky run: --group {seeds[0]}."
    elif len(best) > 1 and not seeds and not group:
        yield "Repeat the tied runs with other seeds, or evaluate them on the real task, to tell them apart."
    apart = Counter(row.metric for row in judged if row.deploy and row.metric)
    for metric, count in apart.most_common(2):
        if comparable and metric != comparable[0].metric and count > 1:
            others = f"the {count:,} runs that are judged by {in_words(metric or '')}"
            yield f"Ask for the best of {others}: --by {metric}."
    if copies:
        have = "groups of runs have" if copies > 1 else "group of runs has"
        yield f"{copies:,} {have} the same values: they are copies, or trained with one seed."
    broken = Counter(row.diagnosis for row in judged if not row.deploy)
    if broken:
        names = listed([f"{name.replace('_', ' ')} ({count:,})" for name, count in broken.most_common(3)])
        yield f"Mend the runs of which no checkpoint is to be deployed: {names}."


def _missing(rows: Sequence[FleetRow], comparable: Sequence[FleetRow]) -> Iterable[str]:
    """Say what would be needed to tell more."""
    if not rows:
        yield "Pass a folder, a file or a pattern of runs; `curvewise formats` lists what can be read."
    if any(row.refusal == ARCHIVE for row in rows):
        yield "Pass each archive by its own path if it holds runs: .tar, .tgz; unpack .zip first."
    if 1 < len(comparable) < LEAST_RUNS:
        count = f"{len(comparable)} are compared, and {LEAST_RUNS} are needed"
        yield f"Add runs to be told what separates good from bad: {count}."
    elif len(comparable) >= LEAST_RUNS and not varied(comparable):
        yield "Log hyperparameters, or name folders as lr=0.001, to be told what separates good from bad."


def _is_number(level: str) -> bool:
    """Whether a level is a number, or a range of them."""
    try:
        float(level.partition(" to ")[0])
    except ValueError:
        return False
    return True
