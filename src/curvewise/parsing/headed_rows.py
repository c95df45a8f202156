"""Rows below lines of names that are printed anew in each epoch, of training and then of all classes."""

from __future__ import annotations

import re

from curvewise.parsing.delimited import is_number

SIGN = b" mAP"
"""What stands in the second line of names."""
_BAR = re.compile(r":\s*\d{1,3}%.*|:$")
_COUNTS = frozenset(("Images", "Instances", "Labels", "labels", "Size", "img_size"))
_DONE = re.compile(r"(\d{1,15})/\d{1,15}")


class HeadedRows:
    r"""Takes the lines of a log, and keeps the names and the row of training above a row of all classes.

    Examples
    --------
    >>> log = "Epoch box_loss Size\n1/9 0.5 640\nClass Images Box(P mAP50)\nall 128 0.4 0.7\n"
    >>> print(HeadedRows().read(log).splitlines()[-1])
    {'epoch': 1, 'train/box_loss': 0.5, 'metrics/P': 0.4, 'metrics/mAP50': 0.7}
    """

    def __init__(self) -> None:
        self.is_begun = False
        self._names: list[str] = []
        self._trained: dict[str, str] = {}

    def read(self, text: str) -> str:
        """Return the lines, with what both rows of an epoch hold as a dictionary in place of the second."""
        return "\n".join(map(self._line, text.split("\n")))

    def _line(self, line: str) -> str:
        cells = _BAR.sub("", line.rpartition("\r")[2]).split()
        first = cells[0] if cells else ""
        if first in ("Epoch", "Class"):
            self.is_begun = True
            self._names = [name.rpartition("(")[2].rstrip(")") for name in cells]
        elif len(cells) == len(self._names) and (count := _DONE.fullmatch(first)):
            self._trained = {"epoch": count[1], **self._values("train/", cells)}
        elif len(cells) == len(self._names) and first == "all" and self._trained:
            held = {**self._trained, **self._values("metrics/", cells)}
            self._trained = {}  # the best weights are validated once more at the end
            return f"{{{', '.join(f'{name!r}: {value}' for name, value in held.items())}}}"
        return line

    def _values(self, of: str, cells: list[str]) -> dict[str, str]:
        """Return the numbers of a row by name: of boxes and masks, of ``Box(P R) Mask(P R)``, the boxes."""
        named = reversed(list(zip(self._names[1:], cells[1:], strict=True)))
        found = {f"{of}{name}": cell for name, cell in named if is_number(cell) and name not in _COUNTS}
        return dict(reversed(found.items()))
