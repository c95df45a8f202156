"""The format `wandb_log`: the transaction log that Weights & Biases keeps of a run."""

from __future__ import annotations

import msgspec

from curvewise.errors import MalformedError
from curvewise.model.run import Run
from curvewise.parsing.document import Document
from curvewise.parsing.logged import read_log, with_settings
from curvewise.plugin import file_format

_SIGNATURE = b":W&B"
_INTERRUPTED = 255


@file_format(
    title="Weights & Biases run (run-*.wandb)",
    recognised_by="the letters :W&B at its beginning",
    recognise=lambda document: document.content.startswith(_SIGNATURE),
)
def wandb_log(document: Document) -> Run:
    """Read history and configuration of a run; what is cut or damaged is left out.

    A value stands at ``train/global_step``, or at the step metric that the run defines for it, where that
    was last logged; else at the step that W&B counts.
    """
    log, logged = document.wandb
    history = logged.history
    if not history.columns:
        raise MalformedError(
            "the run has no history: it ended before it logged a metric, or logged none",
            hint="pass the folder of another run; nothing can be judged on a summary of last values",
        )
    run = with_settings(read_log(history, document.mapping, logged.axes), logged.config)
    status, error = _end(logged.exit_code)
    return msgspec.structs.replace(
        run,
        id=logged.id,
        name=logged.name[:200],
        status=status,
        error=error,
        notes=(*run.notes, *log.notes()),
    )


def _end(code: int | None) -> tuple[str | None, str | None]:
    """Return status and error of a run that ended; nothing of one that goes on or was killed."""
    if code is None:
        return None, None
    if code == _INTERRUPTED:
        return "cancelled", None
    return ("failed", f"the program ended with exit code {code}") if code else ("succeeded", None)
