"""What a plug-in author needs: `check`, `file_format`, `selector`, `reporter` and `provider`.

A plug-in is a module that holds one decorated function of the module's own name. Those inside the package are
found by scanning it; those of other distributions by entry points in the groups ``curvewise.checks``,
``curvewise.formats``, ``curvewise.selection``, ``curvewise.reports`` and ``curvewise.providers``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from curvewise.config import Threshold
from curvewise.errors import CurvewiseError
from curvewise.model.finding import Finding
from curvewise.model.report import Report
from curvewise.model.run import KINDS, Kind, Run
from curvewise.model.selection import Selection
from curvewise.parsing.document import Document
from curvewise.plugin.discovery import discover
from curvewise.plugin.service import Service
from curvewise.text import listed

Needs = tuple[str | tuple[str, ...], ...]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A check: one failing state, and the function that looks for it. Made by `check`.

    Parameters
    ----------
    name
        The failing state, as a noun; the name of the function and of its file.
    needs
        Metrics without which it cannot judge. A tuple among them means any one of those.
        ``name/*`` means at least one member of a family.
    uses
        Metrics that it reads when they are there.
    kinds
        Kinds of run that it applies to.
    when_missing
        What to say when a needed metric is absent: ``unknown`` when the user would want the
        judgement, ``not_applicable`` when its absence means that the question does not arise.
    """

    name: str
    function: Callable[..., Finding]
    needs: Needs
    uses: tuple[str, ...]
    kinds: tuple[Kind, ...]
    when_missing: Literal["unknown", "not_applicable"]

    @property
    def thresholds(self) -> dict[str, Threshold]:
        """The keyword arguments of the function, with their defaults."""
        return dict(self.function.__kwdefaults__ or {})

    @property
    def page(self) -> str:
        """The docstring: what `curvewise explain` and the documentation show."""
        return inspect.getdoc(self.function) or ""

    def declares(self, metric: str) -> bool:
        """Whether a metric, or its family, stands among `needs` and `uses`."""
        named = {name for need in self.needs for name in ((need,) if isinstance(need, str) else need)}
        named |= set(self.uses)
        return metric in named or f"{metric.partition('/')[0]}/*" in named

    def __call__(self, run: Run, **thresholds: Threshold) -> Finding:
        """Judge a run. An absent metric gives ``unknown`` or ``not_applicable``; errors are not caught."""
        finding = self._missing(run) or self.function(run, **thresholds)
        return finding.of(self.name)

    def run(self, run: Run, thresholds: Mapping[str, Threshold]) -> Finding:
        """Judge a run; a check that raises becomes ``crashed``, so that others go on."""
        try:
            return self(run, **thresholds)
        except Exception as error:  # a third party's check may raise anything, and must not stop the others
            kind = type(error).__name__
            detail = error.problem if isinstance(error, CurvewiseError) else str(error)
            return Finding(
                check=self.name,
                status="crashed",
                summary="The check itself failed; nothing was judged.",
                reason=f"{kind}: {detail}. Please report it with the file that caused it.",
            )

    def _missing(self, run: Run) -> Finding | None:
        if run.kind not in self.kinds:
            kinds = listed([kind.upper() for kind in self.kinds])
            return Finding.not_applicable(f"It is for {kinds} runs; this one is {run.kind.upper()}.")
        for need in self.needs:
            names = (need,) if isinstance(need, str) else need
            if not any(_present(run, name) for name in names):
                absent = f"The run has no {listed(names, 'or')}."
                if self.when_missing == "unknown":
                    return Finding.unknown(f"{absent} With it, this could be judged.")
                return Finding.not_applicable(absent)
        return None


def _present(run: Run, name: str) -> bool:
    if name.endswith("/*"):
        return any(len(series.step) for series in run.family(name[:-2]).values())
    series = run.metrics.get(name)
    return series is not None and len(series.step) > 0


