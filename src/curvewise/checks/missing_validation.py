"""The check `missing_validation`."""

from __future__ import annotations

from curvewise.derived.adversarial import ADVERSARIAL, adversarial, adversarial_words
from curvewise.derived.episodes import in_episodes
from curvewise.derived.evaluations import EVALUATIONS, NOT_PLACED, PLACE_THEM, UNPLACED, evaluations
from curvewise.derived.progress import PROGRESS, goes_on, progress
from curvewise.derived.task_metric import task_metric
from curvewise.derived.words import steps_of
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Kind, Run
from curvewise.plugin import check

_BLIND: dict[Kind, str] = {
    "sft": "overfitting, the gap to validation and the best checkpoint",
    "dpo": "whether the preferences carry over to new pairs and which checkpoint is best",
    "rft": "reward hacking and which checkpoint is best",
}
_HOLD_OUT: dict[Kind, str] = {
    "sft": "5 to 10 % of the examples",
    "dpo": "5 to 10 % of the pairs",
    "rft": "some dozens of prompts",
}
UNMEASURED = "values without a measure of quality beside them"


@check(needs=(), uses=(*EVALUATIONS, *(name for name in PROGRESS if name not in EVALUATIONS), "epoch"))
def missing_validation(run: Run) -> Finding:
    """The run has no validation data, so nothing tells how it does on new examples.

    More than half of the runs that people publish have none. Training loss falls while a model learns
    by heart, and training reward rises while it cheats its grader, so neither supports the choice of
    a checkpoint. What can still be judged from training alone is: divergence, a loss that does not
    move, spikes, broken numbers, token growth.

    Judged is whether any metric that was measured on validation data has a value. For reinforcement
    fine-tuning it must be a reward, and what an agent earns in episodes of its environment is that of the
    task, wherever it is logged. A column that is there and blank counts as absent, as it does in
    the result files of jobs that were given no validation file. Values that are all NaN are no
    measurement either, and are told apart in the summary. A run whose status says that it is still going on
    is given an epoch to evaluate for the first time. The losses of a generator and of the discriminator that
    it is to fool move against each other: there a score of the samples takes the place of a validation loss.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> print(missing_validation(make_run(train_loss=[2.0, 1.5, 1.2])).summary)
    No validation data: from 3 steps of train_loss alone, overfitting, the gap to validation and the
    best checkpoint cannot be judged.
    """
    metric, measured = evaluations(run, "reward" if run.kind == "rft" else "")
    if len(measured):
        return Finding.ok(
            f"{metric} has {len(measured):,} value{'s' if len(measured) > 1 else ''}.",
            Evidence.of(metric, "evaluations", len(measured), measured),
        )
    if run.kind == "sft" and (task := task_metric(run)) is not None:
        return Finding.ok(f"{task.called(run)} has {len(task.series):,} values.")
    if (against := adversarial(run)) is not None:
        return Finding.warning(
            adversarial_words(run, against),
            Evidence.of(next(name for name in ADVERSARIAL if name in run), UNMEASURED, len(against), against),
            advice="Score samples of every saved checkpoint, by FID or by eye. Against a discriminator that "
            "wins, lower its learning rate, update it less often, noise what it sees, smooth labels.",
        )
    name, series = progress(run)
    if not len(series):
        return Finding.unknown("The run has no metric at all; a file with training metrics would do.")
    if in_episodes(run):
        return Finding.ok(f"{name} has {len(series):,} values: what episodes earn is the task itself.")
    if goes_on(run) and (run.epoch_at(series.last_step) or 0.0) < 1.0:
        return Finding.unknown(
            "Nothing was evaluated so far, and the job is not known to be past its first epoch."
        )
    broken = any(len(points) for label, points in run.metrics.items() if label == metric)
    unplaced = run.note(UNPLACED) is not None
    absent = f"{metric} holds no finite value" if broken else NOT_PLACED if unplaced else "No validation data"
    return Finding.warning(
        f"{absent}: from {steps_of(series)} of {name} alone, {_BLIND[run.kind]} cannot be judged.",
        Evidence.of(name, "values without validation beside them", len(series), series),
        advice=PLACE_THEM
        if unplaced
        else f"Hold out {_HOLD_OUT[run.kind]} that the training data does not repeat, and evaluate at "
        "every saved checkpoint: `validation_file` on OpenAI and Azure, `eval_dataset` with `eval_strategy` "
        "in Hugging Face trainers, `val_size` in LLaMA-Factory. For this run, compare its checkpoints on "
        "such examples by hand.",
    )
