from __future__ import annotations

import pytest

import curvewise as cw
from curvewise.errors import UsageError


def sft(checkpoints: list[int] | None = None) -> cw.Run:
    steps = [100, 200, 300, 400]
    saved = (
        None if checkpoints is None else [cw.Checkpoint(step=step, model=f"m-{step}") for step in checkpoints]
    )
    return cw.Run.from_series({"full_valid_loss": (steps, [1.2, 0.9, 1.3, 1.7])}, checkpoints=saved)


def rft() -> cw.Run:
    steps = list(range(10, 110, 10))
    return cw.Run.from_series(
        {
            "full_valid_mean_reward": (steps, [0.1, 0.3, 0.5, 0.7, 0.8, 0.85, 0.86, 0.85, 0.8, 0.75]),
            "train_mean_reward": (steps, [0.1 * place for place in range(1, 11)]),
        },
        kind="rft",
        checkpoints=[cw.Checkpoint(step=step, model=f"m-{step}") for step in (50, 70, 100)],
    )


def test_only_checkpoints_that_exist_are_named() -> None:
    found = cw.candidates(sft([100, 300]))
    assert {(each.step, each.model) for each in found.contenders} == {(100, "m-100"), (300, "m-300")}
    assert not found.notes


def test_peak_final_and_mid_of_an_rft_run_each_with_the_reason() -> None:
    found = cw.candidates(rft(), production="gpt-4.1")
    assert [(each.step, each.role) for each in found.contenders] == [
        (70, "peak"), (100, "final"), (50, "mid"), (None, "production"),
    ]  # fmt: skip
    assert all(each.why for each in found.contenders)


def test_what_is_left_out_is_said() -> None:
    found = cw.candidates(rft(), most=1)
    assert [each.role for each in found.contenders] == ["peak"]
    assert "step 100 (final), step 50 (mid)" in found.notes[0].text


def test_that_nobody_knows_what_exists_is_said() -> None:
    found = cw.candidates(sft())
    assert all(each.model is None for each in found.contenders)
    assert [note.code for note in found.notes] == ["unknown_existence"]


def test_notes_are_sentences() -> None:
    left_out, unknown = (note.text for note in cw.candidates(sft(), most=1).notes)
    assert left_out.startswith("Left out, with at most 1 to name: step ")
    assert "whether step 200 exists;" in unknown
    several = cw.candidates(sft()).notes[-1].text
    assert " and " in several
    assert several.count(" and ") == 1


def test_a_base_model_that_nothing_tells_is_asked_for() -> None:
    with pytest.raises(UsageError, match="base model"):
        cw.candidates(sft(), with_base=True)
    found = cw.candidates(sft(), with_base=True, base="gpt-4.1")
    assert [(each.role, each.model) for each in found.contenders][-1] == ("base", "gpt-4.1")


def test_more_samples_show_smaller_differences() -> None:
    power = {(each.samples, each.discordance): each.difference for each in cw.candidates(rft()).power}
    assert power[300, 0.2] < power[100, 0.2] < power[30, 0.2]
    assert power[100, 0.1] < power[100, 0.4]


def test_a_run_with_nothing_to_choose_by_has_no_candidate() -> None:
    run = cw.Run.from_series({"train_loss": ([1, 2], [2.0, 1.0])})
    found = cw.candidates(run)
    assert not found.contenders
    assert "no validation loss" in found.reason