def check(
    *,
    needs: Needs = (),
    uses: tuple[str, ...] = (),
    kinds: tuple[Kind, ...] = KINDS,
    when_missing: Literal["unknown", "not_applicable"] = "unknown",
) -> Callable[[Callable[..., Finding]], Check]:
    """Turn a function ``(run, *, threshold=default, ...) -> Finding`` into a `Check`."""

    def decorate(function: Callable[..., Finding]) -> Check:
        return Check(
            name=function.__name__,
            function=function,
            needs=needs,
            uses=uses,
            kinds=kinds,
            when_missing=when_missing,
        )

    return decorate


class FileFormat(msgspec.Struct, frozen=True, kw_only=True):
    """A file format: how it is recognised, by content, and how it is read. Made by `file_format`.

    Parameters
    ----------
    name
        The name of the function and of its file.
    title
        What to call it, such as ``OpenAI / Azure OpenAI result file``.
    recognised_by
        For the user: what in the content tells it.
    recognise
        Whether a document is of this format. Looks at the content only.
    function
        Reads a document into a `Run` that holds what this one file knows.
    generic
        Tried only when no other format recognises the document, or when the user maps columns.
    last_resort
        Tried only when no other format at all recognises the document, or any file of its folder.
    """

    name: str
    title: str
    recognised_by: str
    recognise: Callable[[Document], bool]
    function: Callable[[Document], Run]
    generic: bool = False
    last_resort: bool = False

    @property
    def rank(self) -> tuple[bool, bool]:
        """Formats are tried from the lowest rank up."""
        return (self.last_resort, self.generic)

    def __call__(self, document: Document) -> Run:
        """Read a document; an error is given the document's name, and the run what decoding repaired.

        Raises
        ------
        MalformedError
            If the content breaks the rules of the format.
        """
        try:
            run = self.function(document)
        except CurvewiseError as error:
            error.at(file=document.name)
            raise
        return msgspec.structs.replace(
            run,
            formats=(self.name,),
            source=run.source or document.name,
            notes=(*document.repairs, *run.notes),
        )


def file_format(
    *,
    title: str,
    recognised_by: str,
    recognise: Callable[[Document], bool],
    generic: bool = False,
    last_resort: bool = False,
) -> Callable[[Callable[[Document], Run]], FileFormat]:
    """Turn a function ``(document) -> Run`` into a `FileFormat`."""

    def decorate(function: Callable[[Document], Run]) -> FileFormat:
        return FileFormat(
            name=function.__name__,
            title=title,
            recognised_by=recognised_by,
            recognise=recognise,
            function=function,
            generic=generic,
            last_resort=last_resort,
        )

    return decorate


