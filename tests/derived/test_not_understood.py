from __future__ import annotations

import pytest

import curvewise as cw
from curvewise.derived.not_understood import MISSING, not_understood
from curvewise.plugin import Style
from curvewise.reports.text import text
from curvewise.testing import make_run

LOSS = [2.0, 1.5, 1.2]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"train_loss": LOSS, "val": LOSS}, "--map full_valid_loss=val"),
        ({"train_loss": LOSS, "dev/nll": LOSS}, "--map full_valid_loss=dev/nll"),
        ({"train_mean_reward": LOSS, "heldout_return": LOSS}, "--map full_valid_mean_reward=heldout_return"),
        ({"train_mean_reward": LOSS, "heldout/solved": LOSS}, "--map full_valid_mean_reward=heldout/solved"),
        ({"full_valid_loss": LOSS, "my_objective": LOSS}, "--map train_loss=my_objective"),
        ({"train_loss": LOSS, "val objective": LOSS}, "--map 'full_valid_loss=val objective'"),
    ],
)
def test_a_column_that_may_be_a_missing_metric_is_suggested(
    columns: dict[str, list[float]], said: str
) -> None:
    report = cw.analyze(make_run(metrics=columns))
    assert [note.code for note in report.notes] == [MISSING]
    assert said in report.notes[0].text
    assert said in " ".join(text([report], Style()).split())


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"train_loss": LOSS, "full_valid_loss": LOSS, "val_other": LOSS}, "not_understood"),
        ({"train_loss": LOSS, "time/step": LOSS, "gpu_memory": LOSS, "progress": LOSS}, None),
        ({"train_loss": LOSS, "full_valid_loss": LOSS, "eval_wer": LOSS}, None),
    ],
)
def test_nothing_is_suggested_for_what_is_there_or_stands_beside(
    columns: dict[str, list[float]], code: str | None
) -> None:
    assert [note.code for note in not_understood(make_run(metrics=columns))] == ([code] if code else [])
