"""Winner: which contender to deploy, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import msgspec

from curvewise.evaluation.pair_view import PairView, count_words
from curvewise.evaluation.pairs import Judgement
from curvewise.model.decision import Standing
from curvewise.model.evaluation import REFERENCES
from curvewise.numbers import fixed
from curvewise.text import listed

NAMED = 4
"""Most contenders named in a sentence; one more rather than "1 other"."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The choice in words, as in `Decision`."""

    headline: str
    winner: str | None = None
    tied: tuple[str, ...] = ()
    next_step: str
    reason: str


def choose_winner(judgement: Judgement, margin: float) -> Choice:
    """Choose among the candidates, then compare the choice with the references."""
    view = PairView(judgement)
    return _without(_choose(view, margin), [standing for standing in judgement.standings if standing.error])


def _without(choice: Choice, absent: Sequence[Standing]) -> Choice:
    """Name the contenders without results; a missing production model is always mentioned."""
    if not absent:
        return choice
    has, them = ("has", "it") if len(absent) == 1 else ("have", "them")
    names = _some([standing.name for standing in absent])
    production = next((standing.name for standing in absent if standing.role == "production"), None)
    first = f"Evaluate {production} again: it has no result. " if production else ""
    return msgspec.structs.replace(
        choice,
        next_step=first + choice.next_step,
        reason=f"{choice.reason} {names} {has} no result: nothing is said of {them}.",
    )


def _choose(view: PairView, margin: float) -> Choice:
    usable = sorted(view.usable, key=lambda each: (-view.level(each.name), _tokens(each)))
    references = [each.name for each in usable if each.role in REFERENCES]
    candidates = [each.name for each in usable if each.name not in references]
    if not candidates:  # the base model is one, if another model is in production
        references = [each.name for each in usable if each.role == "production"]
        candidates = [each.name for each in usable if each.name not in references]
    if not candidates:
        candidates, references = references, []
    if len(usable) == 1:
        return _alone(usable[0])
    leaders = _leaders(candidates, view)
    held_by = _incumbent(references, view)
    if held_by and (unbeaten := _kept(leaders, references, view)):
        return _keep(held_by, unbeaten, leaders, view, margin)
    if len(leaders) > 1:
        return _tie(leaders, held_by, view, margin)
    (winner,) = leaders
    if held_by and not view.improves(winner, held_by):
        return _unproven(winner, held_by, view)
    return _deploy(winner, [name for name in candidates if name != winner], references, view, margin)


def _tokens(standing: Standing) -> float:
    return float("inf") if standing.tokens is None else standing.tokens


def _leaders(candidates: Sequence[str], view: PairView) -> list[str]:
    """Drop contenders that are worse, then those no better with more tokens, then those slightly worse."""
    rules: tuple[Callable[[str, str], bool], ...] = (
        lambda one, other: view.verdict(one, other) == "better",
        lambda one, other: view.improves(one, other),
        lambda one, other: view.verdict(one, other) == "equivalent" and view.is_shown_higher(one, other),
    )
    left = list(candidates)
    for beats in rules:
        left = _unbeaten(left, beats)
    return left


def _unbeaten(names: Sequence[str], beats: Callable[[str, str], bool]) -> list[str]:
    """Drop contenders that are beaten by one that stays.

    One that only a dropped contender beats stays, since two steps may each cost nearly the margin. If all
    beat each other in a circle, which unequal sets of samples can cause, all stay.
    """
    left, stay = list(names), set[str]()
    while left:
        free = [name for name in left if not any(beats(other, name) for other in left if other != name)]
        free = free or left
        stay.update(free)
        left = [name for name in left if name not in stay and not any(beats(each, name) for each in free)]
    return [name for name in names if name in stay]


def _incumbent(references: Sequence[str], view: PairView) -> str | None:
    """Return the model in use: the production model, else the base model."""
    by_role = {view.standing(name).role: name for name in reversed(references)}
    return by_role.get("production") or by_role.get("base")


