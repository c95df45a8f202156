"""Model cards as transformers' Trainer writes them."""

from __future__ import annotations

from pathlib import Path

from curvewise.loading import load

CARD = """\
---
library_name: transformers
license: apache-2.0
base_model: distilbert/distilbert-base-uncased
tags:
- generated_from_trainer
model-index:
- name: tuned
  results: []
---

# tuned

It achieves the following results on the evaluation set:
- Loss: 1.2
- Accuracy: 0.6

### Training hyperparameters

- learning_rate: 2e-05
- train_batch_size: 16
- optimizer: Use OptimizerNames.ADAMW_TORCH_FUSED with betas=(0.9,0.999) and epsilon=1e-08
- lr_scheduler_type: linear
- num_epochs: 2

### Training results

| Training Loss | Epoch | Step | Validation Loss | Accuracy |
|:-------------:|:-----:|:----:|:---------------:|:--------:|
| No log        | 1.0   | 100  | 1.5             | 0.5      |
| 0.9           | 2.0   | 200  | 1.2             | 0.6      |
"""
EXAMPLE = CARD.encode()
"""A file of this format; the contract of formats holds of it."""


def test_a_card_says_what_was_trained_and_how(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(CARD)
    for path in (tmp_path, tmp_path / "README.md"):
        run = load(path)
        assert run.formats == ("model_card",)
        assert (run.name, run.base_model) == ("tuned", "distilbert/distilbert-base-uncased")
        assert run["full_valid_accuracy"].value.tolist() == [0.5, 0.6]
        assert run.hyperparameters == {
            "n_epochs": 2,
            "batch_size": 16,
            "learning_rate": 2e-05,
            "lr_scheduler_type": "linear",
        }


def test_a_log_beside_a_card_is_read_instead(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(CARD)
    (tmp_path / "results.csv").write_text("step,loss\n1,2.0\n2,1.0\n")
    run = load(tmp_path)
    assert run.formats == ("tabular",)
    assert run.notes == ()
