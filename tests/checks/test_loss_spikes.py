from __future__ import annotations

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import fall
from gallery.jobs import trainer_sft, with_values

from curvewise import Run
from curvewise.checks.loss_spikes import loss_spikes
from curvewise.testing import make_run


def losses(n: int = 60) -> np.ndarray:
    return 1.0 + 0.05 * np.random.default_rng(0).standard_normal(n)


def test_an_isolated_spike_is_found() -> None:
    values = losses()
    values[30] = 5.0
    finding = loss_spikes(make_run(train_loss=values))
    assert finding.status == "warning"
    assert finding.summary.startswith("1 spike among 60 training values: 5 at step 31")


def test_a_spike_two_values_wide_counts_once() -> None:
    values = losses()
    values[30:32] = 5.0, 4.0
    assert loss_spikes(make_run(train_loss=values)).summary.startswith("1 spike")


@pytest.mark.parametrize(
    "values",
    [
        np.exp(-np.arange(60) / 2) + 0.1,  # a steep start
        np.concatenate([np.ones(30), np.full(30, 5.0)]),  # a step that stays
        np.concatenate([losses(58), [4.0, 9.0]]),  # the end of a rise
        np.random.default_rng(1).lognormal(0.0, 1.0, 300),  # noisy by nature
    ],
    ids=["start", "step", "end", "noisy"],
)
def test_what_is_no_spike(values: np.ndarray) -> None:
    assert loss_spikes(make_run(train_loss=values)).status == "ok"


def test_a_long_run_needs_a_higher_spike_where_its_minibatches_have_a_heavy_tail() -> None:
    random = np.random.default_rng(3)
    quiet = np.exp(0.1 * random.standard_normal(500))
    heavy = np.exp(0.25 * random.laplace(size=500))
    for values, status in ((quiet, "warning"), (heavy, "ok")):
        values[250] = 3.0
        assert loss_spikes(make_run(train_loss=np.minimum(values, 3.0))).status == status


def test_in_a_short_log_only_a_value_far_above_all_others_is_a_spike() -> None:
    finding = loss_spikes(make_run(train_loss=[0.66, 0.8, 4.27, 0.77, 0.56, 0.82]))
    assert finding.status == "warning"
    assert finding.summary.startswith("1 spike among 6 training values: 4.27 at step 3")
    for values in (
        [0.66, 0.8, 2.0, 0.77, 0.56, 0.82],
        [4.27, 0.8, 0.7, 0.77, 0.56],
        [0.6, 0.5, 0.6, 0.5, 4.2],
    ):
        assert loss_spikes(make_run(train_loss=values)).status == "unknown"


def test_few_values_tell_nothing() -> None:
    assert loss_spikes(make_run(train_loss=[1.0] * 19)).status == "unknown"
    assert loss_spikes(make_run(train_loss=[0.0] * 40)).status == "unknown"


def test_the_smallest_loss_that_a_float_can_hold_is_a_height() -> None:
    assert loss_spikes(make_run(train_loss=[5e-324] * 30 + [0.0] * 30)).status == "ok"


@exhibit("warning", group="optimisation")
def crawled_manuals() -> Run:
    """Three batches hold a page of base64 that slipped through the filter; the loss comes back each time."""
    run = trainer_sft(
        "crawled-manuals",
        lambda e: fall(e, 2.0, 1.0, 0.5),
        lambda e: fall(e, 2.0, 1.05, 0.45),
        seed=38,
        epochs=2,
    )
    loss = run["train_loss"].value.copy()
    loss[[27, 51, 66]] = 7.4, 5.1, 8.8
    return with_values(run, train_loss=loss)
