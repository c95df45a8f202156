"""Foreign text in Markdown: shown as it is, never obeyed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from curvewise.text import printable

MOST_BYTES = 2048
"""Bytes of a brief result: for agents, chats and commit statuses."""
BREAK = "&#8203;"
"""A space of no width: it keeps @names, #1 and addresses from becoming mentions, references and links."""

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_ESCAPED = re.compile(r"[\\`*\[\]|~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_LINKED = re.compile(
    r"@(?=\w)|#(?=\d)|\bgh-(?=\d)|\b(?:https?|ftp|mailto):(?=\S)|\bwww\.(?=\S)", re.IGNORECASE
)
_AT_START = re.compile(r"^(\s*)([-+=#]|\d+(?=[.)](?:\s|$)))")


def text(foreign: str, longest: int = 600) -> str:
    r"""Return a text that Markdown shows as it is, on one line.

    Examples
    --------
    >>> print(text("a|b *c* <img src=x> @team, see #12"))
    a\|b \*c\* &lt;img src=x&gt; @&#8203;team, see #&#8203;12
    >>> print(text("train_loss of _it_ [x](http://y)"))
    train_loss of \_it\_ \[x\](http:&#8203;//y)
    """
    shown = "".join(_ENTITIES.get(char, char) for char in printable(foreign, longest))
    shown = _ESCAPED.sub(lambda match: "\\" + match[0], shown)
    shown = _LINKED.sub(lambda match: match[0] + BREAK, shown)
    return _AT_START.sub(_no_list_or_heading, shown)


def _no_list_or_heading(match: re.Match[str]) -> str:
    mark = match[2]
    return f"{match[1]}{mark}\\" if mark.isdigit() else f"{match[1]}\\{mark}"


def fitting(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines of a brief result that have room; one that is too long is left out."""
    left = MOST_BYTES
    for line in lines:
        if (size := len(line.encode())) <= left:
            left -= size
            yield line


def code(foreign: str, longest: int = 300) -> str:
    r"""Return a text as code, in a line or in a cell of a table.

    Examples
    --------
    >>> print(code("a`b|c"))
    ``a`b\|c``
    """
    shown = printable(foreign, longest) or " "
    fence = "`" * (_longest_run(shown) + 1)
    padding = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{padding}{shown}{padding}{fence}".replace("|", "\\|")


def prose(foreign: str, longest: int = 600) -> str:
    r"""Return a text as `text` does, but with code between two backticks.

    Examples
    --------
    >>> print(prose("set `batch_size`, not <b>; `"))
    set `batch_size`, not &lt;b&gt;; \`
    """
    parts = printable(foreign, longest).split("`")
    if len(parts) % 2 == 0:
        parts[-2:] = ["`".join(parts[-2:])]
    return "".join(
        code(part, longest) if index % 2 else text(part, longest) for index, part in enumerate(parts)
    )


def block(foreign: str, longest: int = 400) -> list[str]:
    """Return the lines of a block of code, which GitHub shows with a button to copy it."""
    shown = printable(foreign, longest)
    fence = "`" * max(3, _longest_run(shown) + 1)
    return [f"{fence}text", shown, fence]


def _longest_run(shown: str) -> int:
    return max(map(len, re.findall("`+", shown)), default=0)


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, words: Sequence[int] = ()) -> list[str]:
    """Return the lines of a table of Markdown cells; the columns `words` stand to the left."""
    rules = ["---" if index in words else "---:" for index in range(len(header))]
    return [f"| {' | '.join(cells)} |" for cells in (header, rules, *rows)]


def folded(title: str, lines: Sequence[str]) -> list[str]:
    """Return lines that are shown when the reader opens them."""
    return ["<details>", f"<summary>{title}</summary>", "", *lines, "", "</details>", ""]
