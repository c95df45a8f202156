"""Tuning jobs of Vertex AI."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import msgspec

from curvewise.errors import CredentialsError, ServiceError, UsageError
from curvewise.extras import load_extra
from curvewise.model.api_object import as_list, as_object, text
from curvewise.model.run import Note
from curvewise.parsing.document import Document
from curvewise.plugin.run_files import RunFiles
from curvewise.plugin.source import Place, RunEntry, source
from curvewise.secrets import Secret
from curvewise.sources._events import event_documents
from curvewise.sources._folder import read_folder
from curvewise.sources._jobs import Saved, checkpoint_document, job_document
from curvewise.sources._mirror import NothingHereError, copied
from curvewise.sources._web_api import WebApi
from curvewise.sources.bucket import Bucket

_JOB = re.compile(r"(?:projects/)?([\w:.-]+)/(?:locations/)?([a-z0-9-]+)/(?:tuningJobs/)?([\w-]+)", re.ASCII)
_ADDRESS = "GOOGLE_VERTEX_BASE_URL"
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_SIGN_IN = "sign in with `gcloud auth application-default login`; the role Vertex AI User reads tuning jobs"
_STATUS = {
    "QUEUED": "queued", "PENDING": "queued", "RUNNING": "running", "UPDATING": "running",
    "SUCCEEDED": "succeeded", "PARTIALLY_SUCCEEDED": "succeeded", "FAILED": "failed", "EXPIRED": "expired",
    "CANCELLING": "cancelling", "CANCELLED": "cancelled", "PAUSED": "paused",
}  # fmt: skip
_SPECS = {
    "supervisedTuningSpec": "sft",
    "fullFineTuningSpec": "sft",
    "distillationSpec": "sft",
    "partnerModelTuningSpec": "sft",
    "preferenceOptimizationSpec": "dpo",
    "reinforcementTuningSpec": "rft",
}


@source(
    title="Vertex AI: tuning job",
    recognised_by="an address vertex://projects/PROJECT/locations/LOCATION/tuningJobs/JOB",
    recognise=lambda place: place.scheme.lower() == "vertex",
)
def vertex(place: Place) -> Iterator[RunEntry]:
    """List the job of an address."""
    match = _JOB.fullmatch(place.text.partition("://")[2])
    if match is None:
        raise UsageError(
            "this names no job", hint="expected vertex://projects/PROJECT/locations/LOCATION/tuningJobs/JOB"
        )
    project, location, job = match.groups()
    yield RunEntry(job, partial(_read, project, location, job, place.mapping))


def _read(project: str, location: str, job: str, mapping: Mapping[str, str]) -> RunFiles:
    """Read a job, its checkpoints, and the metrics that it wrote to a bucket."""
    api = _connect(location)
    path = f"v1/projects/{project}/locations/{location}/tuningJobs/{job}"
    said = as_object(api.get(path, f"tuning job {job}"))
    spec = next((name for name in _SPECS if name in said), "")
    tuned = as_object(said.get("tunedModel"))
    settings = as_object(as_object(said.get(spec)).get("hyperParameters"))
    state = (text(said, "state") or "").removeprefix("JOB_STATE_")
    saved = [
        Saved(step, text(each, "endpoint"), id=text(each, "checkpointId"))
        for each in as_list(tuned.get("checkpoints"))
        if (step := _whole(each.get("step"))) is not None
    ]
    known = [
        job_document(
            job,
            status=_STATUS.get(state, state.lower()),
            base=said.get("baseModel"),
            final=tuned.get("endpoint") or tuned.get("model"),
            name=said.get("tunedModelDisplayName"),
            kind=_SPECS.get(spec),
            error=as_object(said.get("error")).get("message"),
            settings={
                "n_epochs": _whole(settings.get("epochCount")),
                "learning_rate_multiplier": settings.get("learningRateMultiplier"),
                "beta": settings.get("beta"),
            },
        ),
        *([checkpoint_document(saved)] if saved else []),
    ]
    uri = text(said, "gcsMetricsUri")
    files = _metrics(uri, mapping) if uri else _without(text(said, "experiment"))
    return msgspec.structs.replace(files, documents=(*files.documents, *known), name=job)


def _metrics(uri: str, mapping: Mapping[str, str]) -> RunFiles:
    """Read what a job wrote: tables or event files of TensorBoard."""
    try:
        place = copied(Bucket(uri), mapping)
    except NothingHereError:  # nothing was written yet
        return RunFiles((), "")
    with place.telling():
        if not place.is_folder:
            with open(place.text, "rb") as file:  # noqa: PTH123 - a copy of ours
                return RunFiles((Document(uri, file.read(), mapping),), "")
        if place.listing.events:
            notes: list[Note] = []
            return RunFiles(
                tuple(event_documents(place.listing.events, mapping, notes)), "", None, tuple(notes)
            )
        return read_folder(place, place.listing.files)


def _without(experiment: str | None) -> RunFiles:
    where = f" They are in the TensorBoard of {experiment}." if experiment else ""
    text = f"The job names no bucket with its metrics.{where}"
    return RunFiles((), "", None, (Note("metrics_elsewhere", text),))


def _whole(value: object) -> int | None:
    """Return a whole number, which the API of Google writes as text."""
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()) else None


def _connect(location: str) -> WebApi:
    token = _token()
    return WebApi(
        "Vertex AI",
        os.environ.get(_ADDRESS) or f"https://{location}-aiplatform.googleapis.com",
        address_variable=_ADDRESS,
        headers={"Authorization": f"Bearer {token}"},
        secrets=(Secret(token),),
        sign_in=_SIGN_IN,
    )


def _token() -> str:
    auth: Any = load_extra("google.auth", "google-auth", "gs")
    transport: Any = load_extra("google.auth.transport.requests", "requests", "gs")
    failure: ServiceError
    try:
        credentials, _ = auth.default(scopes=[_SCOPE])
        if not credentials.token:
            credentials.refresh(transport.Request())
        return str(credentials.token)
    except auth.exceptions.TransportError:
        failure = ServiceError("Google gives no token", hint="check the network", temporary=True)
    except Exception:  # credentials of third parties raise what they like, secrets in it or not
        failure = CredentialsError("Google gives no token: no way to sign in works", hint=_SIGN_IN)
    raise failure
