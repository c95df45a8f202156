"""The metric catalogue: what each number means, which way is better, and what each source calls it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from itertools import chain
from typing import Literal

from curvewise.errors import UsageError
from curvewise.model.metric import Metric
from curvewise.text import snake_case, suggestion

SOURCES: Mapping[str, str] = {
    "openai": "OpenAI and Azure OpenAI: result file, events and checkpoints",
    "openai_legacy": "OpenAI's former fine-tunes service (compiled_results.csv)",
    "huggingface": "Hugging Face Trainer and TRL (trainer_state.json)",
    "llamafactory": "LLaMA-Factory (trainer_log.jsonl)",
    "keras": "Keras CSVLogger",
    "lightning": "PyTorch Lightning CSVLogger",
    "bedrock": "Amazon Bedrock model customization",
    "tinker": "Tinker cookbook (metrics.jsonl)",
    "together": "Together",
    "vertex": "Vertex AI",
    "mistral": "Mistral",
    "neox": "GPT-NeoX",
    "olmo": "OLMo",
    "nemo": "NVIDIA NeMo and NeMo RL",
    "composer": "Composer and LLM Foundry",
    "verl": "verl",
    "openrlhf": "OpenRLHF",
    "skyrl": "SkyRL",
    "slime": "slime",
    "prime_rl": "prime-rl",
    "areal": "AReaL",
    "roll": "ROLL",
    "rllm": "rLLM",
    "art": "ART",
    "torchtune": "torchtune",
    "stable_baselines": "Stable-Baselines3",
    "baselines": "OpenAI Baselines (progress.csv)",
    "rllib": "Ray RLlib",
}
"""The sources whose names the catalogue knows."""

_GRADER_ERRORS = {
    "sample_parse_error": "the grader could not parse the output",
    "invalid_variable_error": "the grader's template names a variable that the sample does not have",
    "other_error": "the grader's own logic failed",
    "python_grader_server_error": "the service that runs Python graders failed",
    "python_grader_runtime_error": "the Python grader raised an exception",
    "model_grader_server_error": "the grading model could not be reached",
}
GRADER_ERRORS = tuple(_GRADER_ERRORS)
"""Kinds of error that a grader counts; ``<split>_<kind>_rate/<grader>`` are the metrics."""


@cache
def catalogue() -> Mapping[str, Metric]:
    """Every canonical metric by name."""
    from curvewise.model.metric_entries import entries  # kept apart: a table, read on first use

    return {metric.name: metric for metric in entries(_GRADER_ERRORS)}


def lookup(name: str) -> Metric:
    """Return the entry of a canonical name; ``name/<member>`` is found under ``name``.

    Raises
    ------
    UsageError
        If the catalogue does not know the name; the hint gives near ones.

    Examples
    --------
    >>> lookup("full_valid_loss/code").better
    'lower'
    """
    metric = find(name)
    if metric is None:
        hint = suggestion(name, catalogue(), "run `curvewise metrics` for the list")
        raise UsageError(f"the catalogue has no metric {name!r}", hint=hint)
    return metric


def find(name: str) -> Metric | None:
    """Return the entry of a canonical name or of a member of its family, or None."""
    return catalogue().get(name) or catalogue().get(name.partition("/")[0])


@cache
def _names(sources: tuple[str, ...]) -> tuple[dict[str, str], tuple[tuple[str, str, str], ...]]:
    """Return metrics by alias; and for each alias with a star how it begins, its pattern and its metric."""
    exact: dict[str, str] = {}
    patterns: list[tuple[str, str, str]] = []
    for metric in catalogue().values():
        for source in sources:
            for alias in metric.aliases.get(source, ()):
                if "*" in alias:  # the first star is the member
                    member = re.escape(alias).replace(r"\*", "(?P<member>.+)", 1).replace(r"\*", "[^/]+")
                    patterns.append((alias.partition("*")[0], member, metric.name))
                else:
                    exact.setdefault(alias, metric.name)
    return exact, tuple(patterns)


def known_names() -> Iterator[str]:
    """Yield every name of a metric and what each source calls it, ``*`` for a member of a family."""
    for metric in catalogue().values():
        yield metric.name
        yield from chain.from_iterable(metric.aliases.values())


@lru_cache(maxsize=10_000)
def canonical(column: str, *sources: str) -> str | None:
    """Translate a source's name for a metric.

    Parameters
    ----------
    column
        The name in the file.
    sources
        Whose names to try, the first that knows it counts; all of them when none is given.

    Returns
    -------
    str or None
        The canonical name, or None when neither the catalogue nor these sources know the column.

    Examples
    --------
    >>> canonical("eval_loss", "huggingface")
    'full_valid_loss'
    >>> canonical("train_tool_calls_to_get_order", "openai")
    'train_tool_calls/get_order'
    >>> canonical("anything")
    """
    exact, patterns = _names(sources or tuple(SOURCES))
    if column in exact:
        return exact[column]
    if find(column) is not None:
        return column
    for start, pattern, name in patterns:
        if column.startswith(start) and (match := re.fullmatch(pattern, column)):
            return f"{name}/{match['member']}"
    return None


_WORDS = {
    "full_valid_loss": "validation loss",
    "full_valid_loss/*": "mean validation loss of all sets",
    "valid_loss": "validation loss over minibatches",
    "full_valid_mean_reward": "validation reward",
    "valid_grader_reward": "validation reward",
    "train_loss": "training loss",
    "train_mean_reward": "training reward",
}


def in_words(metric: str) -> str:
    """Say what checkpoints are chosen by; a metric without words of its own by its name.

    Examples
    --------
    >>> in_words("full_valid_loss/de"), in_words("eval_rouge")
    ('validation loss', 'eval_rouge')
    """
    return _WORDS.get(metric) or _WORDS.get(metric.partition("/")[0], metric)


@cache
def rank(column: str) -> int:
    """Return the least place at which a source lists a name: of two names of one metric the first tells more.

    Examples
    --------
    >>> rank("critic/score/mean") < rank("critic/rewards/mean") < rank("another/reward")
    True
    """
    names = {column, snake_case(column)}
    places = [99]
    for metric in catalogue().values():
        for aliases in metric.aliases.values():
            places += [
                at for at, alias in enumerate(aliases) if any(fnmatchcase(each, alias) for each in names)
            ]
    return min(places)


_PREFERENCES = frozenset(
    f"{split}_{name}"
    for split in ("train", "full_valid")
    for name in ("reward_margin", "reward_accuracy", "chosen_reward", "rejected_reward")
)
_ROLLOUTS = frozenset(
    ("train_mean_reward", "full_valid_mean_reward", "train_grader_reward", "valid_grader_reward",
     "train_reward_std", "zero_std_group_share", "mean_unresponsive_rewards", "policy_loss", "critic_loss",
     "completion_tokens_mean", "reasoning_tokens_mean", "clipped_completion_share", "clipped_update_share",
     "mismatch_kl")
)  # fmt: skip
"""What only training on rollouts logs."""
_LENGTHS = frozenset(("completion_tokens_mean", "clipped_completion_share"))
"""What distillation on answers of its own logs of them, beside a loss that says how far the teacher is."""
_REWARDING = re.compile(r"reward|advantage|rollout", re.IGNORECASE)
"""Words of columns that the catalogue does not know, which only training on rollouts logs."""


def infer_kind(metrics: Iterable[str]) -> Literal["sft", "dpo", "rft"]:
    """Tell the kind of training from the canonical names of its metrics.

    Examples
    --------
    >>> infer_kind(["train_loss", "full_valid_mean_reward"]), infer_kind(["train_loss", "env/my_reward"])
    ('rft', 'rft')
    """
    names = list(metrics)
    bases = {name.partition("/")[0] for name in names}
    if not bases.isdisjoint(_PREFERENCES):
        return "dpo"
    if any(_REWARDING.search(name) for name in names):
        return "rft"
    told = bases & _ROLLOUTS
    is_distilled = told <= _LENGTHS and "train_loss" in bases and "kl" not in bases
    return "sft" if not told or is_distilled else "rft"
