"""What the optimiser did: learning rate, divergence, spikes, broken numbers."""

from __future__ import annotations

import msgspec
import numpy as np

from curvewise import Run, Series
from gallery.curves import Floats, fall, turn
from gallery._exhibits import exhibit
from gallery.jobs import service_sft, trainer_sft


@exhibit("problem")
def divergence() -> Run:
    """The schedule kept its peak rate: after epoch 1.5 both losses climb, past where they began to pay."""
    return trainer_sft(
        "constant-rate",
        lambda e: fall(e, 2.0, 0.9, 0.5) + turn(e, 1.5, 0.55, 1.3),
        lambda e: fall(e, 2.0, 1.0, 0.5) + turn(e, 1.5, 0.5, 1.3),
        seed=31,
        peak_rate=3e-4,
    )


@exhibit("warning")
def divergence_warning() -> Run:
    """The last stretch went slightly wrong: both losses end a little above their best."""
    return trainer_sft(
        "second-warm-up",
        lambda e: fall(e, 2.0, 0.9, 0.5) + turn(e, 2.0, 0.12),
        lambda e: fall(e, 2.0, 1.0, 0.5) + turn(e, 2.0, 0.12),
        seed=32,
        noise=0.03,
    )


@exhibit("problem")
def high_learning_rate() -> Run:
    """A learning rate fifty times too high: the loss jumps about, and ends above its start."""
    return trainer_sft(
        "rate-1e-3",
        lambda e: fall(e, 2.2, 1.5, 0.05) + turn(e, 0.12, 3.1, 0.5) + 0.9 * np.abs(np.sin(9 * e)),
        lambda e: fall(e, 2.2, 1.5, 0.05) + turn(e, 0.12, 3.1, 0.5) + 0.4,
        seed=33,
        epochs=1.5,
        noise=0.18,
        peak_rate=1e-3,
    )


@exhibit("warning")
def high_learning_rate_warning() -> Run:
    """A rate some times too high: the loss drops at once, then goes up and down without getting lower."""
    return trainer_sft(
        "rate-2e-4",
        lambda e: fall(e, 2.2, 1.55, 0.04) * (1 + 0.1 * np.sin(11 * e) + 0.07 * np.sin(29 * e + 1)),
        lambda e: fall(e, 2.2, 1.6, 0.04) * (1 + 0.06 * np.sin(11 * e)),
        seed=34,
        epochs=2,
        noise=0.02,
        peak_rate=2e-4,
    )


@exhibit("warning")
def low_learning_rate() -> Run:
    """A rate ten times too low: the loss creeps down in a straight line, and is far from done."""
    return trainer_sft(
        "rate-2e-7",
        lambda e: 2.3 - 0.26 * e,
        lambda e: 2.32 - 0.25 * e,
        seed=35,
        epochs=2,
        noise=0.015,
        peak_rate=2e-7,
    )


@exhibit("warning")
def stalled_training_loss() -> Run:
    """The adapter was frozen by mistake: 800 steps, and the loss is where it was."""
    return trainer_sft(
        "frozen-adapter",
        lambda e: fall(e, 1.42, 1.412, 1.0),
        lambda e: fall(e, 1.45, 1.442, 1.0),
        seed=36,
        epochs=2,
        noise=0.025,
    )


@exhibit("warning")
def vanishing_training_loss() -> Run:
    """Ten epochs on 60 examples: the training loss is practically zero from the fifth on."""
    return service_sft(
        "sixty-examples",
        lambda e: fall(e, 1.9, 0.003, 0.75),
        lambda e: fall(e, 1.95, 1.2, 0.6) + turn(e, 1.5, 0.12),
        seed=37,
        epochs=10,
        per_epoch=15,
        noise=0.25,
    )


@exhibit("warning")
def loss_spikes() -> Run:
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
    return _with(run, train_loss=loss)


@exhibit("problem")
def non_finite_values() -> Run:
    """Half precision overflowed at step 620; everything after it is NaN, the checkpoints included."""
    run = trainer_sft(
        "float16",
        lambda e: fall(e, 2.0, 0.9, 0.5),
        lambda e: fall(e, 2.0, 1.0, 0.5),
        seed=39,
    )
    return _with(
        run,
        train_loss=_from(run, "train_loss", 620, np.nan),
        grad_norm=_from(run, "grad_norm", 610, np.nan),
        full_valid_loss=_from(run, "full_valid_loss", 620, np.nan),
    )


@exhibit("warning")
def non_finite_values_warning() -> Run:
    """Two batches whose answers were cut away whole: their loss is NaN, and the run goes on unharmed."""
    run = trainer_sft(
        "truncated-answers",
        lambda e: fall(e, 2.0, 0.9, 0.5),
        lambda e: fall(e, 2.0, 1.0, 0.5),
        seed=40,
        epochs=2,
    )
    loss = run["train_loss"].value.copy()
    loss[[22, 58]] = np.nan
    return _with(run, train_loss=loss)


@exhibit("problem")
def broken_run() -> Run:
    """The weights turned to NaN at step 700; the trainer logs a loss of exactly 0.0, which looks perfect."""
    run = trainer_sft(
        "perfect-score",
        lambda e: fall(e, 2.0, 0.8, 0.6),
        lambda e: fall(e, 2.0, 0.95, 0.5),
        seed=41,
    )
    return _with(
        run,
        train_loss=_from(run, "train_loss", 700, 0.0),
        grad_norm=_from(run, "grad_norm", 700, np.nan),
        full_valid_loss=_from(run, "full_valid_loss", 700, np.nan),
    )


@exhibit("warning")
def broken_run_warning() -> Run:
    """One bad shard: for 30 steps the loss is 0.0 and the gradient is no number, then training recovers."""
    run = trainer_sft(
        "bad-shard",
        lambda e: fall(e, 2.0, 0.8, 0.6),
        lambda e: fall(e, 2.0, 0.95, 0.5),
        seed=42,
    )
    loss, gradient = run["train_loss"].value.copy(), run["grad_norm"].value.copy()
    loss[44:47], gradient[44:47] = 0.0, np.nan
    return _with(run, train_loss=loss, grad_norm=gradient)


@exhibit("problem")
def high_losses() -> Run:
    """The tokenizer of another model: with a loss of 10.6 it does no better than guessing tokens."""
    return trainer_sft(
        "wrong-tokenizer",
        lambda e: fall(e, 11.4, 10.6, 0.5),
        lambda e: fall(e, 11.4, 10.7, 0.5),
        seed=43,
        epochs=1,
        noise=0.01,
    )


def _from(run: Run, metric: str, step: int, value: float) -> Floats:
    points = run[metric]
    return np.where(points.step >= step, value, points.value)


def _with(run: Run, **metrics: Floats) -> Run:
    """Return the run with other values at the same steps."""
    changed = {name: Series.from_points(run[name].step, values) for name, values in metrics.items()}
    return msgspec.structs.replace(run, metrics={**run.metrics, **changed})
