"""Consoles of LightGBM, XGBoost and CatBoost, in the words in which neural networks are logged."""

from __future__ import annotations

import re
from collections.abc import Iterable

_VALUE = r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|nan|inf)"
_LINE = re.compile(
    r"^(?:\[[\d:]+\][ \t]*)?(?:\[(?P<round>\d+)\]:?[ \t]+(?=\S*?(?:'s |-)[\w@-]+ ?:)"
    r"|\[LightGBM\] \[Info\] Iteration:(?P<iteration>\d+), "
    r"|(?P<tree>\d+):[ \t]+(?=learn: ))(?P<rest>.*)$",
    re.MULTILINE,
)
"""``[5] train's l2: 0.1``, ``[5] test-error:0.1``, ``Iteration:5, training auc : 0.9``, ``5: learn: 0.1``."""
_ITEM = re.compile(
    r"(?P<set>training|train|learn|test|eval|\w*?valid\w*|val)(?:'s |-| |(?=:))"
    rf"(?P<metric>[\w@-]*) ?: ?(?P<value>{_VALUE})",
    re.IGNORECASE,
)
_SCORES = ("auc", "aucpr", "map", "ndcg", "average_precision", "accuracy", "f1")
"""Metrics of which more is better; any other is a loss."""


def as_losses(text: str) -> str:
    r"""Return a text with its lines of boosting as those of a training: ``iter 5: train loss: 0.1``.

    Examples
    --------
    >>> as_losses("[5]\ttraining's l2: 0.1\tvalid_1's l2: 0.2\tvalid_1's auc: 0.7\n")
    'iter 5: train loss: 0.1, val loss: 0.2, val auc: 0.7\n'
    >>> as_losses("[10:11:12] [5]  test-error:0.2 train-error:0.1")
    'iter 5: val loss: 0.2, train loss: 0.1'
    >>> as_losses("5:\tlearn: 0.1\ttest: 0.2\tbest: 0.2 (5)\ttotal: 3ms")
    'iter 5: train loss: 0.1, val loss: 0.2'
    """
    is_first = re.search(r"\bvalidation_1-", text) is not None
    return _LINE.sub(lambda line: _told(line, is_first=is_first), text)


def _told(line: re.Match[str], *, is_first: bool) -> str:
    """Return a line in other words; `is_first` says that the set 0 is that of training."""
    place = line["round"] or line["iteration"] or line["tree"]
    told = [
        f"{_split(item['set'], is_first=is_first)} {_name(item['metric'])}: {item['value']}"
        for item in _ITEM.finditer(line["rest"])
    ]
    return f"iter {place}: {', '.join(_once(told))}" if told else line[0]


def _split(name: str, *, is_first: bool) -> str:
    is_training = name.lower().startswith(("train", "learn")) or (is_first and name.endswith("_0"))
    return "train" if is_training else "val"


def _name(metric: str) -> str:
    return metric.lower() if metric.lower().partition("@")[0] in _SCORES else "loss"


def _once(told: Iterable[str]) -> list[str]:
    """Keep the first of several losses of a set."""
    kept: dict[str, str] = {}
    for each in told:
        kept.setdefault(each.partition(":")[0], each)
    return list(kept.values())
