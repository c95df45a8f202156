"""Checks: each looks for one failing state of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Literal

import msgspec

from curvewise.config import Threshold
from curvewise.discovery import discover
from curvewise.errors import CurvewiseError
from curvewise.model.finding import Finding
from curvewise.model.run import KINDS, Kind, Run
from curvewise.plugin.decorating import page_of, plugin_of
from curvewise.plugin.levers import Turns
from curvewise.plugin.needs import Needs, in_words, lacking, names_in, present
from curvewise.text import listed

WhenMissing = Literal["unknown", "not_applicable"]


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
    turns
        What its advice may ask to turn, and which way.
    """

    name: str
    function: Callable[..., Finding]
    needs: Needs
    uses: tuple[str, ...]
    kinds: tuple[Kind, ...]
    when_missing: WhenMissing
    turns: Turns = {}

    @property
    def thresholds(self) -> Mapping[str, Threshold]:
        """The keyword arguments of the function, with their defaults."""
        return self.function.__kwdefaults__ or {}

    @property
    def page(self) -> str:
        """The docstring: what `curvewise explain` and the documentation show."""
        return page_of(self.function)

    def declares(self, metric: str) -> bool:
        """Whether a metric, or its family, stands among `needs` and `uses`."""
        named = {*names_in(self.needs), *self.uses}
        return metric in named or f"{metric.partition('/')[0]}/*" in named

    def __call__(self, run: Run, **thresholds: Threshold) -> Finding:
        """Judge a run. An absent metric gives ``unknown`` or ``not_applicable``; errors are not caught."""
        absent = self.missing(run.kind, present(run))
        return absent or self.function(run, **thresholds).of(self.name)

    def run(self, run: Run, thresholds: Mapping[str, Threshold]) -> Finding:
        """Judge a run that misses nothing; a check that raises becomes ``crashed``, so that others go on."""
        try:
            return self.function(run, **thresholds).of(self.name)
        except Exception as error:  # a third party's check may raise anything, and must not stop the others
            kind = type(error).__name__
            detail = error.problem if isinstance(error, CurvewiseError) else str(error)
            return Finding(
                check=self.name,
                status="crashed",
                summary="The check itself failed; nothing was judged.",
                reason=f"{kind}: {detail}. Please report it with the file that caused it.",
            )

    def missing(self, kind: Kind, metrics: frozenset[str]) -> Finding | None:
        """Say why no run of a kind with these metrics can be judged; None when one can."""
        if kind not in self.kinds:
            return _of_another_kind(self.name, self.kinds, kind)
        names = lacking(metrics, self.needs)
        return _absent(self.name, names, self.when_missing) if names else None


@cache
def _of_another_kind(check: str, kinds: tuple[Kind, ...], kind: Kind) -> Finding:
    names = listed([kind.upper() for kind in kinds])
    return Finding.not_applicable(f"It is for {names} runs; this one is {kind.upper()}.").of(check)


@cache
def _absent(check: str, names: tuple[str, ...], status: WhenMissing) -> Finding:
    absent = f"The log has no {listed(in_words(names), 'or')}"
    if status == "unknown":
        return Finding.unknown(f"{absent}, which would tell.").of(check)
    return Finding.not_applicable(f"{absent}.").of(check)


def check(
    *,
    needs: Needs = (),
    uses: tuple[str, ...] = (),
    kinds: tuple[Kind, ...] = KINDS,
    when_missing: WhenMissing = "unknown",
    turns: Turns = {},  # noqa: B006 - a mapping that nobody changes
) -> Callable[[Callable[..., Finding]], Check]:
    """Turn a function ``(run, *, threshold=default, ...) -> Finding`` into a `Check`."""
    return plugin_of(Check, needs=needs, uses=uses, kinds=kinds, when_missing=when_missing, turns=turns)


def checks() -> Mapping[str, Check]:
    """Every check by name."""
    return discover("checks", Check)
