"""Jobs of Mistral."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from curvewise.model.api_object import as_list, as_object, number, text, whole
from curvewise.parsing.document import JsonDocument
from curvewise.plugin.run_files import RunFiles
from curvewise.plugin.source import Place, RunEntry, source
from curvewise.sources._jobs import Saved, checkpoint_document, job_document, with_key

_STATUS = {
    "QUEUED": "queued", "VALIDATING": "validating_files", "VALIDATED": "queued", "STARTED": "running",
    "RUNNING": "running", "SUCCESS": "succeeded", "FAILED": "failed", "FAILED_VALIDATION": "failed",
    "CANCELLED": "cancelled", "CANCELLATION_REQUESTED": "cancelling",
}  # fmt: skip
_METRICS = ("train_loss", "valid_loss", "valid_mean_token_accuracy")


@source(
    title="Mistral: fine-tuning job",
    recognised_by="an address mistral://JOB",
    recognise=lambda place: place.scheme.lower() == "mistral",
)
def mistral(place: Place) -> Iterator[RunEntry]:
    """List the job of an address."""
    job = place.text.partition("://")[2]
    yield RunEntry(job, partial(_read, job, place.mapping))


def _read(job: str, mapping: Mapping[str, str]) -> RunFiles:
    """Read a job. Its checkpoints are places where it measured; only the last one is a model."""
    api = with_key(
        "Mistral",
        "MISTRAL_API_KEY",
        "MISTRAL_BASE_URL",
        "https://api.mistral.ai",
        "https://console.mistral.ai/api-keys",
    )
    said = as_object(api.get(f"v1/fine_tuning/jobs/{job}", f"job {job}"))
    measured = sorted(as_list(said.get("checkpoints")), key=lambda each: number(each, "step_number") or 0.0)
    rows = [row for each in measured if len(row := _row(each)) > 1]
    settings = as_object(said.get("hyperparameters"))
    final = text(said, "fine_tuned_model")
    documents = [
        job_document(
            job,
            status=_STATUS.get(text(said, "status") or "", text(said, "status")),
            base=said.get("model"),
            final=final,
            name=said.get("suffix"),
            kind="sft",
            settings={
                "n_epochs": settings.get("epochs"),
                "learning_rate": settings.get("learning_rate"),
                "weight_decay": settings.get("weight_decay"),
                "warmup_ratio": settings.get("warmup_fraction"),
                "training_steps": settings.get("training_steps"),
            },
        ),
        checkpoint_document([Saved(rows[-1]["step"], final)] if rows and final else []),
    ]
    if rows:
        documents.insert(0, JsonDocument("metrics.jsonl", rows, mapping))
    return RunFiles(tuple(documents), job)


def _row(checkpoint: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was measured at a checkpoint; null is nothing."""
    metrics = as_object(checkpoint.get("metrics"))
    values = {name: metrics[name] for name in _METRICS if isinstance(metrics.get(name), int | float)}
    return {"step": whole(checkpoint.get("step_number")) or 0, **values}
