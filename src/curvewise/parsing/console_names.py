"""Which lines of a console log may say something: most that a program prints need not be taken apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from curvewise.model.column_names import EPOCH_COLUMNS, STEP_COLUMNS, holds_metrics, in_plain_words
from curvewise.model.metrics import known_names
from curvewise.model.series import IntArray
from curvewise.model.task_names import TASK_METRICS
from curvewise.parsing.console_lines import NAMED, SHORT, TOTAL_EPOCHS, TOTALS, is_heading
from curvewise.parsing.printed import MARK, Mask
from curvewise.splits import SPLITS

_SIGNS = (b"%|", b"[" + MARK + b"]", MARK + b": {")
"""In bars, and before what a round of boosting or a rollout gained."""
_GAP = 100
"""Most bytes between a number and its name."""
_HEADINGS = ((b"test", b""), (b"dev", b""), (b"val", b"iu"), (b"* ", b"ap"))
"""What stands in the heading of an evaluation, and letters that may follow: ``valid``, ``evaluation``."""
_SPACED = re.compile(rf"(?:.*@)?(?:{NAMED}|.*\.(?:float|int)0|tensor)".replace("1", "0").encode())
"""A word that may stand before its number with nothing but a space between."""
_OTHERS = ("average", "avg", "mean", "current", "value", *SPLITS)
"""Last words of names in logs alone, and of those that say how a number was taken."""


def _table(signs: bytes) -> Mask:
    table = np.zeros(256, np.bool_)
    table[list(signs)] = True
    return table


_LETTERS = b"abcdefghijklmnopqrstuvwxyz"
_LETTER, _OF_WORD, _OF_NAME = _table(_LETTERS), _table(_LETTERS + b"_0"), _table(_LETTERS + b"_0./@-")
_BESIDE, _BETWEEN = _table(b" \t'\""), _table(b" \t'\"[#(" + bytes(range(0x80, 0x100)))
"""The bytes of words and names in a shape, and what may stand beside a colon, and between name and number."""


def may_say(shapes: Sequence[bytes]) -> Mask:
    """Whether lines of each shape can say anything: a bar, the name of a number, or that a test begins."""
    text = b"\n".join([b"\n" * _GAP, *shapes, b"\n" * _GAP]).lower()
    held = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero(held == ord("\n"))[_GAP : _GAP + len(shapes)]
    signs = [_find(held, sign) for sign in _SIGNS]
    found = np.concatenate((*signs, _not_finite(held), _named(text, held)))
    says = np.zeros(len(shapes), np.bool_)
    says[np.searchsorted(ends, found) - 1] = True
    for word, following in _HEADINGS:
        at = _find(held, word)
        before, after = held[at - 1], held[at + len(word)]
        is_word = ~_OF_NAME[after] | np.isin(after, list(following))
        at = at[is_word & (~_LETTER[before] | (before == ord("e")))]
        for shape in set((np.searchsorted(ends, at) - 1).tolist()):
            says[shape] |= is_heading(shapes[shape])
    return says


def _find(held: NDArray[np.uint8], word: bytes) -> IntArray:
    size = len(held) - len(word) + 1
    found = held[:size] == word[0]
    for at, sign in enumerate(word[1:], 1):
        found &= held[at : size + at] == sign
    places: IntArray = np.flatnonzero(found)
    return places


def _not_finite(held: NDArray[np.uint8]) -> IntArray:
    """Return where NaN or infinity stands for a number."""
    at = np.concatenate([_find(held, word) for word in (b"nan", b"inf")])
    before, after = held[at - 1], held[at + 3]
    stands: Mask = (~_OF_NAME[before] | (before == ord("-"))) & (~_OF_WORD[after] | (after == ord("i")))
    return at[stands]


def _named(text: bytes, held: NDArray[np.uint8]) -> IntArray:
    """Return where the names of numbers end that may be known."""
    marks = np.flatnonzero(held == MARK[0])
    end = _back(held, marks[~_OF_WORD[held[marks + 1]]] - 1, _BETWEEN)
    separated = (held[end] == ord(":")) | (held[end] == ord("="))
    end[separated] = _back(held, end[separated] - 1, _BESIDE)
    bracketed = held[end] == ord(")")
    if bracketed.any():  # loss (train): 1.2
        opening = np.concatenate(([0], np.flatnonzero(held == ord("("))))
        end[bracketed] = _back(held, opening[np.searchsorted(opening, end[bracketed]) - 1] - 1, _BESIDE)
    is_name = _OF_NAME[held[end]]
    end, separated = end[is_name], separated[is_name]
    breaks = np.flatnonzero(~_OF_NAME[held])
    start = breaks[np.searchsorted(breaks, end) - 1] + 1
    names = zip(start.tolist(), (end + 1).tolist(), separated.tolist(), strict=True)
    return end[[may_be_known(text[first:last], colon) for first, last, colon in names]]


def _back(held: NDArray[np.uint8], at: IntArray, signs: Mask) -> IntArray:
    """Return the places before those at which signs stand that do not count."""
    at = at.copy()
    moving = np.flatnonzero(signs[held[at]])
    for _ in range(_GAP):
        if not len(moving):
            break
        at[moving] -= 1
        moving = moving[signs[held[at[moving]]]]
    return at


@lru_cache(maxsize=10_000)
def may_be_known(word: bytes, separated: bool) -> bool:
    """Whether a name may be known that ends with a word, in which 0 stands for digits."""
    if not separated:
        return _SPACED.fullmatch(word) is not None
    name = word.decode()
    if _last(name) in _last_words() or in_plain_words(name):
        return True
    return ("_" in name or "/" in name) and holds_metrics([name])


@cache
def _last_words() -> frozenset[str]:
    """Return the last words of all names that are known."""
    places = (*STEP_COLUMNS, *EPOCH_COLUMNS, *TOTALS, *TOTAL_EPOCHS, *SHORT)
    names = (*known_names(), *TASK_METRICS, *places, *_OTHERS)
    return frozenset(_last(re.sub("[0-9]+", "0", name)) for name in names)


def _last(name: str) -> str:
    words = [word for word in re.split("[/_]", name.lower()) if word]
    if len(words) > 1 and words[-1] in SPLITS:  # loss/train
        words.pop()
    return re.sub("[^a-z0-9]", "", words[-1]) if words else ""
