"""What a notebook shows of a run, a report or a comparison: small, static, without scripts."""

from __future__ import annotations

from curvewise import plugin
from curvewise.errors import UsageError
from curvewise.model.comparison import Comparison
from curvewise.model.report import Report
from curvewise.model.run import Run
from curvewise.notebook.comparison import comparison_html
from curvewise.notebook.report import report_html
from curvewise.notebook.run import run_html, run_markdown


def bundle(value: object) -> dict[str, str]:
    """Return a run, a report or a comparison by media type: plain text, Markdown and HTML.

    Raises
    ------
    UsageError
        If it is none of these.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> sorted(bundle(make_run(train_loss=[2.0, 1.0])))
    ['text/html', 'text/markdown', 'text/plain']
    """
    formats = plugin.reporters()
    if isinstance(value, Report):
        return {
            "text/plain": formats["text"]([value]),
            "text/markdown": formats["markdown"]([value]),
            "text/html": report_html(value),
        }
    if isinstance(value, Comparison):
        compared = plugin.renderers("comparison")
        return {
            "text/plain": compared["text"](value, plugin.Style()),
            "text/markdown": compared["markdown"](value, plugin.Style()),
            "text/html": comparison_html(value),
        }
    if isinstance(value, Run):
        return {
            "text/plain": repr(value),
            "text/markdown": run_markdown(value),
            "text/html": run_html(value),
        }
    raise UsageError(
        f"a notebook shows no {type(value).__name__}", hint="pass a Run, a Report or a Comparison"
    )
