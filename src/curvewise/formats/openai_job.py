"""The format `openai_job`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from curvewise.errors import MixedRunsError
from curvewise.formats._api_lists import Object, holds, read_list
from curvewise.model.job import job_from_api
from curvewise.model.run import Run
from curvewise.parsing.document import Document
from curvewise.plugin import file_format


def _is_job(item: Object) -> bool:
    named = str(item.get("id", "")).startswith(("ftjob-", "ftjob_")) and {"model", "status"} <= set(item)
    return item.get("object") == "fine_tuning.job" or named


@file_format(
    title="OpenAI and Azure OpenAI fine-tuning job",
    recognised_by="an object called fine_tuning.job",
    recognise=lambda document: holds(document, _is_job),
)
def openai_job(document: Document) -> Run:
    """Read what a job says of itself: model, status, error, method and hyperparameters.

    It holds no metrics: it adds to the result file, events and checkpoints beside it. ``auto`` and -1, which
    leave a hyperparameter to the service, and null say nothing and are left out.

    Raises
    ------
    MixedRunsError
        If the file lists several jobs.
    """
    jobs = read_list(document, "jobs").objects
    if len(jobs) > 1:
        raise MixedRunsError(
            f"the file lists {len(jobs)} jobs, among them {jobs[0].get('id')} and {jobs[1].get('id')}",
            hint="give the object of one job",
        )
    job = jobs[0]
    known = job_from_api(job)
    method = _object(job.get("method"))
    own = _object(method.get(str(method.get("type", ""))))
    return Run(
        id=known.id,
        name=known.name,
        declared_kind=known.kind,
        base_model=known.base_model,
        final_model=known.final_model,
        status=known.status or None,
        error=known.error,
        hyperparameters={**_chosen(job.get("hyperparameters")), **_chosen(own.get("hyperparameters"))},
    )


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _chosen(hyperparameters: Any) -> dict[str, Any]:
    return {
        name: value
        for name, value in _object(hyperparameters).items()
        if value is not None and value not in ("auto", -1)
    }
