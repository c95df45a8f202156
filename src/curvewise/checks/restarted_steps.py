"""The check `restarted_steps`."""

from __future__ import annotations

from curvewise.derived.progress import PROGRESS, progress
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.plugin import check

RESTARTED, REPEATED = "restarted_steps", "repeated_steps"


@check(needs=(PROGRESS,), when_missing="not_applicable")
def restarted_steps(run: Run) -> Finding:
    """The log goes back in steps: training was resumed, or several processes wrote one file.

    Both make a curve that never happened unless the rows are told apart. After a resume, only the last
    attempt led to the model that exists; the rows of the abandoned one are left out. Rows that several
    processes wrote at one step describe different parts of a batch, and one of them is kept.

    Judged is what the reader had to repair. Rows left out by a resume are a warning: checkpoints of
    the abandoned attempt may still lie in the output folder under the same step, and if the
    validation split was drawn anew, its examples have been trained on, so that validation looks
    better than it is. Repeated rows alone change no verdict and are only told. A log that was
    repaired before it came here shows no trace.

    Examples
    --------
    >>> from curvewise.model.run import Note
    >>> from curvewise.testing import make_run
    >>> note = Note("restarted_steps", "Training went back once (step 50 to 20).")
    >>> print(restarted_steps(make_run(train_loss=[2.0, 1.5], notes=(note,))).summary)
    Training went back once (step 50 to 20). Every verdict rests on the last attempt alone.
    """
    metric, series = progress(run)
    kept = Evidence.of(metric, "steps kept", len(series), series)
    restarted, repeated = run.note(RESTARTED), run.note(REPEATED)
    if restarted is not None:
        return Finding.warning(
            f"{restarted.text} Every verdict rests on the last attempt alone.",
            kept,
            advice="Make sure that the checkpoint that you deploy was saved by the last attempt, and that "
            "the resumed run kept the validation split of the first.",
        )
    if repeated is not None:
        return Finding.ok(repeated.text, kept)
    return Finding.ok(f"The {len(series):,} steps of {metric} go forward only.", kept)
