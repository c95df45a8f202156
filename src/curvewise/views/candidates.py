"""The checkpoints to evaluate on the real task."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from curvewise.drawing import markup
from curvewise.drawing.markdown import code, table, text
from curvewise.model.candidates import Candidates
from curvewise.numbers import percent
from curvewise.plugin import Style, View
from curvewise.text import cell, printable
from curvewise.views._formats import as_csv, as_json

NONE = "none"
SHOWN = "Smallest difference of accuracy, in points, shown with a probability of 80 %:"
WHY_NONE = "even if all of these samples favoured the same contender, it would not be shown to be better."


def _text(result: Candidates, style: Style) -> str:
    """Render candidates: each with its model and why, and what numbers of samples could show."""
    width = min(100, style.width)
    run = "standard input" if result.run == "-" else printable(result.run)
    lines = [f"Candidates of {run} ({result.kind.upper()})", ""]
    for each in result.contenders:
        model = f": {printable(each.model)}" if each.model else ""
        label = each.name if each.name == each.role else f"{each.name} ({each.role})"
        lines.append(f"  {printable(label)}{model}")
        lines += textwrap.wrap(
            printable(each.why), width, initial_indent="      ", subsequent_indent="      "
        )
    lines += ["", *textwrap.wrap(printable(result.reason, 2_000), width)]
    for note in result.notes:
        lines += ["", *textwrap.wrap(f"Note: {printable(note.text, 600)}", width)]
    return "\n".join([*lines, "", *_power(result, width), ""])


def _power(result: Candidates, width: int) -> Iterator[str]:
    """State what numbers of samples could show."""
    shares, rows = _differences(result)
    yield from textwrap.wrap(
        "Smallest difference of accuracy, in points, that an evaluation would show with a probability of "
        "80 %, by the share of samples that one contender does and the other does not:",
        width,
    )
    yield ""
    for samples, *cells in (["samples", *shares], *rows):
        yield f"  {samples:>7}" + "".join(f"{cell:>9}" for cell in cells)
    if any(NONE in cells for cells in rows):
        yield ""
        yield from textwrap.wrap(f"{NONE}: {WHY_NONE}", width)


def _differences(result: Candidates) -> tuple[list[str], list[list[str]]]:
    """Return the shares of samples that differ, and for each number of samples what it could show."""
    shares = dict.fromkeys(percent(each.discordance) for each in result.power)
    rows: dict[int, list[str]] = {}
    for each in result.power:
        shown = f"{100 * each.difference:.1f}" if each.difference <= each.discordance else NONE
        rows.setdefault(each.samples, [str(each.samples)]).append(shown)
    return list(shares), list(rows.values())


def _csv(result: Candidates, style: Style) -> str:
    """Render candidates, one row each."""
    del style  # a table has one look
    fields = ("name", "role", "step", "model", "why")
    rows = ([cell(getattr(each, field)) for field in fields] for each in result.contenders)
    return as_csv([fields, *rows])


def _markdown(result: Candidates, style: Style) -> str:
    """Render candidates for a pull request."""
    del style  # a page has one look
    contenders = [
        [text(each.name), each.role, code(each.model) if each.model else "unknown", text(each.why)]
        for each in result.contenders
    ]
    lines = table(["candidate", "role", "model", "why"], contenders, words=range(4))
    lines += ["", text(result.reason, 2_000)]
    for note in result.notes:
        lines += ["", f"> {text(note.text)}"]
    lines += ["", SHOWN, ""]
    shares, rows = _differences(result)
    lines += table(["samples", *(f"{share} differ" for share in shares)], rows)
    lines += ["", f"{NONE}: {WHY_NONE}"] if any(NONE in cells for cells in rows) else []
    return "\n".join([*lines, ""])


def _html(result: Candidates, style: Style) -> str:
    """Render candidates as a page."""
    del style  # a page has one look
    title = f"Candidates of {'standard input' if result.run == '-' else result.run} ({result.kind.upper()})"
    contenders = (
        [markup.text(each.name), each.role, markup.text(each.model or "unknown"), markup.text(each.why)]
        for each in result.contenders
    )
    shares, rows = _differences(result)
    parts = [
        markup.element("h1", markup.text(title)),
        markup.table(["candidate", "role", "model", "why"], contenders),
        markup.element("p", markup.text(result.reason, 2_000)),
        *(markup.element("p", markup.text(note.text)) for note in result.notes),
        markup.element("p", SHOWN),
        markup.table(
            ["samples", *(f"{share} differ" for share in shares)], rows, numbers=range(len(shares) + 1)
        ),
        *([markup.element("p", f"{NONE}: {WHY_NONE}")] if any(NONE in cells for cells in rows) else []),
    ]
    return markup.page(f"{title} · curvewise", *parts)


candidates = View(
    name="candidates",
    formats={"text": _text, "json": as_json, "csv": _csv, "markdown": _markdown, "html": _html},
)
