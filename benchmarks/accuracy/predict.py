"""Judge runs as the tasks of ``score.py`` ask: ``python benchmarks/accuracy/predict.py TASK < runs.jsonl``.

Each line of the input is a run: its name (``run``), ``kind``, ``metrics`` by name with ``step``, ``value``
and perhaps ``standard_error``, and perhaps ``validation_examples`` and ``planned_steps``. Each line of the
output is ``run`` with the ``label`` or the ``step`` that curvewise gives, and ``probability`` that it is
right where that is known. Everything comes from the public names of ``curvewise``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

import curvewise as cw

Prediction = dict[str, Any]
FAILING = ("warning", "problem")


def to_run(seen: Mapping[str, Any]) -> cw.Run:
    """Make a run of one line of the input."""
    metrics = seen["metrics"]
    return cw.Run.from_series(
        {name: (points["step"], points["value"]) for name, points in metrics.items()},
        kind=seen["kind"],
        standard_errors={
            name: points["standard_error"] for name, points in metrics.items() if points.get("standard_error")
        },
        validation_examples=seen.get("validation_examples"),
        planned_steps=seen.get("planned_steps"),
        name=seen["run"],
    )


def checkpoint(run: cw.Run) -> Prediction:
    """Name the checkpoint to take; none when nothing supports a choice."""
    best = cw.choose(run).best
    return {} if best is None else {"step": best.step, "probability": best.probability}


def overfitting(run: cw.Run) -> Prediction:
    """Tell overfitting, divergence and neither apart."""
    return _first_of(run, {"divergence": "diverged", "overfitting": "overfit"})


def learning_rate(run: cw.Run) -> Prediction:
    """Tell whether the learning rate is low, high or fine."""
    return _first_of(run, {"high_learning_rate": "high", "low_learning_rate": "low"})


def more_training(run: cw.Run) -> Prediction:
    """Tell whether more training would lower the validation loss; of a doubt, the likelier answer."""
    found = cw.forecast(run)
    yes = found.verdict == "yes" or (found.verdict != "no" and (found.probability or 0.0) >= 0.5)
    return {"label": "yes" if yes else "no", "probability": found.probability}


def _first_of(run: cw.Run, labels: Mapping[str, str]) -> Prediction:
    """Return the label of the first check, in the order of `labels`, that found what it looks for."""
    findings = {finding.check: finding for finding in cw.analyze(run, select=labels).findings}
    failing = [findings[name] for name in labels if findings[name].status in FAILING]
    if failing:
        return {"label": labels[failing[0].check], "probability": failing[0].confidence}
    sure = [finding.confidence for finding in findings.values() if finding.status == "ok"]
    known = [confidence for confidence in sure if confidence is not None]
    return {"label": "ok", "probability": min(known) if known else None}


TASKS: dict[str, Callable[[cw.Run], Prediction]] = {
    "overfit3": overfitting,
    "checkpoint_large": checkpoint,
    "checkpoint_small": checkpoint,
    "checkpoint_rl": checkpoint,
    "checkpoint_lm": checkpoint,
    "learning_rate": learning_rate,
    "more_training": more_training,
    "false_alarm": overfitting,
}


def main() -> int:
    """Judge the runs of standard input, one a line."""
    if len(sys.argv) != 2 or sys.argv[1] not in TASKS:
        print(f"usage: predict.py TASK < runs.jsonl > predictions.jsonl\nTASK is one of {', '.join(TASKS)}")
        return 2
    judge = TASKS[sys.argv[1]]
    for number, line in enumerate(sys.stdin, start=1):
        if line.strip():
            try:
                seen = json.loads(line)
                run = to_run(seen)
            except (ValueError, KeyError, TypeError, cw.CurvewiseError) as error:
                print(f"line {number}: not a run: {type(error).__name__}: {error}", file=sys.stderr)
                return 2
            print(json.dumps({"run": seen["run"], **judge(run)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
