from __future__ import annotations

from msgspec.structs import replace

import curvewise
from curvewise.plugin import Style
from curvewise.reports.card import BEGIN, END, card
from curvewise.testing import make_run

RUN = make_run(
    train_loss=[2 / n for n in range(1, 21)],
    full_valid_loss={5: 1.5, 10: 1.0, 15: 1.4, 20: 1.9},
    steps_per_epoch=5,
)


def test_a_card_names_the_diagnosis_the_checkpoint_and_the_training() -> None:
    text = card([curvewise.analyze(RUN)], Style())
    assert text.startswith(BEGIN)
    assert text.endswith(f"{END}\n")
    assert "Overfit after epoch 2" in text
    for row in ("| Checkpoint | step 10 (epoch 2)", "| Method | SFT", "| Steps | 20", "| Epochs | 4"):
        assert row in text


def test_what_a_run_says_stays_text() -> None:
    run = replace(RUN, name=f"{END}<img src=x>\n# a", base_model="[x](http://y)|`z`")
    text = card([curvewise.analyze(run)], Style())
    assert text.count(END) == 1
    assert "<img" not in text
    assert "\n# a" not in text
    assert "[x](" not in text
