"""The diagnosis `insufficient_data`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.numbers import significant
from curvewise.plugin.diagnosis import Case, diagnosis


@diagnosis(
    rank=90,
    rests_on=("missing_validation", "few_evaluations", "minibatch_validation"),
    explains=("missing_best_checkpoint", "unfinished_run"),
)
def insufficient_data(case: Case) -> Diagnosis | None:
    """The log holds too little to judge the run or to choose a checkpoint."""
    metric, words, examples = ("train_loss", "training loss", "examples")
    if case.report.run.kind == "rft":
        metric, words, examples = ("train_mean_reward", "reward", "prompts")
    curve = case.curve(metric)
    if "missing_validation" in case.alarms and curve is not None and len(curve.value) > 1:
        first, last = significant(curve.value[0], 3), significant(curve.value[-1], 3)
        summary = (
            f"No validation data: {words} from {first} to {last} cannot tell how it does on new {examples}."
        )
    else:
        summary = case.said("Too little to judge")
    advice = f"Evaluate all of the held-out {examples} at every saved checkpoint."
    if "missing_validation" in case.alarms:
        advice = f"Hold out 5 to 10 % of the {examples}, and evaluate at every saved checkpoint."
    return case.diagnosis(
        summary,
        next=(advice, "For this run, compare its checkpoints on such examples by hand."),
        certainty="moderate",
    )