class Selector(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that chooses among checkpoints. Made by `selector`.

    Parameters
    ----------
    kinds
        Kinds of run that it chooses for; exactly one selector serves each kind.
    """

    name: str
    function: Callable[[Run], Selection]
    kinds: tuple[Kind, ...]

    def __call__(self, run: Run) -> Selection:
        """Choose among the checkpoints of a run."""
        return self.function(run)


def selector(*, kinds: tuple[Kind, ...]) -> Callable[[Callable[[Run], Selection]], Selector]:
    """Turn a function ``(run) -> Selection`` into a `Selector`."""

    def decorate(function: Callable[[Run], Selection]) -> Selector:
        return Selector(name=function.__name__, function=function, kinds=kinds)

    return decorate


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """How to render.

    Parameters
    ----------
    width
        Columns of the terminal, or of the page.
    colour
        Whether escape sequences for colours may be written.
    unicode
        Whether characters beyond ASCII may be written.
    part
        ``all`` of the report, only its checkpoint ``selection``, or only its ``curves``.
    height
        Most lines that the curves may take; None for as many as they like.
    """

    width: int = 80
    colour: bool = False
    unicode: bool = True
    part: Literal["all", "selection", "curves"] = "all"
    height: int | None = None


Renderer = Callable[[Any, Style], str]
"""Renders a result of a command in one format."""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A result that is no report, such as a decision, and what renders it.

    Parameters
    ----------
    name
        What the result is called.
    formats
        What renders it, by the name of the output format.
    """

    name: str
    formats: Mapping[str, Renderer]


class Reporter(msgspec.Struct, frozen=True, kw_only=True):
    """An output format. Made by `reporter`.

    Parameters
    ----------
    name
        What to give to ``--format``.
    media_type
        Of the output.
    function
        Renders one report or several.
    renders
        What renders other results in this format, such as ``{"comparison": function}``, beside their views.
    endings
        Of files in this format, such as ``.md``.
    points
        How many points of a curve it can show, about.
    parts
        Parts of a report that it can show alone.
    """

    name: str
    media_type: str
    function: Callable[[Sequence[Report], Style], str]
    renders: Mapping[str, Renderer] = {}
    endings: tuple[str, ...] = ()
    points: int = 400
    parts: tuple[Literal["selection", "curves"], ...] = ()

    def __call__(self, reports: Sequence[Report], style: Style | None = None) -> str:
        """Render one report or several."""
        return self.function(reports, style or Style())


def reporter(
    *,
    name: str,
    media_type: str,
    renders: Mapping[str, Renderer] | None = None,
    endings: tuple[str, ...] = (),
    points: int = 400,
    parts: tuple[Literal["selection", "curves"], ...] = (),
) -> Callable[[Callable[[Sequence[Report], Style], str]], Reporter]:
    """Turn a function ``(reports, style) -> str`` into a `Reporter` for ``--format NAME``.

    Parameters
    ----------
    name
        What to give to ``--format``.
    media_type
        Of the output.
    renders
        Functions ``(result, style) -> str`` that render other results in the same format, by their names.
    endings
        Of files in this format, by which a command finds it.
    points
        How many points of a curve it can show, about.
    parts
        Parts of a report that it can show alone.
    """

    def decorate(function: Callable[[Sequence[Report], Style], str]) -> Reporter:
        return Reporter(
            name=name,
            media_type=media_type,
            function=function,
            renders=renders or {},
            endings=endings,
            points=points,
            parts=parts,
        )

    return decorate


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """A service that runs fine-tuning jobs. Made by `provider`.

    Parameters
    ----------
    name
        What stands before ``://`` in an address, and what to give to ``--provider``.
    title
        What to call it, such as ``Azure OpenAI``.
    is_configured
        Whether the environment names this service, so that an address may leave it out.
    function
        Connects to it; makes no request.
    """

    name: str
    title: str
    is_configured: Callable[[], bool]
    function: Callable[[], Service]

    def connect(self) -> Service:
        """Connect with the credentials that the environment holds; makes no request.

        Raises
        ------
        MissingExtraError, CredentialsError
            If the package that speaks to it is not installed, or the environment holds no credentials.
        """
        return self.function()


def provider(*, title: str, is_configured: Callable[[], bool]) -> Callable[[Callable[[], Service]], Provider]:
    """Turn a function ``() -> Service`` into a `Provider` of the function's name."""
    return lambda function: Provider(
        name=function.__name__, title=title, is_configured=is_configured, function=function
    )


def checks() -> Mapping[str, Check]:
    """Every check by name."""
    return discover("checks", Check)


def formats() -> Mapping[str, FileFormat]:
    """Every file format by name."""
    return discover("formats", FileFormat)


def selectors() -> Mapping[str, Selector]:
    """Every selector by name."""
    return discover("selection", Selector)


def reporters() -> Mapping[str, Reporter]:
    """Every reporter by the name of its output format."""
    return discover("reports", Reporter)


def views() -> Mapping[str, View]:
    """Every result that is no report, by name."""
    return discover("views", View)


def renderers(result: str) -> dict[str, Renderer]:
    """Return what renders a result, by format.

    Parameters
    ----------
    result
        ``report``, ``choice`` (the ``selection`` of reports), or the name of a view.
    """
    if result == "report":
        return dict(reporters())
    if result == "choice":
        return {name: found for name, found in reporters().items() if "selection" in found.parts}
    further = {name: found.renders[result] for name, found in reporters().items() if result in found.renders}
    return {**views()[result].formats, **further}


def providers() -> Mapping[str, Provider]:
    """Every service by name."""
    return discover("providers", Provider)


def load_all() -> None:
    """Load every plug-in but the providers."""
    _ = formats(), checks(), selectors(), reporters()
