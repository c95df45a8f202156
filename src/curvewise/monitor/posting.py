"""Posting: a diagnosis as a summary of W&B, a tag of MLflow or an alert of Trackio."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from curvewise.errors import ServiceError, UsageError
from curvewise.extras import load_extra
from curvewise.model.report import Report
from curvewise.monitor.change import Change
from curvewise.text import listed


def post(report: Report, to: str) -> str:
    """Post the diagnosis of a report to a tracker, and return where it stands then.

    Parameters
    ----------
    report
        The report.
    to
        ``wandb:ENTITY/PROJECT/RUN``, ``mlflow:RUN_ID`` or ``trackio:PROJECT/RUN``.

    Raises
    ------
    UsageError
        If it is none of these.
    ServiceError
        If the tracker refuses.
    MissingExtraError
        If its package is not installed.
    """
    tracker, _, run = to.partition(":")
    if tracker not in _TRACKERS or not run:
        forms = ["wandb:ENTITY/PROJECT/RUN", "mlflow:RUN_ID", "trackio:PROJECT/RUN"]
        raise UsageError(f"{to!r} is no run of a tracker", hint=f"expected {listed(forms, 'or')}")
    try:
        return _TRACKERS[tracker](report, run)
    except (UsageError, ServiceError):
        raise
    except Exception as error:  # each package has exceptions of its own
        if type(error).__name__ == "MissingExtraError":
            raise
        problem = f"{tracker} refuses: {type(error).__name__}: {error}"
        raise ServiceError(problem, hint="check the run, and the key for the tracker") from error


def facts(report: Report) -> Mapping[str, str | int]:
    """Return what is posted: names that begin with ``curvewise/``."""
    told = report.diagnosis
    said: dict[str, str | int] = {
        "diagnosis": told.name,
        "severity": told.severity,
        "certainty": told.certainty,
        "summary": told.summary,
    }
    if told.use is not None:
        said["use_step"] = told.use.step
    return {f"curvewise/{name}": value for name, value in said.items()}


def _wandb(report: Report, run: str) -> str:
    found: Any = load_extra("wandb", "wandb", "wandb", instead="pip install wandb; ").Api().run(run)
    found.summary.update(dict(facts(report)))
    return f"the summary of {run}"


def _mlflow(report: Report, run: str) -> str:
    client: Any = load_extra("mlflow", "mlflow", "mlflow", instead="pip install mlflow; ").MlflowClient()
    for name, value in facts(report).items():
        client.set_tag(run, name.replace("/", "."), value)
    return f"tags of {run}"


def _trackio(report: Report, run: str) -> str:
    project, _, name = run.partition("/")
    trackio: Any = load_extra("trackio", "trackio", "trackio", instead="pip install trackio; ")
    news = Change(report=report)
    trackio.init(project=project, name=name or None, resume="allow")
    try:
        trackio.alert(title=news.title, text=news.text)
    finally:
        trackio.finish()
    return f"an alert of {run}"


_TRACKERS: Mapping[str, Callable[[Report, str], str]] = {
    "wandb": _wandb,
    "mlflow": _mlflow,
    "trackio": _trackio,
}
