"""Answers: from the bytes of an answer to its JSON object or page, without secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from curvewise.errors import CurvewiseError, ServiceError
from curvewise.parsing.json_values import looks_like_json, read_json
from curvewise.plugin.service import Object, Page
from curvewise.secrets import Redaction


def read_object(data: bytes, source: str, redaction: Redaction) -> Object:
    """Read an answer that is one object with an id.

    Parameters
    ----------
    data
        The answer.
    source
        Host and path that gave it, for errors.

    Raises
    ------
    ServiceError
        If it is anything else.
    """
    value = _read(data, source, redaction)
    if not isinstance(value, Mapping) or not isinstance(value.get("id"), str):
        raise _broken(source, "with JSON that is no object of the fine-tuning API: it has no `id`")
    return value


def read_page(data: bytes, source: str, redaction: Redaction) -> Page:
    """Read an answer that is a page of a list.

    Raises
    ------
    ServiceError
        If it is anything else.
    """
    value = _read(data, source, redaction)
    objects = value.get("data") if isinstance(value, Mapping) else None
    if not isinstance(objects, list) or not all(isinstance(item, Mapping) for item in objects):
        raise _broken(source, "with JSON that is no list of the fine-tuning API: its `data` holds no objects")
    return Page(tuple(objects), has_more=value.get("has_more") is True)


def _read(data: bytes, source: str, redaction: Redaction) -> Any:
    if not looks_like_json(data):
        found = "nothing" if not data.strip() else "a web page" if _is_html(data) else "something else"
        raise _broken(source, f"with {found} instead of the JSON of the fine-tuning API")
    try:
        value = read_json(data)
    except CurvewiseError as error:
        failure = _broken(source, f"with JSON that cannot be read: {redaction.text(error.problem)}")
    else:
        return redaction.value(value) if redaction.touches(data.decode("utf-8")) else value
    raise failure


def _is_html(data: bytes) -> bool:
    return data.lstrip()[:1] == b"<"


def _broken(source: str, what: str) -> ServiceError:
    return ServiceError(
        f"{source} answers {what}",
        hint="try again; if it stays so, the address is wrong, or a proxy on the way answers in its place",
        temporary=True,
    )
