"""Fit and measure the forecast of the validation loss, whole workloads left out.

``calibrate`` measures; ``PYTHONPATH=scripts:benchmarks python -m calibration.more_training`` fits on all runs
and writes src/curvewise/stats/forecasting_table.py.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calibration.bench import f1_over_clusters, folds, macro_f1, pairs
from calibration.figures import Figure, Figures
from calibration.fitting import Array, distance, fit_each, write_table
from curvewise.stats.forecasting import FEATURES, FEWEST, GAINS, WORTH, GainForecast, in_order, tail
from curvewise.stats.forecasting_table import MODEL
from curvewise.stats.logistic import Logistic

Mask = NDArray[np.bool_]
ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "src" / "curvewise" / "stats" / "forecasting_table.py"
RIDGE = 300.0
CUT = 0.5
"""Share of a run that is seen in the figures that are cited."""
CUTS = (0.35, 0.5, 0.65, 0.8)
FITTED = (0.35, 0.5, 0.65)
"""Shares to fit on, so that the model learns what the horizon does; the last only tests it."""
HALF_COUNTS = 5.0
"""Weight of the rows at half of the run."""
SPARSE = (0, 10, 6)
"""Evaluations to which the seen part is thinned, so that runs with few are met; 0 keeps all."""
SURE = 0.7
"""Chance from which `curvewise.forecast` says yes, and from which of the contrary it says no."""


class Rows(NamedTuple):
    """One row for each run, share seen and thinning."""

    features: Array
    gain: Array
    workload: list[str]
    cut: Array
    sparse: Array

    def where(self, keep: Mask) -> Rows:
        """Only the rows of a mask."""
        names = [name for name, kept in zip(self.workload, keep, strict=True) if kept]
        return Rows(self.features[keep], self.gain[keep], names, self.cut[keep], self.sparse[keep])


def rows(data: Path) -> Rows:
    """Cut whole runs short at several places, and thin them."""
    found = []
    for pair in pairs(data, "overfit3"):
        series = pair.run["full_valid_loss"]
        step, value, n = series.step, series.value, len(series)
        for cut in CUTS:
            seen = n // 2 if cut == CUT else int(cut * n)
            for sparse in SPARSE:
                if sparse and seen <= sparse:
                    continue
                every = max(1, seen // sparse) if sparse else 1
                shown = (
                    np.unique(np.linspace(0, seen - 1, sparse + 1).round().astype(int))[1:]
                    if sparse
                    else np.arange(seen)
                )
                if len(shown) < FEWEST:
                    continue
                hidden = value[seen - 1 + every :: every]
                best = value[shown].min()
                rest = hidden.min() if len(hidden) else value[-1]
                end = tail(step[shown], value[shown], int(step[-1] - step[shown[-1]]))
                found.append(
                    (end.features(), 1 - min(best, rest) / best, pair.cluster.split("/")[0], cut, sparse)
                )
    features, gain, workload, cuts, thinned = zip(*found, strict=True)
    return Rows(np.array(features), np.array(gain), list(workload), np.array(cuts), np.array(thinned))


def fit(data: Rows) -> Logistic:
    """Fit on the rows of `FITTED`, thinned or not; those at half of the run count more."""
    used = data.where(np.isin(data.cut, FITTED))
    weight = np.where(used.cut == CUT, HALF_COUNTS, 1.0)
    names = tuple(f"{gain:g}" for gain in GAINS)
    return fit_each(used.features, used.gain[:, None] > np.array(GAINS), weight, FEATURES, names, RIDGE)


def calibrate(data: Path) -> Figures:
    """Measure the forecast on workloads that it was not fitted on."""
    known = rows(data)
    chance = np.empty((len(known.gain), len(GAINS)))
    for _, others, own in folds(known.workload):
        mask = np.isin(np.arange(len(known.gain)), others)
        chance[own] = in_order(fit(known.where(mask)).each(known.features[own]))
    worth = chance[:, GAINS.index(WORTH)]
    return (
        *(_score(known, worth, cut, sparse) for cut in CUTS for sparse in SPARSE if sparse in (0, 6)),
        _sure(known, worth),
        _coverage(known, chance),
        Figure(
            name="difference of the stored table from a new fit",
            value=distance(MODEL, fit(known)),
            n=len(known.gain),
            note="0 unless the data or the features changed",
            digits=2,
        ),
    )


def _labels(mask: Mask) -> list[str]:
    return ["yes" if one else "no" for one in mask]


def _score(known: Rows, worth: Array, cut: float, sparse: int) -> Figure:
    place = np.flatnonzero((known.cut == cut) & (known.sparse == sparse))
    truth, said = _labels(known.gain[place] > WORTH), _labels(worth[place] > 0.5)
    main = cut == CUT and not sparse
    return Figure(
        name=f"macro-F1 of a gain of 1 %, {cut:.0%} of the run seen, {sparse or 'all'} evaluations",
        value=macro_f1(truth, said),
        interval=f1_over_clusters(truth, said, [known.workload[i] for i in place]),
        n=len(place),
        note="AlgoPerf, workloads left out",
        digits=2,
        cited=("src/curvewise/engine.py",) if main else (),
    )


def _sure(known: Rows, worth: Array) -> Figure:
    half = known.cut == CUT
    sure = half & ((worth >= SURE) | (worth <= 1 - SURE))
    right = (worth >= SURE) == (known.gain > WORTH)
    return Figure(
        name="verdicts yes or no at half of the run that are right, %",
        value=100 * float(right[sure].mean()),
        n=int(sure.sum()),
        note=f"the others, {100 * (1 - sure.sum() / half.sum()):.0f} %, are left open",
        digits=0,
        cited=("src/curvewise/engine.py",),
    )


def _coverage(known: Rows, chance: Array) -> Figure:
    gains = np.where(known.gain >= GAINS[0], known.gain, 0.0)
    ends = np.array([GainForecast(own).interval for own in chance])
    return Figure(
        name="true gains inside the 90 % interval, %",
        value=100 * float(np.mean((ends[:, 0] <= gains) & (gains <= ends[:, 1]))),
        n=len(gains),
        note="AlgoPerf at 35 to 80 % of the run, workloads left out",
        digits=0,
        cited=("src/curvewise/model/forecast.py",),
    )


if __name__ == "__main__":
    bench = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "bench"
    write_table(
        TABLE,
        fit(rows(bench)),
        "Chance that the best validation loss still falls by more than each gain.",
        "scripts/calibration/more_training.py",
    )
