from __future__ import annotations

import msgspec
from gallery import exhibit
from gallery.curves import fall
from gallery.jobs import trainer_sft

from curvewise import Run
from curvewise.checks.restarted_steps import restarted_steps
from curvewise.model.run import Note
from curvewise.parsing.steps import merge_restarts
from curvewise.testing import make_run


def test_the_codes_are_those_that_the_reader_writes() -> None:
    _, notes = merge_restarts([10, 20, 30, 40, 50, 20, 30, 40])
    finding = restarted_steps(make_run(train_loss=[2.0] * 4, notes=notes))
    assert finding.status == "warning"
    assert finding.summary.startswith("Training went back once (step 50 to 20).")
    _, notes = merge_restarts([10, 10, 20, 20])
    assert restarted_steps(make_run(train_loss=[2.0] * 2, notes=notes)).summary.startswith(
        "2 of 4 rows repeat"
    )


def test_repeated_rows_alone_are_told_and_no_fault() -> None:
    run = make_run(train_loss=[2.0], notes=(Note("repeated_steps", "3 of 9 rows repeat."),))
    assert restarted_steps(run).status == "ok"


def test_a_log_that_goes_forward_is_sound_whatever_else_was_noted() -> None:
    run = make_run(train_loss=[2.0, 1.0], notes=(Note("cut_line", "The last line was cut."),))
    assert restarted_steps(run).summary == "The 2 steps of train_loss go forward only."


def test_a_run_without_steps_is_not_judged() -> None:
    assert restarted_steps(make_run()).status == "not_applicable"


@exhibit("warning", group="records")
def spot_instance() -> Run:
    """The machine was taken away at step 740 and training resumed from checkpoint-600."""
    run = trainer_sft(
        "spot-instance",
        lambda e: fall(e, 2.0, 0.8, 0.7),
        lambda e: fall(e, 2.0, 0.95, 0.6),
        seed=59,
    )
    note = Note(
        "restarted_steps",
        "Training went back once (step 740 to 610); 14 rows of the abandoned attempt are left out.",
    )
    return msgspec.structs.replace(run, notes=(note,))
