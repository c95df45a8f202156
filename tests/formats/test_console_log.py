"""Console logs as runs."""

from __future__ import annotations

from pathlib import Path

import pytest

import curvewise as cw
from curvewise import load_all
from curvewise.errors import MixedRunsError
from curvewise.formats.console_log import console_log
from curvewise.joining import read
from curvewise.model.run import Run
from curvewise.parsing.document import Document

EXAMPLE = (
    b"Loading.\n 5%|#  | 5/100 [0<2]\nstep 5: train loss 2.0, val loss 2.1\n{'loss': nan, 'epoch': 0.5}\n"
)
"""A file of this format; the contract of formats holds of it."""

GRPO = "".join(
    f"{{'loss': 0.0, 'reward': {0.1 * step}, 'reward_std': 0.5, 'kl': 0.01, 'epoch': {step / 10}}}\n"
    for step in range(1, 4)
)
VERL = "step:1 - critic/score/mean:0.5 - response_length/mean:9.1 - actor/pg_loss:-0.1 - critic/vf_loss:nan\n"


def load(text: str) -> Run:
    document = Document("train.log", text.encode())
    assert console_log.recognise(document)
    return console_log(document)


def test_what_was_passed_over_is_said() -> None:
    run = load("Loading.\n\nstep 10: train loss 2.0, val loss 2.1\nstep 20: train loss 1.0, val loss 1.1\n")
    assert run["train_loss"].step.tolist() == [10, 20]
    assert run["full_valid_loss"].value.tolist() == [2.1, 1.1]
    assert [note.text for note in run.notes] == [
        "2 metrics were read from 2 lines; 1 other line passed over."
    ]


def test_a_log_without_steps_is_read_by_its_rows() -> None:
    run = load(GRPO)
    assert (run.kind, run.last_step, len(run["train_mean_reward"])) == ("rft", 3, 3)
    assert run.note("row_number_as_step") is not None


def test_verl_names_are_those_of_the_catalogue() -> None:
    run = load(VERL)
    assert run.kind == "rft"
    assert {
        "train_mean_reward",
        "completion_tokens_mean",
        "policy_loss",
        "critic_loss",
    } <= run.metrics.keys()


def test_log_history_as_python_prints_it() -> None:
    run = read(Document("paste", b"[{'loss': 2.0, 'step': 10}, {'eval_loss': 1.5, 'step': 10}]\n"))
    assert run.formats == ("console_log",)
    assert run["full_valid_loss"].step.tolist() == [10]


def test_prose_is_no_log() -> None:
    assert not console_log.recognise(Document("a.txt", b"The loss of the run was good.\n"))
    assert not console_log.recognise(Document("a.csv", b"step,loss\n1,2.0\n"))


def test_a_log_beside_a_table_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text("step,loss\n1,2.0\n2,1.0\n")
    (tmp_path / "train.log").write_text("step 1: loss 9.0\n")
    run = cw.load(tmp_path)
    assert run["train_loss"].value.tolist() == [2.0, 1.0]
    assert any("train.log" in note.text for note in run.notes)


def test_a_folder_that_holds_only_a_log(tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text("step 1: loss 9.0\nstep 2: loss 8.0\n")
    assert cw.load(tmp_path).formats == ("console_log",)


def test_a_column_is_mapped(tmp_path: Path) -> None:
    file = tmp_path / "train.log"
    file.write_text("it=1 loss=3.0 score=0.5\nit=2 loss=2.0 score=0.6\n")
    run = cw.load(file, mapping={"full_valid_mean_reward": "score"})
    assert run["full_valid_mean_reward"].value.tolist() == [0.5, 0.6]


@pytest.mark.parametrize(
    "first",
    ["[INFO] Starting.", "[rank0]: ready", "[2026-11-29 10:48:33] Go", "[INFO|trainer.py:2414] >> Go"],
)
def test_a_log_may_begin_with_a_bracket(first: str) -> None:
    run = load(f"{first}\nstep 10: train loss 2.0, val loss 2.1\nstep 20: train loss 1.0, val loss 1.1\n")
    assert run["train_loss"].step.tolist() == [10, 20]


def training(name: str, start: float, steps: int = 5) -> list[str]:
    """Return what an own loop prints."""
    return [name, *(f"step {10 * n}: loss {start - n / 10:.2f}" for n in range(steps))]


def epochs(start: float) -> list[str]:
    """Return what Hugging Face prints, of three epochs."""
    rows = [f"{{'loss': {start - n / 10:.2f}, 'epoch': {n / 2}}}" for n in range(6)]
    return ["***** Running training *****", "  Num Epochs = 3", *rows, "{'train_runtime': 9.0, 'epoch': 3.0}"]


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        ([*training("run_name: high", 3), *training("run_name: low", 2)], ["high", "low"]),
        ([*training("", 3), *training("", 2), *training("", 1)], ["1", "2", "3"]),
        ([*epochs(3), *epochs(2)], ["1", "2"]),
        ([*training("", 3, 8), *training("", 2)[3:]], []),  # resumed at step 20
        ([*training("", 3), "step 0: loss 3.00", *training("", 2)[-1:]], []),  # two processes
        ([f"epoch {e} step {s} loss {3 - e - s / 9:.2f}" for e in (1, 2) for s in range(4)], []),
    ],
)
def test_runs_after_each_other(tmp_path: Path, lines: list[str], names: list[str]) -> None:
    path = tmp_path / "train.log"
    path.write_text("\n".join(lines))
    runs = list(load_all(path))
    assert [run.source.removeprefix(str(path)) for run in runs] == ([f"#{name}" for name in names] or [""])
    if not names:
        return
    with pytest.raises(MixedRunsError, match=f"there are {len(names)} runs here") as caught:
        cw.load(path)
    assert [cw.load(address) for address in caught.value.runs] == runs
    assert cw.load(f"{path}#2")["train_loss"] == runs[1]["train_loss"]
    assert list(load_all(tmp_path)) == runs
    assert [run["train_loss"].value[0] for run in runs[:2]] == [3, 2]


