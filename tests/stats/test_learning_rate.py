from __future__ import annotations

import numpy as np
import pytest

from curvewise.stats.learning_rate import curve_shape


def test_the_shape_of_a_line() -> None:
    shape = curve_shape(np.linspace(2.0, 1.0, 101), sampled=False)
    assert shape is not None
    assert shape.taken == pytest.approx(0.5)
    assert shape.late_quarter == pytest.approx(0.25, abs=0.03)
    assert shape.late_half == pytest.approx(0.5, abs=0.03)
    assert shape.wobble == 0.0


def test_resolution_hardly_counts() -> None:
    x = np.linspace(0, 5, 4001)
    fine = curve_shape(np.exp(-x), sampled=False)
    coarse = curve_shape(np.exp(-x[::40]), sampled=False)
    assert fine is not None
    assert coarse is not None
    assert fine.features() == pytest.approx(coarse.features(), abs=0.25)


def test_the_wobble_of_sampling_noise_is_taken_off() -> None:
    rng = np.random.default_rng(0)
    noisy = np.linspace(2.0, 1.0, 2000) + 0.2 * rng.standard_normal(2000)
    measured, corrected = (curve_shape(noisy, sampled=sampled) for sampled in (False, True))
    assert measured is not None
    assert corrected is not None
    assert corrected.wobble < 0.3 * measured.wobble


@pytest.mark.parametrize("values", [[], [1.0] * 4, [np.nan] * 9, [0.0] * 9])
def test_nothing_to_measure(values: list[float]) -> None:
    assert curve_shape(np.array(values), sampled=True) is None


def test_a_loss_that_never_falls_has_a_shape() -> None:
    shape = curve_shape(np.linspace(1.0, 9.0, 50), sampled=False)
    assert shape is not None
    assert np.isfinite(shape.features()).all()
    assert shape.risen == 4.0


def test_heights_that_no_float_holds_are_cut() -> None:
    shape = curve_shape(np.array([1e-250, *[1e-251] * 40, 1e100, -1e100, *[1e-251] * 40]), sampled=False)
    assert shape is not None
    assert np.isfinite(shape.features()).all()
