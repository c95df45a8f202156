"""Figure: which curves belong on one pair of axes, and what each of them is; every picture follows it."""

from __future__ import annotations

from typing import Literal

import msgspec

LineSplit = Literal["train", "valid", "other"]
Emphasis = Literal["judged", "raw", "as logged"]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One curve of a figure.

    Parameters
    ----------
    curve
        Key in `Report.curves`.
    label
        What to call it.
    split
        The data that it is measured on: this decides its colour.
    emphasis
        ``judged``: what verdicts rest on. ``raw``: single minibatches, noisy, drawn thin.
        ``as logged``: the figure that the service shows where it misleads, drawn dashed.
    meaning
        One sentence on what a value is.
    """

    curve: str
    label: str
    split: LineSplit
    emphasis: Emphasis
    meaning: str = ""


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """A named range of values, such as the guide's "healthy".

    Parameters
    ----------
    label
        What a value in it means.
    level
        From 0, nothing wrong, to 3, the worst.
    low, high
        Its ends; None where it is open.
    """

    label: str
    level: int
    low: float | None = None
    high: float | None = None


class Axis(msgspec.Struct, frozen=True, kw_only=True):
    """The range of values that every chart of a figure shows; values beyond it are drawn at the rim."""

    low: float
    high: float


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """Curves over training steps on one pair of axes.

    Parameters
    ----------
    name
        Short and constant, such as ``loss``.
    title
        For the reader.
    unit
        Of the values.
    better
        Which direction is better; None when neither is.
    lines
        The curves, what verdicts rest on first.
    bands
        Ranges to shade, from low to high.
    axis
        The range of values to show; None in a report of an early version.
    """

    name: str
    title: str
    unit: str
    better: Literal["lower", "higher"] | None
    lines: tuple[Line, ...]
    bands: tuple[Band, ...] = ()
    axis: Axis | None = None
