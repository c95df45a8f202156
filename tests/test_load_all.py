"""Several runs of one path: named by `load`, and read one by one by `load_all`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from curvewise import load, load_all
from curvewise.errors import CurvewiseError, InputError, MixedRunsError, UsageError
from curvewise.model.run import Run
from curvewise.plugin.source import Place, RunEntry, source
from tests.sources.folders import CSV, lay_out, state

SWEEP = {"run-a/metrics.csv": CSV, "run-b/metrics.csv": "step,loss\n1,7.0\n2,6.0\n"}


def first_losses(runs: Iterator[Run]) -> dict[str, float]:
    return {run.name: run["train_loss"].value[0].item() for run in runs}


def test_a_folder_of_independent_runs_gives_each(tmp_path: Path) -> None:
    sweep = lay_out(tmp_path, SWEEP)
    assert first_losses(load_all(sweep)) == {"run-a": 2.0, "run-b": 7.0}


def test_load_names_them(tmp_path: Path) -> None:
    sweep = lay_out(tmp_path, SWEEP)
    with pytest.raises(MixedRunsError) as caught:
        load(sweep)
    assert list(caught.value.runs) == [f"{sweep}/run-a", f"{sweep}/run-b"]
    assert str(caught.value).endswith(f"    {sweep}/run-a\n    {sweep}/run-b")


def test_one_is_read_by_its_name_and_by_its_source(tmp_path: Path) -> None:
    sweep = lay_out(tmp_path, SWEEP)
    run = load(f"{sweep}#run-b")
    assert run["train_loss"].value.tolist() == [7.0, 6.0]
    assert [load(run.source) for run in load_all(sweep)] == list(load_all(sweep))
    assert list(load_all(f"{sweep}#run-b")) == [run]


def test_an_unknown_name_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    sweep = lay_out(tmp_path, SWEEP)
    with pytest.raises(UsageError, match="there is no run 'run-c' here") as caught:
        load(f"{sweep}#run-c")
    assert f"{sweep}#run-a" in caught.value.hint


def test_a_file_with_a_number_sign_in_its_name_is_a_file(tmp_path: Path) -> None:
    path = lay_out(tmp_path, {"run#1.csv": CSV, "run": "x"}) + "/run#1.csv"
    assert load(path).name == "run#1"


def test_trainers_in_folders_of_folders(tmp_path: Path) -> None:
    lay_out(
        tmp_path,
        {
            f"lr-{rate}/seed-{seed}/checkpoint-50/trainer_state.json": state(50, rate + seed / 10)
            for rate in (1, 2)
            for seed in (1, 2)
        },
    )
    assert [Path(run.source).relative_to(tmp_path).as_posix() for run in load_all(tmp_path)] == [
        "lr-1/seed-1", "lr-1/seed-2", "lr-2/seed-1", "lr-2/seed-2",
    ]  # fmt: skip


def test_the_files_of_one_run_stay_one_run(tmp_path: Path) -> None:
    path = lay_out(tmp_path, {"a/train.csv": CSV, "b/valid.csv": "step,val_loss\n2,1.5\n"})
    assert list(load_all(path)) == [load(path)]


def test_a_damaged_run_does_not_stop_the_others(tmp_path: Path) -> None:
    broken = "step,loss\n1,2.0\n2,x\n"
    sweep = lay_out(tmp_path, {**SWEEP, "run-0/metrics.csv": broken, "notes.json": '{"a": 1}'})
    errors: list[CurvewiseError] = []
    assert list(first_losses(load_all(sweep, on_error=errors.append))) == ["run-a", "run-b"]
    assert [error.file for error in errors] == [f"{sweep}/run-0/metrics.csv"]
    runs = load_all(sweep)
    assert [next(runs).name, next(runs).name] == ["run-a", "run-b"]
    with pytest.raises(InputError, match="run-0"):
        next(runs)


def test_one_of_two_is_damaged(tmp_path: Path) -> None:
    sweep = lay_out(tmp_path, {"run-a/m.csv": CSV, "run-b/m.csv": "step,loss\n1,2.0\n2,x\n"})
    errors: list[CurvewiseError] = []
    assert [run.name for run in load_all(sweep, on_error=errors.append)] == ["run-a"]
    assert len(errors) == 1


def test_checkpoints_of_a_damaged_run_are_no_runs(tmp_path: Path) -> None:
    states = {"checkpoint-50/trainer_state.json": state(50), "checkpoint-100/trainer_state.json": '{"a": '}
    with pytest.raises(InputError, match=r"checkpoint-100.*cut short"):
        list(load_all(lay_out(tmp_path, states)))


def test_several_damaged_runs_are_named_after_the_last(tmp_path: Path) -> None:
    broken = {f"run-{number}/metrics.csv": "step,loss\n1,2.0\n2,x\n" for number in (0, 1)}
    with pytest.raises(InputError, match=r"2 runs cannot be read.*run-0.*run-1"):
        list(load_all(lay_out(tmp_path, {**SWEEP, **broken})))


def test_a_run_is_read_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def read(name: str) -> Run:
        opened.append(name)
        return Run.from_series({"train_loss": ([1, 2], [2.0, 1.0])})

    @source(title="Shelf", recognised_by="shelf://", recognise=lambda place: place.scheme == "shelf")
    def shelf(place: Place) -> Iterator[RunEntry]:
        for name in ("one", "two"):
            yield RunEntry(name, lambda name=name: read(name))  # type: ignore[misc] # a lambda has no types

    monkeypatch.setattr(import_module("curvewise.plugin.source"), "_in_order", lambda: [shelf])
    runs = load_all("shelf://here")
    assert next(runs).source == "shelf://here#one"
    assert opened == ["one"]
    assert load("shelf://here#two").source == "shelf://here#two"
    with pytest.raises(MixedRunsError, match="there are 2 runs here"):
        load("shelf://here")


def test_nothing_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        list(load_all(tmp_path / "none"))
    with pytest.raises(InputError, match="empty"):
        list(load_all(tmp_path))
