"""The figures of a report: its curves, thinned so that their peaks stay, and which of them go together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np

from curvewise.derived.graded_reward import graded_reward
from curvewise.derived.ratio import MILD, MODERATE, SEVERE, loss_ratio
from curvewise.derived.reward_gap import reward_gap, validation_reward
from curvewise.derived.validation import validation_curve
from curvewise.model.figure import Band, Emphasis, Figure, Line, LineSplit
from curvewise.model.metric import Direction
from curvewise.model.metrics import GRADER_ERRORS, find
from curvewise.model.report import Curve, Report
from curvewise.model.run import Run
from curvewise.model.series import LARGEST, FloatArray, IntArray, Series
from curvewise.stats.axis import axis
from curvewise.stats.noise import noise_level
from curvewise.stats.thinning import thin

POINTS = 400
"""Most points a curve of a report has unless more are asked for: enough for a terminal."""

LOSS_RATIO, LOSS_RATIO_AS_LOGGED = "loss_ratio", "loss_ratio_as_logged"
REWARD_GAP, REWARD_GAP_AS_LOGGED = "reward_gap", "reward_gap_as_logged"
ROTATION_MEAN, GRADED_REWARD = "valid_loss_rotation_mean", "train_graded_reward"
"""Curves that are computed, beside the metrics of the run."""

RATIO = Figure(
    name="ratio", title="Overfitting ratio, validation / training loss", unit="none", better="lower",
    lines=(
        Line(curve=LOSS_RATIO, label="ratio, like for like", split="valid", emphasis="judged",
             meaning="Validation loss over the training loss averaged over the last steps before it."),
        Line(curve=LOSS_RATIO_AS_LOGGED, label="ratio, as logged", split="valid", emphasis="as logged",
             meaning="Validation loss over the training loss of the same step, as the guide computes it."),
    ),
    bands=(
        Band(label="healthy", level=0, high=MILD),
        Band(label="mild", level=1, low=MILD, high=MODERATE),
        Band(label="moderate", level=2, low=MODERATE, high=SEVERE),
        Band(label="severe", level=3, low=SEVERE),
    ),
)  # fmt: skip
"""The overfitting ratio, and the guide's reading of it."""
GAP = Figure(
    name="gap", title="Reward gap, training minus validation", unit="grader's units", better="lower",
    lines=(
        Line(curve=REWARD_GAP, label="gap, like for like", split="valid", emphasis="judged",
             meaning="Graded training rollouts minus graded validation rollouts."),
        Line(curve=REWARD_GAP_AS_LOGGED, label="gap, as logged", split="valid", emphasis="as logged",
             meaning="train_mean_reward minus full_valid_mean_reward, which count ungraded rollouts "
             "differently."),
    ),
    bands=(
        Band(label="no sign of hacking", level=0, high=0.05),
        Band(label="watch", level=1, low=0.05, high=0.10),
        Band(label="possible reward hacking", level=3, low=0.10),
    ),
)  # fmt: skip
"""Training minus validation reward, and the guide's reading of it."""


class Group(msgspec.Struct, frozen=True):
    """Metrics that are drawn together, those of a family with each member."""

    name: str
    title: str
    unit: str
    better: Direction | None
    metrics: tuple[str, ...]


