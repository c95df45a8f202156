"""Text for people: that of a run is hostile and made safe to print, and names are put in a row."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

LONGEST = 300
"""Characters of a foreign text that are shown; the rest is cut."""

FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""First characters by which a spreadsheet takes a text for a formula; the last four are their wide forms."""

CLAUSES = ("; ", " (", " ± ")
"""What a clause of a sentence may begin with."""

LONGEST_CELL = 32_000
"""Characters that a cell of a spreadsheet can hold, about."""


def printable(text: str, longest: int = LONGEST) -> str:
    r"""Make foreign text harmless in a terminal, on one line.

    Control characters, escape sequences, marks that turn the writing direction, invisible
    characters and lone surrogates are shown as escapes; a long text is cut.

    Parameters
    ----------
    text
        A name, message or path from a run.
    longest
        Characters to show.

    Examples
    --------
    >>> print(printable("loss\x1b[2J\nnext"))
    loss\x1b[2J\x0anext
    """
    shown = text if len(text) <= longest else f"{text[: longest - 1]}…"
    if shown.isprintable():
        return shown
    return "".join(char if char == " " or char.isprintable() else _escape(char) for char in shown)


def snake_case(name: str) -> str:
    """Return the name of a column as most logs write it.

    Examples
    --------
    >>> snake_case(" Training Loss")
    'training_loss'
    """
    return name.strip().lower().replace(" ", "_")


def shortened(name: str, longest: int) -> str:
    """Cut a name in its middle: both of its ends tell runs apart.

    Examples
    --------
    >>> shortened("a-long-name-of-run-17", 12)
    'a-lon…run-17'
    """
    shown = printable(name, len(name))
    if len(shown) <= longest:
        return shown
    front = (longest - 1) // 2
    return f"{shown[:front]}…{shown[front + 1 - longest :]}"


def within(sentence: str, longest: int = 160) -> str:
    """Cut a sentence so that it is not longer than that: between two clauses, else between two words.

    What had no full stop gets none.

    Examples
    --------
    >>> within("Validation loss ends above its best.", 24)
    'Validation loss ends…'
    >>> within("Validation loss ends 20 % above its best; 3 evaluations.", 50)
    'Validation loss ends 20 % above its best.'
    >>> within("Validation loss falls by 19 % (90 % interval 6 % to 49 %; 5 evaluations).", 60)
    'Validation loss falls by 19 %.'
    """
    if len(sentence) <= longest:
        return sentence
    end = max(sentence.rfind(mark, longest // 2, longest) for mark in CLAUSES)
    if end > 0:
        front = sentence[:end]
        opened = front.rfind(" (") if front.count("(") > front.count(")") else end
        return f"{front[:opened].rstrip()}{'.' if sentence.endswith('.') else ''}"
    front, _, _ = sentence[:longest].rpartition(" ")
    return f"{(front or sentence[: longest - 1]).rstrip(' ,;:(')}…"


def in_sentence(text: str) -> str:
    """Return a sentence as the part of another: without its capital letter, unless it is an abbreviation.

    Examples
    --------
    >>> in_sentence("The loss rises."), in_sentence("KL grows.")
    ('the loss rises.', 'KL grows.')
    """
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def first_sentence(text: str) -> str:
    """Return the first sentence of a text.

    Examples
    --------
    >>> first_sentence("Loss falls to 0.5. It rests on 3 values.")
    'Loss falls to 0.5.'
    """
    front, end, _ = text.partition(". ")
    return front + end.strip()


def _escape(char: str) -> str:
    if unicodedata.category(char) == "Zs":
        return " "
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def cell(value: float | str | None) -> str:
    """Write a value as a cell of a table: a number in full, "n/a" for None, and a text never as a formula.

    Control characters of a text are shown as escapes, so that a terminal does not obey them.

    Examples
    --------
    >>> cell(0.5), cell(None), cell("=SUM(A1)")
    ('0.5', 'n/a', "'=SUM(A1)")
    """
    if value is None:
        return "n/a"
    if not isinstance(value, str):
        return repr(value)
    shown = printable(value, LONGEST_CELL)
    return f"'{shown}" if shown.lstrip().startswith(FORMULA) else shown


def listed(words: Sequence[str], joint: str = "and") -> str:
    """Join words as a sentence does.

    Examples
    --------
    >>> listed(["a"]), listed(["a", "b", "c"]), listed(["a", "b"], "or")
    ('a', 'a, b and c', 'a or b')
    """
    return f"{', '.join(words[:-1])} {joint} {words[-1]}" if len(words) > 1 else "".join(words)


def suggestion(name: str, known: Iterable[str], otherwise: str) -> str:
    """Return the hint for a name that does not exist: the nearest ones that do, else what to do.

    Examples
    --------
    >>> suggestion("overfiting", ["overfitting", "divergence"], "see the list")
    'did you mean overfitting?'
    """
    from difflib import get_close_matches  # heavy for what is rarely needed

    near = get_close_matches(name, known, n=3, cutoff=0.7)
    return f"did you mean {' or '.join(near)}?" if near else otherwise


def abridged(words: Sequence[str], most: int = 5) -> str:
    """List the first words, and say how many more there are.

    Examples
    --------
    >>> abridged(["a", "b"]), abridged(["a", "b", "c", "d"], most=2)
    ('a, b', 'a, b and 2 more')
    """
    more = f" and {len(words) - most:,} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more
