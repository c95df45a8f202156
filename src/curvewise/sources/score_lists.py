"""Score lists: a JSON file with a list of scores for each contender."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath

import msgspec

from curvewise.errors import MalformedError
from curvewise.model.evaluation import Contender, ContenderRole, Evaluation, Sample
from curvewise.model.run import Note
from curvewise.sources.files import read_file

HINT = 'write {"base": {"scores": [0, 1, 1]}, "step 70": {"scores": [1, 1, 1]}}, null for a failure'
_STEP = re.compile(r"\bsteps?[ _-]?(\d{1,15})(?!\d)|(?:step|checkpoint)-?(\d{1,15})\b", re.IGNORECASE)
_REFERENCES: tuple[ContenderRole, ...] = ("base", "production")


class _Scores(msgspec.Struct):
    """What is known of one contender; the scores by sample, or in the order of the samples."""

    scores: list[float | None] | dict[str, float | None]
    model: str | None = None
    role: ContenderRole | None = None


def read_score_lists(path: str) -> Evaluation:
    """Read a JSON object that has, for each contender, its ``scores``: a list, or an object by sample.

    Lists hold the samples in the same order for every contender, and so pair them.

    Parameters
    ----------
    path
        Of the file.

    Raises
    ------
    InputError
        If the file cannot be read.
    MalformedError
        If it is something else, or the lists have different lengths.
    """
    try:
        content = msgspec.json.decode(read_file(path), type=dict[str, _Scores])
    except msgspec.DecodeError as error:
        raise MalformedError(f"these are no scores of contenders: {error}", hint=HINT, file=path) from error
    if not content:
        raise MalformedError("there are no contenders in it", hint=HINT, file=path)
    lengths = {name: len(own.scores) for name, own in content.items() if isinstance(own.scores, list)}
    if len(set(lengths.values())) > 1:
        counts = ", ".join(f"{name} {count}" for name, count in lengths.items())
        raise MalformedError(
            f"the lists have different lengths ({counts}), so their samples cannot be paired",
            hint="give the scores as an object by sample id",
            file=path,
            field="scores",
        )
    return Evaluation(
        run="",
        task=PurePath(path).stem,
        harness="score lists",
        metric="score",
        contenders=tuple(_contender(name, own) for name, own in content.items()),
        samples={name: _samples(own) for name, own in content.items()},
        notes=_notes(lengths),
    )


def _contender(name: str, own: _Scores) -> Contender:
    found = _STEP.search(name)
    step = int(found[1] or found[2]) if found else None
    word = next((role for role in _REFERENCES if step is None and name.lower().startswith(role)), None)
    return Contender(name=name, model=own.model, step=step, role=own.role or word or "other")


def _samples(own: _Scores) -> tuple[Sample, ...]:
    scores = own.scores
    by_id = scores if isinstance(scores, dict) else {str(i): each for i, each in enumerate(scores, start=1)}
    return tuple(
        Sample(id=name, score=score, error=None if score is not None else "no score")
        for name, score in by_id.items()
    )


def _notes(lengths: Mapping[str, int]) -> tuple[Note, ...]:
    if not lengths:
        return ()
    text = "The samples have no ids; they are paired by their place in the lists."
    return (Note("paired_by_place", text),)
