"""The database of Unsloth Studio."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import msgspec

from curvewise.model.run import Run
from curvewise.parsing.logged import read_log, with_settings
from curvewise.parsing.rows import read_rows
from curvewise.plugin.source import Place, RunEntry, source
from curvewise.sources._databases import databases, read_object, seconds
from curvewise.sources._names import distinct
from curvewise.storage.sqlite import opened

_KEYS = ("step", "loss", "learning_rate", "grad_norm", "eval_loss", "epoch")
_FACTS = ("status", "model_name", "config_json", "total_steps", "error_message")
_TABLES = {"training_runs": {"id", "started_at", *_FACTS}, "training_metrics": {"run_id", *_KEYS}}
_STATUS = {"completed": "succeeded", "error": "failed", "stopped": "cancelled"}


@source(
    title="Unsloth Studio: studio.db",
    recognised_by="a database with the tables training_runs and training_metrics",
    recognise=lambda place: bool(databases(place, _TABLES)),
)
def unsloth_studio(place: Place) -> Iterator[RunEntry]:
    """List the trainings, each named after its model."""
    for path in databases(place, _TABLES):
        with opened(path) as database:
            runs = database.execute(
                "SELECT id, model_name, started_at FROM training_runs ORDER BY started_at"
            ).fetchall()
        names = distinct((str(run), str(name or "")) for run, name, _ in runs)
        for run, _, began in runs:
            yield RunEntry(names[str(run)], partial(_read, place, path, run, names[str(run)]), seconds(began))


def _read(place: Place, path: str, run: str, name: str) -> Run:
    with opened(path) as database:
        rows = database.execute(
            "SELECT step, loss, learning_rate, grad_norm, eval_loss, epoch FROM training_metrics "
            "WHERE run_id = ? ORDER BY step",
            (run,),
        ).fetchall()
        facts = database.execute(
            "SELECT status, model_name, config_json, total_steps, error_message FROM training_runs "
            "WHERE id = ?",
            (run,),
        ).fetchone()
    said = dict(zip(_FACTS, facts or (None,) * len(_FACTS), strict=True))
    logged = read_log(read_rows([dict(zip(_KEYS, row, strict=True)) for row in rows]), place.mapping)
    planned = said["total_steps"]
    return msgspec.structs.replace(
        with_settings(logged, read_object(said["config_json"])),
        id=run,
        name=name,
        base_model=said["model_name"] or None,
        planned_steps=planned if isinstance(planned, int) and 0 < planned < 2**53 else None,
        status=_STATUS.get(said["status"] or ""),
        error=said["error_message"] or None,
    )
