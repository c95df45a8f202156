"""From a path to the documents of one run. Each test lays out a folder and says what is read of it."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from curvewise import plugin
from curvewise.errors import CurvewiseError, InputError, MalformedError, MixedRunsError, UsageError
from curvewise.loading import load
from curvewise.sources import files, walk
from curvewise.sources.found import Found
from curvewise.sources.local import find

CSV = "step,loss\n1,2.0\n2,1.0\n"
OPENAI = "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy\n1,2.0,0.5,,\n"
NOT_METRICS = '{"a": 1}'


def history(last: int, shift: float = 0.0) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for step in range(10, last + 1, 10):
        rows.append({"step": step, "epoch": step / 100, "loss": shift + 10 / step, "learning_rate": 1e-5})
        if step % 50 == 0:
            rows.append({"step": step, "epoch": step / 100, "eval_loss": shift + 20 / step})
    return rows


def state(last: int, shift: float = 0.0, **more: Any) -> str:
    content = {"global_step": last, "log_history": history(last, shift), "max_steps": 200, "zero": 0, **more}
    return json.dumps(content, indent=2)


def trainer_log(last: int) -> str:
    rows = [
        {"current_steps": row["step"], "total_steps": 200, "loss": row["loss"]}
        for row in history(last)
        if "loss" in row
    ]
    return "".join(json.dumps(row) + "\n" for row in rows)


def lay_out(folder: Path, contents: dict[str, str]) -> str:
    for name, text in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return str(folder)


def names(found: Found, folder: Path) -> list[str]:
    return [os.path.relpath(document.name, folder) for document in found.documents]


def codes(found: Found) -> list[str]:
    return [note.code for note in found.notes]


def refusal(path: object, mapping: dict[str, str] | None = None) -> CurvewiseError:
    with pytest.raises(CurvewiseError) as caught:
        find(str(path), mapping or {})
    assert caught.value.hint
    return caught.value


def deny(*_: object) -> Any:
    raise PermissionError  # what the system says to anyone but root


class TestFiles:
    def test_a_file_is_one_document_named_as_the_user_named_it(self, tmp_path: Path) -> None:
        path = lay_out(tmp_path, {"my run.csv": CSV}) + "/my run.csv"
        found = find(path, {"train_loss": "loss"})
        assert [document.name for document in found.documents] == [path]
        assert (found.name, found.checkpoints, found.notes) == ("my run", None, ())
        assert found.documents[0].mapping == {"train_loss": "loss"}

    def test_a_link_to_a_file_is_followed(self, tmp_path: Path) -> None:
        lay_out(tmp_path, {"a.csv": CSV})
        (tmp_path / "b.csv").symlink_to("a.csv")
        assert find(str(tmp_path / "b.csv"), {}).documents[0].data == CSV.encode()

    def test_standard_input_is_read_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CSV.encode())))
        found = find("-", {})
        assert (found.name, found.documents[0].data) == ("standard input", CSV.encode())

    def test_empty_standard_input_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
        error = refusal("-")
        assert (error.problem, error.file) == ("the file is empty", "standard input")

    def test_a_missing_file_proposes_near_names(self, tmp_path: Path) -> None:
        lay_out(tmp_path, {"results.csv": CSV})
        error = refusal(tmp_path / "result.csv")
        assert isinstance(error, InputError)
        assert f"did you mean {tmp_path / 'results.csv'}?" in error.hint

    def test_a_missing_folder_above_is_named(self, tmp_path: Path) -> None:
        lay_out(tmp_path, {"outputs/a.csv": CSV})
        error = refusal(tmp_path / "output" / "deep" / "a.csv")
        assert f"there is no '{tmp_path / 'output'}'" in error.problem
        assert str(tmp_path / "outputs") in error.hint

    @pytest.mark.parametrize("path", ["", "a\0b", "x" * 5000, "https://example.com/results.csv", "a.csv/b"])
    def test_paths_that_cannot_be(self, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        lay_out(tmp_path, {"a.csv": CSV})
        monkeypatch.chdir(tmp_path)
        refusal(path)

    def test_a_link_to_nothing_names_its_target(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").symlink_to("gone.csv")
        assert "symbolic link to 'gone.csv'" in refusal(tmp_path / "a.csv").problem

    def test_a_link_to_itself_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").symlink_to("a.csv")
        refusal(tmp_path / "a.csv")

    def test_pipes_and_devices_are_refused_without_reading(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        assert "named pipe" in refusal(tmp_path / "pipe").problem
        assert "device" in refusal("/dev/zero").problem

    def test_a_file_over_the_limit_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(files, "MAX_BYTES", 10)
        assert "at most" in refusal(lay_out(tmp_path, {"a.csv": CSV}) + "/a.csv").problem

    def test_a_file_without_permission(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = lay_out(tmp_path, {"a.csv": CSV}) + "/a.csv"
        monkeypatch.setattr(Path, "read_bytes", deny)
        assert refusal(path).problem == "permission denied"


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


class TestJobFolders:
    def test_every_recognised_file_is_read_and_the_others_are_named(self, tmp_path: Path) -> None:
        path = lay_out(
            tmp_path,
            {
                "results.csv": OPENAI,
                "data/notes.json": NOT_METRICS,
                "data/broken.json": '{"a": ',
                ".hidden.csv": CSV,
                "model.safetensors": "x",
                "tokenizer.json": NOT_METRICS,
            },
        )
        found = find(path, {})
        assert names(found, tmp_path) == ["results.csv"]
        assert codes(found) == ["unread_files"]
        assert "notes.json" in found.notes[0].text
        assert "broken.json (the JSON is cut short" in found.notes[0].text
        assert "tokenizer" not in found.notes[0].text

    def test_bedrock_writes_two_files_in_folders(self, tmp_path: Path) -> None:
        path = lay_out(
            tmp_path,
            {
                "training_artifacts/step_wise_training_metrics.csv": (
                    "step_number,epoch_number,training_loss\n"
                    + "".join(f"{step},{(step - 1) // 4},{3 / step}\n" for step in range(1, 13))
                ),
                "validation_artifacts/post_fine_tuning_validation/validation/validation_metrics.csv": (
                    "step_number,epoch_number,validation_loss\n4,0,0.9\n8,1,0.8\n12,2,0.85\n"
                ),
            },
        )
        run = load(path)
        assert {"train_loss", "full_valid_loss"} <= set(run.metrics)
        assert run.steps_per_epoch == 4

    def test_tinker_writes_metrics_and_checkpoints(self, tmp_path: Path) -> None:
        rows = "".join(f'{{"step": {step}, "env/all/reward/total": 0.{step}}}\n' for step in range(5))
        saved = "".join(f'{{"name": "{n}", "batch": {n}, "sampler_path": "tinker://{n}"}}\n' for n in (2, 4))
        run = load(
            lay_out(tmp_path, {"metrics.jsonl": rows, "checkpoints.jsonl": saved, "config.json": NOT_METRICS})
        )
        assert [point.metrics["train_mean_reward"] for point in run.checkpoints or ()] == [0.2, 0.4]

    def test_an_mlflow_run_is_read_from_its_metrics(self, tmp_path: Path) -> None:
        metric = "1628697792090 3.5 0\n1628697795789 2.5 1\n"
        path = lay_out(
            tmp_path,
            {
                "meta.yaml": "x",
                "metrics/loss": metric,
                "metrics/eval/loss": metric,
                "params/lr": "0.1",
                "tags/a": "b",
            },
        )
        assert set(load(path).metrics) == {"train_loss", "full_valid_loss"}
        assert load(path).notes == ()

    def test_two_tables_that_contradict_are_two_runs(self, tmp_path: Path) -> None:
        path = lay_out(tmp_path, {"a.csv": CSV, "b.csv": CSV.replace("2.0", "7.0").replace("1.0", "6.0")})
        with pytest.raises(MixedRunsError, match=r"a\.csv.*b\.csv"):
            load(path)

    def test_a_mapping_reads_the_files_that_have_its_columns(self, tmp_path: Path) -> None:
        path = lay_out(tmp_path, {"a.csv": "t,nll\n1,2.0\n", "b.csv": CSV, "trainer_state.json": state(50)})
        mapping = {"step": "t", "train_loss": "nll"}
        assert names(find(path, mapping), tmp_path) == ["a.csv"]
        assert load(path, mapping=mapping)["train_loss"].value.tolist() == [2.0]

    def test_a_mapping_to_nothing_is_an_error(self, tmp_path: Path) -> None:
        error = refusal(lay_out(tmp_path, {"a.csv": CSV}), {"train_loss": "nll"})
        assert isinstance(error, UsageError | InputError)


class TestOddFolders:
    def test_a_compressed_table_is_not_passed_over_in_silence(self, tmp_path: Path) -> None:
        (tmp_path / "results.csv").write_text("step,train_loss\n1,2.0\n2,1.0\n")
        (tmp_path / "events.json.gz").write_bytes(b"\x1f\x8b\x08")
        (tmp_path / "weights.tar.gz").write_bytes(b"\x1f\x8b\x08")
        (note,) = find(str(tmp_path), {}).notes
        assert "events.json.gz (the file is gzip-compressed)" in note.text
        assert "weights" not in note.text

    def test_a_folder_that_cannot_be_opened_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "results.csv").write_text("step,train_loss\n1,2.0\n2,1.0\n")
        (tmp_path / "checkpoint-2").mkdir()
        scan = os.scandir

        def deny(folder: str) -> Any:
            if Path(folder).name == "checkpoint-2":
                raise PermissionError(13, "Permission denied", folder)
            return scan(folder)

        monkeypatch.setattr(os, "scandir", deny)
        (note,) = find(str(tmp_path), {}).notes
        assert note.text == "Not searched, as it cannot be opened: checkpoint-2."

    def test_a_folder_whose_files_may_not_be_looked_at(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def deny(path: Path) -> bool:
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr(Path, "is_file", deny)
        assert refusal(tmp_path).problem == "permission denied"

    def test_a_path_below_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "results.csv").write_text("step,train_loss\n1,2.0\n")
        assert refusal(tmp_path / "results.csv" / "x").problem.endswith("results.csv' is a file")

    def test_an_empty_folder(self, tmp_path: Path) -> None:
        assert refusal(tmp_path).problem == "the folder is empty"

    def test_nothing_readable_says_what_was_looked_at(self, tmp_path: Path) -> None:
        error = refusal(lay_out(tmp_path, {"notes.json": NOT_METRICS, "a.safetensors": "x"}))
        assert "looked at 1 file: notes.json" in error.problem
        assert "passed over 1 " in error.problem
        assert "trainer_state.json" in error.hint

    def test_a_single_broken_file_is_the_error(self, tmp_path: Path) -> None:
        error = refusal(lay_out(tmp_path, {"events.json": '{"object": "list", "data": ['}))
        assert "cut short" in error.problem
        assert error.file == f"{tmp_path}/events.json"

    def test_links_in_circles_end(self, tmp_path: Path) -> None:
        lay_out(tmp_path, {"run/a.csv": CSV})
        (tmp_path / "run" / "up").symlink_to("..", target_is_directory=True)
        (tmp_path / "again").symlink_to("run", target_is_directory=True)
        assert len(find(str(tmp_path), {}).documents) == 1

    def test_pipes_and_broken_links_are_passed_over(self, tmp_path: Path) -> None:
        lay_out(tmp_path, {"a.csv": CSV})
        os.mkfifo(tmp_path / "pipe.csv")
        (tmp_path / "gone.csv").symlink_to("nowhere.csv")
        assert names(find(str(tmp_path), {}), tmp_path) == ["a.csv"]

    def test_the_search_is_bounded_in_depth_and_number(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        deep = "/".join("abcdefgh")
        path = lay_out(tmp_path, {"a.csv": CSV, "b.txt": "b", "c.txt": "c", f"{deep}/z.csv": CSV})
        assert names(find(path, {}), tmp_path) == ["a.csv"]
        monkeypatch.setattr(walk, "MAX_FILES", 2)
        assert "many_files" in codes(find(path, {}))

    def test_a_folder_without_permission(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = lay_out(tmp_path, {"a.csv": CSV})
        monkeypatch.setattr(os, "scandir", deny)
        assert refusal(path).problem == "permission denied"


SAMPLES = {
    "trainer_state": state(50),
    "trainer_log": trainer_log(50),
    "jsonl_metrics": '{"step": 1, "loss": 2.0}\n{"step": 2, "loss": 1.0}\n',
    "tabular": CSV,
    "wandb_export": '"Step","a - loss","a - loss__MIN","a - loss__MAX"\n"1","2","2","2"\n',
    "tinker_checkpoints": '{"name": "a", "batch": 1, "sampler_path": "tinker://a"}\n{"batch": 2}\n',
    "mlflow_metric": "1628697792090 3.5 0\n",
}


@pytest.mark.parametrize("name", SAMPLES)
def test_one_format_recognises_each_sample(name: str, tmp_path: Path) -> None:
    document = find(lay_out(tmp_path, {"file": SAMPLES[name]}) + "/file", {}).documents[0]
    specific = [
        each.name for each in plugin.formats().values() if not each.generic and each.recognise(document)
    ]
    generic = [each.name for each in plugin.formats().values() if each.generic and each.recognise(document)]
    assert (specific or generic) == [name]
