"""Figures: what a calibration measured, and which source files cite it."""

from __future__ import annotations

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measured number.

    Parameters
    ----------
    name
        What it is: ``macro-F1, submissions left out``. Unique within its topic.
    value
        The number.
    interval
        95 % interval over clusters; None when there is none to state.
    n
        Runs that it rests on.
    note
        How it was measured: what was left out, and which data.
    digits
        Digits after the point that are stated and compared.
    cited
        Files, from the project's root, that must hold `text` word for word: the docstrings that state it.
    """

    name: str
    value: float
    n: int
    note: str
    interval: tuple[float, float] | None = None
    digits: int = 3
    cited: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The number as a docstring states it.

        Examples
        --------
        >>> Figure(name="false alarms, %", value=1.239, n=240, note="", digits=1).text
        '1.2'
        """
        return f"{self.value:.{self.digits}f}"

    def words(self) -> str:
        """Return the number with its interval and what it rests on."""
        span = "" if self.interval is None else " to ".join(f"{end:.{self.digits}f}" for end in self.interval)
        return f"{self.text}{f' (95 % over clusters {span})' if span else ''}, {self.n:,} runs"


Figures = tuple[Figure, ...]
