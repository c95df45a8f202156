"""The log of CatBoost."""

from __future__ import annotations

import json

import pytest

from curvewise.errors import MalformedError
from curvewise.formats.catboost_training import catboost_training
from curvewise.model.run import Run
from curvewise.parsing.document import Document


def log(sets: tuple[str, ...] = ("test",), rows: int = 4) -> str:
    """Write what CatBoost 1.2 does where AUC is the evaluation metric of a classifier."""
    losses = [{"best_value": "Min", "name": "Logloss"}, {"best_value": "Max", "name": "Accuracy"}]
    meta = {
        "test_sets": list(sets), "test_metrics": [{"best_value": "Max", "name": "AUC"}, *losses],
        "learn_metrics": losses, "launch_mode": "Train", "iteration_count": rows, "learn_sets": ["learn"],
    }  # fmt: skip
    iterations = [
        {"iteration": k, "learn": [1 / (k + 1), 0.5], **{part: [0.75, 2 / (k + 1), 0.25] for part in sets}}
        for k in range(rows)
    ]
    return json.dumps({"meta": meta, "iterations": iterations})


EXAMPLE = log().encode()
"""A file of this format; the contract of formats holds of it."""


def read(text: str) -> Run:
    document = Document("catboost_training.json", text.encode())
    assert catboost_training.recognise(document)
    return catboost_training(document)


def test_the_first_metric_of_which_less_is_better_is_the_loss() -> None:
    run = read(log())
    assert {name: run[name].at(1) for name in run.metrics} == {
        "train_loss": 0.5, "train_accuracy": 0.5, "val/auc": 0.75,
        "full_valid_loss": 1.0, "full_valid_accuracy": 0.25,
    }  # fmt: skip
    assert (run.kind, run.last_step) == ("sft", 3)


def test_each_evaluation_set_is_its_own() -> None:
    assert {"full_valid_loss", "full_valid_loss/test1"} <= set(read(log(("test", "test1"))).metrics)


def test_a_row_that_is_cut_is_refused() -> None:
    with pytest.raises(MalformedError, match="iteration 3 does not hold"):
        read(log().replace('"learn": [0.25, 0.5]', '"learn": [0.25]'))


def test_sets_that_are_no_list_are_none() -> None:
    run = read(
        log().replace('"test_sets": ["test"]', '"test_sets": 3').replace('"learn_metrics": [', '"x": [')
    )
    assert not run.metrics
