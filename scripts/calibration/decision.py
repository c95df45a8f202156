"""Error rates of the decision between evaluated contenders, on simulated evaluations whose truth is known."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from calibration.figures import Figure, Figures
from curvewise.evaluation.decide import DISCORDANCE, MARGIN, power
from curvewise.stats.paired import LEVEL, Contrasts, Judged, contrasts, judge, usual_size
from curvewise.stats.quantiles import t_quantile

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Test = Callable[[Array, Index], NDArray[np.bool_]]
"""From the scores of three contenders, and the family of each sample, to the pairs that differ."""

RUNS = 2000
"""Simulated evaluations behind each rate: a rate of 5 % has a standard error of 0.5 %."""
MANY = 4000
"""Those behind each rate of false equivalence, which is near its limit: a standard error of 0.4 %."""
DRAWS = 1999
"""Random draws behind each test: fewer than the program takes, so that many evaluations can be simulated."""
PAIRS = np.array([(0, 1), (0, 2), (1, 2)])
RIGHT = 0.6
"""Accuracy of the second contender of a `Split`."""
LEVEL_OF_GRADED = 0.75
"""Mean score of the second contender of a `Failing`."""
PAGE = "src/curvewise/evaluation/decide.py"


class World(NamedTuple):
    """A way in which evaluations come about.

    Parameters
    ----------
    name
        Of the world, in a table.
    families
        Samples in each family.
    accuracy
        Of each of the three contenders on an average sample, on the scale of `difficulty`.
    difficulty
        Standard deviation of what makes samples hard for all contenders.
    taste
        Standard deviation of what makes a whole family easy for one contender alone.
    graded
        Whether scores are graded between 0 and 1 instead of right or wrong.
    """

    name: str
    families: tuple[int, ...]
    accuracy: tuple[float, float, float] = (1.0, 1.0, 1.0)
    difficulty: float = 1.5
    taste: float = 0.0
    graded: bool = False

    def draw(self, random: Generator) -> tuple[Array, Index]:
        """Draw an evaluation: scores, shape (samples, 3), and the family of each sample."""
        cluster = np.repeat(np.arange(len(self.families)), self.families)
        hard = random.normal(0.0, self.difficulty, (len(cluster), 1))
        taste = random.normal(0.0, self.taste, (len(self.families), 3))[cluster]
        chance = 1 / (1 + np.exp(-(np.array(self.accuracy) + hard + taste)))
        if self.graded:
            return np.round(random.beta(8 * chance + 0.05, 8 * (1 - chance) + 0.05), 2), cluster
        return (random.random(chance.shape) < chance).astype(np.float64), cluster

    def truth(self) -> Array:
        """Return the true differences of the pairs, from many samples each a family of its own."""
        many = self._replace(families=(1,) * 400_000)
        mean = many.draw(np.random.default_rng(1))[0].mean(axis=0)
        mean = np.array([mean[np.array(self.accuracy) == own].mean() for own in self.accuracy])
        return np.asarray(mean[PAIRS[:, 0]] - mean[PAIRS[:, 1]])


ALONE = (1,) * 100
WORLDS = (
    World("right or wrong, 100 samples", ALONE),
    World("right or wrong, 30 samples", (1,) * 30),
    World("almost always right, 100 samples", ALONE, accuracy=(4.0, 4.0, 4.0)),
    World("graded, 50 samples", (1,) * 50, graded=True),
    World("20 families of 5", (5,) * 20, taste=1.5),
    World("8 families of 12", (12,) * 8, taste=1.5),
    World("20 families of 1 to 20", tuple(range(1, 21)), taste=1.0),
    World("one family of 40 and 15 of 2", (40, *(2,) * 15), taste=1.0),
    World("one of three is worse", ALONE, accuracy=(1.0, 1.0, -0.5)),
    World("one of three is worse, 20 families of 5", (5,) * 20, (1.0, 1.0, -0.5), taste=1.0),
    World("graded, 50 samples, one of three is worse", (1,) * 50, (1.0, 1.0, -0.5), graded=True),
)


CITED = {WORLDS[0].name, WORLDS[4].name}
"""Worlds whose errors a docstring states."""
WITH_FAMILIES = ("as shipped", "told of no clusters", "t-tests, Holm")
"""Tests whose errors are measured where samples come in families; elsewhere the first."""
SIZES = (30, 100, 300)
"""Numbers of samples whose power is measured."""
EDGES = (((1000, 1), 0.03, 0.0), ((300, 1), 0.1, 0.0), ((60, 5), 0.1, 0.5))
"""Families, discordance and likeness of contenders that differ by just the margin."""
RARE = (30, 100, 200)
"""Numbers of samples with graded scores; one contender fails some and thereby loses just the margin."""


def calibrate(data: Path) -> Figures:
    """Measure errors with and without clusters, what intervals hold, false equivalence, and power."""
    del data  # everything here is simulated
    return (*_errors(), *_coverage(), *_equivalence(), *_power())


def _errors() -> list[Figure]:
    found = []
    for world in WORLDS:
        tests = {name: TESTS[name] for name in (WITH_FAMILIES if world.taste else WITH_FAMILIES[:1])}
        for name, rate in errors(world, tests).items():
            cited = (PAGE,) if world.name in CITED and name in WITH_FAMILIES[:2] else ()
            note = "Three candidates; in how many evaluations two equal ones are said to differ."
            found.append(_figure(f"errors, {name}: {world.name}", rate, note, cited))
    return found


def _coverage() -> list[Figure]:
    note = "Evaluations whose three intervals all hold the true difference."
    return [
        _figure(f"intervals that hold: {world.name}", covers(world), note)
        for world in (WORLDS[0], WORLDS[4], *(each for each in WORLDS if len(set(each.accuracy)) > 1))
    ]


def _equivalence() -> list[Figure]:
    note = f"Two candidates that differ by the margin, {MARGIN}."
    return [
        _figure(
            f"false equivalence: {families[0]} x {families[1]} samples, {100 * discordance:.0f} % differ",
            shown(Split(families, discordance, MARGIN, alike=alike), is_equivalent, MANY),
            note,
            () if alike else (PAGE,),
            MANY,
        )
        for families, discordance, alike in EDGES
    ] + [
        _figure(
            f"false equivalence: graded, {samples} samples, 4 % failures",
            shown(Failing(samples), is_equivalent),
            "Two candidates alike to 0.01, of which one fails so many samples that it loses the margin.",
        )
        for samples in RARE
    ]


def _power() -> list[Figure]:
    found = []
    for samples in SIZES:
        difference = power(samples)
        split = Split((samples, 1), max(DISCORDANCE, difference), difference, others=2)
        name = f"power: {samples} samples, difference {100 * difference:.1f} points"
        note = "One pair of three candidates; the difference is the one that `power` states for 80 %."
        found.append(_figure(name, shown(split, is_better), note, (PAGE,)))
    return found


def _figure(name: str, rate: float, note: str, cited: tuple[str, ...] = (), runs: int = RUNS) -> Figure:
    return Figure(name=f"{name}, %", value=rate, n=runs, note=note, digits=1, cited=cited)


def as_shipped(scores: Array, cluster: Index) -> NDArray[np.bool_]:
    """Say which pairs differ by the test that the program uses."""
    return np.asarray(_judged(scores, cluster).p_value <= LEVEL)


def unclustered(scores: Array, cluster: Index) -> NDArray[np.bool_]:
    """Say which pairs differ by the same test, told that all samples are independent."""
    return as_shipped(scores, np.arange(len(cluster)))


def uncorrected(scores: Array, cluster: Index) -> NDArray[np.bool_]:
    """Say which pairs differ by the same test, told nothing of the other pairs."""
    return _alone(scores, cluster) <= LEVEL


def holm_signs(scores: Array, cluster: Index) -> NDArray[np.bool_]:
    """Say which pairs differ by the same test of each pair alone, corrected as S. Holm did in 1979."""
    return _holm(-_alone(scores, cluster), [-LEVEL / count for count in (3, 2, 1)])


def holm_t(scores: Array, cluster: Index) -> NDArray[np.bool_]:
    """Say which pairs differ by clustered t-tests, corrected as S. Holm did in 1979."""
    found = contrasts(scores, cluster, PAIRS)
    families = len(found.sums)
    apart = found.sums - found.sizes * found.difference
    error = np.sqrt((apart**2).sum(axis=0) * families / (families - 1)) / found.samples
    ratio = np.divide(np.abs(found.difference), error, out=np.zeros(3), where=error > 0)
    return _holm(ratio, [t_quantile(1 - LEVEL / count / 2, families - 1) for count in (3, 2, 1)])


TESTS: Mapping[str, Test] = {
    "as shipped": as_shipped,
    "told of no clusters": unclustered,
    "told of no other pairs": uncorrected,
    "each pair alone, Holm": holm_signs,
    "t-tests, Holm": holm_t,
}


def errors(world: World, tests: Mapping[str, Test]) -> dict[str, float]:
    """Return the share of evaluations, in per cent, in which each test calls a pair that does not differ."""
    equal = np.array([world.accuracy[i] == world.accuracy[j] for i, j in PAIRS])
    random = np.random.default_rng(zlib.crc32(world.name.encode()))
    drawn = [world.draw(random) for _ in range(RUNS)]
    return {
        name: 100 * float(np.mean([np.any(test(*one)[equal]) for one in drawn]))
        for name, test in tests.items()
    }


def _judged(scores: Array, cluster: Index) -> Judged:
    return judge(contrasts(scores, cluster, PAIRS), size=usual_size(scores, PAIRS), draws=DRAWS)


def _alone(scores: Array, cluster: Index) -> Array:
    return np.array(
        [judge(contrasts(scores, cluster, PAIRS[[place]]), draws=DRAWS).p_value[0] for place in range(3)]
    )


def _holm(strength: Array, limits: list[float]) -> NDArray[np.bool_]:
    found = np.zeros(3, dtype=np.bool_)
    for place, limit in zip(np.argsort(-strength), limits, strict=True):
        if strength[place] < limit:
            break
        found[place] = True
    return found


class Split(NamedTuple):
    """Contenders with scores of 0 and 1, of which the first differs from each other by a known amount.

    Parameters
    ----------
    families
        Families of samples, and how many samples are in each.
    discordance
        Share of the samples that one contender does and the second does not, or the other way round.
    difference
        True difference between the accuracy of the first and that of the others.
    others
        How many others there are, all equally good.
    alike
        Probability that a sample turns out as its family does.
    """

    families: tuple[int, int]
    discordance: float
    difference: float
    others: int = 1
    alike: float = 0.0

    def draw(self, random: Generator) -> tuple[Array, Index]:
        """Draw an evaluation: scores, shape (samples, 1 + others), and the family of each sample."""
        count, each = self.families
        cluster = np.repeat(np.arange(count), each)
        second = random.random(len(cluster)) < RIGHT
        columns = [second]
        for difference in (self.difference, *(0.0,) * (self.others - 1)):
            own, shared = random.random(len(cluster)), random.random(count)[cluster]
            chance = np.where(random.random(len(cluster)) < self.alike, shared, own)
            gained = chance < (self.discordance + difference) / 2 / (1 - RIGHT)
            lost = chance > 1 - (self.discordance - difference) / 2 / RIGHT
            columns.append(np.where(second, ~lost, gained))
        order = [1, 0, *range(2, len(columns))]
        return np.stack(columns, axis=1)[:, order].astype(np.float64), cluster


class Failing(NamedTuple):
    """Two contenders with graded scores that are alike, but for samples that the first fails.

    Parameters
    ----------
    samples
        How many there are.
    others
        How many others there are.
    """

    samples: int
    others: int = 1

    def draw(self, random: Generator) -> tuple[Array, Index]:
        """Draw an evaluation: scores, shape (samples, 2), and the family of each sample."""
        both = LEVEL_OF_GRADED + random.normal(0.0, 0.02, (self.samples, 1))
        both = both + random.normal(0.0, 0.01, (self.samples, 2))
        both[random.random(self.samples) < MARGIN / LEVEL_OF_GRADED, 0] = 0.0
        return both, np.arange(self.samples)


def shown(split: Split | Failing, said: Callable[[Judged, Contrasts], bool], runs: int = RUNS) -> float:
    """Return the share of evaluations, in per cent, in which something is said of the first two."""
    random = np.random.default_rng(zlib.crc32(repr(split).encode()))
    pairs = np.array(list(combinations(range(1 + split.others), 2)))
    said_of = []
    for _ in range(runs):
        scores, cluster = split.draw(random)
        found = contrasts(scores, cluster, pairs)
        judged = judge(found, size=usual_size(scores, pairs), reach=1.0, draws=DRAWS)
        said_of.append(said(judged, found))
    return 100 * float(np.mean(said_of))


def is_better(judged: Judged, found: Contrasts) -> bool:
    """Say whether the first is called better than the second."""
    return bool(judged.p_value[0] <= LEVEL and found.difference[0] > 0)


def is_equivalent(judged: Judged, found: Contrasts) -> bool:
    """Say whether the first and the second are called equivalent."""
    del found
    return bool(judged.inner_low[0] > -MARGIN and judged.inner_high[0] < MARGIN)


def covers(world: World) -> float:
    """Return the share of evaluations, in per cent, whose intervals hold all true differences together."""
    random, truth = np.random.default_rng(zlib.crc32(world.name.encode())), world.truth()
    held = []
    for _ in range(RUNS):
        judged = _judged(*world.draw(random))
        held.append(bool(np.all((judged.low <= truth) & (truth <= judged.high))))
    return 100 * float(np.mean(held))
