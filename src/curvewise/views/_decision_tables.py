"""What the tables of a decision hold, for every output format."""

from __future__ import annotations

from collections.abc import Sequence

from curvewise.model.decision import Decision, Interval, Pair, Standing
from curvewise.numbers import certainty, fixed

Cells = tuple[str, ...]


def contenders(decision: Decision) -> tuple[Cells, list[Cells]]:
    """Return the header and the rows of the table of contenders, the most accurate first."""
    known_tokens = any(standing.tokens is not None for standing in decision.standings)
    known_cost = any(standing.cost is not None for standing in decision.standings)
    alone = sum(not standing.error for standing in decision.standings) == 1  # the best of nothing
    header = ["contender", "accuracy", "95 % interval", "best"]
    header += ["tokens"] if known_tokens else []
    header += [f"cost{f' {decision.currency}' if decision.currency else ''}"] if known_cost else []
    rows = []
    for standing in ranked(decision):
        cells = [
            standing.name,
            "n/a" if standing.accuracy is None else score(standing.accuracy, decision),
            span(standing.accuracy_interval, decision),
            "n/a" if alone or standing.probability_best is None else certainty(standing.probability_best),
        ]
        cells += ["n/a" if standing.tokens is None else f"{standing.tokens:,.0f}"] if known_tokens else []
        cells += ["n/a" if standing.cost is None else f"{standing.cost:.3g}"] if known_cost else []
        rows.append((*cells, mark(standing, decision)))
    return (*header, ""), rows


def pairs(decision: Decision) -> tuple[Cells, list[Cells]]:
    """Return the header and the rows of the table of pairs."""
    known_tokens = any(pair.tokens is not None for pair in decision.pairs)
    unit = "points" if decision.points else "difference"
    header = ["pair", unit, "95 % interval", "p", "verdict", *(["tokens"] if known_tokens else [])]
    rows = []
    for pair in decision.pairs:
        cells = [
            f"{pair.first} - {pair.second}",
            difference(pair.difference, decision),
            f"{difference(pair.interval[0], decision)} to {difference(pair.interval[1], decision)}",
            "<0.001" if pair.p_value < 0.001 else f"{pair.p_value:.3f}",
            pair.verdict,
        ]
        rows.append((*cells, *([tokens(pair)] if known_tokens else [])))
    return tuple(header), rows


def ranked(decision: Decision) -> Sequence[Standing]:
    """Return the standings, the most accurate first, and those without results last."""
    return sorted(decision.standings, key=lambda each: (each.accuracy is None, -(each.accuracy or 0.0)))


def mark(standing: Standing, decision: Decision) -> str:
    """Return what to write beside a contender: its part in the decision, its role, its place on the front."""
    parts = ["no result"] if standing.error else []
    if standing.name == decision.winner:
        parts.append("keep" if standing.role == in_use(decision) else "deploy")
    parts += ["tied"] if standing.name in decision.tied else []
    if standing.role not in ("other", "best", "tied", standing.name):
        parts.append(standing.role)
    parts += ["front"] if standing.on_pareto_front else []
    parts += [f"{standing.failures:,} failed"] if standing.failures and not standing.error else []
    return ", ".join(parts)


def in_use(decision: Decision) -> str:
    """Return the role of what one has: the production model, else the base model."""
    return "production" if any(each.role == "production" for each in decision.standings) else "base"


def facts(decision: Decision) -> list[str]:
    """Return what the decision rests on: run, task, metric, samples and families."""
    samples = max((standing.samples for standing in decision.standings), default=0)
    shared, clusters = max(((pair.samples, pair.clusters) for pair in decision.pairs), default=(0, 0))
    words = f"{samples:,} sample{'' if samples == 1 else 's'}"
    if clusters < shared:
        words += "" if shared == samples else f", {shared:,} of them shared,"
        words += f" in {clusters:,} {'family' if clusters == 1 else 'families'}"
    return [decision.run, decision.task, decision.metric, words]


def legend(decision: Decision) -> str:
    """Return what the columns mean."""
    unsure = any(tokens(pair).endswith("?") for pair in decision.pairs)
    amount = f"{100 * decision.margin:.3g} points" if decision.points else f"{decision.margin:.3g}"
    return (
        "best: probability of the highest true accuracy. "
        "The intervals of the pairs hold together with 95 %, and p is corrected for their number; "
        f"equivalent means within {amount}{'; ? marks what may be chance' if unsure else ''}."
    )


def score(value: float, decision: Decision) -> str:
    """Return an accuracy, in per cent where scores lie between 0 and 1."""
    return f"{100 * value:.1f} %" if decision.points else fixed(value)


def difference(value: float, decision: Decision) -> str:
    """Return a difference of accuracy with its sign, in points where scores lie between 0 and 1."""
    number, digits = (100 * value, 1) if decision.points else (value, 3)
    return fixed(0.0, digits) if abs(number) < 0.5 / 10**digits else fixed(number, digits, sign="+")


def span(interval: Interval | None, decision: Decision) -> str:
    """Return an interval of an accuracy."""
    if interval is None:
        return "n/a"
    scale, digits = (100, 1) if decision.points else (1, 3)
    return f"{fixed(scale * interval[0], digits)} to {fixed(scale * interval[1], digits)}"


def tokens(pair: Pair) -> str:
    """Return how many more tokens the first of a pair takes; with ``?`` where that may be chance."""
    if pair.tokens is None:
        return "n/a"
    sure = pair.tokens_p_value is not None and pair.tokens_p_value <= 0.05
    amount = "0" if abs(pair.tokens) < 0.5 else fixed(pair.tokens, 0, sign="+")
    return f"{amount}{'' if sure else '?'}"
