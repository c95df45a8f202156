"""A decision as Markdown, and its contenders as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from io import StringIO

from curvewise.model.decision import Decision, Interval
from curvewise.reports import _decision as shown
from curvewise.reports._markdown import table, text
from curvewise.text import cell


def decision_markdown(decision: Decision) -> str:
    """Render a decision for a pull request: headline, tables, what to do, why, and how it was tested."""
    return "\n".join(_lines(decision)) + "\n"


def decision_csv(decision: Decision) -> str:
    """Render the contenders, one row each; an absent value is "n/a"."""
    out = StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(
        [
            *("contender", "model", "step", "role", "choice", "accuracy", "accuracy_low", "accuracy_high"),
            *("samples", "failures", "probability_best", "tokens", "tokens_low", "tokens_high"),
            *("cost", "cost_low", "cost_high", "on_pareto_front", "equivalent_to", "error"),
        ]
    )
    for each in shown.ranked(decision):
        choice = "winner" if each.name == decision.winner else "tied" if each.name in decision.tied else ""
        front = None if each.on_pareto_front is None else "yes" if each.on_pareto_front else "no"
        cells: list[str | float | None] = [each.name, each.model, each.step, each.role, choice, each.accuracy]
        cells += [*_ends(each.accuracy_interval), each.samples, each.failures, each.probability_best]
        cells += [each.tokens, *_ends(each.tokens_interval), each.cost, *_ends(each.cost_interval)]
        cells += [front, "; ".join(each.equivalent_to), each.error]
        rows.writerow([cell(value) for value in cells])
    return out.getvalue()


def _lines(decision: Decision) -> Iterator[str]:
    yield f"### {_text(' · '.join(fact for fact in shown.facts(decision) if fact))}"
    yield ""
    yield f"**{_text(decision.headline)}**"
    yield ""
    yield from _table(*shown.contenders(decision))
    yield from (f"> {_text(each.name)}: {_text(each.error)}\n" for each in decision.standings if each.error)
    if decision.pairs:
        yield from _table(*shown.pairs(decision))
        yield _text(shown.legend(decision))
        yield ""
    yield f"**Next:** {_text(decision.next_step)}"
    yield ""
    yield _text(decision.reason)
    yield ""
    yield from (f"> {_text(note.text)}\n" for note in decision.notes)
    yield "<details><summary>Methods</summary>"
    yield ""
    yield from (f"* {_text(method)}" for method in decision.methods)
    yield ""
    yield "</details>"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    cells = [[text(cell, 100) for cell in row] for row in rows]
    yield from (*table(header, cells, words=range(len(header))), "")


def _text(foreign: str) -> str:
    return text(foreign, 1200)


def _ends(interval: Interval | None) -> Interval | tuple[None, None]:
    return (None, None) if interval is None else interval
