"""The check `broken_run`."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from curvewise.derived.progress import schedule_ended
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.plugin import check

EVALUATED = ("full_valid_loss", "full_valid_loss/*", "valid_loss")
ACCURACIES = ("full_valid_mean_token_accuracy", "train_mean_token_accuracy")
DIGITS, FEWER = 6, 5
"""Digits that three evaluations of a model which changes do not share by chance, and that four do not."""
FAR_BELOW = -1.0
"""Loss that no rounding and no small term of a sum brings about."""
UNLEARNED = 0.05
"""Training loss beside which no evaluation is 0.0 by rounding."""
SETTLED = 3
"""Last values of a training accuracy that must all be dead: a single tiny batch may have none right."""


class Sign(msgspec.Struct, frozen=True):
    """One sign that the run is broken: the sentence, its number, the first step, and what became of it."""

    text: str
    evidence: Evidence
    step: int
    recovered: bool = False
    stands_still: bool = False


@check(
    needs=(("train_loss", *EVALUATED, *ACCURACIES, "grad_norm"),),
    uses=("learning_rate",),
    when_missing="not_applicable",
    turns={"learning_rate": "down"},
)
def broken_run(run: Run, *, dead_accuracy: float = 0.01, alive_accuracy: float = 0.1) -> Finding:
    """The run is numerically broken, although its training loss may look perfect.

    Hugging Face trainers replace a NaN training loss by 0.0 in their log (``logging_nan_inf_filter``),
    so a model whose weights are NaN shows a loss of exactly zero and seems to have learned everything.
    The same picture, from the first step, comes of labels that are all masked: a response template
    that is not found, or a length limit that cuts the answers off.

    Nine signs are judged: a training loss of exactly 0.0 where the gradient norm is NaN or infinite, or from
    the first step to the last; a gradient norm that is NaN or infinite at every logged step; a training loss
    of exactly 0.0 before an evaluation that is NaN; a training or validation loss that turns to NaN or
    infinity and stays so, with no sound training loss after it; a token accuracy that was alive and is dead;
    a loss below -1 beside an accuracy, which no loss of classes can have; evaluations of exactly 0.0 beside a
    training loss that is not; and three or more last evaluations that are alike to the last digit, unless the
    learning rate has come down to nothing. An exact 0.0 alone is legal: on easy data a rounded loss reaches
    it, and a sound gradient, evaluation or accuracy beside it shows that. Where nothing stands beside it, the
    finding says that it cannot tell. For reinforcement fine-tuning a loss of zero is normal.

    Parameters
    ----------
    dead_accuracy
        Largest token accuracy that counts as dead: below the share that always guessing the most
        frequent token would get.
    alive_accuracy
        Token accuracy that must have been reached before, so that a run that never learned is not
        taken for one that broke.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> nan = float("nan")
    >>> run = make_run(train_loss=[1.2, 0.9, 0.0, 0.0], grad_norm=[2.0, 1.5, nan, nan])
    >>> print(broken_run(run).summary)
    Broken from step 3 on: training loss is exactly 0.0 at 2 steps whose gradient norm is NaN or infinite.
    """
    signs = list(_signs(run, dead_accuracy, alive_accuracy))
    signs.sort(key=lambda sign: (sign.recovered, "NaN" not in sign.text, sign.step))  # zeros tell less
    if not signs:
        return _unbroken(run, alive_accuracy)
    first = min(sign.step for sign in signs)
    told = "; ".join(dict.fromkeys(sign.text for sign in signs[:3]))
    evidence = [sign.evidence for sign in signs]
    if all(sign.recovered for sign in signs):
        return Finding.warning(
            f"Broken at step {first:,}, and sound again later: {told}.",
            *evidence,
            advice="Look at the batches of these steps, and lower the learning rate or clip the gradient.",
        )
    if _masked(run):
        return Finding.problem(
            f"Broken from the first step: {told}.",
            *evidence,
            advice="Nothing was trained: the labels are probably all masked. Decode one training batch "
            "with its labels, and check the response template and the length limit.",
        )
    if all(sign.stands_still for sign in signs):
        return Finding.problem(
            f"Broken from step {first:,} on: {told}.",
            *evidence,
            advice="See whether the validation set holds labelled examples, and whether the weights that are "
            "trained are those that are evaluated: an adapter that is not attached, parameters without a "
            "gradient, or an optimiser that makes no step.",
        )
    sound = _last_sound(run, first)
    keep = "No evaluation before it is sound; deploy nothing of this run"
    if sound is not None:
        keep = f"The last sound evaluation is that of step {sound:,}; deploy nothing later"
    return Finding.problem(
        f"Broken from step {first:,} on: {told}.",
        *evidence,
        advice=f"{keep}. Train again with a lower learning rate, gradient clipping and bfloat16; "
        "in Hugging Face trainers set logging_nan_inf_filter=False, so that the log shows NaN.",
    )


def _signs(run: Run, dead: float, alive: float) -> Iterator[Sign]:
    train, evaluations = run.get("train_loss"), _evaluations(run)
    if train is not None and len(train):
        yield from _zero_beside_nan_gradient(run, train)
        yield from _zero_before_nan_evaluation(evaluations, train)
        yield from _ends_lost("train_loss", "training loss", train, None)
        yield from _all_zero(run, train, alive)
    yield from _without_gradient(run)
    yield from _below_zero(run)
    for name, series in evaluations:
        yield from _ends_lost(name, name, series, train)
        yield from _frozen(run, name, series)
        yield from _unmeasured(name, series, train)
    for name in ACCURACIES:
        if name in run:
            yield from _dead(name, run[name].finite(), dead, alive)


def _zero_beside_nan_gradient(run: Run, train: Series) -> Iterator[Sign]:
    gradient = run.get("grad_norm")
    if gradient is None:
        return
    lost = train.where(train.value == 0.0).on(gradient.where(~np.isfinite(gradient.value)).step)
    if len(lost):
        later = train.between(lost.last_step + 1).finite()
        count = f"{len(lost):,} step{'s' if len(lost) > 1 else ''}"
        yield Sign(
            f"training loss is exactly 0.0 at {count} whose gradient norm is NaN or infinite",
            Evidence.of("grad_norm", "steps with zero loss and no gradient norm", len(lost), lost, limit=0.0),
            lost.first_step,
            recovered=bool((later.value != 0.0).any()),
        )


def _without_gradient(run: Run) -> Iterator[Sign]:
    """Yield a sign for a gradient norm that is no number at any step: nothing was learned in any."""
    gradient = run.get("grad_norm")
    if gradient is None or len(gradient) < 2 or np.isfinite(gradient.value).any():
        return
    yield Sign(
        f"the gradient norm is NaN or infinite at all {len(gradient):,} logged steps",
        Evidence.of("grad_norm", "steps without a gradient norm", len(gradient), gradient, limit=0.0),
        gradient.first_step,
    )


def _below_zero(run: Run) -> Iterator[Sign]:
    """Yield a sign for a loss far below zero beside an accuracy: no loss of classes can be."""
    if run.kind != "sft" or "train_loss" not in run or "train_accuracy" not in run:
        return
    train = run["train_loss"].finite()
    lost = train.where(train.value < FAR_BELOW)
    if len(lost) and lost.last_step == train.last_step and (train.value >= 0).any():
        yield Sign(
            f"training loss is negative, {lost.value[0]:.4g} at step {lost.first_step:,}: no loss of classes "
            "can be, so labels lie outside 0 to 1",
            Evidence.of("train_loss", "training losses below zero", len(lost), lost, limit=0.0),
            lost.first_step,
        )


def _zero_before_nan_evaluation(evaluations: list[tuple[str, Series]], train: Series) -> Iterator[Sign]:
    for name, series in evaluations:
        lost = series.where(~np.isfinite(series.value))
        if not len(lost):
            continue
        before = train.step.searchsorted(lost.step, side="right") - 1
        zero = lost.where((before >= 0) & (train.value[np.maximum(before, 0)] == 0.0))
        if len(zero):
            later = series.between(zero.last_step + 1).finite()
            yield Sign(
                f"{name} is NaN or infinite at step {zero.first_step:,}, while training loss is exactly 0.0",
                Evidence.of(
                    name, "evaluations that are NaN or infinite beside zero loss", len(zero), zero, limit=0.0
                ),
                zero.first_step,
                recovered=len(later) > 0,
            )


def _ends_lost(metric: str, label: str, series: Series, train: Series | None) -> Iterator[Sign]:
    """Yield a sign for a loss that is lost for good; a sound training loss after it disproves it."""
    if np.isfinite(series.value[-1]) or not len(sound := series.finite()):
        return
    lost = series.between(sound.last_step + 1)
    if train is not None and (train.between(lost.first_step).finite().value != 0.0).any():
        return
    last = f"after {sound.value[-1]:.3g} at step {sound.last_step:,}"
    yield Sign(
        f"{label} is NaN or infinite from step {lost.first_step:,} to the end, {last}",
        Evidence.of(metric, "values at the end that are NaN or infinite", len(lost), lost, limit=0.0),
        lost.first_step,
    )


def _all_zero(run: Run, train: Series, alive: float) -> Iterator[Sign]:
    """Yield a sign for a loss of exactly 0.0 throughout, unless the gradient or the accuracy is alive."""
    if run.kind == "rft" or len(train) < SETTLED or (train.value != 0.0).any() or _alive(run, train, alive):
        return
    yield Sign(
        f"training loss is exactly 0.0 at all {len(train):,} logged steps, from the first one on",
        Evidence.of("train_loss", "steps with zero training loss", len(train), train, limit=0.0),
        train.first_step,
    )


def _frozen(run: Run, metric: str, series: Series) -> Iterator[Sign]:
    """Yield a sign for so many last evaluations alike to the last digit that no rounding makes them.

    Where the learning rate has come down to nothing, only ones that never differed are a sign.
    """
    value = series.value
    differ = np.flatnonzero(value != value[-1])
    since = 0 if not len(differ) else int(differ[-1]) + 1
    count = len(value) - since
    if count < SETTLED or _digits(value[-1]) < (DIGITS if count == SETTLED else FEWER):
        return
    if since and schedule_ended(run):
        return
    alike = series.between(int(series.step[since]))
    which = f"all {count:,}" if not since else f"the last {count:,}"
    yield Sign(
        f"{metric} is {value[-1]:.15g} at {which} evaluations, alike to the last digit: the model "
        "that is evaluated does not change",
        Evidence.of(metric, "evaluations that are alike", count, alike),
        alike.first_step,
        stands_still=True,
    )


def _unmeasured(metric: str, series: Series, train: Series | None) -> Iterator[Sign]:
    """Yield a sign for evaluations that are exactly 0.0 beside a training loss that is not: of no example."""
    last = None if train is None or not len(train) else float(train.value[-1])
    if len(series) < 2 or series.value.any() or last is None or not last > UNLEARNED:
        return
    yield Sign(
        f"{metric} is exactly 0.0 at all {len(series):,} evaluations, beside a training loss of {last:.3g}: "
        "nothing was evaluated",
        Evidence.of(metric, "evaluations of exactly 0.0", len(series), series),
        series.first_step,
        stands_still=True,
    )


def _digits(value: float) -> int:
    """Return the significant digits with which a number was logged."""
    return len(f"{abs(value):.15g}".partition("e")[0].replace(".", "").strip("0"))


def _dead(metric: str, accuracy: Series, dead: float, alive: float) -> Iterator[Sign]:
    tail = 1 if metric.startswith("full") else SETTLED
    if len(accuracy) <= tail or not (accuracy.value[-tail:] <= dead).all() or accuracy.value.max() < alive:
        return
    death = int(np.nonzero(accuracy.value > dead)[0][-1]) + 1
    step, last = int(accuracy.step[death]), float(accuracy.value[-1])
    yield Sign(
        f"{metric} fell from {accuracy.value[death - 1]:.3g} to {accuracy.value[death]:.2g} at step {step:,}",
        Evidence.at(
            metric, "token accuracy at the end", last, accuracy.last_step, limit=dead, points=len(accuracy)
        ),
        step,
    )


def _evaluations(run: Run) -> list[tuple[str, Series]]:
    family = {f"full_valid_loss/{member}": series for member, series in run.family("full_valid_loss").items()}
    found = {name: run[name] for name in ("full_valid_loss", "valid_loss") if name in run} | family
    return [(name, series) for name, series in found.items() if len(series)]


def _last_sound(run: Run, step: int) -> int | None:
    return max((sound.last_step for _, series in _evaluations(run)
                if len(sound := series.between(None, step - 1).finite())), default=None)  # fmt: skip


def _masked(run: Run) -> bool:
    """Whether training loss is zero throughout."""
    train = run.get("train_loss")
    return train is not None and len(train) > 0 and bool((train.value == 0.0).all())


def _unbroken(run: Run, alive: float) -> Finding:
    train = run.get("train_loss")
    zero = None if train is None else train.where(train.value == 0.0)
    if train is None or zero is None or not len(zero) or run.kind == "rft":
        return Finding.ok("No sign of broken numbers in the losses, the gradient or the token accuracy.")
    shares = f"Training loss is exactly 0.0 at {len(zero):,} of {len(train):,} logged steps"
    evidence = Evidence.of("train_loss", "steps with zero training loss", len(zero), zero)
    witness = _witness(run, zero, alive)
    if witness is not None:
        return Finding.ok(f"{shares}, which is legal: {witness} beside it.", evidence)
    if len(zero) == len(train) and len(train) > 1:
        return Finding.warning(
            f"{shares}, from the first one on: nothing was trained.",
            evidence,
            advice="Decode one training batch with its labels: they are probably all masked, by a response "
            "template that is not found or by a length limit that cuts the answers off.",
        )
    return Finding.unknown(
        f"{shares}, and trainers may write 0.0 for NaN; a gradient norm, an evaluation or a token accuracy "
        "logged beside it would tell.",
        evidence,
    )


def _alive(run: Run, zero: Series, alive: float) -> str | None:
    """Name what was measured in training and is alive where training loss is zero, or None."""
    gradient = run.get("grad_norm")
    if gradient is not None and (gradient.on(zero.step).finite().value > 0).any():
        return "the gradient norm is a number above 0"
    accuracy = run.get("train_mean_token_accuracy")
    if accuracy is not None and (accuracy.on(zero.step).finite().value >= alive).any():
        return "the token accuracy is alive"
    return None


def _witness(run: Run, zero: Series, alive: float) -> str | None:
    """Name what shows that the model is alive where training loss is zero, or None."""
    if witness := _alive(run, zero, alive):
        return witness
    if any(len(series.between(zero.first_step).finite()) for _, series in _evaluations(run)):
        return "later evaluations are numbers"
    return None
