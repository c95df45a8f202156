"""Drawing: one chart and one rule for axes, for terminals, pictures and notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from curvewise.lazy import lazy

if TYPE_CHECKING:
    from curvewise.drawing.exhibits import Exhibit as Exhibit
    from curvewise.drawing.exhibits import all_exhibits as all_exhibits
    from curvewise.drawing.terminal import draw_exhibit as draw_exhibit

Picture = Literal["svg", "png", "pdf"]
PICTURES: tuple[Picture, ...] = ("svg", "png", "pdf")
"""Formats of a picture, by the ending of its file."""

_known, __getattr__ = lazy(
    __name__, {"drawing.exhibits": "Exhibit all_exhibits", "drawing.terminal": "draw_exhibit"}
)
__all__ = ["PICTURES", "Picture", *_known]
