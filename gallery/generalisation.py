"""How well the model does on new examples."""

from __future__ import annotations

import numpy as np

from curvewise import Run
from gallery.curves import fall, turn
from gallery._exhibits import exhibit
from gallery.jobs import service_sft, trainer_sft


@exhibit("problem")
def overfitting() -> Run:
    """Six epochs on 480 support replies: from epoch 2 on the model learns them by heart."""
    return service_sft(
        "support-replies",
        lambda e: fall(e, 2.1, 0.12, 1.7),
        lambda e: fall(e, 2.2, 1.12, 0.7) + turn(e, 1.7, 0.11, 1.25),
        seed=11,
        epochs=6,
    )


@exhibit("warning")
def overfitting_warning() -> Run:
    """One epoch too many: validation loss has begun to rise, by less than the guide's limit."""
    return trainer_sft(
        "contract-clauses",
        lambda e: fall(e, 1.9, 0.55, 1.1),
        lambda e: fall(e, 1.95, 0.98, 0.5) + turn(e, 1.7, 0.1, 1.1),
        seed=12,
    )


@exhibit("warning")
def rising_validation_loss() -> Run:
    """A trainer that evaluated ten times: validation loss turns after the second epoch and keeps rising."""
    return trainer_sft(
        "meeting-notes",
        lambda e: fall(e, 2.0, 0.4, 1.3),
        lambda e: fall(e, 2.05, 1.05, 0.6) + turn(e, 1.9, 0.09, 1.2),
        seed=13,
        epochs=4,
        eval_every=160,
    )


@exhibit("problem")
def generalization_gap() -> Run:
    """A few hundred near-identical examples: training loss falls far below validation loss, which stays."""
    return service_sft(
        "invoice-fields",
        lambda e: fall(e, 1.6, 0.32, 1.1),
        lambda e: fall(e, 1.65, 0.93, 0.5),
        seed=14,
        epochs=4,
        kept=3,
    )


@exhibit("warning")
def generalization_gap_warning() -> Run:
    """A small data set: the two losses drift apart to 1.7, while validation loss still holds."""
    return service_sft(
        "warranty-letters",
        lambda e: fall(e, 1.7, 0.5, 1.0),
        lambda e: fall(e, 1.75, 0.93, 0.7),
        seed=15,
        epochs=4,
    )


@exhibit("warning")
def initial_gap() -> Run:
    """The validation examples are another department's: their loss is 1.7 times as high from the start."""
    return trainer_sft(
        "two-departments",
        lambda e: fall(e, 1.5, 0.8, 0.5),
        lambda e: 1.72 * fall(e, 1.5, 0.84, 0.5),
        seed=16,
        epochs=2,
    )


@exhibit("warning")
def validation_leakage() -> Run:
    """The split was drawn after near copies had been added: validation loss is a third of training loss."""
    return trainer_sft(
        "faq-with-copies",
        lambda e: fall(e, 2.0, 1.0, 0.5),
        lambda e: 0.33 * fall(e, 2.0, 0.95, 0.45),
        seed=17,
        epochs=2,
    )


@exhibit("warning")
def flat_validation_loss() -> Run:
    """All there was to learn was learned in the first epoch; three more changed nothing that shows."""
    return service_sft(
        "product-names",
        lambda e: fall(e, 1.8, 0.86, 0.3),
        lambda e: fall(e, 1.8, 0.9, 0.16),
        seed=18,
        epochs=4,
        pass_noise=0.002,
    )


@exhibit("warning")
def oscillating_validation_loss() -> Run:
    """Batches of one and a high learning rate: every evaluation undoes the one before."""
    return trainer_sft(
        "mixed-annotators",
        lambda e: fall(e, 1.9, 0.9, 0.9),
        lambda e: fall(e, 1.9, 1.05, 0.6) * (1 + 0.16 * np.cos(np.pi * 4 * e)),
        seed=19,
        noise=0.15,
        pass_noise=0.03,
    )


@exhibit("warning")
def unfinished_learning() -> Run:
    """Two epochs were too few: both losses were still falling when the schedule ended."""
    return trainer_sft(
        "long-reports",
        lambda e: fall(e, 2.3, 1.1, 1.6),
        lambda e: fall(e, 2.35, 1.2, 1.7),
        seed=20,
        epochs=2,
        noise=0.04,
        pass_noise=0.001,
    )


@exhibit("warning")
def high_losses_warning() -> Run:
    """Answers that do not follow from their prompts: neither loss gets away from where it began."""
    return trainer_sft(
        "shuffled-answers",
        lambda e: fall(e, 2.62, 2.5, 0.8),
        lambda e: fall(e, 2.66, 2.56, 0.8),
        seed=21,
        epochs=2,
    )
