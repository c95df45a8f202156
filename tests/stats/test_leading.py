from __future__ import annotations

import numpy as np
import pytest

from curvewise.stats import leading
from curvewise.stats.leading import chances_of_leading


@pytest.mark.parametrize(("gained", "lost"), [(1, 0), (3, 1), (8, 5)])
def test_two_contenders_have_the_posterior_of_jeffreys_prior(gained: int, lost: int) -> None:
    scores = np.array([(1.0, 0.0)] * gained + [(0.0, 1.0)] * lost + [(1.0, 1.0)] * 20)
    share = np.random.default_rng(0).beta(gained + 0.5, lost + 0.5, 200_000)
    found = chances_of_leading(scores, np.arange(len(scores)))
    assert found[0] == pytest.approx(float(np.mean(share > 0.5)), abs=0.02)
    assert found.sum() == pytest.approx(1.0)


def test_equal_contenders_share_it() -> None:
    found = chances_of_leading(np.ones((50, 4)), np.arange(50))
    assert found == pytest.approx(np.full(4, 0.25), abs=0.02)


def test_families_make_it_less_sure() -> None:
    scores = np.array([(1.0, 0.0)] * 15 + [(0.0, 1.0)] * 5)
    alone = chances_of_leading(scores, np.arange(20))[0]
    together = chances_of_leading(scores, np.repeat(np.arange(4), 5))[0]
    assert 0.5 < together < alone


@pytest.mark.parametrize("missing", [0, 30])
def test_many_clusters_give_the_same_by_normal_numbers(missing: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    scores = (random.random((leading.NORMAL, 3)) < (0.7, 0.71, 0.715)).astype(float)
    scores[:missing, 1] = np.nan
    cluster = np.arange(len(scores))
    found = chances_of_leading(scores, cluster)
    monkeypatch.setattr(leading, "NORMAL", len(scores) + 1)
    assert found == pytest.approx(chances_of_leading(scores, cluster), abs=0.02)
    assert 0.1 < found[1] < 0.9
