"""Metrics that a plug-in needs of a run."""

from __future__ import annotations

from collections.abc import Iterable

from curvewise.derived.memo import once_per_run
from curvewise.model.run import Run

Needs = tuple[str | tuple[str, ...], ...]
"""Canonical names, families as ``name/*``; of a tuple among them any one will do."""


def lacking(present: frozenset[str], needs: Needs) -> tuple[str, ...]:
    """Return the first need that what is present does not meet: its names, or none."""
    for need in needs:
        names = (need,) if isinstance(need, str) else tuple(need)
        if present.isdisjoint(names):
            return names
    return ()


def names_in(needs: Needs) -> tuple[str, ...]:
    """Return every name among needs, once."""
    each = (name for need in needs for name in ((need,) if isinstance(need, str) else need))
    return tuple(dict.fromkeys(each))


def in_words(names: Iterable[str]) -> list[str]:
    """Call metrics and families by words, those that say the same once.

    Examples
    --------
    >>> in_words(("full_valid_loss", "full_valid_loss/*", "valid_loss")), in_words(["grad_norm"])
    (['validation loss'], ['grad norm'])
    """
    words = dict.fromkeys(_words(name.removesuffix("/*")) for name in names)
    plainer = {word: word.replace("grader ", "") for word in words}
    return [word for word in words if plainer[word] == word or plainer[word] not in words]


def _words(name: str) -> str:
    side, _, rest = name.removeprefix("full_").partition("_")
    named = {"train": "training ", "valid": "validation "}.get(side, "")
    plain = (rest if named else name).removeprefix("mean_").removesuffix("_mean").replace("_", " ")
    return f"{named}{plain}"


@once_per_run
def present(run: Run) -> frozenset[str]:
    """Return the metrics that have a value, and the families of which a member has."""
    names = [name for name, series in run.metrics.items() if len(series.step)]
    return frozenset((*names, *(f"{name[:at]}/*" for name in names for at in _slashes(name))))


def _slashes(name: str) -> list[int]:
    return [at for at, letter in enumerate(name) if letter == "/"] if "/" in name else []
