"""The deployments of an Azure resource, and which of them curvewise made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from curvewise.model.deployment import Deployment
from curvewise.plugin import Style, View
from curvewise.text import printable
from curvewise.views._formats import Cells, table_formats

HEADINGS = ("NAME", "KIND", "K TOKENS/MIN", "STATE", "MADE BY")
COLUMNS = ("name", "model", "run", "step", "kind", "thousand_tokens_per_minute", "state", "made_by")


def _text(listed: Sequence[Deployment], style: Style) -> str:
    """Render a line for each, and below it the model, which is too long for a cell.

    A name that would make the line too long has a line of its own.
    """
    rows = [HEADINGS, *map(_row, listed)]
    others = [max(len(row[column]) for row in rows) for column in range(1, len(HEADINGS))]
    room = style.width - sum(others) - 2 * len(others)
    first = max(len(row[0]) for row in rows if len(row[0]) <= max(room, len(HEADINGS[0])))
    lines = []
    for row, below in zip(rows, [(), *map(_below, listed)], strict=True):
        name, *cells = row
        if len(name) > first:
            lines.append(name)
            name = ""
        padded = zip((name, *cells), (first, *others), strict=True)
        lines.append("  ".join(cell.ljust(width) for cell, width in padded).rstrip())
        lines += [f"  {printable(line)}" for line in below]
    return "\n".join([*lines, ""]) if listed else "no deployments\n"


def _row(each: Deployment) -> tuple[str, ...]:
    capacity = "" if each.capacity is None else f"{each.capacity:,}"
    cells = (each.name, each.sku, capacity, each.state, _made_by(each))
    return tuple(printable(cell, 64) for cell in cells)


def _made_by(each: Deployment) -> str:
    return "others" if not each.is_ours else "evaluate" if each.is_temporary else "deploy"


def _below(each: Deployment) -> Iterator[str]:
    yield each.model
    if each.run:
        yield f"step {each.step} of {each.run}" if each.step else f"of {each.run}"


def _cells(listed: Sequence[Deployment]) -> Cells:
    for each in listed:
        source = (each.model or None, each.run or None, each.step or None)
        yield (each.name, *source, each.sku, each.capacity, each.state, _made_by(each))


deployments = View(
    name="deployments", formats={"text": _text, **table_formats("Deployments", COLUMNS, _cells)}
)
