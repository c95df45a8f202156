"""Colours that mean different things stay apart for colour-blind readers, and can be read at all."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

from curvewise.model.series import FloatArray

THEME = Path(__file__).parent.parent.parent / "web" / "src" / "style" / "theme.css"
COLOURS = {
    (name, theme): value
    for name, light, dark in re.findall(
        r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", THEME.read_text(encoding="utf-8")
    )
    for theme, value in (("light", light), ("dark", dark))
}
THEMES = ("light", "dark")
SIGHT = {
    "full colour vision": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
"""Matrices on linear RGB of severity 1.0, Machado, Oliveira and Fernandes, IEEE TVCG 15(6), 2009."""

LINES_APART, LINES_OF_RUNS_APART, BANDS_APART = 30.0, 10.0, 8.0
"""Least CIE76 difference; 2.3 is just noticeable, and markers, labels and hatchings tell as well."""


def linear(colour: str) -> FloatArray:
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb: FloatArray) -> FloatArray:
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    t = to_xyz @ np.clip(rgb, 0, 1) / np.array([0.95047, 1.0, 1.08883])
    x, y, z = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def difference(one: str, other: str, theme: str, sight: str) -> float:
    first, second = (lab(SIGHT[sight] @ linear(COLOURS[name, theme])) for name in (one, other))
    return float(np.linalg.norm(first - second))


def contrast(one: str, other: str, theme: str) -> float:
    luminances = sorted(
        float(linear(COLOURS[name, theme]) @ [0.2126, 0.7152, 0.0722]) for name in (one, other)
    )
    return (luminances[1] + 0.05) / (luminances[0] + 0.05)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("theme", THEMES)
def test_training_and_validation_stay_apart(theme: str, sight: str) -> None:
    assert difference("train", "valid", theme, sight) >= LINES_APART


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("theme", THEMES)
def test_the_four_bands_stay_apart(theme: str, sight: str) -> None:
    for one, other in itertools.combinations(range(4), 2):
        assert difference(f"level-{one}", f"level-{other}", theme, sight) >= BANDS_APART, (one, other)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("theme", THEMES)
def test_runs_stay_apart(theme: str, sight: str) -> None:
    for one, other in itertools.combinations(range(6), 2):
        assert difference(f"run-{one}", f"run-{other}", theme, sight) >= LINES_OF_RUNS_APART, (one, other)


@pytest.mark.parametrize("theme", THEMES)
def test_text_has_the_contrast_of_wcag_aa(theme: str) -> None:
    texts = ("ink", "dim", "accent", "problem", "warning", "fine", "unsure", "crash")
    for text, ground in itertools.product(texts, ("paper", "card")):
        assert contrast(text, ground, theme) >= 4.5, (text, ground)


@pytest.mark.parametrize("theme", THEMES)
def test_lines_have_the_contrast_of_wcag_aa(theme: str) -> None:
    runs = tuple(f"run-{index}" for index in range(6))
    for line in ("train", "valid", "other", "best", "edge", *runs):
        assert contrast(line, "paper", theme) >= 3, line
    for line, level in itertools.product(("train", "valid", "other", "best", *runs), range(4)):
        assert contrast(line, f"level-{level}", theme) >= 3, (line, level)
    for level in range(4):
        assert contrast("ink", f"level-{level}", theme) >= 4.5, level
