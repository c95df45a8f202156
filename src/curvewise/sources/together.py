"""Jobs of Together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from curvewise.model.api_object import as_list, as_object, text, whole
from curvewise.parsing.document import JsonDocument
from curvewise.plugin.run_files import RunFiles
from curvewise.plugin.source import Place, RunEntry, source
from curvewise.services.concurrency import in_parallel
from curvewise.sources._jobs import Saved, checkpoint_document, job_document, with_key
from curvewise.sources._web_api import WebApi

_STATUS = {
    "completed": "succeeded", "error": "failed", "user_error": "failed", "cancel_requested": "cancelling",
    "compressing": "running", "uploading": "running",
}  # fmt: skip
_STEPS = ("global_step", "train/global_step", "eval/global_step")
_UNUSED = frozenset((*_STEPS, "timestamp", "step"))


@source(
    title="Together: fine-tuning job",
    recognised_by="an address together://ft-...",
    recognise=lambda place: place.scheme.lower() == "together",
)
def together(place: Place) -> Iterator[RunEntry]:
    """List the job of an address."""
    job = place.text.partition("://")[2]
    yield RunEntry(job, partial(_read, job, place.mapping))


def _read(job: str, mapping: Mapping[str, str]) -> RunFiles:
    api = with_key(
        "Together",
        "TOGETHER_API_KEY",
        "TOGETHER_BASE_URL",
        "https://api.together.ai",
        "https://api.together.ai/settings/api-keys",
    )
    names = ("", "/metrics", "/checkpoints")
    said, metrics, saved = in_parallel([partial(_asked, api, f"{job}{name}") for name in names])
    documents = [_job(job, said), checkpoint_document(map(_saved, as_list(saved.get("data"))))]
    if rows := [row for each in as_list(metrics.get("metrics")) if (row := _row(each))]:
        documents.insert(0, JsonDocument("metrics.jsonl", rows, mapping))
    return RunFiles(tuple(documents), job)


def _asked(api: WebApi, path: str) -> Mapping[str, Any]:
    return as_object(api.get(f"v1/fine-tunes/{path}", f"job {path}"))


def _job(job: str, said: Mapping[str, Any]) -> Any:
    method = as_object(said.get("training_method"))
    status = text(said, "status") or ""
    schedule = as_object(said.get("lr_scheduler"))
    names = ("n_epochs", "batch_size", "learning_rate", "warmup_ratio", "max_grad_norm", "weight_decay")
    events = as_list(said.get("events"))
    errors = [text(event, "message") for event in events if str(event.get("level", "")).endswith("error")]
    return job_document(
        job,
        status=_STATUS.get(status, status),
        base=said.get("model"),
        final=said.get("model_output_name"),
        kind=text(method, "method"),
        error=errors[-1] if errors and status in ("error", "user_error") else None,
        settings={
            **{name: said.get(name) for name in names},
            "beta": method.get("dpo_beta"),
            "lr_scheduler_type": schedule.get("lr_scheduler_type"),
        },
    )


def _row(logged: Mapping[str, Any]) -> dict[str, Any]:
    """Give a row one step; training and evaluation keep theirs under two names."""
    step = next((logged[key] for key in (*_STEPS, "step") if logged.get(key) is not None), None)
    values = {key: value for key, value in logged.items() if key not in _UNUSED}
    return {"step": step, **values} if step is not None and values else {}


def _saved(checkpoint: Mapping[str, Any]) -> Saved:
    model = text(checkpoint, "object_name") or text(checkpoint, "path")
    return Saved(whole(checkpoint.get("step")) or 0, model, id=text(checkpoint, "object_revision_id"))
