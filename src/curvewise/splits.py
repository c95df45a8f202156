"""The words that name the data a metric is measured on: training, validation or test data."""

from __future__ import annotations

import re

SPLITS = {
    **dict.fromkeys(("training", "train", "learn"), "train"),
    **dict.fromkeys(("validation", "valid", "val", "evaluation", "eval", "dev"), "val"),
    **dict.fromkeys(("testing", "test"), "test"),
}
"""What tools call the data, and the shortest name of each; of two that begin alike, the longer is first."""
VALIDATION = tuple(word for word, split in SPLITS.items() if split == "val")
EVALUATION = "|".join(word for word, split in SPLITS.items() if split != "train")
"""Those of an evaluation, as a regular expression takes them."""
ON_TRAINING = re.compile(rf"(?:{EVALUATION})[_/. -]+train(?:ing)?[_/. -]+", re.IGNORECASE)
"""What begins the name of a metric that an evaluation took on training data: ``eval_train_loss``."""
_BEGINS = re.compile(r"(?<![a-z])(?:eval|val(?!ue)|test|dev(?![a-z]))", re.IGNORECASE)


def is_of_evaluation(name: str) -> bool:
    """Whether a word in the name of a metric begins with data that are not trained on.

    Examples
    --------
    >>> [is_of_evaluation(name) for name in ("val_loss", "loss/Validation", "testacc", "value_loss", "loss")]
    [True, True, True, False, False]
    """
    return _BEGINS.search(name) is not None
