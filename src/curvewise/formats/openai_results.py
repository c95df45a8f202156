"""The format `openai_results`."""

from __future__ import annotations

import numpy as np

from curvewise.formats._names import read_columns
from curvewise.model.run import Note, Run
from curvewise.model.series import Series
from curvewise.parsing.document import Document
from curvewise.plugin import file_format

_SIGNATURE = {
    "train_mean_token_accuracy",
    "valid_mean_token_accuracy",
    "validation_mean_token_accuracy",
    "full_valid_loss",
    "full_valid_mean_token_accuracy",
}
_LEGACY_SIGNATURE = {"elapsed_tokens", "elapsed_examples", "training_sequence_accuracy"}

MOST_EPOCHS = 10
"""More full passes than this are evaluations at an interval rather than one at the end of each epoch."""


def _recognise(document: Document) -> bool:
    columns = set(document.header)
    modern = "train_loss" in columns and columns & _SIGNATURE
    legacy = "training_loss" in columns and columns & _LEGACY_SIGNATURE
    return "step" in columns and bool(modern or legacy)


@file_format(
    title="OpenAI and Azure OpenAI result file, SFT and DPO",
    recognised_by="columns step and train_loss, with train_mean_token_accuracy, valid_mean_token_accuracy or "
    "full_valid_loss; or the former service's step, training_loss and elapsed_tokens",
    recognise=_recognise,
)
def openai_results(document: Document) -> Run:
    """Read the result file of a fine-tuning job, such as ``step_metrics.csv`` or ``compiled_results.csv``.

    Columns that the catalogue does not know keep their name. Blank cells are no points; zero is a value.
    Azure writes the full validation pass on the last step of each epoch only, which tells the length of an
    epoch: see `steps_per_epoch`.

    Raises
    ------
    MalformedError
        For a ragged row, or text where a number belongs.
    """
    legacy = "training_loss" in document.header
    metrics, notes = read_columns(document, "openai_legacy" if legacy else "openai")
    if "train_loss" not in metrics:
        notes = (*notes, Note("blank_column", "The column of the training loss is blank throughout."))
    epoch = steps_per_epoch(metrics.get("full_valid_loss"), metrics.get("train_loss"))
    if epoch is not None:
        count = len(metrics["full_valid_loss"])
        text = (
            f"The {count:,} full validation passes stand {epoch:,} steps apart and end at the last step; "
            f"they were taken for the ends of {count:,} epochs."
        )
        notes = (*notes, Note("assumed_epochs", text))
    return Run(metrics=metrics, steps_per_epoch=epoch, notes=notes)


def steps_per_epoch(full: Series | None, train: Series | None) -> int | None:
    """Tell the steps of an epoch from the full validation passes, when they stand at the ends of epochs.

    None unless there are several, evenly spaced from step 0 to the last step.

    Examples
    --------
    >>> train = Series.from_points(range(1, 301), [1.0] * 300)
    >>> steps_per_epoch(Series.from_points([100, 200, 300], [0.3, 0.2, 0.25]), train)
    100
    >>> steps_per_epoch(Series.from_points([300], [0.25]), train)
    """
    if full is None or train is None or not len(train) or not 2 <= len(full) <= MOST_EPOCHS:
        return None
    spacing = full.first_step
    even = np.array_equal(full.step, spacing * np.arange(1, len(full) + 1))
    return spacing if spacing > 1 and even and full.last_step == train.last_step else None
