from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from curvewise.errors import MixedRunsError
from curvewise.model.merge import ANNOUNCED, ROUNDED, merge
from curvewise.model.run import Checkpoint, Note, Run
from curvewise.model.series import Series

ANNOUNCEMENT = Note(ANNOUNCED, "Known from events only.")
CURVE = {1: 2.0, 2: 1.5, 3: 1.2, 4: 1.1}


def series(points: dict[int, float]) -> Series:
    return Series.from_points(list(points), list(points.values()))


def run(source: str, notes: tuple[Note, ...] = (), **metrics: dict[int, float]) -> Run:
    return Run(source=source, notes=notes, metrics={name: series(points) for name, points in metrics.items()})


def listing(*steps: int, notes: tuple[Note, ...] = (), **metrics: float) -> Run:
    saved = tuple(Checkpoint(step=step, model=f"m:ckpt-step-{step}", metrics=metrics) for step in steps)
    return Run(source="checkpoints.json", checkpoints=saved, notes=notes)


class TestSeries:
    def test_one_run_comes_out_as_it_is(self) -> None:
        alone = run("results.csv", train_loss=CURVE)
        assert merge([alone]) == alone

    def test_each_file_adds_its_steps(self) -> None:
        merged = merge([run("a", train_loss={1: 2.0, 2: 1.5}), run("b", train_loss={2: 1.5, 3: 1.2})])
        assert merged["train_loss"] == series({1: 2.0, 2: 1.5, 3: 1.2})

    def test_the_file_with_the_most_points_counts(self) -> None:
        few, many = (
            run("events.json", train_loss={2: 1.5004}),
            run("results.csv", train_loss={1: 2.0, 2: 1.50041}),
        )
        for order in ([few, many], [many, few]):
            assert merge(order)["train_loss"].at(2) == 1.50041

    def test_rounded_messages_come_last(self) -> None:
        rounded = run("events.json", (Note(ROUNDED, "Rounded."),), train_loss={1: 2.0, 2: 1.5, 3: 1.2})
        exact = run("results.csv", train_loss={2: 1.4967, 3: 1.2001})
        assert merge([rounded, exact])["train_loss"] == series({1: 2.0, 2: 1.4967, 3: 1.2001})

    def test_a_standard_error_survives(self) -> None:
        measured = Series.from_points([1, 2], [0.5, 0.6], [0.1, 0.1])
        again = run("b", full_valid_mean_reward={2: 0.6})
        merged = merge([Run(source="a", metrics={"full_valid_mean_reward": measured}), again])
        assert merged["full_valid_mean_reward"].standard_error is not None


class TestContradictions:
    def test_files_of_different_runs_are_refused(self) -> None:
        first = run("a.csv", train_loss=CURVE)
        second = run("b.csv", train_loss={1: 2.0, 2: 1.7, 3: 1.6, 4: 1.4})
        with pytest.raises(MixedRunsError) as error:
            merge([first, second])
        assert "train_loss at step 2 is 1.5 in a.csv and 1.7 in b.csv; 3 of 4 common steps differ" in str(
            error.value
        )

    @pytest.mark.parametrize(
        ("printed", "exact"),
        [(0.73, 0.7341), (0.0, 3.4e-06), (0.12, 0.125), (np.nan, np.nan), (np.inf, np.inf)],
    )
    def test_rounding_is_no_contradiction(self, printed: float, exact: float) -> None:
        merged = merge(
            [run("events.json", train_loss={7: printed}), run("results.csv", train_loss={7: exact})]
        )
        assert merged.notes == ()

    @pytest.mark.parametrize(
        ("first", "second"), [(0.73, 0.7361), (1.8258, 1.7539), (0.5, np.nan), (1e300, 1e301)]
    )
    def test_more_than_rounding_is(self, first: float, second: float) -> None:
        with pytest.raises(MixedRunsError, match="step 7"):
            merge([run("a", train_loss={7: first}), run("b", train_loss={7: second})])

    def test_few_contradictions_are_noted(self) -> None:
        merged = merge([run("a", train_loss=CURVE), run("b", train_loss={1: 2.0, 2: 1.5, 3: 9.0})])
        assert merged["train_loss"].at(3) == 1.2
        note = merged.note("contradicting_values")
        assert note is not None
        assert "step 3 is 1.2 in a and 9 in b; 1 of 3 common steps differ" in note.text

    def test_durations_may_differ(self) -> None:
        merged = merge([run("a", total_duration={1: 64.5, 2: 70.0}), run("b", total_duration={1: 190.0})])
        assert merged["total_duration"].at(1) == 64.5

    def test_what_is_derived_from_rounded_values_may_differ(self) -> None:
        name = "train_ungraded_rate"
        first, second = ({name: (range(9), [share] * 9)} for share in (0.015625, 0.0156228))
        merged = merge([Run.from_series(first), Run.from_series(second)])
        assert merged[name].value[0] == 0.015625
        assert merged.notes == ()

    def test_different_jobs_are_refused(self) -> None:
        with pytest.raises(MixedRunsError, match=r"a\.json belongs to ftjob-1, and b\.json to ftjob-2"):
            merge([Run(id="ftjob-1", source="a.json"), Run(source="x"), Run(id="ftjob-2", source="b.json")])

    @given(
        st.dictionaries(st.integers(0, 50), st.floats(allow_subnormal=False), min_size=1), st.integers(2, 6)
    )
    def test_a_run_agrees_with_its_own_rounding(self, points: dict[int, float], decimals: int) -> None:
        rounded = {step: round(value, decimals) for step, value in points.items()}
        merged = merge([run("a", train_loss=points), run("b", train_loss=rounded)])
        assert merged["train_loss"] == series(points)