MNIST = """
Train Epoch: {epoch} [0/60000 (0%)]\tLoss: {first}
Train Epoch: {epoch} [6400/60000 (11%)]\tLoss: {last}

Test set: Average loss: {test}, Accuracy: 98{epoch}4/10000 (98%)
"""
QUICKSTART = """Epoch {epoch}
-------------------------------
loss: {first}  [   64/60000]
loss: {last}  [ 6464/60000]
Test Error:
 Accuracy: 98.{epoch}4%, Avg loss: {test}
"""
HEADERS = """Epoch {epoch}/3
step 100 loss {first}
step 200 loss {last}
Validation loss: {test}, accuracy: 0.98{epoch}4
"""


@pytest.mark.parametrize(("form", "by_epoch"), [(MNIST, True), (QUICKSTART, True), (HEADERS, False)])
def test_an_epoch_of_training_and_its_evaluation(form: str, by_epoch: bool) -> None:
    run = load("".join(form.format(epoch=n, first=4 - n, last=3.5 - n, test=3.8 - n) for n in (1, 2, 3)))
    ends = [1, 2, 3] if by_epoch else [200, 400, 600]
    assert run["full_valid_loss"].step.tolist() == ends
    assert run["full_valid_loss"].value == pytest.approx([2.8, 1.8, 0.8])
    assert run["full_valid_accuracy"].value == pytest.approx([0.9814, 0.9824, 0.9834])
    assert [run["train_loss"].at(step) for step in ends] == [2.5, 1.5, 0.5]
    assert len(run["train_loss"]) == (3 if by_epoch else 6)


def test_an_evaluation_stands_at_the_step_of_its_bar_beside_training() -> None:
    bar = " 10%|█ | {}/60 [00:10<01:00,  1.0s/it]\r"
    row, evaluation = "\n{'loss': '1.5', 'epoch': '0.1'}\n\r", "\n{'eval_loss': '1.6', 'epoch': '0.1'}\n\r"
    text = ""
    for step in (2, 4, 6, 8):
        text += bar.format(step) + row + bar.format(step)
        if step % 4 == 0:
            text += (
                "  0%| | 0/2 [00:00<?, ?it/s]\r"
                + evaluation
                + bar.format(step)
                + "100%|█| 2/2 [00:01<00:00]\n"
            )
    run = load(text)
    assert run["train_loss"].step.tolist() == [2, 4, 6, 8]
    assert run["full_valid_loss"].step.tolist() == [4, 8]


@pytest.mark.parametrize(
    "line",
    [
        "Global step {0}: {{'policy_loss': 0.1, 'reward': 0.5}}",
        "(Actor pid=12) [2026-01-01 12:00:0{0}] step {0}: {{'train/loss': 0.1, 'rollout/raw_reward': 0.5}}",
        "2026-01-01 12:00:00 | INFO | train | epoch 001:    {0} / 50 loss=0.5, num_updates={0}, lr=1e-05",
    ],
    ids=["OpenRLHF", "slime", "fairseq"],
)
def test_the_step_stands_before_or_among_the_metrics(line: str) -> None:
    run = load("\n".join(line.format(step) for step in (3, 6, 9)))
    assert run.last_step == 9
    assert {tuple(series.step.tolist()) for series in run.metrics.values()} == {(3, 6, 9)}
