"""Folders of TensorBoard."""

from __future__ import annotations

from pathlib import Path

import pytest

from curvewise.errors import MixedRunsError
from curvewise.loading import load, load_all
from curvewise.plugin.source import Place
from tests.formats.protobufs import event_file, logged
from tests.sources.folders import state


def write(folder: Path, content: dict[str, bytes]) -> Path:
    for name, data in content.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


LOSS = event_file(*logged("Loss/train", range(1, 20)))
OTHER = event_file(*logged("Loss/train", range(1, 20), 2.0))
EVENTS = "events.out.tfevents.1.host"


def places(folder: Path) -> list[str]:
    """Lay out what this source reads, for the contract of all sources."""
    return [
        str(write(folder / "one", {EVENTS: LOSS})),
        str(write(folder / "several", {f"a/{EVENTS}": LOSS, f"b/{EVENTS}": OTHER})),
    ]


def test_each_folder_is_a_run(tmp_path: Path) -> None:
    write(tmp_path, {f"a/{EVENTS}": LOSS, f"deep/b/{EVENTS}": OTHER})
    with pytest.raises(MixedRunsError, match="2 runs") as caught:
        load(tmp_path)
    assert caught.value.runs == [f"{tmp_path}#a", f"{tmp_path}#deep/b"]
    assert load(f"{tmp_path}#deep/b")["train_loss"].value[0] == 2.0
    assert [run.name for run in load_all(tmp_path)] == ["a", "b"]


def test_the_folders_of_keras_are_one_run(tmp_path: Path) -> None:
    epochs = event_file(*logged("epoch_loss", range(6)))
    write(tmp_path, {f"train/{EVENTS}": epochs, f"validation/{EVENTS}": epochs})
    run = load(tmp_path)
    assert set(run.metrics) == {"train_loss", "full_valid_loss"}
    assert run.steps_per_epoch == 1.0
    assert set(load(tmp_path / "validation").metrics) == {"full_valid_loss"}


def test_folders_below_a_run_belong_to_it(tmp_path: Path) -> None:
    loss = event_file(*logged("Loss", range(6)))
    write(tmp_path, {EVENTS: LOSS, f"17.2/{EVENTS}": event_file(), f"Loss_valid/{EVENTS}": loss})
    assert set(load(tmp_path).metrics) == {"train_loss", "full_valid_loss"}


def test_the_files_of_a_folder_follow_each_other(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "events.out.tfevents.1.host": event_file(*logged("loss", range(1, 30)))[:-5],
            "events.out.tfevents.2.host": event_file(*logged("loss", range(20, 25), 10.0)),
            "events.out.tfevents.3.host": event_file(*logged("eval/loss", range(24, 25))),
        },
    )
    run = load(tmp_path)
    assert run["train_loss"].step.tolist() == list(range(1, 25))
    assert run["train_loss"].value[-5:].tolist() == [200.0, 210.0, 220.0, 230.0, 240.0]
    assert run["full_valid_loss"].step.tolist() == [24]
    assert [note.code for note in run.notes] == ["restarted_steps", "cut_file"]


def test_a_damaged_file_among_others_is_named(tmp_path: Path) -> None:
    damaged = bytearray(LOSS)
    damaged[len(LOSS) // 2 :] = b"\xff" * (len(LOSS) - len(LOSS) // 2)
    write(
        tmp_path, {"a.tfevents.1": bytes(damaged), "a.tfevents.2": event_file(*logged("eval/loss", range(9)))}
    )
    run = load(tmp_path)
    assert "full_valid_loss" in run
    assert ["a.tfevents.1 is damaged" in note.text for note in run.notes] == [True]


def test_a_table_beside_the_events_is_more_precise(tmp_path: Path) -> None:
    write(tmp_path, {EVENTS: LOSS, "metrics.csv": b"step,train_loss\n1,2.0\n2,1.0\n", "log.txt": b"loss: 3"})
    run = load(tmp_path)
    assert run.formats == ("tabular",)
    assert run.notes[0].text.endswith(f"hold the metrics: {EVENTS}.")


def test_the_events_of_a_trainer_repeat_its_state(tmp_path: Path) -> None:
    write(tmp_path, {f"runs/a/{EVENTS}": LOSS, "trainer_state.json": state(50).encode()})
    source = Place(str(tmp_path)).source
    assert source is not None
    assert source.name == "trainer_folder"


def test_a_run_without_scalars_fails_itself_alone(tmp_path: Path) -> None:
    write(tmp_path, {f"a/{EVENTS}": LOSS, f"b/{EVENTS}": event_file(), f"c/{EVENTS}": b""})
    errors: list[str] = []
    runs = list(load_all(tmp_path, on_error=lambda error: errors.append(error.problem)))
    assert [run.name for run in runs] == ["a"]
    assert errors == ["there is no value of any metric", "the file is empty"]
