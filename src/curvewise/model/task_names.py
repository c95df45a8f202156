"""Names of metrics of the task itself, such as accuracy or word error rate, and which way is better."""

from __future__ import annotations

import re
from functools import lru_cache

from curvewise.splits import EVALUATION, ON_TRAINING

_LOWER = (
    "wer", "cer", "ter", "der", "per", "eer", "mae", "mse", "rmse", "mape", "smape", "error", "error_rate",
    "fid", "lpips", "bpb", "bpc", "bits_per_byte", "brier",
)  # fmt: skip
_HIGHER = (
    "exact_match", "em", "pass_rate", "solve_rate", "success_rate", "win_rate", "f1", "overall_f1",
    "macro_f1", "f1_macro", "micro_f1", "f1_micro", "f1_score", "weighted_f1", "f1_weighted", "bleu",
    "sacrebleu", "bleu4", "chrf", "meteor", "comet", "bertscore", "rougelsum", "rougel", "rouge1", "rouge2",
    "mcc", "matthews_correlation", "kappa", "qwk", "auc", "roc_auc", "auroc", "pr_auc", "auprc",
    "average_precision", "map50_95", "map_0.5:0.95", "map50", "map_0.5", "map", "mean_average_precision",
    "bbox_map", "ndcg", "mrr", "hit_rate", "iou", "miou", "dice", "jaccard", "psnr", "ssim", "pearson",
    "pearsonr", "spearman", "spearmanr", "r2", "r_squared", "explained_variance", "top1", "accuracy_top1",
    "acc1", "prec1", "accuracy", "acc", "balanced_accuracy", "binary_accuracy", "categorical_accuracy",
    "sparse_categorical_accuracy", "top5", "sensitivity", "specificity", "combined_score", "ents_f",
    "cats_score", "score",
)  # fmt: skip
_LAST = ("perplexity", "ppl")
"""Lower is better; the exponential of the loss, to be judged by where no loss is logged."""
TASK_METRICS = (*_LOWER, *_HIGHER, *_LAST)
"""Those known, in the order in which a run is judged by them."""
_PREFIX = re.compile(rf"^(?:{EVALUATION}|full_valid|metrics)[_/.\s-]+", re.IGNORECASE)
"""What stands before those of an evaluation; ``metrics/`` is how Ultralytics writes it."""
_PASS = re.compile(r"(?:pass|avg|mean|acc)(?:_?(?:@|at)_?)?k?[=_]?\d{1,3}")
_MARKS = re.compile(r"\([^()]*\)$|[\W_]")
_WORDS = re.compile(r"[^\W_]+(?:@\d+)?")
_TOLD_BY = frozenset((
    "accuracy", "acc", "f1", "wer", "cer", "mae", "mse", "rmse", "bleu", "rouge1", "rouge2", "rougel", "dice",
    "iou", "auc", "auroc", "ndcg", "mrr", "recall@", "map@", "spearman", "pearson", "kappa", "psnr", "ssim",
))  # fmt: skip
"""Words that say of a longer name, such as ``gsm8k_accuracy``, what it measures."""
_ASIDE = frozenset(
    ("mean", "avg", "average", "norm", "score", "pct", "percent", "overall", "total", "k", "cosine")
)
"""Words beside them that do not change it."""
_ANOTHER = frozenset((
    "token", "tokens", "reward", "rewards", "stderr", "std", "count", "num", "loss", "min", "max",
))  # fmt: skip
"""Words that make another metric of it."""

SHARES = frozenset(("wer", "cer", "accuracy", "acc", "f1", "f1_score", "macro_f1", "exact_match", "em"))
LARGEST_SHARE = 2.0
"""Largest value of a share: error rates above 1 are of many insertions; what is larger is in percent."""


def base(name: str) -> str:
    """Return the name of a validation metric without what says that it is one.

    Examples
    --------
    >>> base("eval_wer"), base("full_valid_accuracy"), base("val/F1")
    ('wer', 'accuracy', 'f1')
    """
    return _PREFIX.sub("", name).lower()


def plain(name: str) -> str:
    """Return a name without signs and capitals, nor what stands in brackets at its end."""
    return _MARKS.sub("", name).lower()


def in_percent(name: str, value: float) -> bool:
    """Whether a value of a share, such as accuracy, is written in percent.

    Examples
    --------
    >>> in_percent("eval_wer", 20.0), in_percent("eval_wer", 1.2), in_percent("eval_loss", 20.0)
    (True, False, False)
    """
    return base(name) in SHARES and value > LARGEST_SHARE


def is_validation(name: str) -> bool:
    """Whether a name says that the metric is that of an evaluation on data that are not trained on."""
    return _PREFIX.match(name) is not None and ON_TRAINING.match(name) is None


@lru_cache(maxsize=1024)
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
    own = _PLACES.get(plain(whole)) or _PLACES.get(plain(whole.rpartition("/")[2]))
    if own is None and _PASS.fullmatch(whole):
        own = (len(_LOWER), -1.0)
    own = own or _of_longer(whole.partition("/")[0]) or _of_longer(whole)
    if own is None or not name.lower().startswith("test"):
        return own
    return own[0] + 2 * len(_PLACES), own[1]


def _of_longer(name: str) -> tuple[int, float] | None:
    """Return the place of the metric that the last word of a longer name tells, behind all short names."""
    words = _WORDS.findall(name)
    if _ANOTHER & {*words}:
        return None
    while len(words) > 1 and words[-1] in _ASIDE:
        words.pop()
    last, at, _ = words[-1].partition("@") if words else ("", "", "")
    whole = _PLACES.get("".join(words))
    if whole is None and last not in _TOLD_BY and last + at not in _TOLD_BY:
        return None
    place, sign = whole or _PLACES.get(last, (len(_PLACES), -1.0))
    return place + len(_PLACES), sign


_PLACES = {
    _MARKS.sub("", name): (place, -1.0 if name in _HIGHER else 1.0) for place, name in enumerate(TASK_METRICS)
}
