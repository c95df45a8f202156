"""Hanging: a text behind a mark, a label or a name, whose further lines stand under its first one.

A grid of rich would do the same in several passes: it measures and draws every cell more than once, and a
report has a hundred of these lines.
"""

from __future__ import annotations

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

NARROW = 20
"""Columns with which a text is still readable; with fewer, it stands below what leads to it."""
INDENT = 4
"""Columns before a text that stands below."""


class Hanging:
    """A text behind what leads to it.

    Parameters
    ----------
    lead
        What stands before the first line, with the space on both sides of it.
    text
        Broken between words, and within a word that is longer than a line.

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
        start = self._lead.cell_len
        stands_below = options.max_width - start < NARROW and start > INDENT
        start = INDENT if stands_below else start
        lines = self._text.wrap(console, max(1, options.max_width - start), overflow="fold")
        between = Text("\n" + " " * start)
        whole = self._lead + between if stands_below else self._lead.copy()
        yield from whole.append_text(between.join(lines)).render(console, end="\n")
