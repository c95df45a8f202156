"""From a path to the documents of one run. Each test lays out a folder and says what is read of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from curvewise.errors import MixedRunsError
from curvewise.loading import load
from tests.sources.folders import (
    CSV,
    NOT_METRICS,
    OPENAI,
    codes,
    deny,
    find,
    lay_out,
    names,
    refusal,
    state,
)


def places(folder: Path) -> list[str]:
    """Lay out what this source reads, for the contract of all sources."""
    return [lay_out(folder, {"metrics.csv": CSV})]


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

    @pytest.mark.parametrize(
        ("files", "examples"),
        [
            (["validation.jsonl"], 3),
            (["evaluation.jsonl"], 3),
            (["data/my_val_v2.jsonl", "data/training.jsonl"], 3),
            (["eval.jsonl", "dev.jsonl"], None),  # which of them was it?
            (["interval.jsonl"], None),
        ],
    )
    def test_a_validation_file_tells_the_number_of_examples(
        self, tmp_path: Path, files: list[str], examples: int | None
    ) -> None:
        rows = '{"messages": [{"role": "user", "content": "?"}]}\n' * 3
        path = lay_out(tmp_path, {"results.csv": OPENAI} | dict.fromkeys(files, rows))
        run = load(path)
        assert run.validation_examples == examples
        assert ("validation_file" in [note.code for note in run.notes]) == (files[0] != "interval.jsonl")

    @pytest.mark.parametrize(
        ("file", "content", "examples"),
        [
            ("eval.json", '[{"instruction": "?", "output": "!"}, {"instruction": "?", "output": "!"}]', 2),
            ("val.jsonl", '{"chosen": "a", "rejected": "b"}\n', 1),
            ("dev.csv", 'prompt,completion\n"a, b",c\n"d\ne",f\n', 2),
            ("my-validation-set.tsv", "question\tanswer\na\tb\n", 1),
            ("eval.json", '{"accuracy": 0.5}', None),
            ("dev.csv", "name,value\na,1\n", None),
        ],
    )
    def test_validation_examples_are_counted_in_every_form(
        self, tmp_path: Path, file: str, content: str, examples: int | None
    ) -> None:
        assert load(lay_out(tmp_path, {"results.csv": OPENAI, file: content})).validation_examples == examples

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
        assert "no file here has the column 'nll'" in error.problem
        assert "a.csv" in error.problem

    def test_a_mapping_reads_a_log_of_objects(self, tmp_path: Path) -> None:
        path = lay_out(tmp_path, {"log.jsonl": '{"t": 1, "nll": 2.0}\n{"t": 2, "nll": 1.0}\n'})
        run = load(path, mapping={"step": "t", "train_loss": "nll"})
        assert run["train_loss"].value.tolist() == [2.0, 1.0]


class TestOddFolders:
    @pytest.mark.parametrize("path", ["", "/.aim"])
    def test_a_repository_of_aim_is_named(self, path: str, tmp_path: Path) -> None:
        files = {".aim/run_metadata.sqlite": "x", ".aim/meta/a": "x", ".aim/seqs/a": "x", "train.py": "x"}
        error = refusal(f"{lay_out(tmp_path, files)}{path}")
        assert "Aim" in error.problem
        assert "CSV" in error.hint

    def test_a_compressed_table_is_not_passed_over_in_silence(self, tmp_path: Path) -> None:
        (tmp_path / "results.csv").write_text("step,train_loss\n1,2.0\n2,1.0\n")
        (tmp_path / "events.json.gz").write_bytes(b"\x1f\x8b\x08")
        (tmp_path / "weights.tar.gz").write_bytes(b"\x1f\x8b\x08")
        (note,) = find(str(tmp_path), {}).notes
        assert "events.json.gz (the file is gzip-compressed and breaks off)" in note.text
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

    def test_a_path_below_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "results.csv").write_text("step,train_loss\n1,2.0\n")
        assert refusal(tmp_path / "results.csv" / "x").problem.endswith("results.csv' is a file")

    def test_an_empty_folder(self, tmp_path: Path) -> None:
        assert refusal(tmp_path).problem == "the folder is empty"

    def test_checkpoints_without_a_log(self, tmp_path: Path) -> None:
        error = refusal(lay_out(tmp_path, {"checkpoint-10/model.safetensors": "x"}))
        assert "checkpoints here, and no log" in error.problem

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
        monkeypatch.setenv("CURVEWISE_MAX_FILES", "2")
        assert "many_files" in codes(find(path, {}))

    def test_a_folder_without_permission(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = lay_out(tmp_path, {"a.csv": CSV})
        monkeypatch.setattr(os, "scandir", deny)
        assert refusal(path).problem == "permission denied"
