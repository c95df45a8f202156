"""Canonical names of the metric catalogue for the columns of a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping
from functools import lru_cache, partial
from itertools import product

from curvewise.errors import MixedRunsError, UsageError
from curvewise.model.metrics import SOURCES, canonical, infer_kind, lookup, rank
from curvewise.model.task_names import base, is_validation, task_rank
from curvewise.splits import ON_TRAINING, SPLITS, VALIDATION
from curvewise.text import abridged, snake_case

MAX_NAME = 200
"""Longest name of a metric; a longer one is cut."""

STEP_COLUMNS = (
    "step", "global_step", "train/global_step", "trainer/global_step", "current_steps", "step_number",
    "steps", "iteration", "iterations", "iter", "batch", "misc/total_timesteps", "total_timesteps",
    "timesteps", "time/total_timesteps", "timesteps_total", "num_env_steps_sampled_lifetime",
    "num_env_steps_sampled", "training_iteration", "update", "updates", "num_updates", "nupdates",
    "training_step", "system/step", "_step", "it", "iters", "episode", "episodes_total",
)  # fmt: skip
"""What tools call the training step, the most telling name first."""

EPOCH_COLUMNS = ("epoch", "epoch_number", "train/epoch", "epochs")
"""What tools call the epoch."""

PLANNED_STEPS = (
    "max_steps", "max_train_steps", "total_steps", "total_training_steps", "num_training_steps",
    "total_optimization_steps",
)  # fmt: skip
"""What tools call the steps that a training is to take."""

_OPENAI = ("openai", "openai_legacy")
_OTHERS = tuple(source for source in SOURCES if source not in (*_OPENAI, "llamafactory"))
_MINIBATCH_MARKS = {"valid_mean_token_accuracy", "full_valid_loss", "full_valid_mean_token_accuracy"}
_EVALUATION = tuple(f"{word}/" for word in VALIDATION)
_PREFIXES = tuple(split.replace("/", "_") for split in _EVALUATION)
_PLACES = ("step", "epoch")
_OF_SLIME = "rollout/raw_reward"
_BRACKETS = re.compile(r"[ _]?[(\[](?:in )?(?:nats|bits)\b[^()\[\]]*[)\]]$", re.IGNORECASE)
_UNIT = re.compile(r"_(?:(?:in_)?(?:nats|bits)(?:_per_\w+)?|per_(?:token|byte|char|word))$")
"""Of a loss, behind its name."""
_DECODED = frozenset(("wer", "cer", "ter", "bleu", "sacrebleu", "chrf", "rouge1", "rouge2", "rougel"))
"""Metrics of decoded answers, which nobody takes on training data beside a validation loss."""
_EPISODIC = frozenset(("score", "return", "total_reward", "episode_reward", "episode_return", "ep_reward"))
"""What loops over episodes call the reward of one."""
_OF_EPISODES = frozenset(("episode", "epsilon", "episode_length"))
"""What stands beside it."""
PREFERENCES = frozenset(("chosen", "rejected", "margins", "accuracies"))
"""What preference training logs of its implicit rewards."""


_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_SPLITS = {**SPLITS, "trn": "train", "tr": "train", "vl": "val"}
_WHATS = {
    **dict.fromkeys(("loss", "losses", "nll", "xent", "ce", "cost", "bpb", "bpc"), "loss"),
    **dict.fromkeys(("accuracy", "acc", "accuracies"), "accuracy"),
}
_FILLERS = frozenset(
    ("avg", "average", "mean", "running", "total", "overall", "epoch", "batch", "minibatch", "mini")
)
"""Words of the names that people give: the data, the metric, and what adds nothing to them."""

_VALIDATION = ("full_valid_loss", "valid_loss")
FEWEST = 3
"""Points that make a curve: means over epochs are fewer in a run of one or two, values of steps are more."""

RUN_COLUMNS = ("run", "run_id", "run_name", "run_uuid", "experiment", "experiment_name", "trial")
"""What tables of several runs call the column that tells the runs apart."""


def find_column(columns: Iterable[str], wanted: Iterable[str]) -> str | None:
    """Return the column that has the first of several names, whatever its case and word separators.

    Examples
    --------
    >>> find_column(["Loss", "Global Step"], STEP_COLUMNS), find_column(["Iteration #", "Loss"], STEP_COLUMNS)
    ('Global Step', 'Iteration #')
    """
    plain = {snake_case(column).removesuffix("#").rstrip("_"): column for column in reversed(list(columns))}
    return next((plain[name] for name in wanted if name in plain), None)


def find_place(columns: Iterable[str]) -> str | None:
    """Return the column that tells where training stands: that of the steps, or else of the epochs.

    Examples
    --------
    >>> find_place(["epoch", "Global Step"]), find_place(["Epoch", "loss"])
    ('Global Step', 'Epoch')
    """
    return find_column(columns, (*STEP_COLUMNS, *EPOCH_COLUMNS))


def recognised(column: str, columns: Iterable[str] = ()) -> str | None:
    """Return the canonical name of a column of any source, or None.

    ``valid_loss`` means one minibatch only beside other columns that OpenAI writes; elsewhere it is
    a full pass over the validation set.

    Examples
    --------
    >>> recognised("valid_loss"), recognised("Training Loss"), recognised("train/reward")
    ('full_valid_loss', 'train_loss', 'train_mean_reward')
    >>> recognised("Loss/train"), recognised("loss/validation")
    ('train_loss', 'full_valid_loss')
    >>> recognised("validation_loss_nats_per_byte"), recognised("eval_train_loss")
    ('full_valid_loss', 'train_loss')
    """
    return _recognised(column, is_of_openai=bool(_MINIBATCH_MARKS.intersection(columns)))


@lru_cache(maxsize=10_000)
def _recognised(column: str, *, is_of_openai: bool) -> str | None:
    again = partial(_recognised, is_of_openai=is_of_openai)
    if on_training := ON_TRAINING.match(column):
        return again(f"train_{column[on_training.end() :]}")
    orders = ((*_OPENAI, *_OTHERS),) if is_of_openai else (_OTHERS, _OPENAI)
    names = list(dict.fromkeys((column, snake_case(column))))
    for name, sources in product(names, orders):
        if metric := canonical(name, *sources):
            return metric
    for name in names:
        split, _, rest = name.partition("/")
        if split == "train" and (metric := canonical(rest, *_OTHERS)):
            return metric
        if f"{split}/" in _EVALUATION:
            own = canonical(rest, *_OTHERS) if rest.startswith(_PREFIXES) else None  # val/val_loss
            if metric := own or canonical(f"eval_{rest}", "huggingface"):
                return metric
        rest, _, last = name.lower().rpartition("/")
        splits = ("train/", *_EVALUATION)
        if rest and f"{last}/" in splits and f"{split.lower()}/" not in splits:
            return again(f"{last}/{rest}")
    plain = in_plain_words(_BRACKETS.sub("", column))
    if plain and plain != column:
        return again(plain)
    bare = _UNIT.sub("", snake_case(column))
    return again(bare) if bare.endswith("loss") and bare != snake_case(column) else None


@lru_cache(maxsize=10_000)
def in_plain_words(column: str) -> str:
    """Return what the losses and accuracies of somebody's own loop are commonly called; else nothing.

    Examples
    --------
    >>> [in_plain_words(name) for name in ("avg_val_loss", "Val. Loss", "trainNLL", "mean cost", "aux_loss")]
    ['val_loss', 'val_loss', 'train_loss', 'loss', '']
    """
    words = [word.lower() for word in _WORDS.findall(column)]
    splits = {_SPLITS[word] for word in words if word in _SPLITS}
    whats = {_WHATS[word] for word in words if word in _WHATS}
    others = [word for word in words if word not in _SPLITS and word not in _WHATS and word not in _FILLERS]
    if others or len(splits) > 1 or len(whats) != 1:
        return ""
    return "_".join((*splits, *whats))


def minibatch_marks(columns: Iterable[str]) -> set[str]:
    """Return the columns that show that OpenAI wrote a file: all that `recognised` needs of the others."""
    return _MINIBATCH_MARKS.intersection(columns)


def name_columns(
    columns: Iterable[str], mapping: Mapping[str, str], points: Callable[[str], int] = lambda _: FEWEST
) -> dict[str, str]:
    """Name the columns of a file by the user's mapping, then by the catalogue, else as they are.

    Of several columns with one meaning, that which the catalogue lists first gets the canonical name, and the
    others keep their own, whatever their order: each tracker has its own. One with few points comes last.
    In reinforcement learning the loss says nothing of quality: there it is called ``policy_loss``.

    Examples
    --------
    >>> name_columns(["critic/rewards/mean", "critic/score/mean"], {})
    {'critic/rewards/mean': 'critic/rewards/mean', 'critic/score/mean': 'train_mean_reward'}
    >>> name_columns(["reward", "loss", "my_score"], {})
    {'reward': 'train_mean_reward', 'loss': 'policy_loss', 'my_score': 'my_score'}
    """
    known = list(columns)
    named = {column: metric for metric, column in mapping.items() if column in known}
    taken = set(named.values())
    marks = minibatch_marks(known)
    meant = {column: recognised(column, marks) for column in known if column not in named}
    meant |= _evaluations_of_slime(known) if _OF_SLIME in meant else {}
    left = [column for column in known if column not in named]
    meant |= _by_company(left, set(meant.values()))
    if not any((metric or "").partition("/")[0] in _VALIDATION for metric in meant.values()):
        tests = [column for column in meant if in_plain_words(column) == "test_loss" and points(column) > 1]
        meant |= dict.fromkeys(tests, "full_valid_loss")  # many call the data that they validate on so
    chosen: dict[str, str] = {}
    for column, meaning in meant.items():
        if meaning is not None and meaning not in taken:
            other = chosen.setdefault(meaning, column)
            if other != column:
                ranked = ((points(each) < FEWEST, rank(each), each) for each in (column, other))
                chosen[meaning] = min(ranked)[-1]
    named |= {column: meaning for meaning, column in chosen.items()}
    taken |= chosen.keys()
    for column in known:
        if column not in named:
            named[column] = _free(column[:MAX_NAME], taken)
            taken.add(named[column])
    mapped = {column: name for column, name in named.items() if mapping.get(name) == column}
    named |= named_by_kind(named) | mapped
    return {column: named[column] for column in known}


def _by_company(columns: Iterable[str], meanings: Container[str | None]) -> dict[str, str]:
    """Name what only the columns beside it tell: a WER beside a validation loss, the score of an episode.

    A single pair such as ``train_closs`` and ``val_closs``, where there is no other loss, is the loss.

    >>> _by_company(["epoch", "val_loss", "WER"], {"full_valid_loss"}), _by_company(["Episode", "score"], ())
    ({'WER': 'eval_wer'}, {'score': 'train_mean_reward'})
    >>> _by_company(["mean_reward"], ()), _by_company(["mean_reward", "min_reward", "max_reward"], ())
    ({'mean_reward': 'train_mean_reward'}, {})
    """
    plain = {snake_case(column): column for column in columns}
    evaluated = {base(name) for name in plain if is_validation(name)}
    found: dict[str, str] = {}
    if "full_valid_loss" in meanings:
        found = {plain[name]: f"eval_{name}" for name in plain if name in _DECODED - evaluated}
    if _OF_EPISODES & plain.keys() and "train_mean_reward" not in meanings:
        found |= {plain[name]: "train_mean_reward" for name in plain if name in _EPISODIC}
    if "mean_reward" in plain and "train_mean_reward" not in meanings and not _REWARD_MODEL & plain.keys():
        found[plain["mean_reward"]] = "train_mean_reward"
    if "train_loss" not in meanings and "full_valid_loss" not in meanings:
        ends = [name.removeprefix("train_") for name in plain if re.fullmatch(r"train_\w+loss", name)]
        pairs = [
            (f"train_{end}", f"{split}_{end}")
            for end in ends
            for split in VALIDATION
            if f"{split}_{end}" in plain
        ]
        for train, valid in pairs if len(pairs) == 1 else ():
            found |= {plain[train]: "train_loss", plain[valid]: "full_valid_loss"}
    return found


def _evaluations_of_slime(columns: Iterable[str]) -> dict[str, str]:
    """Name the mean reward of each set of evaluation; other figures of one stand behind a hyphen.

    >>> _evaluations_of_slime(["eval/aime-2024", "eval/aime-2024-truncated_ratio", "eval/math/x"])
    {'eval/aime-2024': 'valid_grader_reward/aime-2024'}
    """
    sets = [name for name in columns if name.startswith("eval/") and name.count("/") == 1]
    own = [name for name in sets if not any(name.startswith(f"{other}-") for other in sets)]
    return {name: f"valid_grader_reward/{name.removeprefix('eval/')}" for name in own if name != "eval/step"}


_OF_PAIRS = {
    "train_accuracy": "train_reward_accuracy",
    "accuracy": "train_reward_accuracy",
    "full_valid_accuracy": "full_valid_reward_accuracy",
    "margin": "train_reward_margin",
    "eval_margin": "full_valid_reward_margin",
}
"""What an accuracy and a margin are beside the rewards of chosen and of rejected answers."""
_REWARD_MODEL = frozenset(("margin", "min_reward", "max_reward"))
"""What TRL logs where it trains a reward model."""
_OF_NEMO = ("validation/accuracy", "train/reward")


def named_by_kind(named: Mapping[str, str]) -> dict[str, str]:
    """Name columns anew by what the training is on: on pairs of answers, or on rollouts.

    Examples
    --------
    >>> named_by_kind({"reward": "train_mean_reward", "loss": "train_loss"})
    {'reward': 'train_mean_reward', 'loss': 'policy_loss'}
    >>> named_by_kind({"acc": "train_accuracy", "chosen_reward": "train_chosen_reward"})
    {'acc': 'train_reward_accuracy', 'chosen_reward': 'train_chosen_reward'}
    """
    kind = infer_kind(named.values())
    if kind == "dpo" or {column.removeprefix("train/") for column in named} >= _REWARD_MODEL:
        renamed = {column: _name_of_pairs(name) for column, name in named.items()}
    elif kind == "rft":
        renamed = {column: reinforcement_name(column, name) for column, name in named.items()}
        if named.keys() >= set(_OF_NEMO):
            renamed[_OF_NEMO[0]] = "full_valid_mean_reward"  # the mean over rollouts, whatever the grader
    else:
        return dict(named)
    taken = set(named.values())
    for column, name in renamed.items():
        if name in taken and name != named[column]:
            renamed[column] = column[:MAX_NAME]
        taken.add(renamed[column])
    return renamed


def _name_of_pairs(name: str) -> str:
    """Name an accuracy or a margin as that of pairs.

    >>> _name_of_pairs("full_valid_accuracy/code"), _name_of_pairs("train/margin")
    ('full_valid_reward_accuracy/code', 'train_reward_margin')
    """
    plain = name.removeprefix("train/").replace("eval/", "eval_")
    base, _, member = plain.partition("/")
    return f"{_OF_PAIRS[base]}{member and '/'}{member}" if base in _OF_PAIRS else name


def reinforcement_name(column: str, name: str) -> str:
    """Name a column of reinforcement learning: its loss is that of a policy, its ``rewards/f`` a grader's.

    Examples
    --------
    >>> reinforcement_name("loss", "train_loss"), reinforcement_name("rewards/format", "rewards/format")
    ('policy_loss', 'train_grader_reward/format')
    """
    if name == "train_loss":
        return "policy_loss"
    column = column.removeprefix("train/")
    for prefix, family in (("rewards/", "train_grader_reward"), ("eval_rewards/", "valid_grader_reward")):
        grader = column.removeprefix(prefix)
        if column.startswith(prefix) and "/" not in grader and grader not in PREFERENCES:
            return f"{family}/{grader}"[:MAX_NAME]  # TRL before 0.17 logs no /mean behind the function
    return name


def holds_metrics(columns: Iterable[str]) -> bool:
    """Whether a column is a metric that says something of the training: more than where it stands.

    Examples
    --------
    >>> [holds_metrics(["step", name]) for name in ("loss", "val_f1", "learning_rate")]
    [True, True, False]
    """
    known = list(columns)
    if any(map(task_rank, known)):
        return True
    positions = {"epoch", "learning_rate", "train_tokens", "train_examples"}
    marks, meant = minibatch_marks(known), set[str]()
    for column in known:  # of a hundred thousand the first that tells is enough
        name = recognised(column, marks) or "epoch"
        if name not in positions:
            return True
        meant.add(name)
    return bool(_by_company(known, meant))


def require_one_run(column: str, values: Iterable[object]) -> None:
    """Refuse a column that names several runs."""
    runs = list(dict.fromkeys(values))
    if len(runs) > 1:
        raise MixedRunsError(
            f"the column {column!r} names {len(runs)} runs: {abridged([str(run)[:80] for run in runs])}",
            hint="export one run alone, or keep the rows of one run",
            field=column,
        )


def require_mapping(mapping: Mapping[str, str], columns: Iterable[str]) -> None:
    """Refuse a mapping of a metric or a column that does not exist, or of one column to two metrics."""
    known = list(columns)
    for metric, column in mapping.items():
        if metric != "step":
            lookup(metric)
        if column not in known:
            raise UsageError(
                f"there is no column {column!r} to map to {metric}",
                hint=f"the columns are {abridged(known, 20)}"
                if known
                else "the file has no columns of numbers; pass a table, or a log of objects",
                field=column,
            )
    metrics: dict[str, str] = {}
    for metric, column in mapping.items():
        if metric not in _PLACES and metrics.setdefault(column, metric) != metric:
            raise UsageError(
                f"the column {column!r} is mapped to both {metrics[column]} and {metric}",
                hint="map each column to one metric",
                field=column,
            )


def require_no_metric(mapping: Mapping[str, str], step: str | None) -> None:
    """Refuse a mapping of a metric to the column of the steps."""
    for metric, column in mapping.items():
        if column == step and metric not in _PLACES:
            raise UsageError(
                f"the column {column!r} holds the steps and cannot be {metric} as well",
                hint="map the steps to another column with `--map step=COLUMN`, or the metric",
                field=column,
            )


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 2
    while free in taken:
        free, number = f"{name} ({number})", number + 1
    return free
