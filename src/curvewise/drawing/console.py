"""Text for a terminal from the parts that rich draws."""

from __future__ import annotations

from collections.abc import Iterable
from io import StringIO

from rich.console import Console, RenderableType
from rich.text import Text

from curvewise.drawing.hanging import Hanging
from curvewise.plugin import Style

_ASCII = str.maketrans({"→": ">", "·": "-", "─": "-", "│": "|", "…": "~", "━": "-"})


def drawn(parts: Iterable[RenderableType], style: Style) -> str:
    """Draw parts one below the other; a string is drawn already.

    A `Text` whose overflow is ``ignore`` is never broken; one whose overflow is ``ellipsis`` is cut.
    """
    out = StringIO()
    console = Console(
        file=out,
        width=style.width,
        force_terminal=style.colour,
        force_jupyter=False,  # else it would show in the notebook, and the text be empty
        no_color=not style.colour,
        color_system="standard" if style.colour else None,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    for part in parts:
        if isinstance(part, str):
            out.write(part)
            continue
        overflow = part.overflow if isinstance(part, Text) else None
        if overflow == "ellipsis":
            console.print(part, no_wrap=True, overflow="ellipsis")
        else:
            console.print(part, soft_wrap=overflow == "ignore")
    text = "\n".join(line.rstrip() for line in out.getvalue().split("\n"))
    return text if style.unicode else text.translate(_ASCII).encode("ascii", "replace").decode()


def heading(text: str) -> Text:
    """Return a heading."""
    return Text(text, style="bold underline")


def item(mark: str, text: str, style: str = "", *, indent: int = 0) -> RenderableType:
    """Return a text behind a mark; its further lines stand under its first one."""
    return Hanging(Text(f"{' ' * indent}{mark} ", style=style), Text(text, style=style))
