"""Lines of LightGBM, XGBoost and CatBoost, in the words in which neural networks are logged."""

from __future__ import annotations

import re
from collections.abc import Iterator

from curvewise.parsing.printed import NUMBER

_VALUE = rf"(?:{NUMBER}|[-+]?(?:nan|inf))"
_LINE = re.compile(
    r"(?:\[[\d:]+\][ \t]*)?(?:\[(?P<round>\d+)\]:?[ \t]+(?=\S*?(?:'s [\w@-]+|-[\w@]++-?) ?:)"
    r"|\[LightGBM\] \[Info\] Iteration:(?P<iteration>\d+), "
    r"|(?P<tree>\d+):[ \t]+(?=learn: ))"
)
"""``[5] train's l2: 0.1``, ``[5] test-error:0.1``, ``Iteration:5, training auc : 0.9``, ``5: learn: 0.1``."""
_ITEM = re.compile(
    r"(?P<set>(?<!\w)(?=\w*valid)\w++|training|train|learn|test|eval|val)(?:'s |-| |(?=:))"
    rf"(?P<metric>log loss|[\w@-]*) ?: ?(?P<value>{_VALUE})",
    re.IGNORECASE,
)
_SCORES = ("auc", "aucpr", "map", "ndcg", "average_precision", "accuracy", "f1")
"""Metrics of which more is better; any other is a loss."""


def boosted(line: str) -> Iterator[tuple[str, re.Match[str], str]]:
    r"""Yield what a line of boosting tells: its name, and the match and the group that hold the number.

    Examples
    --------
    >>> told = boosted("[5]\ttraining's l2: 0.1\tvalid_1's l2: 0.2\tvalid_1's auc: 0.7")
    >>> [(name, match[group]) for name, match, group in told]
    [('iter', '5'), ('train loss', '0.1'), ('val loss', '0.2'), ('val auc', '0.7')]
    >>> told = boosted("5:\tlearn: 0.1\ttest: 0.2\tbest: 0.2 (5)\ttotal: 3ms")
    >>> [(name, match[group]) for name, match, group in told]
    [('iter', '5'), ('train loss', '0.1'), ('val loss', '0.2')]
    """
    place = _LINE.match(line)
    items = list(_ITEM.finditer(line, place.end())) if place else []
    if not place or not items:
        return
    yield "iter", place, place.lastgroup or ""
    is_first = "validation_1-" in line
    for item in items:
        yield f"{_split(item['set'], is_first=is_first)} {_name(item['metric'])}", item, "value"


def _split(name: str, *, is_first: bool) -> str:
    is_training = name.lower().startswith(("train", "learn")) or (is_first and name.endswith("_0"))
    return "train" if is_training else "val"


def _name(metric: str) -> str:
    return metric.lower() if metric.lower().partition("@")[0] in _SCORES else "loss"
