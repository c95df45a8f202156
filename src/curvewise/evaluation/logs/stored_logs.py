"""Stored logs: existing results of Inspect AI, lm-evaluation-harness and OpenAI evals."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from curvewise.errors import InputError
from curvewise.evaluation.logs import inspect_logs, lm_eval_logs, openai_evals_logs
from curvewise.evaluation.logs.inspect_samples import Reading
from curvewise.evaluation.logs.log_entry import Log


class StoredLogs(msgspec.Struct, frozen=True, kw_only=True):
    """Logs in files and folders.

    Parameters
    ----------
    paths
        Files, or folders that are searched through.
    reading
        How to read scores.
    """

    paths: tuple[str, ...]
    reading: Reading = Reading()

    def read(self) -> list[Log]:
        """Read every log, one for each model and task, in the order of their files.

        Raises
        ------
        InputError
            If a path does not exist, holds no log, or a log has no result.
        """
        logs: list[Log] = []
        for path in self.paths:
            files, before = list(_files(path)), len(logs)
            for reader in (inspect_logs, lm_eval_logs, openai_evals_logs):
                logs += reader.read(files, self.reading)
            if len(logs) == before:
                raise InputError(
                    "there is no log that can be read",
                    hint="expected .eval or .json of Inspect AI, samples_*.jsonl of lm-evaluation-harness, "
                    "or JSON Lines of OpenAI evals",
                    file=path,
                )
        return logs


def _files(path: str) -> Iterable[Path]:
    place = Path(path)
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise InputError("there is no such file or folder", hint="pass logs or a folder of them", file=path)
    return sorted(
        file for file in place.rglob("*") if file.suffix in (".eval", ".json", ".jsonl") and file.is_file()
    )
