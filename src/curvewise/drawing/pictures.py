"""The figures of a report as a picture: SVG, PNG or PDF, drawn with matplotlib."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from curvewise.drawing import Picture
from curvewise.drawing.palette import DIM, INK, RULE
from curvewise.drawing.story import told_figures
from curvewise.errors import UsageError
from curvewise.extras import load_extra
from curvewise.model.figure import Figure
from curvewise.model.report import Report
from curvewise.text import suggestion

WIDTH, HEIGHT = 8.0, 3.0
"""Of one figure, in inches."""
DPI = 144

SETTINGS: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": DIM,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": "medium",
    "figure.dpi": DPI,
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "text.color": INK,
    "grid.color": RULE,
    "legend.frameon": False,
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "curvewise",
    "text.parse_math": False,
}
"""Of matplotlib. Letters become paths, and names are hashed with a constant, so that bytes repeat."""


def plot(
    report: Report,
    *,
    picture: Picture = "svg",
    figures: Sequence[str] | None = None,
    log: bool = False,
) -> bytes:
    """Draw the figures of a report one below the other.

    Encodings are those of the page: the split decides the colour, the emphasis the line (what verdicts rest
    on is solid with points, single minibatches are thin, figures that mislead are dashed), checkpoints are
    marks of different shapes, bands carry their names, and ticks above the axis are epochs. The figure that
    shows the diagnosis comes first, and what lies after the onset of harm is shaded.

    Parameters
    ----------
    report
        Of a run.
    picture
        ``svg``, ``png`` or ``pdf``. Equal reports give equal bytes with one version of matplotlib.
    figures
        Names of the figures to draw, such as ``loss``; all of them when None.
    log
        Whether the vertical axes are logarithmic, where all values are above 0.

    Returns
    -------
    bytes
        The content of a file.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    UsageError
        If the report has no such figure, or none at all.
    """
    absent = "pictures need matplotlib, which is not installed"
    mpl = load_extra("matplotlib", "matplotlib", "plot", absent=absent)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Page

    from curvewise.drawing.matplotlib_axes import draw, steps_of

    chosen = _chosen(report, figures)
    settings: dict[Any, Any] = {**mpl.rcParamsDefault, "backend": "agg", **SETTINGS}
    with mpl.rc_context(settings):
        page = Page(figsize=(WIDTH, HEIGHT * len(chosen) + 0.4), layout="constrained")
        FigureCanvasAgg(page)
        axes = page.subplots(len(chosen), 1, squeeze=False)[:, 0]
        steps, end = steps_of(report, chosen), len(chosen) - 1
        for index, (figure, axis) in enumerate(zip(chosen, axes, strict=True)):
            draw(axis, report, figure, steps=steps, log=log, first=index == 0, last=index == end)
        written = io.BytesIO()
        page.savefig(written, format=picture, metadata=_METADATA[picture])
    return written.getvalue()


_METADATA: dict[Picture, dict[str, Any]] = {
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}
"""What would make bytes depend on the day."""


def _chosen(report: Report, names: Sequence[str] | None) -> list[Figure]:
    known = {
        figure.name: figure
        for figure in told_figures(report)
        if any(line.curve in report.curves for line in figure.lines)
    }
    if not known:
        raise UsageError("the report has no curve to draw", hint="pass a run with metrics")
    for name in names or ():
        if name not in known:
            hint = suggestion(name, known, f"the run has {', '.join(known)}")
            raise UsageError(f"there is no figure {name!r}", hint=hint)
    return [known[name] for name in dict.fromkeys(names or known)]
