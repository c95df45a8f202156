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

from typing import TYPE_CHECKING

from curvewise.lazy import lazy
from curvewise.model.display import render_with

if TYPE_CHECKING:
    from curvewise.archives.archive import Archive as Archive
    from curvewise.archives.archive import ArchiveOutcome as ArchiveOutcome
    from curvewise.archives.archive import ArchiveProgress as ArchiveProgress
    from curvewise.archives.archive import archive as archive
    from curvewise.archives.archive import archive_all as archive_all
    from curvewise.archives.archive import archives_in as archives_in
    from curvewise.archives.archive import verify_archive as verify_archive
    from curvewise.comparison.compare import compare as compare
    from curvewise.comparison.score_file import Score as Score
    from curvewise.comparison.score_file import read_scores as read_scores
    from curvewise.config import Profile as Profile
    from curvewise.config import find_profile as find_profile
    from curvewise.config import read_profile as read_profile
    from curvewise.drawing.pictures import plot as plot
    from curvewise.engine import analyze as analyze
    from curvewise.engine import choose as choose
    from curvewise.engine import forecast as forecast
    from curvewise.errors import ConfigError as ConfigError
    from curvewise.errors import CurvewiseError as CurvewiseError
    from curvewise.errors import InputError as InputError
    from curvewise.errors import ServiceError as ServiceError
    from curvewise.errors import UsageError as UsageError
    from curvewise.evaluation.candidates import candidates as candidates
    from curvewise.evaluation.decide import decide as decide
    from curvewise.evaluation.decide import load_evaluation as load_evaluation
    from curvewise.evaluation.decide import power as power
    from curvewise.evaluation.evaluate import evaluate as evaluate
    from curvewise.evaluation.evaluate import gather as gather
    from curvewise.evaluation.harness.command import Command as Command
    from curvewise.evaluation.harness.inspect_task import InspectTask as InspectTask
    from curvewise.evaluation.logs.inspect_samples import Reading as Reading
    from curvewise.evaluation.logs.stored_logs import StoredLogs as StoredLogs
    from curvewise.evaluation.scores import with_scores as with_scores
    from curvewise.fleet.analyze_all import analyze_all as analyze_all
    from curvewise.job.jobs import jobs as jobs
    from curvewise.job.update import Update as Update
    from curvewise.job.watch import stop as stop
    from curvewise.job.watch import watch as watch
    from curvewise.loading import load as load
    from curvewise.loading import load_all as load_all
    from curvewise.loading import runs as runs
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
    from curvewise.model.fleet import Fleet as Fleet
    from curvewise.model.fleet import FleetRow as FleetRow
    from curvewise.model.forecast import Forecast as Forecast
    from curvewise.model.job import Job as Job
    from curvewise.model.job import ListedJob as ListedJob
    from curvewise.model.listed_run import ListedRun as ListedRun
    from curvewise.model.metric import Metric as Metric
    from curvewise.model.metrics import catalogue as catalogue
    from curvewise.model.plan import Budget as Budget
    from curvewise.model.plan import Plan as Plan
    from curvewise.model.pruning import Pruning as Pruning
    from curvewise.model.report import Report as Report
    from curvewise.model.run import Checkpoint as Checkpoint
    from curvewise.model.run import Kind as Kind
    from curvewise.model.run import Run as Run
    from curvewise.model.selection import Selection as Selection
    from curvewise.model.series import Series as Series
    from curvewise.monitor.change import Change as Change
    from curvewise.monitor.monitor import Monitor as Monitor
    from curvewise.monitor.posting import post as post
    from curvewise.pruning.prune import prunable as prunable
    from curvewise.pruning.prune import prune as prune
    from curvewise.written_reports import runs_or_reports as runs_or_reports

__all__, __getattr__ = lazy(
    __name__,
    {
        "archives.archive": "Archive ArchiveOutcome ArchiveProgress archive archive_all archives_in "
        "verify_archive",
        "comparison.compare": "compare",
        "comparison.score_file": "Score read_scores",
        "config": "Profile find_profile read_profile",
        "drawing.pictures": "plot",
        "engine": "analyze choose forecast",
        "errors": "ConfigError CurvewiseError InputError ServiceError UsageError",
        "evaluation.candidates": "candidates",
        "evaluation.decide": "decide load_evaluation power",
        "evaluation.evaluate": "evaluate gather",
        "evaluation.harness.command": "Command",
        "evaluation.harness.inspect_task": "InspectTask",
        "evaluation.logs.inspect_samples": "Reading",
        "evaluation.logs.stored_logs": "StoredLogs",
        "evaluation.scores": "with_scores",
        "fleet.analyze_all": "analyze_all",
        "job.jobs": "jobs",
        "job.update": "Update",
        "job.watch": "stop watch",
        "loading": "load load_all runs",
        "model.candidates": "Candidates",
        "model.codec": "decode_report decode_reports encode encode_reports",
        "model.comparison": "Comparison",
        "model.decision": "Decision",
        "model.evaluation": "Contender Evaluation Price Sample Tokens",
        "model.finding": "Evidence Finding Status",
        "model.fleet": "Fleet FleetRow",
        "model.forecast": "Forecast",
        "model.job": "Job ListedJob",
        "model.listed_run": "ListedRun",
        "model.metric": "Metric",
        "model.metrics": "catalogue",
        "model.plan": "Budget Plan",
        "model.report": "Report",
        "model.run": "Checkpoint Kind Run",
        "model.selection": "Selection",
        "model.series": "Series",
        "monitor.change": "Change",
        "model.pruning": "Pruning",
        "monitor.monitor": "Monitor",
        "monitor.posting": "post",
        "pruning.prune": "prunable prune",
        "written_reports": "runs_or_reports",
    },
)


def _for_notebooks(noun: object) -> dict[str, str]:
    from curvewise.notebook import bundle  # loaded when a notebook asks

    return bundle(noun)


render_with(_for_notebooks)


def __dir__() -> list[str]:
    return sorted(__all__)