class TestCheckpoints:
    def test_they_get_the_values_at_their_step(self) -> None:
        merged = merge([run("results.csv", train_loss=CURVE, full_valid_loss={4: 1.3}), listing(2, 4)])
        assert merged.checkpoints is not None
        assert [dict(saved.metrics) for saved in merged.checkpoints] == [
            {"train_loss": 1.5},
            {"train_loss": 1.1, "full_valid_loss": 1.3},
        ]

    def test_the_curve_gets_values_that_only_a_checkpoint_has(self) -> None:
        merged = merge([run("results.csv", train_loss=CURVE), listing(4, full_valid_loss=1.3)])
        assert merged["full_valid_loss"] == series({4: 1.3})

    def test_none_known_differs_from_none_left(self) -> None:
        curve = run("results.csv", train_loss=CURVE)
        assert merge([curve]).checkpoints is None
        assert merge([curve, listing()]).checkpoints == ()

    def test_a_list_outranks_what_events_announced(self) -> None:
        announced = listing(1, 2, 3, notes=(ANNOUNCEMENT,))
        merged = merge([announced, listing(2, 3)])
        assert [saved.step for saved in merged.checkpoints or ()] == [2, 3]
        note = merged.note("gone_checkpoints")
        assert note is not None
        assert "step 1" in note.text
        assert merged.note(ANNOUNCED) is None

    def test_an_empty_list_outranks_events_too(self) -> None:
        assert merge([listing(1, notes=(ANNOUNCEMENT,)), listing()]).checkpoints == ()

    def test_a_list_that_is_not_whole_does_not(self) -> None:
        page = listing(3, notes=(Note("incomplete_page", "More follow."),))
        merged = merge([listing(1, 2, notes=(ANNOUNCEMENT,)), page])
        assert [saved.step for saved in merged.checkpoints or ()] == [1, 2, 3]
        assert merged.note(ANNOUNCED) is not None

    def test_pages_in_several_files_are_joined(self) -> None:
        nameless = Run(checkpoints=(Checkpoint(step=2, metrics={"train_loss": 1.5}, id="c2"),))
        merged = merge([nameless, listing(2, 1)])
        assert merged.checkpoints == (
            Checkpoint(step=1, model="m:ckpt-step-1"),
            Checkpoint(step=2, model="m:ckpt-step-2", metrics={"train_loss": 1.5}, id="c2"),
        )

    def test_a_list_far_from_the_curve_is_suspicious(self) -> None:
        merged = merge([run("results.csv", train_loss=CURVE), listing(80, 90)])
        note = merged.note("distant_checkpoints")
        assert note is not None
        assert "from step 80 to 90" in note.text


def test_facts_come_from_the_first_file_that_knows_them() -> None:
    job = Run(
        id="ftjob-1",
        name="suffix",
        declared_kind="dpo",
        base_model="base",
        status="succeeded",
        hyperparameters={"n_epochs": 3},
        formats=("openai_job",),
        source="job.json",
    )
    events = Run(
        planned_steps=30,
        status="running",
        hyperparameters={"n_epochs": 1, "beta": 0.1},
        formats=("openai_events",),
    )
    merged = merge([job, events])
    assert (merged.id, merged.name, merged.kind, merged.base_model) == ("ftjob-1", "suffix", "dpo", "base")
    assert (merged.status, merged.planned_steps) == ("succeeded", 30)
    assert merged.hyperparameters == {"n_epochs": 3, "beta": 0.1}
    assert merged.formats == ("openai_job", "openai_events")


def test_notes_are_kept_once() -> None:
    note = Note("base64", "The file is base64; it was decoded.")
    assert merge([Run(notes=(note,)), Run(notes=(note,))]).notes == (note,)


def test_result_files_of_two_kinds_of_job_are_joined_and_noted() -> None:
    losses = replace(run("sft.csv", train_loss=CURVE), formats=("openai_results",))
    rewards = replace(run("rft.csv", train_mean_reward=CURVE), formats=("openai_rft_results",))
    (note,) = merge([losses, rewards]).notes
    assert note.code == "two_kinds"
    assert note.text.startswith("sft.csv holds losses and rft.csv rewards")
    assert not merge([losses, losses]).notes
