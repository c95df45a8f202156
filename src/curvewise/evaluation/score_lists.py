"""Score lists: a JSON file with a list of scores for each contender."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath

import msgspec

from curvewise.errors import InputError, MalformedError
from curvewise.model.evaluation import Contender, ContenderRole, Evaluation, Sample
from curvewise.model.run import Note
from curvewise.parsing.decoding import decode
from curvewise.storage.files import read_file
from curvewise.text import abridged

HINT = 'write {"base": {"scores": [0, 1, 1]}, "step 70": {"scores": [1, 1, 1]}}, null for a failure'
_STEP = re.compile(r"\bsteps?[ _-]?(\d{1,15})(?!\d)|(?:step|checkpoint)-?(\d{1,15})\b", re.IGNORECASE)
_REFERENCES: tuple[ContenderRole, ...] = ("base", "production")


class _Scores(msgspec.Struct):
    """The scores of one contender, by sample or in the order of the samples."""

    scores: list[float | None] | dict[str, float | None]
    model: str | None = None
    role: ContenderRole | None = None


def read_score_lists(path: str) -> Evaluation:
    """Read a JSON object with the ``scores`` of each contender: a list, or an object by sample.

    Lists have the samples in the same order for every contender, which pairs them.
    """
    try:
        text, notes = decode(read_file(path))
        content = _content(text)
        lengths = _lengths(content)
    except InputError as error:
        raise error.at(file=path) from error.__cause__
    return Evaluation(
        run="",
        task=PurePath(path).stem,
        harness="score lists",
        metric="score",
        contenders=tuple(_contender(name, own) for name, own in content.items()),
        samples={name: _samples(own) for name, own in content.items()},
        notes=(*notes, *_notes(lengths)),
    )


def _content(text: bytes) -> dict[str, _Scores]:
    """Decode the scores by contender."""
    try:
        parts = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except (ValueError, RecursionError) as error:
        raise MalformedError(f"these are no scores of contenders: {error}", hint=HINT) from error
    content: dict[str, _Scores] = {}
    for name, part in parts.items():
        if not name.strip():
            raise MalformedError("a contender has no name", hint=HINT)
        try:
            content[name] = msgspec.json.decode(part, type=_Scores)
        except ValueError as error:
            raise MalformedError(f"these are no scores: {error}", hint=HINT, field=name) from error
    if not content:
        raise MalformedError("there are no contenders in it", hint=HINT)
    _refuse_twice(text)
    return content


def _refuse_twice(text: bytes) -> None:
    """Refuse duplicate keys, of which a JSON reader would silently drop all but the last."""
    import json

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        content = dict(pairs)
        if len(content) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise MalformedError(f"{twice!r} is there twice", hint="give each its own name, once")
        return content

    try:
        json.loads(text, object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        raise MalformedError(f"these are no scores of contenders: {error}", hint=HINT) from error


def _lengths(content: Mapping[str, _Scores]) -> dict[str, int]:
    """Return the lengths of the lists; none where samples have ids."""
    lists = {name: own.scores for name, own in content.items() if isinstance(own.scores, list)}
    lengths = {name: len(scores) for name, scores in lists.items()}
    by_id = "give the scores as an object by sample id"
    if len(set(lengths.values())) > 1:
        counts = abridged([f"{name} {count}" for name, count in lengths.items()])
        raise MalformedError(
            f"the lists have different lengths ({counts}), so their samples cannot be paired",
            hint=by_id,
            field="scores",
        )
    if 0 < len(lengths) < len(content):
        other = next(name for name in content if name not in lists)
        raise MalformedError(
            f"the scores of {next(iter(lists))!r} are a list and those of {other!r} have ids of samples, so "
            "they cannot be paired",
            hint=f"{by_id} for every contender",
            field="scores",
        )
    if all(score is None for own in content.values() for score in _by_id(own).values()):
        raise MalformedError("no contender has a score", hint=HINT, field="scores")
    return lengths


def _contender(name: str, own: _Scores) -> Contender:
    match = _STEP.search(name)
    step = int(match[1] or match[2]) if match else None
    word = next((role for role in _REFERENCES if step is None and name.lower().startswith(role)), None)
    return Contender(name=name, model=own.model, step=step, role=own.role or word or "other")


def _by_id(own: _Scores) -> Mapping[str, float | None]:
    if isinstance(own.scores, dict):
        return own.scores
    return {str(place): score for place, score in enumerate(own.scores, start=1)}


def _samples(own: _Scores) -> tuple[Sample, ...]:
    return tuple(
        Sample(id=name, score=score, error=None if score is not None else "no score")
        for name, score in _by_id(own).items()
    )


def _notes(lengths: Mapping[str, int]) -> tuple[Note, ...]:
    if not lengths:
        return ()
    text = "The samples have no ids; they are paired by their place in the lists."
    return (Note("paired_by_place", text),)
