"""Selectors: each chooses among the checkpoints of the kinds of run that it serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from curvewise.discovery import discover
from curvewise.model.run import Kind, Run
from curvewise.model.selection import Selection
from curvewise.plugin.decorating import plugin_of
from curvewise.plugin.needs import Needs, lacking, present


class Selector(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that chooses among checkpoints. Made by `selector`.

    Parameters
    ----------
    kinds
        Kinds of run that it chooses for.
    needs
        Metrics without which it does not choose, as those of a check. Of the selectors that serve a run,
        the one with the most needs chooses; of several, the first by name.
    """

    name: str
    function: Callable[[Run], Selection]
    kinds: tuple[Kind, ...]
    needs: Needs = ()

    def serves(self, run: Run) -> bool:
        """Whether it chooses for runs of this kind that hold these metrics."""
        return run.kind in self.kinds and not lacking(present(run), self.needs)

    def __call__(self, run: Run) -> Selection:
        """Choose among the checkpoints of a run."""
        return self.function(run)


def selector(
    *, kinds: tuple[Kind, ...], needs: Needs = ()
) -> Callable[[Callable[[Run], Selection]], Selector]:
    """Turn a function ``(run) -> Selection`` into a `Selector`."""
    return plugin_of(Selector, kinds=kinds, needs=needs)


def selectors() -> Mapping[str, Selector]:
    """Every selector by name."""
    return discover("selection", Selector)
