"""Names of the runs of a store, by which a user takes one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable


def distinct(runs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Name the runs of a store, given by id and name: those of one name by the beginning of their id, too.

    Examples
    --------
    >>> distinct([("8ea0ee2304df", "tune"), ("d6af2371bb17", "tune"), ("1b3ac3567aa4", "")])
    {'8ea0ee2304df': 'tune-8ea0ee23', 'd6af2371bb17': 'tune-d6af2371', '1b3ac3567aa4': '1b3ac3567aa4'}
    """
    listed = dict(runs)
    count = Counter(listed.values())
    named = {run: name if count[name] == 1 else f"{name}-{run[:8]}" for run, name in listed.items()}
    taken = Counter(named.values())
    return {run: name if listed[run] and taken[name] == 1 else run for run, name in named.items()}
