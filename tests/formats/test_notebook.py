"""Notebooks as runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from curvewise.errors import MalformedError
from curvewise.formats.notebook import notebook
from curvewise.joining import read
from curvewise.model.run import Run
from curvewise.parsing.document import Document

EXAMPLE = b'{"nbformat": 4, "cells": [{"outputs": [{"output_type": "stream", "text": "step 1: loss 2.0"}]}]}'
"""A file of this format; the contract of formats holds of it."""

TABLE = (
    "<table><tr><th>Step</th><th>Training Loss</th><th>Validation Loss</th></tr>"
    "<tr><td>10</td><td>2.0</td><td>2.1</td></tr><tr><td>20</td><td>1.0</td><td>1.1</td></tr></table>"
)


def load(*outputs: dict[str, Any]) -> Run:
    cells = [{"cell_type": "markdown", "source": ""}, {"cell_type": "code", "outputs": list(outputs)}]
    content = json.dumps({"nbformat": 4, "cells": cells}).encode()
    assert notebook.recognise(Document("a.ipynb", content))
    return read(Document("a.ipynb", content))


def test_the_table_of_a_trainer() -> None:
    run = load({"output_type": "display_data", "data": {"text/html": [TABLE[:40], TABLE[40:]]}})
    assert run.formats == ("notebook",)
    assert run["full_valid_loss"].value.tolist() == [2.1, 1.1]


def test_what_stands_beside_the_table_tells_the_plan() -> None:
    bar = {
        "output_type": "display_data",
        "data": {"text/html": f"<div>[20/40 00:10, Epoch 1/2]</div>{TABLE}"},
    }
    end = {"output_type": "execute_result", "data": {"text/plain": ["TrainOutput(global_step=20, training_",
        "loss=1.5, metrics={'train_runtime': 9.1, 'epoch': 1.0})"]}}  # fmt: skip
    assert (load(bar).planned_steps, load(bar).steps_per_epoch) == (40, 20)
    assert (load(bar, end).planned_steps, load(bar, end).steps_per_epoch) == (20, 20)


def test_what_was_printed_counts_without_a_table() -> None:
    run = load({"output_type": "stream", "text": ["step 1: loss 2.0\n", "step 2: loss 1.0\n"]})
    assert run["train_loss"].value.tolist() == [2.0, 1.0]


def test_a_history_that_was_shown_counts_without_anything_else() -> None:
    shown = {"text/plain": ["{'loss': [2.0, 1.0],\n", " 'val_loss': [2.1, 1.1]}"]}
    run = load({"output_type": "stream", "text": "done\n"}, {"output_type": "execute_result", "data": shown})
    assert run["full_valid_loss"].value.tolist() == [2.1, 1.1]


def test_a_notebook_without_outputs_is_refused() -> None:
    with pytest.raises(MalformedError, match="no output of this notebook holds a metric") as caught:
        load()
    assert "save it with its outputs" in str(caught.value)
