"""The words for training, validation and test data mean the same in every file and name."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from curvewise import analyze, load
from curvewise.splits import EVALUATION, SPLITS, is_of_evaluation


@pytest.mark.parametrize("word", SPLITS)
@pytest.mark.parametrize(
    "name", ["{}_loss", "{}/loss", "{} loss", "loss/{}", "loss ({})", "my_{}_loss", "{}"]
)
def test_the_names_of_data_that_are_not_trained_on_are_those_of_an_evaluation(word: str, name: str) -> None:
    assert is_of_evaluation(name.format(word)) == is_of_evaluation(name.format(word.title()))
    assert is_of_evaluation(name.format(word)) == (SPLITS[word] != "train")


@pytest.mark.parametrize(
    "name", ["value_loss", "train/value_loss", "device_memory", "latest_loss", "interval", "retrieval_loss"]
)
def test_a_name_with_the_letters_of_such_a_word_is_none(name: str) -> None:
    assert not is_of_evaluation(name)


def test_the_longest_word_that_fits_is_taken_first() -> None:
    assert all((match := re.match(EVALUATION, word)) and match[0] == word for word in EVALUATION.split("|"))


@pytest.mark.parametrize("name", ["train", "training"])
def test_an_evaluation_on_training_data_is_none_of_validation(name: str, tmp_path: Path) -> None:
    """`eval_dataset={"train": ..., "validation": ...}`: the score on training data goes up to the end."""
    rows: list[dict[str, float]] = []
    for epoch in range(1, 11):
        place = {"step": 10.0 * epoch, "epoch": epoch}
        rows.append({**place, "loss": 2 - 0.15 * epoch, "learning_rate": 1e-4, "grad_norm": 1.0})
        rows.append({**place, f"eval_{name}_loss": 1.9 - 0.17 * epoch, f"eval_{name}_f1": 0.5 + 0.04 * epoch})
        rows.append({**place, "eval_validation_loss": 1 + abs(epoch - 4) / 5, "eval_validation_f1": 0.6})
        rows[-1]["eval_validation_f1"] -= 0.05 * abs(epoch - 4)
    state = {"log_history": rows, "global_step": 100, "max_steps": 100, "num_train_epochs": 10}
    for number, text in enumerate((json.dumps(state), "\n".join(map(json.dumps, rows)))):
        path = tmp_path / f"{number}.json"
        path.write_text(text, encoding="utf-8")
        report = analyze(load(path))
        assert report.diagnosis.name == "overfit"
        assert report.selection.best is not None
        assert report.selection.best.step == 40
        assert not any(note.code.startswith("not_understood") for note in report.notes)
