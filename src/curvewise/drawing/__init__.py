"""Drawing: one chart and one rule for axes, for terminals, pictures and notebooks."""

from __future__ import annotations

from typing import Literal

Picture = Literal["svg", "png", "pdf"]
PICTURES: tuple[Picture, ...] = ("svg", "png", "pdf")
"""Formats of a picture, by the ending of its file."""

__all__ = ["PICTURES", "Picture"]
