"""The format `openai_rft_results`."""

from __future__ import annotations

from curvewise.formats._names import read_columns
from curvewise.formats._rollouts import with_rollouts
from curvewise.model.run import Run
from curvewise.parsing.document import Document
from curvewise.plugin import file_format

_REWARDS = {"train_mean_reward", "full_valid_mean_reward"}


def _recognise(document: Document) -> bool:
    columns = set(document.header)
    graded = any(column.startswith("scores/graders/") for column in columns)
    return "step" in columns and (graded or bool(columns & _REWARDS))


@file_format(
    title="OpenAI and Azure OpenAI result file, RFT",
    recognised_by="columns step and train_mean_reward, full_valid_mean_reward or scores/graders/...",
    recognise=_recognise,
)
def openai_rft_results(document: Document) -> Run:
    """Read the result file of a reinforcement fine-tuning job, with its paths such as ``scores/graders/...``.

    Means of errors are rates, and so is ``train_error_count_<tool>``. What the ``_count`` columns count, and
    how many rollouts got no grade, is decided by arithmetic: see `with_rollouts`. Columns that the catalogue
    does not know keep their name.

    Raises
    ------
    MalformedError
        For a ragged row, or text where a number belongs.
    """
    metrics, notes = read_columns(document, "openai")
    metrics, assumed = with_rollouts(metrics)
    return Run(metrics=metrics, notes=(*notes, *assumed))
