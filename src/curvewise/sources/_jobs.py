"""Jobs of managed services, in the shapes of the fine-tuning API, which the formats of this program read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from curvewise.errors import CredentialsError
from curvewise.model.job import METHODS
from curvewise.parsing.document import Document, JsonDocument
from curvewise.secrets import Secret
from curvewise.sources._web_api import WebApi


class Saved(msgspec.Struct, frozen=True):
    """A checkpoint that a service lists."""

    step: int
    model: str | None = None
    metrics: Mapping[str, float] = {}
    id: str | None = None


def job_document(
    job: str,
    *,
    status: str | None,
    base: object = None,
    final: object = None,
    name: object = None,
    kind: str | None = None,
    error: object = None,
    settings: Mapping[str, Any] | None = None,
) -> Document:
    """Say of a job what its service does; a setting that is None is not known."""
    methods = {each: method for method, each in METHODS.items()}
    known = {key: value for key, value in (settings or {}).items() if value is not None}
    value = {
        "object": "fine_tuning.job",
        "id": job,
        "status": status or "",
        "model": base,
        "fine_tuned_model": final or None,
        "suffix": name or None,
        "error": {"message": error} if error else None,
        "method": {"type": methods[kind]} if kind in methods else None,
        "hyperparameters": known,
    }
    return JsonDocument("job.json", value)


def checkpoint_document(saved: Iterable[Saved]) -> Document:
    """List checkpoints; an empty list says that there is none."""
    data = [
        {
            "object": "fine_tuning.job.checkpoint",
            "id": each.id,
            "step_number": each.step,
            "fine_tuned_model_checkpoint": each.model,
            "metrics": dict(each.metrics),
        }
        for each in saved
    ]
    return JsonDocument("checkpoints.json", {"object": "list", "data": data})


def with_key(title: str, variable: str, address_variable: str, base: str, where: str) -> WebApi:
    """Connect to a service that takes a key as a bearer token."""
    key = os.environ.get(variable, "").strip()
    if not key:
        raise CredentialsError(
            f"there is no key for {title}", hint=f"set {variable}; keys are made at {where}"
        )
    return WebApi(
        title,
        os.environ.get(address_variable) or base,
        address_variable=address_variable,
        headers={"Authorization": f"Bearer {key}"},
        secrets=(Secret(key),),
        sign_in=f"set {variable} to a valid key; keys are made at {where}",
    )
