"""curvewise: which checkpoint to deploy, what went wrong with a training run, and what to do next.

Examples
--------
>>> import curvewise as cw
>>> steps = [100, 200, 300, 400]
>>> run = cw.Run.from_series({"full_valid_loss": (steps, [1.2, 0.9, 1.3, 1.7])})
>>> cw.analyze(run).selection.best.step
200

Checks, file formats, selectors and output formats of your own: see `curvewise.plugin`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curvewise.archiving import Archive as Archive
    from curvewise.archiving import ArchiveOutcome as ArchiveOutcome
    from curvewise.archiving import ArchiveProgress as ArchiveProgress
    from curvewise.archiving import archive as archive
    from curvewise.archiving import archive_all as archive_all
    from curvewise.archiving import archives_in as archives_in
    from curvewise.archiving import verify_archive as verify_archive
    from curvewise.comparing import compare as compare
    from curvewise.comparing.scores import Score as Score
    from curvewise.comparing.scores import read_scores as read_scores
    from curvewise.config import Profile as Profile
    from curvewise.config import find_profile as find_profile
    from curvewise.config import read_profile as read_profile
    from curvewise.deciding import decide as decide
    from curvewise.deciding import load_evaluation as load_evaluation
    from curvewise.deciding import power as power
    from curvewise.engine import analyze as analyze
    from curvewise.engine import choose as choose
    from curvewise.errors import ConfigError as ConfigError
    from curvewise.errors import CurvewiseError as CurvewiseError
    from curvewise.errors import InputError as InputError
    from curvewise.errors import ServiceError as ServiceError
    from curvewise.errors import UsageError as UsageError
    from curvewise.evaluating import Plan as Plan
    from curvewise.evaluating import evaluate as evaluate
    from curvewise.evaluating import gather as gather
    from curvewise.forecasting import forecast as forecast
    from curvewise.harness.budget import Budget as Budget
    from curvewise.harness.command import Command as Command
    from curvewise.harness.inspect_samples import Reading as Reading
    from curvewise.harness.inspect_task import InspectTask as InspectTask
    from curvewise.harness.stored_logs import StoredLogs as StoredLogs
    from curvewise.listing import ListedJob as ListedJob
    from curvewise.listing import jobs as jobs
    from curvewise.loading import load as load
    from curvewise.model.candidates import Candidates as Candidates
    from curvewise.model.codec import decode_report as decode_report
    from curvewise.model.codec import decode_reports as decode_reports
    from curvewise.model.codec import encode as encode
    from curvewise.model.codec import encode_reports as encode_reports
    from curvewise.model.comparison import Comparison as Comparison
    from curvewise.model.decision import Decision as Decision
    from curvewise.model.evaluation import Contender as Contender
    from curvewise.model.evaluation import Evaluation as Evaluation
    from curvewise.model.evaluation import Price as Price
    from curvewise.model.evaluation import Sample as Sample
    from curvewise.model.evaluation import Tokens as Tokens
    from curvewise.model.finding import Evidence as Evidence
    from curvewise.model.finding import Finding as Finding
    from curvewise.model.finding import Status as Status
    from curvewise.model.forecast import Forecast as Forecast
    from curvewise.model.job import Job as Job
    from curvewise.model.metrics import Metric as Metric
    from curvewise.model.metrics import catalogue as catalogue
    from curvewise.model.report import Report as Report
    from curvewise.model.run import Checkpoint as Checkpoint
    from curvewise.model.run import Kind as Kind
    from curvewise.model.run import Run as Run
    from curvewise.model.selection import Selection as Selection
    from curvewise.model.series import Series as Series
    from curvewise.nominating import candidates as candidates
    from curvewise.plotting import plot as plot
    from curvewise.reported import runs_or_reports as runs_or_reports
    from curvewise.scoring import with_scores as with_scores
    from curvewise.watching import Update as Update
    from curvewise.watching import stop as stop
    from curvewise.watching import watch as watch

_HOME = {
    "Archive": "archiving", "ArchiveOutcome": "archiving", "ArchiveProgress": "archiving",
    "archive": "archiving", "archive_all": "archiving", "archives_in": "archiving",
    "verify_archive": "archiving",
    "Profile": "config", "find_profile": "config", "read_profile": "config",
    "compare": "comparing", "Score": "comparing.scores", "read_scores": "comparing.scores",
    "Comparison": "model.comparison", "decode_reports": "model.codec",
    "runs_or_reports": "reported", "plot": "plotting",
    "analyze": "engine", "choose": "engine", "load": "loading",
    "ConfigError": "errors", "CurvewiseError": "errors", "InputError": "errors",
    "ServiceError": "errors", "UsageError": "errors",
    "Plan": "evaluating", "evaluate": "evaluating", "gather": "evaluating",
    "Budget": "harness.budget", "Command": "harness.command", "InspectTask": "harness.inspect_task",
    "Reading": "harness.inspect_samples", "StoredLogs": "harness.stored_logs",
    "candidates": "nominating", "Candidates": "model.candidates",
    "Contender": "model.evaluation", "Evaluation": "model.evaluation", "Price": "model.evaluation",
    "Sample": "model.evaluation", "Tokens": "model.evaluation",
    "with_scores": "scoring",
    "decide": "deciding", "load_evaluation": "deciding", "power": "deciding", "Decision": "model.decision",
    "forecast": "forecasting", "Forecast": "model.forecast",
    "ListedJob": "listing", "jobs": "listing",
    "decode_report": "model.codec", "encode": "model.codec", "encode_reports": "model.codec",
    "Evidence": "model.finding", "Finding": "model.finding", "Status": "model.finding",
    "Job": "model.job", "Metric": "model.metrics", "catalogue": "model.metrics",
    "Report": "model.report", "Checkpoint": "model.run", "Kind": "model.run", "Run": "model.run",
    "Selection": "model.selection", "Series": "model.series",
    "Update": "watching", "stop": "watching", "watch": "watching",
}  # fmt: skip

__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that the command line starts fast."""
    if name not in _HOME:
        raise AttributeError(f"module 'curvewise' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"curvewise.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
