"""Names that Hugging Face's Trainer logs, and what they and its timings tell."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from curvewise.model.column_names import MAX_NAME, named_by_kind
from curvewise.model.metrics import canonical
from curvewise.model.series import NO_POINTS, Series
from curvewise.splits import ON_TRAINING

_TIMINGS = (
    "runtime",
    "samples_per_second",
    "steps_per_second",
    "model_preparation_time",
    "jit_compilation_time",
)
SAMPLES = "eval_samples"
"""What the scripts of Transformers call the number of validation examples."""
_TRAINED = {"learning_rate", "grad_norm"}
_SUMMARY = {"total_flos", *(f"train_{timing}" for timing in _TIMINGS)}
_PARTS_OF_LOSS = {"sft", "nll", "odds_ratio", "aux", "policy", "value", "mtp"}  # no evaluation sets


def is_trainer(keys: Collection[str]) -> bool:
    """Whether Hugging Face's Trainer logged these names, without the prefixes that it gives them elsewhere.

    Examples
    --------
    >>> is_trainer(["loss", "grad_norm", "learning_rate", "epoch"]), is_trainer(["loss", "epoch"])
    (True, False)
    """
    return "epoch" in keys and ("train_runtime" in keys or "eval_runtime" in keys or set(keys) >= _TRAINED)


def trainer_names(keys: Iterable[str]) -> dict[str, str]:
    """Name of the metric for each key that holds one."""
    keys = list(keys)
    summary = bool(_SUMMARY & set(keys))
    sets = _evaluation_sets(keys)
    names: dict[str, str] = {}
    taken: set[str] = set()
    for key in keys:
        if key in _SUMMARY or is_timing(key):
            continue
        name = "mean_train_loss" if key == "train_loss" and summary else _name(key, sets)
        names[key] = name if name not in taken else key[:MAX_NAME]
        taken.add(name)
    return named_by_kind(names)


def is_timing(key: str) -> bool:
    """Whether a name is that of how long an evaluation took, how fast it was, or how many examples it had.

    Examples
    --------
    >>> is_timing("eval_runtime"), is_timing("eval/code_samples_per_second"), is_timing("train_runtime")
    (True, True, False)
    """
    own = _own(key)
    return own == SAMPLES or (own.startswith("eval_") and own.endswith(_TIMINGS))


def _own(key: str) -> str:
    """Return a name as the Trainer has it, where a tracker calls it ``eval/runtime``."""
    return key.replace("eval/", "eval_", 1)


def _evaluation_sets(keys: Sequence[str]) -> tuple[str, ...]:
    """Names of the evaluation sets, the longest first; none when there is a single, nameless one."""
    for ending in ("_runtime", "_loss"):  # every evaluation logs its run time, unless rows were picked out
        ends = (key for key in keys if key.endswith(ending) and ON_TRAINING.match(key) is None)
        marked = [key[5 : -len(ending)] for key in ends if key.startswith("eval_")]
        if marked or f"eval{ending}" in keys:
            sets = {name for name in marked if name and (ending == "_runtime" or name not in _PARTS_OF_LOSS)}
            return tuple(sorted(sets, key=lambda name: (-len(name), name)))
    return ()


def _name(key: str, sets: Sequence[str]) -> str:
    for name in sets:
        if key.startswith(f"eval_{name}_"):
            measured = f"eval_{key[len(name) + 6 :]}"
            return f"{canonical(measured, 'huggingface') or measured}/{name}"[:MAX_NAME]
    if key.startswith("eval_") and key.endswith("_loss") and key != "eval_loss":
        return key[:MAX_NAME]  # a part of the loss, which the catalogue's eval_*_loss would take for a set
    return canonical(key, "huggingface") or key[:MAX_NAME]


def validation_examples(logged: Mapping[str, Series], rounded: float = 0.0) -> int | None:
    """Examples of an evaluation: as stated, or where run time times speed gives one number for all of them.

    Both are off by the part `rounded` at most, beside the last of three decimals.
    """
    ending = "_samples_per_second"
    logged = {_own(key): series for key, series in logged.items()}
    counts: set[int | None] = set()
    if len(stated := logged[SAMPLES].finite() if SAMPLES in logged else NO_POINTS):
        counts = {int(count) if count >= 1 else None for count in stated.value}
        return counts.pop() if len(counts) == 1 else None
    for key, speed in logged.items():
        runtime = logged.get(f"{key.removesuffix(ending)}_runtime")
        is_held_out = key.startswith("eval_") and not ON_TRAINING.match(key)
        if is_held_out and key.endswith(ending) and runtime is not None:
            counts.add(_count(runtime, speed, rounded))
    return counts.pop() if len(counts) == 1 else None


def _count(runtime: Series, speed: Series, rounded: float) -> int | None:
    seconds, rate = runtime.on(speed.step).value, speed.on(runtime.step).value
    usable = np.isfinite(seconds) & np.isfinite(rate) & (seconds > 0) & (rate > 0)
    seconds, rate = seconds[usable], rate[usable]
    if not len(seconds):
        return None
    error = 0.0006 * (seconds + rate) + 2 * rounded * seconds * rate  # logged with three decimals at least
    least, most = float(np.max(seconds * rate - error)), float(np.min(seconds * rate + error))
    count = round((least + most) / 2)
    if rounded and most - least > 1:
        return None
    return count if least <= most + 1 and count > 0 else None
