"""What a plug-in author needs: decorators such as `check`, `diagnosis`, `file_format` and `source`.

A plug-in is a module that holds one decorated function of the module's own name. Those inside the package are
found by scanning it; those of other distributions by entry points in the groups ``curvewise.checks``,
``curvewise.diagnoses``, ``curvewise.formats``, ``curvewise.selection``, ``curvewise.reports``,
``curvewise.views``, ``curvewise.sources`` and ``curvewise.providers``.
"""

from __future__ import annotations

from curvewise.plugin.check import Check, check, checks
from curvewise.plugin.diagnosis import Case, DiagnosisRule, diagnoses, diagnosis
from curvewise.plugin.file_format import FileFormat, file_format, formats
from curvewise.plugin.provider import Provider, provider, providers
from curvewise.plugin.reporter import Reporter, renderers, reporter, reporters
from curvewise.plugin.run_files import RunFiles
from curvewise.plugin.selector import Selector, selector, selectors
from curvewise.plugin.source import Place, RunEntry, Source, source, sources
from curvewise.plugin.view import Renderer, Style, View, views

__all__ = [
    "Case",
    "Check",
    "DiagnosisRule",
    "FileFormat",
    "Place",
    "Provider",
    "Renderer",
    "Reporter",
    "RunEntry",
    "RunFiles",
    "Selector",
    "Source",
    "Style",
    "View",
    "check",
    "checks",
    "diagnoses",
    "diagnosis",
    "file_format",
    "formats",
    "load_all",
    "provider",
    "providers",
    "renderers",
    "reporter",
    "reporters",
    "selector",
    "selectors",
    "source",
    "sources",
    "views",
]


def load_all() -> None:
    """Load every plug-in but the providers."""
    _ = formats(), checks(), diagnoses(), selectors(), reporters()
