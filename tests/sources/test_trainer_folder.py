"""From an output folder with `checkpoint-*` to the documents of one run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from curvewise.engine import choose
from curvewise.errors import InputError, MalformedError, MixedRunsError
from curvewise.loading import load
from tests.formats.protobufs import event_file, logged, wandb_log, wandb_run
from tests.sources.folders import (
    NOT_METRICS,
    codes,
    find,
    history,
    lay_out,
    names,
    refusal,
    state,
    trainer_log,
)
from tests.sources.test_tensorboard import write


def places(folder: Path) -> list[str]:
    """Lay out what this source reads, for the contract of all sources."""
    return [
        lay_out(folder / "run", {"checkpoint-50/trainer_state.json": state(50)}),
        lay_out(folder / "end", {"trainer_state.json": state(50)}),
    ]


class TestTrainerFolders:
    def test_the_longest_of_the_states_is_read_and_checkpoints_are_listed(self, tmp_path: Path) -> None:
        path = lay_out(
            tmp_path,
            {f"checkpoint-{last}/trainer_state.json": state(last) for last in (50, 100, 150)}
            | {f"checkpoint-{last}/model.safetensors": "x" for last in (50, 100, 150)}
            | {f"checkpoint-{last}/config.json": NOT_METRICS for last in (50, 100, 150)},
        )
        found = find(path, {})
        assert names(found, tmp_path) == ["checkpoint-150/trainer_state.json"]
        assert [(saved.step, saved.model) for saved in found.checkpoints or ()] == [
            (last, f"{path}/checkpoint-{last}") for last in (50, 100, 150)
        ]
        assert found.notes == ()

    def test_the_state_of_the_whole_run_is_preferred(self, tmp_path: Path) -> None:
        path = lay_out(
            tmp_path, {"checkpoint-100/trainer_state.json": state(100), "trainer_state.json": state(120)}
        )
        assert names(find(path, {}), tmp_path) == ["trainer_state.json"]

    def test_states_written_differently_are_compared_by_value(self, tmp_path: Path) -> None:
        compact = json.dumps({"log_history": history(50), "global_step": 50})
        path = lay_out(
            tmp_path, {"checkpoint-50/trainer_state.json": compact, "trainer_state.json": state(100)}
        )
        assert names(find(path, {}), tmp_path) == ["trainer_state.json"]

    @pytest.mark.parametrize("other", [state(50, shift=1.0), json.dumps({"log_history": history(50, 1.0)})])
    def test_states_that_contradict_are_different_runs(self, other: str, tmp_path: Path) -> None:
        path = lay_out(tmp_path, {"a/trainer_state.json": other, "b/trainer_state.json": state(100)})
        error = refusal(path)
        assert isinstance(error, MixedRunsError)
        assert "a/trainer_state.json" in error.problem
        assert "b/trainer_state.json" in error.problem
        assert "entry 1 (step 10)" in error.problem
        assert error.file == path

    def test_a_checkpoint_without_weights_no_longer_exists(self, tmp_path: Path) -> None:
        path = lay_out(
            tmp_path,
            {
                "checkpoint-50/trainer_state.json": state(50),
                "checkpoint-50/optimizer.pt": "x",
                "checkpoint-100/trainer_state.json": state(100),
                "checkpoint-100/adapter_model.safetensors": "x",
            },
        )
        found = find(path, {})
        assert [saved.model for saved in found.checkpoints or ()] == [None, f"{path}/checkpoint-100"]

    def test_logs_alone_leave_the_checkpoints_where_training_ran(self, tmp_path: Path) -> None:
        found = find(lay_out(tmp_path, {"checkpoint-50/trainer_state.json": state(50)}), {})
        assert [saved.model for saved in found.checkpoints or ()] == [f"{tmp_path}/checkpoint-50"]
        assert codes(found) == ["no_weights"]

    def test_one_checkpoint_folder_is_a_run_without_list(self, tmp_path: Path) -> None:
        lay_out(tmp_path, {f"checkpoint-{last}/trainer_state.json": state(last) for last in (50, 100)})
        found = find(str(tmp_path / "checkpoint-50"), {})
        assert names(found, tmp_path) == ["checkpoint-50/trainer_state.json"]
        assert found.checkpoints is None
        assert codes(found) == ["sibling_checkpoints"]

    def test_the_current_folder_may_be_the_checkpoint(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lay_out(tmp_path, {"checkpoint-50/trainer_state.json": state(50)})
        monkeypatch.chdir(tmp_path / "checkpoint-50")
        found = find(".", {})
        assert (found.name, len(found.documents), found.checkpoints) == ("checkpoint-50", 1, None)

    @pytest.mark.parametrize(("logged", "read"), [(100, 1), (150, 2)])
    def test_a_log_is_read_only_beyond_the_state(self, logged: int, read: int, tmp_path: Path) -> None:
        path = lay_out(
            tmp_path,
            {"checkpoint-100/trainer_state.json": state(100), "trainer_log.jsonl": trainer_log(logged)},
        )
        found = find(path, {})
        assert len(found.documents) == read
        assert ("repeating_log" in codes(found)) == (read == 1)
        assert load(path)["train_loss"].last_step == logged

    def test_values_at_the_steps_of_checkpoints_are_joined(self, tmp_path: Path) -> None:
        path = lay_out(tmp_path, {f"checkpoint-{last}/trainer_state.json": state(last) for last in (50, 100)})
        saved = load(path).checkpoints or ()
        assert [point.metrics["full_valid_loss"] for point in saved] == [0.4, 0.2]

    def test_tables_made_from_the_state_are_not_read(self, tmp_path: Path) -> None:
        path = lay_out(
            tmp_path, {"trainer_state.json": state(50), "smoothed.csv": "step,loss\n10,7.0\n20,7.0\n"}
        )
        found = find(path, {})
        assert names(found, tmp_path) == ["trainer_state.json"]
        assert codes(found) == ["unread_files"]

    def test_a_cut_state_is_the_error(self, tmp_path: Path) -> None:
        path = lay_out(tmp_path, {"trainer_state.json": state(50)[:200]})
        with pytest.raises(MalformedError, match="cut short") as caught:
            load(path)
        assert caught.value.file == f"{path}/trainer_state.json"

    @pytest.mark.parametrize("empty", ["checkpoint-50", "checkpoint-100"])
    def test_an_empty_state_among_others_is_named(self, empty: str, tmp_path: Path) -> None:
        files = {f"{folder}/trainer_state.json": state(50) for folder in ("checkpoint-50", "checkpoint-100")}
        path = lay_out(tmp_path, {**files, f"{empty}/trainer_state.json": ""})
        with pytest.raises(InputError, match="empty") as caught:
            load(path)
        assert caught.value.file == f"{path}/{empty}/trainer_state.json"

    def test_what_trackers_keep_beside_a_state_is_not_read(self, tmp_path: Path) -> None:
        path = lay_out(tmp_path, {"trainer_state.json": state(50)})
        runs = {
            f"wandb/run-20261129_09422{n}-a{n}/run-a{n}.wandb": wandb_log(wandb_run(f"{n}")) for n in (1, 2)
        }
        write(tmp_path, {**runs, "mlruns/0/a/metrics/loss": b"1628697792090 9.5 10\n"})
        run = load(path)
        assert run.formats == ("trainer_state",)
        (note,) = run.notes
        assert note.code == "repeated_logs"
        assert note.text.endswith(f"{tmp_path}/mlruns, {tmp_path}/wandb.")

    def test_events_are_read_where_there_is_no_state(self, tmp_path: Path) -> None:
        lay_out(tmp_path, {"checkpoint-20/model.safetensors": "x"})
        write(tmp_path, {"runs/a/events.out.tfevents.1": event_file(*logged("eval/loss", range(0, 30, 5)))})
        run = load(tmp_path)
        assert run["full_valid_loss"].last_step == 25
        assert [(saved.step, saved.metrics) for saved in run.checkpoints or ()] == [
            (20, {"full_valid_loss": 20.0})
        ]
        lay_out(tmp_path, {"metrics.csv": "step,eval_loss\n20,0.5\n"})
        assert load(tmp_path).formats == ("tabular",)


KERAS = "epoch,loss,val_loss\n0,1.0,1.1\n1,0.8,0.9\n2,0.7,1.0\n"
LIGHTNING = "epoch,step,train_loss,val_loss\n0,49,1.0,\n0,99,,1.1\n1,149,0.9,\n1,199,,0.9\n"
TUNE = "".join(f"Step {step} | loss:{2 / step} lr:1e-05 speed:9\n" for step in range(1, 21))
ART = "".join(f'{{"train/reward": 0.{k}, "training_step": {k}, "step": {k}}}\n' for k in range(3))
LOSSES = "step,train_loss\n10,1.0\n20,0.9\n30,0.8\n"


@pytest.mark.parametrize(
    ("files", "steps"),
    [
        ({"training.csv": KERAS, "weights.01-1.10.keras": "x", "weights.02-0.90.keras": "x"}, [0, 1]),
        ({"history.json": '{"loss": [1, 0.8], "val_loss": [1.1, 0.9]}', "weights.02.h5": "x"}, [2]),
        ({"metrics.csv": LIGHTNING, "epoch=0-step=100.ckpt": "x", "epoch=1-step=200.ckpt": "x"}, [99, 199]),
        ({"log.csv": LOSSES, "0000020_adapters.safetensors": "x"}, [20]),
        ({"log.csv": LOSSES, "global_step_20/actor/model_world_size_1_rank_0.pt": "x"}, [20]),
        ({"log.csv": LOSSES, "step_30/policy/weights/model.safetensors": "x"}, [30]),
        ({"log.csv": LOSSES, "step_30/policy/weights/iter_0000000/__0_0.distcp": "x"}, [30]),
        ({"log.csv": LOSSES, "step_30/training_info.json": "{}", "step_30/policy/weights/m.bin": "x"}, [30]),
        ({"log.csv": LOSSES, "checkpoints/epoch_0_step_20/model/model.safetensors": "x"}, [20]),
        ({"log.csv": LOSSES, "global_step20_hf/a.txt": "", "best_global_step30/m.safetensors": "x"}, [30]),
        ({"log.csv": LOSSES, "_actor/global_step20/m.pt": "x", "global_step20_hf/m.safetensors": "x"}, [20]),
        ({"log.csv": LOSSES, "default/epoch0epochstep19globalstep20/model.safetensors": "x"}, [20]),
        (
            {
                "history.jsonl": ART,
                "checkpoints/0000/a.safetensors": "x",
                "checkpoints/0002/a.safetensors": "x",
            },
            [0, 2],
        ),
        (
            {
                "log.csv": LOSSES,
                "actor_train-0/checkpoint-20/m.bin": "x",
                "pipeline/checkpoint-20/s.json": "{}",
            },
            [20],
        ),
        ({"log.csv": LOSSES, "iter_0000020/mp_rank_00/model_optim_rng.pt": "x"}, [20]),
        (
            {"log.csv": LOSSES, "m--val_loss=0.5-step=21-consumed_samples=9.0/w/__0_0.distcp": "x"},
            [20],
        ),
        ({"metrics.csv": LIGHTNING, "checkpoints/mnist-epoch=00-step=100-val_loss=1.10.ckpt": "x"}, [99]),
        (
            {"log_1.txt": TUNE, "epoch_0/model.safetensors": "x", "epoch_1/model.safetensors": "x"},
            [10, 20],
        ),
    ],
)
def test_each_trainer_names_its_checkpoints_in_its_own_way(
    files: dict[str, str], steps: list[int], tmp_path: Path
) -> None:
    run = load(lay_out(tmp_path, files))
    assert [saved.step for saved in run.checkpoints or ()] == steps
    assert all(saved.model for saved in run.checkpoints or ())


def test_a_folder_of_a_step_without_weights_is_searched(tmp_path: Path) -> None:
    path = lay_out(tmp_path, {"step_30/log.csv": LOSSES})
    assert load(path).checkpoints is None
    path = lay_out(tmp_path / "sweep", {"iter_1/checkpoint-30/m.safetensors": "x", "iter_1/l.csv": LOSSES})
    assert [saved.step for saved in load(path).checkpoints or ()] == [30]


@pytest.mark.parametrize(
    ("files", "final"),
    [
        ({"adapter_model.safetensors": "x"}, ""),
        ({"model-00001-of-00002.safetensors": "x", "model-00002-of-00002.safetensors": "x"}, ""),
        ({"pytorch_model.bin": "x", "training_args.bin": "x"}, ""),
        ({"checkpoint-20/adapter_model.safetensors": "x", "adapter_model.safetensors": "x"}, ""),
        ({"checkpoint-20/adapter_model.safetensors": "x"}, None),
        ({"reference/model.safetensors": "x"}, None),
        ({"checkpoints/epoch=0-step=20.ckpt": "x", "checkpoints/last.ckpt": "x"}, "/checkpoints/last.ckpt"),
        ({"adapters/0000020_adapters.npz": "x", "adapters/adapters.npz": "x"}, "/adapters/adapters.npz"),
    ],
)
def test_the_weights_of_the_end_are_a_checkpoint_of_the_last_step(
    files: dict[str, str], final: str | None, tmp_path: Path
) -> None:
    log = "step,train_loss,eval_loss\n10,1.0,1.1\n20,0.9,1.0\n30,0.8,0.9\n"
    run = load(lay_out(tmp_path, {**files, "log.csv": log}))
    assert run.final_model == (None if final is None else f"{tmp_path}{final}")
    best = choose(run).best
    assert best is not None
    listed = run.checkpoints is not None
    assert best.step == (20 if final is None and listed else 30)
    assert best.saved == ("unknown" if final is None and not listed else "yes")


def test_the_weights_of_the_end_may_be_the_best_where_a_trainer_keeps_it(tmp_path: Path) -> None:
    named = {**json.loads(state(50)), "best_model_checkpoint": "out/checkpoint-20"}
    path = lay_out(tmp_path, {"trainer_state.json": json.dumps(named), "model.safetensors": "x"})
    assert load(path).final_model is None