def _kept(leaders: Sequence[str], references: Sequence[str], view: PairView) -> str | None:
    """Return a reference that no leader improves on: all are worse, or equal without fewer tokens."""

    def fails(name: str, reference: str) -> bool:
        verdict = view.verdict(name, reference)
        return verdict == "worse" or (verdict == "equivalent" and not view.is_cheaper(name, reference))

    return next((each for each in references if all(fails(name, each) for name in leaders)), None)


def _alone(standing: Standing) -> Choice:
    accuracy = fixed(standing.accuracy or 0.0)
    return Choice(
        headline=f"Only {standing.name} has results, an accuracy of {accuracy}: there is nothing to "
        "compare it with.",
        next_step="Evaluate a candidate on the same samples."
        if standing.role in REFERENCES
        else "Evaluate another candidate, and the model that you have now, on the same samples.",
        reason="The samples of one contender say how good it is, not whether it is better.",
    )


def _keep(kept: str, unbeaten: str, leaders: Sequence[str], view: PairView, margin: float) -> Choice:
    """Keep the model in use: no leader improves on it, or none improves on the base model."""
    worse = [name for name in leaders if view.verdict(name, unbeaten) == "worse"]
    amount = view.amount(margin)
    if worse:
        why = f"{_some(worse)} {_is(worse)} worse than {unbeaten}."
    else:
        why = f"{_some(leaders)} {_is(leaders)} as accurate within {amount}, and not shown to be cheaper."
    ahead = []
    if view.level(unbeaten) > view.level(kept):
        ahead = [f"{unbeaten} was seen to be more accurate than {kept}; the two were not compared."]
    better = "better" if unbeaten == kept else f"better than {unbeaten}"
    better += " on this task" if len(worse) == len(leaders) else f" by {amount} or more"
    return Choice(
        headline=f"Keep {kept}: no candidate is {better}.",
        winner=kept,
        next_step=f"Keep {kept}. Before training again, look at where the candidates fail: the data or the "
        "grader did not teach this task.",
        reason=" ".join([why, *(view.compared(name, unbeaten) for name in worse or leaders), *ahead]),
    )


def _unproven(name: str, held_by: str, view: PairView) -> Choice:
    needed = view.more_samples(name, held_by)
    more = _more(needed, view.in_families([name, held_by]))
    return Choice(
        headline=f"Cannot tell {name} from {held_by}{_would(needed)}.",
        tied=(name, held_by),
        next_step=f"{more} Until then keep {held_by}: nothing shows that {name} is better.",
        reason=f"{name} leads the candidates. {view.compared(name, held_by)}",
    )


def _tie(leaders: Sequence[str], held_by: str | None, view: PairView, margin: float) -> Choice:
    first, *rest = leaders
    pairs = list(combinations(leaders, 2))
    equal = all(view.verdict(one, other) == "equivalent" for one, other in pairs)
    needs = [view.more_samples(one, other) for one, other in pairs]
    apart = any(view.pair(one, other) is None for one, other in pairs)
    needed = None if apart else max((each for each in needs if each is not None), default=None)
    improving = [name for name in leaders if held_by and view.improves(name, held_by)]
    unsure = [
        name
        for name in leaders
        if held_by and name not in improving and view.verdict(name, held_by) == "cannot tell"
    ]
    against = "" if held_by is None else _against(leaders, held_by, improving, unsure)
    if held_by is not None and not improving:
        meanwhile = f"keep {held_by}: nothing shows that a candidate is better"
    elif held_by is not None and len(improving) == 1:
        meanwhile = f"take {improving[0]}: it improves on {held_by}"
    else:
        meanwhile = _meanwhile(improving or leaders, view)
    if equal:
        headline = f"{_some(leaders)} are equally accurate, within {view.amount(margin)}{against}."
        next_step = f"{meanwhile[0].upper()}{meanwhile[1:]}."
    else:
        headline = f"Cannot tell {first} from {_some(rest, 'or')}{_would(needed)}{against}."
        next_step = f"{_more(needed, view.in_families(leaders))} Until then {meanwhile}."
    return Choice(
        headline=headline,
        tied=(*leaders, held_by) if held_by is not None and unsure else tuple(leaders),
        next_step=next_step,
        reason=_compared(first, rest, view),
    )


