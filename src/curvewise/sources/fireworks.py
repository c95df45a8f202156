"""Jobs of Fireworks."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from curvewise.errors import InputError, NotFoundError, UsageError
from curvewise.model.api_object import as_object, text
from curvewise.parsing.document import Document
from curvewise.plugin.run_files import RunFiles
from curvewise.plugin.source import Place, RunEntry, source
from curvewise.sources._jobs import job_document, with_key
from curvewise.sources._mirror import copied
from curvewise.sources._web_api import WebApi
from curvewise.sources.web import WebFile
from curvewise.storage.files import read_file

_ACCOUNT = "FIREWORKS_ACCOUNT_ID"
_KINDS = {"supervisedFineTuningJobs": "sft", "dpoJobs": "dpo", "reinforcementFineTuningJobs": "rft"}
_STATUS = {
    "JOB_STATE_COMPLETED": "succeeded", "JOB_STATE_EARLY_STOPPED": "succeeded", "JOB_STATE_FAILED": "failed",
    "JOB_STATE_EXPIRED": "failed", "JOB_STATE_CANCELLED": "cancelled", "JOB_STATE_CANCELLING": "cancelling",
    "JOB_STATE_PAUSED": "paused", "JOB_STATE_PENDING": "queued", "JOB_STATE_CREATING": "queued",
    "JOB_STATE_VALIDATING": "validating_files",
}  # fmt: skip


@source(
    title="Fireworks: fine-tuning job",
    recognised_by="an address fireworks://ACCOUNT/JOB, or fireworks://JOB with FIREWORKS_ACCOUNT_ID",
    recognise=lambda place: place.scheme.lower() == "fireworks",
)
def fireworks(place: Place) -> Iterator[RunEntry]:
    """List the job of an address."""
    account, _, job = place.text.partition("://")[2].rpartition("/")
    account = account or os.environ.get(_ACCOUNT, "")
    if not account or not job:
        raise UsageError("this names no job", hint=f"write fireworks://ACCOUNT/JOB, or set {_ACCOUNT}")
    yield RunEntry(job, partial(_read, account, job, place.mapping))


def _read(account: str, job: str, mapping: Mapping[str, str]) -> RunFiles:
    """Read a job and the file of its metrics, which lies at an address that is signed for it alone."""
    api = with_key(
        "Fireworks",
        "FIREWORKS_API_KEY",
        "FIREWORKS_BASE_URL",
        "https://api.fireworks.ai",
        "https://app.fireworks.ai/settings/users/api-keys",
    )
    kind, path, said = _found(api, account, job)
    url = text(said, "metricsFileSignedUrl")
    if kind == "dpoJobs" and not url:
        found = as_object(api.get(f"{path}:getMetricsFileEndpoint", f"the metrics of job {job}"))
        url = text(found, "signedUrl")
    state = text(said, "state") or ""
    training = {**as_object(said.get("trainingConfig")), **said}
    documents = [
        job_document(
            job,
            status=_STATUS.get(state, "running"),
            base=training.get("baseModel"),
            final=training.get("outputModel"),
            name=said.get("displayName"),
            kind=_KINDS[kind],
            error=as_object(said.get("status")).get("message") if state == "JOB_STATE_FAILED" else None,
            settings={
                "n_epochs": training.get("epochs"),
                "batch_size": training.get("batchSize"),
                "learning_rate": training.get("learningRate"),
                "warmup_steps": training.get("learningRateWarmupSteps"),
                "gradient_accumulation_steps": training.get("gradientAccumulationSteps"),
                "weight_decay": training.get("optimizerWeightDecay"),
            },
        )
    ]
    if url:
        documents.insert(0, _metrics(url, mapping))
    elif _STATUS.get(state) == "succeeded":
        raise InputError(
            "Fireworks has no file of metrics for this job",
            hint="log the job to Weights & Biases (`--wandb`), and pass wandb://ENTITY/PROJECT/RUN",
        )
    return RunFiles(tuple(documents), job)


def _metrics(url: str, mapping: Mapping[str, str]) -> Document:
    place = copied(WebFile(url, "the metrics of the job"), mapping)
    return Document("metrics", read_file(place.text), mapping)


def _found(api: WebApi, account: str, job: str) -> tuple[str, str, Mapping[str, Any]]:
    """Find a job among those of each kind."""
    missing: NotFoundError | None = None
    for kind in _KINDS:
        path = f"v1/accounts/{account}/{kind}/{job}"
        try:
            return kind, path, as_object(api.get(path, f"job {job} of {account}"))
        except NotFoundError as error:
            missing = error
    assert missing is not None  # noqa: S101 - there are kinds
    raise missing
