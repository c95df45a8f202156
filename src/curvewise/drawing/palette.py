"""Colours of pictures on light ground: those of the page, which are told apart by colour-blind readers.

No meaning rests on them alone: lines differ in dash and markers, and bands carry their names.
"""

from __future__ import annotations

from curvewise.model.figure import LineSplit

PAPER, INK, DIM, RULE = "#fbfaf7", "#1d1f23", "#5b6068", "#e3e1da"
"""The ground, what stands on it, what stands back, and lines of the grid."""
SPLITS: dict[LineSplit, str] = {"train": "#0a6fb8", "valid": "#c24a00", "other": "#5f6570"}
"""Of lines, by the data that they are measured on."""
HARM = "#b02318"
"""Of what lies after the onset of harm."""
BANDS = ("#e9f3ef", "#fbf1cb", "#f7d4ac", "#fcbcbc")
"""Of bands, by their level, from healthy to severe."""
RUNS = ("#0a6fb8", "#c24a00", "#067a5b", "#a8327f", "#6b3e1a", "#47474f")
"""Of runs that are laid over each other."""
