"""Names of metrics of the task itself, such as accuracy or word error rate, and which way is better."""

from __future__ import annotations

import re

from curvewise.splits import EVALUATION

_LOWER = ("wer", "cer", "ter", "eer", "mae", "mse", "rmse", "error", "error_rate", "fid", "bpb")
_HIGHER = (
    "exact_match", "em", "pass_rate", "solve_rate", "success_rate", "win_rate", "f1", "overall_f1",
    "macro_f1", "f1_macro", "micro_f1", "f1_micro", "f1_score", "weighted_f1", "f1_weighted", "bleu",
    "sacrebleu", "bleu4", "chrf", "meteor", "bertscore", "rougelsum", "rougel", "rouge1", "rouge2", "mcc",
    "matthews_correlation", "auc", "roc_auc", "auroc", "map50_95", "map_0.5:0.95", "map50", "map_0.5", "map",
    "bbox_map", "ndcg", "mrr", "iou", "miou", "dice", "pearson", "spearman", "spearmanr", "r2", "top1",
    "accuracy_top1", "acc1", "prec1", "accuracy", "acc", "balanced_accuracy", "binary_accuracy",
    "categorical_accuracy", "sparse_categorical_accuracy", "score",
)  # fmt: skip

_LAST = ("perplexity", "ppl")
"""Lower is better; the exponential of the loss, to be judged by where no loss is logged."""
TASK_METRICS = (*_LOWER, *_HIGHER, *_LAST)
"""Those known, in the order in which a run is judged by them."""
_PREFIX = re.compile(rf"^(?:{EVALUATION}|full_valid|metrics)[_/.\s-]+", re.IGNORECASE)
"""What stands before those of an evaluation; ``metrics/`` is how Ultralytics writes it."""
_PASS = re.compile(r"(?:pass|avg|mean|acc)[@_]?k?[=]?\d{1,3}")
_MARKS = re.compile(r"\([^()]*\)$|[\W_]")


def base(name: str) -> str:
    """Return the name of a validation metric without what says that it is one.

    Examples
    --------
    >>> base("eval_wer"), base("full_valid_accuracy"), base("val/F1")
    ('wer', 'accuracy', 'f1')
    """
    return _PREFIX.sub("", name).lower()


def is_validation(name: str) -> bool:
    """Whether a name says that the metric is that of an evaluation."""
    return _PREFIX.match(name) is not None


def task_rank(name: str) -> tuple[int, float] | None:
    """Return the place of a task metric among those known, and 1 where lower is better; None for any other.

    Of several the first is judged by: those of which less is better, then those of which more is, in this
    order, and each on validation data rather than on test data.

    Examples
    --------
    >>> task_rank("eval_wer"), task_rank("eval_rouge-1") == task_rank("val/ROUGE1"), task_rank("wer")
    ((0, 1.0), True, None)
    """
    if not is_validation(name):
        return None
    whole = base(name)
    own = _PLACES.get(_MARKS.sub("", whole)) or _PLACES.get(_MARKS.sub("", whole.rpartition("/")[2]))
    if own is None and _PASS.fullmatch(whole):
        own = (len(_LOWER), -1.0)
    if own is None or not name.lower().startswith("test"):
        return own
    return own[0] + len(_PLACES), own[1]


_PLACES = {
    _MARKS.sub("", name): (place, -1.0 if name in _HIGHER else 1.0) for place, name in enumerate(TASK_METRICS)
}
