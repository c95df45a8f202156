"""Colours are told apart by colour-blind readers, and from the ground that they stand on."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import get_args

import numpy as np
import pytest

from curvewise.palette import BANDS, SPLITS, Theme

SIMULATED = {
    "normal": np.eye(3),
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
"""G. M. Machado, M. M. Oliveira and L. A. F. Fernandes, "A Physiologically-based Model for Simulation of
Color Vision Deficiency", 2009; severity 1, on linear RGB."""
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])
GROUND: dict[Theme, str] = {"light": "#ffffff", "dark": "#14171c"}
LEAST_DISTANCE = 19.0
"""CIE76; 2.3 is just noticeable."""
LEAST_CONTRAST = 4.5
"""WCAG 2 AA for text, since labels have the colours of their lines."""

themes = pytest.mark.parametrize("theme", get_args(Theme))
eyes = pytest.mark.parametrize("eye", SIMULATED)


def linear(colour: str) -> np.ndarray:
    share = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    share = XYZ @ np.clip(rgb, 0, 1) / WHITE
    root = np.where(share > 0.008856, np.cbrt(share), 7.787 * share + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def distance(a: str, b: str, eye: str) -> float:
    seen = SIMULATED[eye]
    return float(np.linalg.norm(lab(seen @ linear(a)) - lab(seen @ linear(b))))


def contrast(a: str, b: str) -> float:
    low, high = sorted(float(XYZ[1] @ linear(colour)) for colour in (a, b))
    return (high + 0.05) / (low + 0.05)


@themes
@eyes
def test_splits_are_told_apart(theme: Theme, eye: str) -> None:
    for a, b in combinations(SPLITS[theme].values(), 2):
        assert distance(a, b, eye) > LEAST_DISTANCE


@themes
@eyes
def test_training_and_validation_are_far_apart(theme: Theme, eye: str) -> None:
    assert distance(SPLITS[theme]["train"], SPLITS[theme]["valid"], eye) > 80


@themes
@eyes
def test_bands_are_told_apart(theme: Theme, eye: str) -> None:
    assert all(distance(a, b, eye) >= LEAST_DISTANCE for a, b in pairwise(BANDS[theme]))
    assert all(distance(a, b, eye) >= LEAST_DISTANCE for a, b in combinations(BANDS[theme], 2))


@themes
def test_lines_stand_out_from_the_ground(theme: Theme) -> None:
    assert all(contrast(colour, GROUND[theme]) >= LEAST_CONTRAST for colour in SPLITS[theme].values())
