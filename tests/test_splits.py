"""The words for training, validation and test data mean the same in every file and name."""

from __future__ import annotations

import re

import pytest

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