GROUPS = (
    Group("loss", "Loss", "nats per token", "lower", ("full_valid_loss", "valid_loss", "train_loss")),
    Group("reward", "Mean reward", "grader's units", "higher",
          ("full_valid_mean_reward", "train_mean_reward")),
    Group("graders", "Reward of each grader", "grader's units", "higher",
          ("valid_grader_reward", "train_grader_reward")),
    Group("tokens", "Tokens of a rollout", "tokens", None,
          ("valid_completion_tokens_mean", "completion_tokens_mean",
           "valid_reasoning_tokens_mean", "reasoning_tokens_mean")),
    Group("margin", "Reward margin, chosen minus rejected", "nats", "higher",
          ("full_valid_reward_margin", "train_reward_margin")),
    Group("preferences", "Implicit rewards of chosen and rejected answers", "nats", None,
          ("full_valid_chosen_reward", "full_valid_rejected_reward",
           "train_chosen_reward", "train_rejected_reward")),
    Group("accuracy", "Accuracy", "share, 0 to 1", "higher",
          ("full_valid_mean_token_accuracy", "valid_mean_token_accuracy", "train_mean_token_accuracy",
           "full_valid_accuracy", "train_accuracy", "full_valid_reward_accuracy", "train_reward_accuracy")),
    Group("errors", "Errors in grading and rollouts", "share, 0 to 1", "lower",
          (*(f"valid_{kind}_rate" for kind in GRADER_ERRORS), "full_valid_mean_parse_error",
           *(f"train_{kind}_rate" for kind in GRADER_ERRORS),
           "mean_unresponsive_rewards", "train_ungraded_rate", "clipped_completion_share")),
    Group("tools", "Tool calls", "count", None, ("valid_tool_calls", "train_tool_calls")),
    Group("tool_errors", "Errors of tools", "share, 0 to 1", "lower",
          ("valid_tool_error_rate", "train_tool_error_rate")),
    Group("latency", "Latency of graders and tools", "seconds", "lower",
          ("valid_grader_latency", "train_grader_latency", "valid_tool_latency", "train_tool_latency")),
    Group("durations", "Duration of a step", "seconds", "lower",
          ("total_duration", "sampling_duration", "training_duration", "eval_duration")),
    Group("entropy", "Entropy of the policy", "nats per token", None, ("entropy",)),
    Group("kl", "Divergence from the reference", "nats", None, ("kl",)),
    Group("gradient", "Gradient norm", "none", None, ("grad_norm",)),
    Group("learning_rate", "Learning rate", "none", None, ("learning_rate",)),
)  # fmt: skip
"""What is drawn, in this order."""

_CONSTANT_IS_DULL = frozenset(("errors", "tool_errors"))
"""Groups of which a curve that is 0 throughout is left out: nothing happened."""


def figures_of(run: Run, points: int = POINTS) -> tuple[dict[str, Curve], tuple[Figure, ...]]:
    """Return the curves of a report, and the figures that show them.

    Parameters
    ----------
    run
        The run.
    points
        Most points of one curve, about.

    Returns
    -------
    curves : dict of str to Curve
        By the name of the metric, or of what was computed.
    figures : tuple of Figure
        In the order in which to show them.
    """
    computed = _computed(run)
    figures = list(_of_groups(run, computed))
    figures[1:1] = _of_computed(RATIO, computed)
    after = next((n for n, figure in enumerate(figures, 1) if figure.name == "reward"), 0)
    figures[after:after] = [*_score(run), *_of_computed(GAP, computed)]
    held = {**run.metrics, **computed}
    lines = {line.curve: line for figure in figures for line in figure.lines}
    curves = {name: _curve(held[name], line, points) for name, line in lines.items()}
    return curves, tuple(with_axis(figure, held) for figure in figures)


def report_figures(report: Report) -> tuple[Figure, ...]:
    """Return the figures of a report, each with its axis, also of a report that came without."""
    return tuple(
        figure if figure.axis else with_axis(figure, report.curves)
        for figure in report.figures or _figures_of_curves(report.curves)
    )


def with_axis(figure: Figure, *runs: Mapping[str, Series] | Mapping[str, Curve]) -> Figure:
    """Return a figure with the axis on which to draw the curves of some runs.

    The first band ends within it. Single minibatches do not set it where their mean is drawn.
    """
    curves = [held[name] for held in runs for name in _setting_axis(figure.lines, held)]
    values = [np.asarray(curve.value, dtype=np.float64) for curve in curves]
    ends = []
    for value, curve in zip(values, curves, strict=True):
        if curve.standard_error is not None:
            error = np.asarray(curve.standard_error, dtype=np.float64)
            known = np.isfinite(value) & np.isfinite(error)
            with np.errstate(over="ignore"):  # an end beyond the largest float is infinite
                ends += [value[known] - error[known], value[known] + error[known]]
    reach = [band.high for band in figure.bands[:1] if band.high is not None]
    return msgspec.structs.replace(figure, axis=axis(values, ends, reach))


