"""Lists of numbers within a text, with their names: what a script or a notebook prints of its losses."""

from __future__ import annotations

import re

from curvewise.model.column_names import recognised
from curvewise.parsing.delimited import is_number

LEAST = 2
"""Numbers that make a list."""
LONGEST_NAME = 80
"""Characters before a list in which its name is looked for."""
_LIST = re.compile(
    r"[:=]\s*(?:[A-Za-z_][\w.]{0,20}\(\s*)?\[(?=\s{0,80}[-+.\w()]{1,80}[,\s])(?P<body>[^\[\]]*)\]"
)
_NAME = re.compile(r"(?<![\w.])([A-Za-z_][\w./@ -]*)(?:\[:\])?['\"]?\s*$")
_WRAPPED = re.compile(r"(?<![\w.])[A-Za-z_][\w.]*\(\s*([\w.+-]++)\s*(?:,[^()\[\]]*)?\)")
"""A number as NumPy and PyTorch print one: ``np.float64(0.5)``, ``tensor(0.5, device='cuda:0')``."""
_ENDING = re.compile(r"(?i)[_\s]*(?:list|hist|history|values|curve|log|per_epoch|all)$")
_PLURALS = {"losses": "loss", "accuracies": "accuracy", "accs": "acc", "rewards": "reward"}


def read_printed_lists(text: str) -> dict[str, list[float | None]]:
    r"""Return the lists of numbers of a text by name, in the singular where that is a metric.

    Of a list that grows from print to print the last counts. One that is printed again and does not grow is
    a value of every step, such as one for each device, and no course; it is left out.

    Examples
    --------
    >>> read_printed_lists("train_loss_list = [1.5, 1.25]\nval loss: [np.float64(1.5), nan]\nother: [[1, 2]]")
    {'train_loss': [1.5, 1.25], 'val loss': [1.5, nan]}
    """
    found: dict[str, list[float | None]] = {}
    repeated = set()
    for match in _LIST.finditer(text):
        name = _NAME.search(text[max(0, match.start() - LONGEST_NAME) : match.start()])
        numbers = None if name is None else _numbers(match["body"])
        if name is None or numbers is None or len(numbers) < LEAST:
            continue
        key = _singular(name[1].strip())
        if len(numbers) <= len(found.get(key, ())):
            repeated.add(key)
        found[key] = numbers
    return {key: numbers for key, numbers in found.items() if key not in repeated}


def _numbers(body: str) -> list[float | None] | None:
    """Return the numbers of a list, with or without commas between them; None if it holds anything else."""
    plain = _WRAPPED.sub(r"\1", body) if "(" in body else body
    cells = [cell.strip() for cell in plain.split(",")] if "," in plain else plain.split()
    cells = cells[:-1] if cells and not cells[-1] else cells
    if not all(cell == "None" or is_number(cell) for cell in cells):
        return None
    return [None if cell == "None" else float(cell) for cell in cells]


def _singular(name: str) -> str:
    """Return the name of one value of a list: ``train_loss`` for ``train_losses`` and ``train_loss_list``."""
    if recognised(name):
        return name
    own = _ENDING.sub("", name)
    for many, one in _PLURALS.items():
        own = re.sub(rf"(?i)(?<![a-z]){many}$", one, own)
    return own if own and recognised(own) else name
