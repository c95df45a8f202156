"""Colours of curves and bands, the same in every picture and told apart by colour-blind readers.

The splits differ in hue and the bands in lightness, so that each pair keeps a distance for protanopia,
deuteranopia and tritanopia (simulated; held by a test). No meaning rests on them alone: lines differ in dash
and markers, and bands carry their names.
"""

from __future__ import annotations

from typing import Literal

from curvewise.model.figure import Split

Theme = Literal["light", "dark"]

SPLITS: dict[Theme, dict[Split, str]] = {
    "light": {"train": "#0b6bb3", "valid": "#c2410c", "other": "#6b6f76"},
    "dark": {"train": "#63b3f5", "valid": "#ff9455", "other": "#a3a8b0"},
}
"""Of lines, by the data that they are measured on."""
BANDS: dict[Theme, tuple[str, str, str, str]] = {
    "light": ("#3f9fd8", "#d9b300", "#c25a00", "#6a0f3a"),
    "dark": ("#3d8fd6", "#ffe27a", "#f0973c", "#b8336a"),
}
"""Of bands, by their level: healthy, mild, moderate, severe."""
