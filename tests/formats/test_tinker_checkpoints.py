"""Checkpoints of the Tinker cookbook."""

from __future__ import annotations

import json
from typing import Any

import pytest

from curvewise.errors import MalformedError
from curvewise.formats.tinker_checkpoints import tinker_checkpoints
from curvewise.model.run import Run
from curvewise.parsing.document import Document

EXAMPLE = b'{"name": "000020", "batch": 20, "sampler_path": "tinker://run/sampler_weights/000020"}\n'
"""A file of this format; the contract of formats holds of it."""


def row(name: str, batch: Any, kinds: str = "state sampler") -> dict[str, Any]:
    return {"name": name, "batch": batch} | {
        f"{kind}_path": f"tinker://run/{kind}/{name}" for kind in kinds.split()
    }


def read(*rows: dict[str, Any]) -> Run:
    document = Document("checkpoints.jsonl", "".join(json.dumps(row) + "\n" for row in rows).encode())
    assert tinker_checkpoints.recognise(document)
    return tinker_checkpoints(document)


def test_the_sampler_is_what_can_be_deployed() -> None:
    run = read(row("000020", 20), row("000040", 40), row("final", 40))
    assert [(saved.step, saved.model) for saved in run.checkpoints or ()] == [
        (20, "tinker://run/sampler/000020"),
        (40, "tinker://run/sampler/final"),
    ]
    assert run.final_model == "tinker://run/sampler/final"


def test_a_training_state_alone_cannot_be_deployed() -> None:
    run = read(row("000020", 20, "state"), row("000040", 40), row("000041", 40, "state"))
    assert [saved.model for saved in run.checkpoints or ()] == [None, "tinker://run/sampler/000040"]


@pytest.mark.parametrize("batch", ["twenty", -1, 1.5, True, None])
def test_a_batch_that_is_no_number_is_refused(batch: Any) -> None:
    with pytest.raises(MalformedError, match="the batch of checkpoint 1"):
        read(row("a", batch))


def test_metrics_are_not_taken_for_checkpoints() -> None:
    assert not tinker_checkpoints.recognise(
        Document("file", b'{"step": 1, "batch": 2}\n{"step": 2, "batch": 2}\n')
    )
