"""Choosing: from what the pairs show to the contender to deploy, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import msgspec

from curvewise.deciding.judging import Judgement
from curvewise.deciding.seen import Seen, count_words, listed
from curvewise.model.decision import Standing
from curvewise.stats.figures import figure


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The choice in words, as in `Decision`."""

    headline: str
    winner: str | None = None
    tied: tuple[str, ...] = ()
    next_step: str
    reason: str


def choose(judgement: Judgement, margin: float) -> Choice:
    """Choose among the candidates, then let the choice face the references."""
    seen = Seen(judgement)
    usable = sorted((s for s in judgement.standings if not s.error), key=_rank)
    references = [s.name for s in usable if s.role in ("production", "base")]
    candidates = [s.name for s in usable if s.name not in references]
    if not candidates:
        candidates, references = references, []
    if len(usable) == 1:
        return _alone(usable[0])
    leaders = _leaders(candidates, seen, margin)
    if kept := _kept(leaders, references, seen):
        return _keep(kept, leaders, seen, margin)
    held_by = _incumbent(references, seen)
    open_question = [
        name
        for name in leaders
        if held_by
        and seen.verdict(name, held_by) == "cannot tell"
        and not seen.improves(name, held_by, margin)
    ]
    if len(leaders) > 1:
        return _tie(leaders, held_by, open_question, seen, margin)
    (winner,) = leaders
    if held_by and open_question:
        return _unproven(winner, held_by, seen)
    return _deploy(winner, [name for name in candidates if name != winner], references, seen, margin)


def _rank(standing: Standing) -> tuple[float, float]:
    tokens = float("inf") if standing.tokens is None else standing.tokens
    return -(standing.accuracy or 0.0), tokens


def _leaders(candidates: Sequence[str], seen: Seen, margin: float) -> list[str]:
    """Drop what is shown to be worse, then what is no better at more tokens, then what is a little worse."""
    rules: tuple[Callable[[str, str], bool], ...] = (
        lambda one, other: seen.verdict(one, other) == "better",
        lambda one, other: seen.improves(one, other, margin),
        lambda one, other: seen.verdict(one, other) == "equivalent" and seen.is_shown_higher(one, other),
    )
    left = list(candidates)
    for beats in rules:
        left = [name for name in left if not any(beats(other, name) for other in left if other != name)]
    return left


def _incumbent(references: Sequence[str], seen: Seen) -> str | None:
    """Return what is deployed when nothing is decided: the production model, else the base model."""
    by_role = {seen.standing(name).role: name for name in reversed(references)}
    return by_role.get("production") or by_role.get("base")


def _kept(leaders: Sequence[str], references: Sequence[str], seen: Seen) -> str | None:
    """Return the reference that no leader improves on: all are worse, or equal without fewer tokens."""

    def fails(name: str, reference: str) -> bool:
        verdict = seen.verdict(name, reference)
        return verdict == "worse" or (verdict == "equivalent" and not seen.is_cheaper(name, reference))

    return next((each for each in references if all(fails(name, each) for name in leaders)), None)


def _alone(standing: Standing) -> Choice:
    accuracy = figure(standing.accuracy or 0.0)
    return Choice(
        headline=f"Only {standing.name} has results, an accuracy of {accuracy}: there is nothing to "
        "compare it with.",
        next_step="Evaluate another candidate, and the model that you have now, on the same samples.",
        reason=f"{standing.samples:,} samples of one contender say how good it is, not whether it is better.",
    )


def _keep(kept: str, leaders: Sequence[str], seen: Seen, margin: float) -> Choice:
    worse = [name for name in leaders if seen.verdict(name, kept) == "worse"]
    if worse:
        why = f"{listed(worse)} {_is(worse)} worse than {kept}: {seen.difference(worse[0], kept)}."
    else:
        amount = seen.amount(margin)
        why = f"{listed(leaders)} {_is(leaders)} as accurate within {amount}, and not shown to be cheaper."
    return Choice(
        headline=f"Keep {kept}: no candidate is better on this task.",
        winner=kept,
        next_step=f"Keep {kept}. Before training again, look at where the candidates fail: the data or the "
        "grader did not teach this task.",
        reason=why,
    )