def _against(leaders: Sequence[str], held_by: str, improving: Sequence[str], unsure: Sequence[str]) -> str:
    if len(unsure) == len(leaders):
        return f"; nor from {held_by}"
    if not improving:
        return f"; none is shown to improve on {held_by}"
    if len(improving) == len(leaders):
        return f"; {'both' if len(leaders) == 2 else 'all'} improve on {held_by}"
    return f"; {_some(improving)} improve{'s' if len(improving) == 1 else ''} on {held_by}"


def _meanwhile(leaders: Sequence[str], view: PairView) -> str:
    """Say which of a tie to take: one shown to be cheaper than the leader, else the leader."""
    first, *rest = leaders
    cheaper = [name for name in rest if view.is_cheaper(name, first)]
    if cheaper:
        name = min(cheaper, key=lambda name: _tokens(view.standing(name)))
        return f"take {name}: it needs {view.saving(name, first)}, and is not shown to be less accurate"
    highest = max(view.standing(name).accuracy or 0.0 for name in leaders)
    if view.standing(first).accuracy != highest:
        why = "it leads on the samples that they have in common"
    elif any(view.standing(name).accuracy == highest for name in rest):
        why = "none was seen to be more accurate"
    else:
        why = "the highest accuracy that was seen"
    fewest = all(view.is_cheaper(first, name) for name in rest)
    return f"take {first}: {why}{', and the fewest tokens' if fewest else ''}"


def _deploy(
    winner: str, beaten: Sequence[str], references: Sequence[str], view: PairView, margin: float
) -> Choice:
    others = [*beaten, *references]
    better = [name for name in others if view.verdict(winner, name) == "better"]
    cheaper = [
        name
        for name in others
        if view.verdict(winner, name) == "equivalent" and view.is_cheaper(winner, name)
    ]
    higher = [
        name
        for name in others
        if view.verdict(winner, name) == "equivalent"
        and name not in cheaper
        and view.is_shown_higher(winner, name)
    ]
    parts = []
    for name in others:
        if name not in (*better, *cheaper, *higher) and view.improves(winner, name):
            within = view.amount(margin)
            parts.append(f"no worse than {name}, within {within}, with {view.saving(winner, name)}")
    if better:
        parts.append(f"better than {_some(better)}")
    if cheaper:
        saving = f" with {view.saving(winner, cheaper[0])}" if len(cheaper) == 1 else " with fewer tokens"
        parts.append(f"as accurate as {_some(cheaper)}{saving}")
    if higher:
        parts.append(f"better than {_some(higher)}, though by less than {view.amount(margin)}")
    why = "; ".join(parts) if parts else "it leads the candidates"
    model = view.standing(winner).model
    equal = f" Differences within {view.amount(margin)} count as equal." if cheaper else ""
    return Choice(
        headline=f"Deploy {winner}: {why}.",
        winner=winner,
        next_step=f"Deploy {winner}{f' ({model})' if model and model != winner else ''}.",
        reason=_compared(winner, others, view) + equal,
    )


def _would(needed: int | None) -> str:
    return f": {count_words(needed)} would" if needed else ""


def _more(needed: int | None, in_families: bool) -> str:
    if needed is None:
        return "Evaluate them on the same samples."
    where = ", in further families" if in_families else ""
    return f"Evaluate {count_words(needed)}{where}, if the differences that were seen are the true ones."


def _some(names: Sequence[str], joint: str = "and") -> str:
    """Join names in a sentence, at most `NAMED` of them.

    >>> _some(["a", "b"], "or"), _some(["a", "b", "c", "d", "e", "f", "g"])
    ('a or b', 'a, b, c, d and 3 others')
    """
    if len(names) <= NAMED + 1:
        return listed(names, joint)
    return listed([*names[:NAMED], f"{len(names) - NAMED} others"], joint)


def _compared(name: str, others: Sequence[str], view: PairView) -> str:
    """Describe the first pairs; the table has all."""
    said = [view.compared(name, other) for other in (others if len(others) <= NAMED + 1 else others[:NAMED])]
    rest = len(others) - len(said)
    return " ".join([*said, f"The table has the {rest} other pairs."] if rest else said)


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
