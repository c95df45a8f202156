"""What the fine-tuning API hands out: list pages, arrays, JSON Lines or single objects, as one list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

import msgspec

from curvewise.errors import MixedRunsError
from curvewise.model.api_object import as_float, created_at, text
from curvewise.model.run import Note
from curvewise.parsing.document import Document
from curvewise.parsing.large_rows import is_array

Object = Mapping[str, Any]

_DEEPEST = 8
_NOT_FINITE = frozenset(("nan", "inf", "infinity"))
"""Spellings of NaN and infinity, for which JSON has no numbers."""


class ApiList(msgspec.Struct, frozen=True):
    """The objects of a document, each once."""

    objects: tuple[Object, ...]  # in the order of the file
    notes: tuple[Note, ...]  # ``incomplete_page`` when the service had more pages than the file holds


def holds(document: Document, is_wanted: Callable[[Object], bool]) -> bool:
    """Whether the first object of a document, in whatever envelope, is a wanted one."""
    first = next(_objects(_values(document)), None)
    return first is not None and is_wanted(first)


def is_empty_list(document: Document) -> bool:
    """Whether the document is an empty array, or list pages without any object."""
    if not document.is_json or next(_objects(_values(document)), None) is not None:
        return False
    return document.json == [] or next(_values(document), None) is not None


def read_list(document: Document, what: str) -> ApiList:
    """Collect the objects of every page; one that several pages repeat is taken once."""
    values = list(_values(document))
    known: set[object] = set()
    objects = []
    for item in _objects(values):
        identifier = text(item, "id")
        if identifier is None or identifier not in known:
            known.add(identifier)
            objects.append(item)
    more = [value.get("has_more") for value in values if _is_page(value)]
    notes = []
    if any(more) and all(more):
        notes.append(
            Note(
                "incomplete_page",
                f"The file holds {len(objects):,} {what}, and the service said that more follow.",
            )
        )
    return ApiList(tuple(objects), tuple(notes))


def job_id(objects: Iterable[Object]) -> str:
    """Return the one job that objects belong to; "" when they do not say."""
    fields = ("fine_tuning_job_id", "job_id")
    named = (text(item, field) for item in objects for field in fields if field in item)
    jobs = list(dict.fromkeys(name for name in named if name))
    if len(jobs) > 1:
        raise MixedRunsError(
            f"the file holds {len(jobs)} jobs, among them {jobs[0]} and {jobs[1]}",
            hint="give one file for each job",
            field="fine_tuning_job_id",
        )
    return jobs[0] if jobs else ""


def oldest_first(objects: Sequence[Object]) -> list[Object]:
    """Sort by time of creation; those of one second in order, or in reverse if the newest come first."""
    aged = [(created_at(item), item) for item in objects]
    if aged and aged[0][0] > aged[-1][0]:
        aged.reverse()
    return [item for _, item in sorted(aged, key=itemgetter(0))]


def numbers(value: Object, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, float]]:
    """Yield the numbers of a nested object by the path that result files give them.

    Lists of graders are told apart by type and name, as in ``scores/graders/<type>/<name>/...``.

    Examples
    --------
    >>> dict(numbers({"scores": {"graders": [{"type": "python", "name": "f", "train_reward_mean": 0.5}]}}))
    {'scores/graders/python/f/train_reward_mean': 0.5}
    """
    for key, held in value.items():
        path = f"{prefix}{key}"
        if isinstance(held, float) or (isinstance(held, int) and not isinstance(held, bool)):
            yield path, as_float(held)
        elif isinstance(held, str) and held.lstrip("+-").lower() in _NOT_FINITE:
            yield path, float(held)
        elif isinstance(held, Mapping) and depth < _DEEPEST:
            yield from numbers(held, f"{path}/", depth + 1)
        elif isinstance(held, list) and depth < _DEEPEST:
            for item in held:
                if isinstance(item, Mapping) and "name" in item:
                    member = "/".join(str(item[part]) for part in ("type", "name") if item.get(part))
                    yield from numbers(item, f"{path}/{member}/", depth + 1)


def _values(document: Document) -> Iterator[Object]:
    """Yield the JSON objects at the top of a document: pages, or what a page would hold."""
    if not document.is_json:
        return
    value = document.rows if document.is_json_lines else document.json
    for item in value if is_array(value) else [value]:
        if isinstance(item, Mapping):
            yield item


def _objects(values: Iterable[Object]) -> Iterator[Object]:
    for value in values:
        if _is_page(value):
            yield from (item for item in value["data"] if isinstance(item, Mapping))
        else:
            yield value


def _is_page(value: Object) -> bool:
    return isinstance(value.get("data"), list)