def _unproven(name: str, held_by: str, seen: Seen) -> Choice:
    needed = seen.more_samples(name, held_by)
    return Choice(
        headline=f"Cannot tell {name} from {held_by}{_would(needed)}.",
        tied=(name, held_by),
        next_step=f"{_more(needed)} Until then keep {held_by}: nothing shows that {name} is better.",
        reason=f"{name} leads the candidates; less {held_by} it is {seen.difference(name, held_by)}.",
    )


def _tie(
    leaders: Sequence[str], held_by: str | None, open_question: Sequence[str], seen: Seen, margin: float
) -> Choice:
    first, *rest = leaders
    equal = all(seen.verdict(one, other) == "equivalent" for one, other in combinations(leaders, 2))
    needs = [seen.more_samples(one, other) for one, other in combinations(leaders, 2)]
    needed = max((each for each in needs if each is not None), default=None)
    against = "" if held_by is None else _against(leaders, held_by, open_question)
    meanwhile = _meanwhile(leaders, seen)
    if held_by is not None and len(open_question) == len(leaders):
        meanwhile = f"keep {held_by}: nothing shows that a candidate is better"
    if equal:
        headline = f"{listed(leaders)} are equally accurate, within {seen.amount(margin)}{against}."
        next_step = f"{meanwhile[0].upper()}{meanwhile[1:]}."
    else:
        headline = f"Cannot tell {first} from {listed(rest, 'or')}{_would(needed)}{against}."
        next_step = f"{_more(needed)} Until then {meanwhile}."
    return Choice(
        headline=headline,
        tied=(*leaders, held_by) if held_by is not None and open_question else tuple(leaders),
        next_step=next_step,
        reason=" ".join(f"{first} less {other} is {seen.difference(first, other)}." for other in rest),
    )


def _against(leaders: Sequence[str], held_by: str, open_question: Sequence[str]) -> str:
    better = [name for name in leaders if name not in open_question]
    if not better:
        return f"; nor from {held_by}"
    if len(better) == len(leaders):
        return f"; {'both' if len(leaders) == 2 else 'all'} improve on {held_by}"
    return f"; {listed(better)} improve{'s' if len(better) == 1 else ''} on {held_by}"


def _meanwhile(leaders: Sequence[str], seen: Seen) -> str:
    """Say which of a tie to take: the one that is shown to be cheaper than the leader, else the leader."""
    cheaper = [name for name in leaders[1:] if seen.is_cheaper(name, leaders[0])]
    if cheaper:
        name = min(cheaper, key=lambda name: seen.standing(name).tokens or 0.0)
        return f"take {name}: it needs {seen.saving(name, leaders[0])}, and is not shown to be less accurate"
    fewest = all(seen.is_cheaper(leaders[0], name) for name in leaders[1:])
    return (
        f"take {leaders[0]}: the highest accuracy that was seen{', and the fewest tokens' if fewest else ''}"
    )


def _deploy(
    winner: str, beaten: Sequence[str], references: Sequence[str], seen: Seen, margin: float
) -> Choice:
    others = [*beaten, *references]
    better = [name for name in others if seen.verdict(winner, name) == "better"]
    cheaper = [
        name
        for name in others
        if seen.verdict(winner, name) == "equivalent" and seen.is_cheaper(winner, name)
    ]
    parts = []
    for name in others:
        if name not in (*better, *cheaper) and seen.improves(winner, name, margin):
            within = seen.amount(margin)
            parts.append(f"no worse than {name}, within {within}, with {seen.saving(winner, name)}")
    if better:
        parts.append(f"better than {listed(better)}")
    if cheaper:
        saving = f" with {seen.saving(winner, cheaper[0])}" if len(cheaper) == 1 else " with fewer tokens"
        parts.append(f"as accurate as {listed(cheaper)}{saving}")
    why = "; ".join(parts) if parts else "it leads the candidates"
    model = seen.standing(winner).model
    equal = f" Differences within {seen.amount(margin)} count as equal." if cheaper else ""
    return Choice(
        headline=f"Deploy {winner}: {why}.",
        winner=winner,
        next_step=f"Deploy {winner}{f' ({model})' if model and model != winner else ''}.",
        reason=" ".join(f"{winner} less {name} is {seen.difference(winner, name)}." for name in others)
        + equal,
    )


def _would(needed: int | None) -> str:
    return f": {count_words(needed)} more samples would" if needed else ""


def _more(needed: int | None) -> str:
    if needed is None:
        return "Evaluate them on the same samples."
    return (
        f"Evaluate {count_words(needed)} more samples, if the differences that were seen are the true ones."
    )


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
