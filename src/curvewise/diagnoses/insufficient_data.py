"""The diagnosis `insufficient_data`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from curvewise.derived.evaluations import NOT_PLACED, PLACE_THEM, UNPLACED
from curvewise.diagnoses._course import COMPARE, open_question, sound_course
from curvewise.model.diagnosis import Diagnosis
from curvewise.model.report import Curve
from curvewise.numbers import significant
from curvewise.plugin.diagnosis import Case, diagnosis
from curvewise.text import within

PART = "train_grader_reward/"
AVERAGED = 20
"""Values of a curve for each one that is averaged at its ends."""
FELL = 0.2
"""Share of a part of the reward that has to go for it to be named, as `component_regression` has it."""


@diagnosis(
    rank=90,
    rests_on=("missing_validation", "few_evaluations", "minibatch_validation"),
    explains=("missing_best_checkpoint", "unfinished_run"),
    at_last=True,
)
def insufficient_data(case: Case) -> Diagnosis | None:
    """The log holds too little to judge the run or to choose a checkpoint."""
    if not case.alarms:
        return _without_alarms(case)
    metric, words, examples = ("train_loss", "training loss", "examples")
    if case.report.run.kind == "rft":
        metric, words, examples = ("train_mean_reward", "reward", "prompts")
    curve = case.curve(metric)
    unplaced = any(note.code == UNPLACED for note in case.report.notes)
    absent = NOT_PLACED if unplaced else "No validation data"
    values = [] if curve is None else _numbers(curve)
    if "missing_validation" in case.alarms and len(values) > 1:
        went = f"{words} from {_ends(values)}{_telling_parts(case)}"
        summary = within(f"{absent}: {went} cannot tell how it does on new {examples}.")
    else:
        summary = case.said("Too little to judge")
    advice = f"Evaluate all of the held-out {examples} at every saved checkpoint."
    if case.evidence("missing_validation", "values without a measure of quality") is not None:
        advice, examples = "Score samples of every saved checkpoint, by FID or by eye.", "samples"
    elif unplaced:
        advice = PLACE_THEM
    elif "missing_validation" in case.alarms:
        advice = f"Hold out 5 to 10 % of the {examples}, and evaluate at every saved checkpoint."
    return case.diagnosis(
        summary,
        next=(advice, f"For this run, compare its checkpoints on such {examples} by hand."),
        certainty="moderate",
    )


def _without_alarms(case: Case) -> Diagnosis:
    """Say what one curve cannot tell, else that nothing could be judged."""
    course = sound_course(case)
    question = None if course is None else open_question(case, course)
    if course is not None and question is not None:
        return case.diagnosis(
            f"Too little to judge: {question.seen}.",
            next=(question.first, COMPARE),
            metric=course.metric,
            severity="unknown",
            certainty="low",
            unknown=question.unknown,
        )
    return case.diagnosis(
        "Too little to judge: no check warns, and no curve shows that the run learned."
        if case.report.with_status("ok")
        else "Too little data: no check could judge this run.",
        next=("Log training and validation at every checkpoint, and judge the run again.",),
        severity="unknown",
        certainty="high",
    )


def _numbers(curve: Curve) -> list[float]:
    """Return the finite values of a curve."""
    return [value for value in curve.value if math.isfinite(value)]


def _ends(values: Sequence[float]) -> str:
    """Return the level at both ends: single values of a long curve are luck."""
    first, last = _levels(values)
    return f"{significant(first, 3)} to {significant(last, 3)}"


def _levels(values: Sequence[float]) -> tuple[float, float]:
    """Return the means of the first and the last values."""
    count = max(1, len(values) // AVERAGED)
    return sum(values[:count]) / count, sum(values[-count:]) / count


def _telling_parts(case: Case) -> str:
    """Return, of the parts of a reward, two that fell, or else one that never pays."""
    curves = case.report.curves.items()
    parts = {name.removeprefix(PART): _numbers(curve) for name, curve in curves if name.startswith(PART)}
    parts = {name: values for name, values in parts.items() if len(values) > 1}
    if len(parts) < 2:
        return ""
    ends = {name: _levels(values) for name, values in parts.items()}
    fell = [name for name, (first, last) in ends.items() if last < first - FELL * abs(first)]
    if fell:
        return f" ({', '.join(f'{name} {_ends(parts[name])}' for name in fell[:2])})"
    silent = next((name for name, values in parts.items() if not any(values)), "")
    return f" ({silent} never pays)" if silent else ""