def _setting_axis(lines: Sequence[Line], held: Mapping[str, object]) -> list[str]:
    """Return the curves of a run that set the axis."""
    drawn = [line for line in lines if line.curve in held]
    judged = {line.split for line in drawn if line.emphasis == "judged"}
    return [line.curve for line in drawn if line.emphasis != "raw" or line.split not in judged]


def _figures_of_curves(curves: Mapping[str, Curve]) -> tuple[Figure, ...]:
    run = Run.from_series({name: (curve.step, curve.value) for name, curve in curves.items()})
    return tuple(_of_groups(run, {}))


def _computed(run: Run) -> dict[str, Series]:
    """Compute the quantities that verdicts rest on and no service logs."""
    found: dict[str, Series] = {}
    ratio = loss_ratio(run)
    if ratio is not None:
        found[LOSS_RATIO] = _known(ratio.step, ratio.comparable)
        if not np.array_equal(ratio.naive, ratio.comparable, equal_nan=True):
            found[LOSS_RATIO_AS_LOGGED] = _known(ratio.naive_step, ratio.naive)
    gap = reward_gap(run)
    if gap is not None:
        found[REWARD_GAP] = gap.like_for_like
        if len(gap.naive) and not np.array_equal(gap.naive.value, gap.like_for_like.value):
            found[REWARD_GAP_AS_LOGGED] = gap.naive
    graded = graded_reward(run)
    if (
        graded is not None
        and "train_mean_reward" in run
        and _differs(graded.series, run["train_mean_reward"])
    ):
        found[GRADED_REWARD] = graded.series
    valid = validation_curve(run)
    if valid is not None and valid.basis == "rotation mean":
        found[ROTATION_MEAN] = valid.series
    return {name: series for name, series in found.items() if len(series)}


def _differs(series: Series, logged: Series) -> bool:
    return not np.array_equal(series.value, logged.on(series.step).value)


def _known(step: IntArray, value: FloatArray) -> Series:
    return Series(step[~np.isnan(value)], value[~np.isnan(value)])


def _of_groups(run: Run, computed: Mapping[str, Series]) -> Iterator[Figure]:
    """Draw the metrics of a run, each group that has any."""
    members: dict[str, list[str]] = {}
    for name in run.metrics:
        members.setdefault(name.partition("/")[0], []).append(name)
    for group in GROUPS:
        lines = [
            line
            for metric in group.metrics
            for name in members.get(metric, ())
            if not (group.name in _CONSTANT_IS_DULL and not run[name].value.any())
            for line in _lines(name, metric, computed)
        ]
        one_grader = group.name == "graders" and len({line.curve.partition("/")[2] for line in lines}) < 2
        if lines and not (one_grader and "train_mean_reward" in members):
            # Of preferences, the tokens are not counted.
            unit = "none" if group.name == "loss" and run.kind == "dpo" else group.unit
            yield Figure(
                name=group.name, title=group.title, unit=unit, better=group.better, lines=tuple(lines)
            )


def _lines(name: str, metric: str, computed: Mapping[str, Series]) -> Iterator[Line]:
    entry = find(metric)
    side: LineSplit = (entry.split if entry else None) or "other"
    single = entry is not None and entry.taken == "one minibatch"
    member = name.removeprefix(metric).removeprefix("/")
    emphasis: Emphasis = "raw" if single else "judged"
    if name == "train_mean_reward" and GRADED_REWARD in computed:
        emphasis = "as logged"
        yield Line(
            curve=GRADED_REWARD,
            label="training reward, graded rollouts",
            split="train",
            emphasis="judged",
            meaning="Mean over the rollouts that got a grade, as the validation reward counts them.",
        )
    if name == "valid_loss" and ROTATION_MEAN in computed:
        yield Line(
            curve=ROTATION_MEAN,
            label="validation loss, mean over rotations",
            split="valid",
            emphasis="judged",
            meaning="Mean over as many minibatches as cover the validation set once.",
        )
    yield Line(
        curve=name,
        label=f"{_words(metric)} · {member}" if member else _words(metric),
        split=side,
        emphasis=emphasis,
        meaning=entry.meaning if entry else "",
    )


