"""Exhibits: what each diagnosis and each check looks like, on runs that were made up to show it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from curvewise.drawing.story import Onset
from curvewise.model.figure import Figure
from curvewise.model.report import Curve

FILE = Path(__file__).with_suffix(".json")
"""Written by scripts/generate_docs.py from the gallery."""


class Exhibit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A run that shows a diagnosis or a finding."""

    story: str  # what happened in it
    advice: tuple[str, ...]  # what its report says to do
    figure: Figure  # what to draw
    curves: Mapping[str, Curve]  # thinned
    best: int | None = None  # the step of the checkpoint to use
    begins: Onset | None = None  # where the harm begins


class Exhibits(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, by name."""

    diagnoses: Mapping[str, Exhibit]
    checks: Mapping[str, Exhibit]


@cache
def all_exhibits() -> Exhibits:
    """Return every exhibit; a plug-in of another package has none."""
    content = msgspec.json.decode(FILE.read_bytes())
    return msgspec.convert(content, Exhibits, strict=False)
