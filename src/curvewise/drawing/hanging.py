"""Hanging: a text behind a mark, a label or a name, whose further lines stand under its first one.

A grid of rich would do the same in several passes: it measures and draws every cell more than once, and a
report has a hundred of these lines.
"""

from __future__ import annotations

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

NARROW = 20
"""Columns with which a text is still readable; with fewer, it starts further left."""
INDENT = 4
"""Columns before such a text: a mark keeps its place before it, a label or a name stands above it."""


class Hanging:
    """A text behind a lead.

    Examples
    --------
    >>> console = Console(width=30)
    >>> console.print(Hanging(Text("  · "), Text("Validation loss ends above its best.")))
      · Validation loss ends above
        its best.
    """

    def __init__(self, lead: Text, text: Text) -> None:
        self._lead, self._text = lead, text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, lead, start = options.max_width, self._lead, self._lead.cell_len
        if start > INDENT and width - start < NARROW:
            above, start = lead[:-INDENT], INDENT
            lead = lead[-INDENT:]
            if above.plain.strip():  # a label or a name, on a line of its own
                above.append_text(lead).rstrip()
                yield from _broken(above, console, width).render(console, end="\n")
                lead = Text(" " * INDENT)
        text = _broken(self._text, console, max(1, width - start), "\n" + " " * start)
        yield from Text().append_text(lead).append_text(text).render(console, end="\n")


def _broken(text: Text, console: Console, width: int, between: str = "\n") -> Text:
    return Text(between).join(text.wrap(console, width, overflow="fold"))
