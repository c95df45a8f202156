"""Lists of numbers in a text as runs."""

from __future__ import annotations

import pytest

from curvewise.joining import read
from curvewise.parsing.document import Document

EXAMPLE = b"history:\n{'loss': [2.0, 1.0, 0.5], 'val_loss': [2.1, 1.2, nan]}\n"
"""A file of this format; the contract of formats holds of it."""

TRAIN, VALID = [1.2, 0.9, 0.5, 0.3], [1.3, 1.1, 1.4, 1.8]


@pytest.mark.parametrize(
    "text",
    [
        f"{{'loss': {TRAIN}, 'val_loss': {VALID}}}\n",
        f"history.history\n{{'loss': {TRAIN},\n 'val_loss': {VALID}}}".replace(", ", ",\n"),
        f"train loss: {TRAIN}\nval loss: {VALID}\nIs that overfitting?",
        f"train_losses={TRAIN}; val_losses={VALID}; betas=[0.9, 0.999]",
        f"Train Loss History = np.array({TRAIN})\nval_loss_list = tensor({VALID}, device='cuda:0')",
        f"train_loss = {TRAIN}\nval_loss = {[f'np.float64({each})' for each in VALID]}".replace("'", ""),
        "train_loss: [1.2 0.9\n 0.5 0.3]\nval_loss: [1.3 1.1\n 1.4 1.8]",
        f"Epoch 1/4\n{{'loss': {TRAIN}, 'val_loss': {VALID}}}\ntrain loss 1.2\n",
        f"val_loss: {VALID[:2]}\nval_loss: {VALID[:3]}\ntrain_loss: {TRAIN}\nval_loss: {VALID}",
    ],
)
def test_lists_are_courses_over_epochs(text: str) -> None:
    run = read(Document("paste", text.encode()))
    assert run.formats == ("printed_lists",)
    assert run["train_loss"].value.tolist() == TRAIN
    assert run["full_valid_loss"].value.tolist() == VALID
    assert run["full_valid_loss"].step.tolist() == [1, 2, 3, 4]
    assert run.steps_per_epoch == 1


def test_steps_and_blanks() -> None:
    run = read(Document("paste", b"steps = [100, 200, 300]\ntrain_loss = [None, 0.9, 0.5]\n"))
    assert run["train_loss"].step.tolist() == [200, 300]


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"step {step} loss: {1 / step:.3f}\n" for step in range(1, 9)) + f"val_losses = {VALID}",
        "".join(f"epoch: {n} loss: [0.5, 0.6] val_loss: {1 / n:.2f}\n" for n in range(1, 9)),  # two devices
    ],
)
def test_a_log_of_lines_stays_one(text: str) -> None:
    assert read(Document("paste", text.encode())).formats == ("console_log",)
