"""Judge the trainings with curvewise, and score what it says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

import curvewise as cw
from causes.catalogue import CAUSES
from causes.runs import Made

FAILING = ("warning", "problem")


class Judged(NamedTuple):
    """A training, and what was said of it.

    Parameters
    ----------
    name, severity, certainty, summary
        Of the diagnosis.
    said
        Names of the diagnoses and the checks that are warnings or problems.
    step
        The checkpoint to use.
    """

    made: Made
    name: str
    severity: str
    certainty: str
    summary: str
    said: frozenset[str]
    step: int | None

    @property
    def lost(self) -> float:
        """Share of the span of true values lost by the choice, or by the base model where there is none."""
        return self.made.lost(self.step or 0)

    @property
    def first(self) -> bool:
        """Whether the diagnosis is the cause."""
        return self.name in CAUSES[self.made.cause].names

    @property
    def named(self) -> bool:
        """Whether the cause is among the warnings and problems; a run without trouble has none."""
        cause = CAUSES[self.made.cause]
        if cause.harmless:
            return not self.alarmed
        return self.first or bool(self.said & {*cause.names, *cause.checks})

    @property
    def contradicted(self) -> bool:
        """Whether the diagnosis is one that the cause rules out."""
        return self.name in CAUSES[self.made.cause].wrong

    @property
    def all_clear(self) -> bool:
        """Whether nothing was found."""
        return self.severity in ("ok", "unknown")

    @property
    def alarmed(self) -> bool:
        """Whether something was found."""
        return self.severity in FAILING


def judge(made: Made) -> Judged:
    """Read a training's file and judge it."""
    report = cw.analyze(cw.load(str(made.path)))
    main, best = report.diagnosis, report.selection.best
    return Judged(
        made,
        main.name,
        main.severity,
        main.certainty,
        main.summary,
        frozenset(
            [one.name for one in (main, *report.also) if one.severity in FAILING]
            + [finding.check for finding in report.with_status("warning", "problem")]
        ),
        None if best is None else best.step,
    )


def line(judged: Judged) -> str:
    """Return one run in a line."""
    mark = "+" if judged.first else ("~" if judged.named else "-")
    also = ", ".join(sorted(judged.said - {judged.name}))
    return (
        f"{mark} {judged.made.label:44} {judged.name} ({judged.severity}, {judged.certainty}), "
        f"step {judged.step}, "
        f"lost {judged.lost:.2f}; {also}; {judged.summary}"
    )


def tables(judged: Sequence[Judged]) -> str:
    """Return all tables."""
    parts = (_causes(judged), _confusions(judged), _certainties(judged), _healthy(judged), _picks(judged))
    return "\n\n".join(parts)


def share(values: Iterable[bool]) -> str:
    """Return the share of hits in words."""
    hits = list(values)
    return f"{100 * sum(hits) / len(hits):.0f} %" if hits else "-"


def _causes(judged: Sequence[Judged]) -> str:
    questions: tuple[tuple[str, Callable[[Judged], bool]], ...] = (
        ("first", lambda one: one.first),
        ("named", lambda one: one.named),
        ("contradicted", lambda one: one.contradicted),
        ("all-clear", lambda one: one.all_clear),
    )
    lines = [f"{'cause':28}{'runs':>5}" + "".join(f"{name:>14}" for name, _ in questions)]
    groups = {cause: [one for one in judged if one.made.cause == cause] for cause in CAUSES}
    groups |= {family: [one for one in judged if one.made.family == family] for family in _families(judged)}
    groups["all"] = list(judged)
    for name, own in groups.items():
        if own:
            shares = "".join(f"{share(map(ask, own)):>14}" for _, ask in questions)
            lines.append(f"{name:28}{len(own):>5}{shares}")
    return "\n".join(lines)


def _families(judged: Sequence[Judged]) -> list[str]:
    return list(dict.fromkeys(one.made.family for one in judged))


def _confusions(judged: Sequence[Judged]) -> str:
    lines = ["what each cause was called"]
    for cause in CAUSES:
        said = Counter(
            f"{one.name}{'' if one.alarmed else ' (ok)'}" for one in judged if one.made.cause == cause
        )
        if said:
            lines.append(f"{cause:28} " + ", ".join(f"{name} {count}" for name, count in said.most_common()))
    return "\n".join(lines)


def _certainties(judged: Sequence[Judged]) -> str:
    lines = ["certainty    runs   right"]
    for certainty in ("high", "moderate", "low"):
        own = [one for one in judged if one.certainty == certainty]
        lines.append(f"{certainty:12}{len(own):>5}{share(one.first for one in own):>8}")
    return "\n".join(lines)


def _healthy(judged: Sequence[Judged]) -> str:
    own = [one for one in judged if CAUSES[one.made.cause].harmless]
    problems = share(one.severity == "problem" for one in own)
    return f"runs without trouble: {len(own)}, with a problem {problems}, with a warning " + share(
        one.severity == "warning" for one in own
    )


def _picks(judged: Sequence[Judged]) -> str:
    head = f"{'lost by the pick, % of span':28}{'runs':>5}"
    lines = [f"{head}{'curvewise':>11}{'best logged':>13}{'last':>7}{'none':>7}"]
    for family in _families(judged):
        useful = [
            one for one in judged if one.made.family == family and len(one.made.truth) > 2 and one.made.helped
        ]
        own = [one for one in useful if one.step is not None]
        rules = (
            [one.lost for one in own],
            [one.made.lost(one.made.plain()) for one in own],
            [one.made.lost(one.made.last) for one in own],
        )
        ours, plain, last = (100 * float(np.mean(lost)) for lost in rules)
        none = len(useful) - len(own)
        lines.append(f"{family:28}{len(own):>5}{ours:>11.1f}{plain:>13.1f}{last:>7.1f}{none:>7}")
    return "\n".join(lines)