_WORDS = {
    "train_loss": "training loss", "valid_loss": "validation loss, one minibatch",
    "full_valid_loss": "validation loss, full pass", "train_mean_reward": "training reward",
    "full_valid_mean_reward": "validation reward", "train_grader_reward": "training",
    "valid_grader_reward": "validation", "grad_norm": "gradient norm", "kl": "KL divergence",
    "learning_rate": "learning rate", "train_ungraded_rate": "training rollouts without a grade",
    "mean_unresponsive_rewards": "unresponsive rollouts", "clipped_completion_share": "clipped completions",
}  # fmt: skip


def _words(metric: str) -> str:
    """Call a metric by words.

    Examples
    --------
    >>> _words("full_valid_mean_token_accuracy")
    'validation token accuracy, full pass'
    """
    if metric in _WORDS:
        return _WORDS[metric]
    side, _, rest = metric.removeprefix("full_").partition("_")
    named = {"train": "training", "valid": "validation"}.get(side)
    words = (rest if named else metric).replace("_rate", "").replace("mean_", "").replace("_mean", "")
    full = ", full pass" if metric.startswith("full_valid") else ""
    return f"{named + ' ' if named else ''}{words.replace('_', ' ')}{full}"


def _of_computed(figure: Figure, computed: Mapping[str, Series]) -> list[Figure]:
    """Return a figure with those of its lines that could be computed; none without the judged one."""
    if figure.lines[0].curve not in computed:
        return []
    lines = tuple(line for line in figure.lines if line.curve in computed)
    return [msgspec.structs.replace(figure, lines=lines)]


def _score(run: Run) -> list[Figure]:
    """Draw the score on the task with the validation reward, where both lie between 0 and 1, else alone."""
    if "evaluation_score" not in run:
        return []
    entry = find("evaluation_score")
    line = Line(
        curve="evaluation_score",
        label="score on the real task",
        split="other",
        emphasis="judged",
        meaning=entry.meaning if entry else "",
    )
    reward = validation_reward(run)
    shared = reward is not None and all(
        np.all((series.value >= 0) & (series.value <= 1)) for series in (reward[1], run["evaluation_score"])
    )
    if reward is None or not shared:
        return [_of_score("Score on the real task", "task's units", line)]
    meaning = "What training validates by: the proxy."
    proxy = Line(
        curve=reward[0], label="validation reward", split="valid", emphasis="judged", meaning=meaning
    )
    return [_of_score("Proxy against truth", "0 to 1", proxy, line)]


def _of_score(title: str, unit: str, *lines: Line) -> Figure:
    return Figure(name="score", title=title, unit=unit, better="higher", lines=lines)


def _curve(series: Series, line: Line, points: int) -> Curve:
    kept = thin(series.value, points)
    error = series.standard_error
    return Curve(
        step=tuple(series.step[kept].tolist()),
        value=tuple(series.value[kept].tolist()),
        points=len(series),
        standard_error=None if error is None else tuple(error[kept].tolist()),
        noise=_noise(series) if error is None and line.split == "valid" else None,
    )


def _noise(series: Series) -> float | None:
    finite = series.finite().value
    noise = noise_level(finite) if np.abs(finite).max(initial=0.0) < LARGEST else None
    return noise if noise is not None and math.isfinite(noise) else None


def thinned(curve: Curve, points: int = POINTS) -> Curve:
    """Return a curve with about as many points as asked for; its peaks stay."""
    kept = thin(np.array(curve.value, dtype=np.float64), points).tolist()
    if len(kept) == len(curve.value):
        return curve
    error = curve.standard_error
    return Curve(
        step=tuple(curve.step[index] for index in kept),
        value=tuple(curve.value[index] for index in kept),
        points=curve.points,
        standard_error=None if error is None else tuple(error[index] for index in kept),
        noise=curve.noise,
    )
