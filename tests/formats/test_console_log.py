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


@pytest.mark.parametrize(
    "line",
    [
        "step:{step} - critic/score/mean:np.float64({value}) - val-core/a/mean@1:0.5",
        "{{'step': {step}, 'reward': np.float32({value}), 'kl': tensor(0.1)}}",
        "step {step}: reward tensor({value}, device='cuda:0', grad_fn=<MeanBackward0>) kl 0.1",
    ],
)
def test_a_number_may_stand_in_the_words_of_its_library(line: str) -> None:
    run = load("".join(line.format(step=step, value=step / 10) + "\n" for step in range(1, 5)))
    assert run["train_mean_reward"].value.tolist() == [0.1, 0.2, 0.3, 0.4]


def test_the_bar_of_lightning_draws_what_was_known_before() -> None:
    bars = [(0, 0, ""), (0, 1, "train_loss_step=0.9"), (0, 2, "train_loss_step=0.8")]
    bars += [(0, 3, "train_loss_step=0.7"), (0, 3, "train_loss_step=0.7, val_loss=0.6")]
    for epoch in range(1, 5):
        old = f"train_loss_step={0.7 - epoch / 10:.3g}, val_loss={0.7 - epoch / 10:.3g}"
        new = old.partition(",")[0] + f", val_loss={0.6 - epoch / 10:.3g}"
        bars += [(epoch - 1, 0, old), (epoch, 0, old), *((epoch, n, old) for n in (1, 2, 3)), (epoch, 3, new)]
    text = "".join(
        f"\rEpoch {epoch}: {33 * n:3}%|#  | {n}/3 [00:00<00:00, 9.9it/s, v_num=12, {shown}]"
        for epoch, n, shown in bars
    )
    run = load(f"{text}\n`Trainer.fit` stopped: `max_epochs=5` reached.\n")
    assert run["full_valid_loss"].step.tolist() == [3, 6, 9, 12, 15]
    assert run["full_valid_loss"].value.round(3).tolist() == [0.6, 0.5, 0.4, 0.3, 0.2]
    assert set(run.metrics) == {"train_loss", "full_valid_loss", "epoch_index"}


def test_several_evaluation_sets_stand_at_the_step_of_the_bar() -> None:
    lines = []
    for step in range(2, 18, 2):
        bar = f"\r {5 * step}%|#  | {step}/20 [00:00<00:00, 9.9it/s]"
        lines += [f"{{'loss': '{3 - step / 9:.3f}', 'epoch': '{step / 10}'}}", bar]
        for name in ("code", "prose") if step % 4 == 0 else ():
            lines += [
                f"{{'eval_{name}_loss': '{3 - step / 9:.3f}', 'eval_{name}_runtime': '1', 'epoch': '1'}}",
                bar,
            ]
    run = load("\n".join(lines) + "\n")
    assert run["train_loss"].step.tolist() == list(range(2, 18, 2))
    for name in ("code", "prose"):
        assert run[f"full_valid_loss/{name}"].step.tolist() == [4, 8, 12, 16]


@pytest.mark.parametrize("epochs", [1, 0.5])
def test_the_examples_of_an_evaluation_follow_from_its_time(epochs: float) -> None:
    times = [("0.3776", "21.19"), ("1.411", "5.669"), ("0.5139", "15.57")]
    rows = [
        f"{{'eval_loss': '0.3', 'eval_runtime': '{time}', 'eval_samples_per_second': '{speed}', "
        f"'epoch': '{number * epochs}'}}"
        for number, (time, speed) in enumerate(times, start=1)
    ]
    assert load("\n".join(rows) + "\n").validation_examples == 8


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


FLAIR = """
2026-01-02 10:00:00,123 epoch 1 - iter 5/10 - loss 2.00 - samples/sec: 9.6
2026-01-02 10:00:01,123 epoch 1 - iter 10/10 - loss 1.80 - samples/sec: 9.6
2026-01-02 10:00:02,123 EPOCH 1 done: loss 1.9000 - lr 0.1000
2026-01-02 10:00:03,123 DEV : loss 1.5 - score 0.6
2026-01-02 10:00:03,456 TEST : loss 1.7 - score 0.5
2026-01-02 10:00:04,123 epoch 2 - iter 5/10 - loss 1.60 - samples/sec: 9.6
2026-01-02 10:00:05,123 epoch 2 - iter 10/10 - loss 1.40 - samples/sec: 9.6
2026-01-02 10:00:06,123 EPOCH 2 done: loss 1.5000 - lr 0.1000
2026-01-02 10:00:07,123 DEV : loss 1.3 - score 0.7
2026-01-02 10:00:07,456 TEST : loss 1.6 - score 0.6
"""
FAIRSEQ = """
| epoch 001:    50 / 90 loss=11.5, nll_loss=10.8, ppl=1886.05, num_updates=50, lr=8.9e-05
| epoch 001 | loss 11.2 | nll_loss 10.5 | ppl 1440 | num_updates 90 | lr 0.0001
| epoch 001 | valid on 'valid' subset | valid_loss 8.1 | valid_nll_loss 6.9 | valid_ppl 118 | num_updates 90
| epoch 002:    50 / 90 loss=8.5, nll_loss=7.8, ppl=222, num_updates=140, lr=8.9e-05
| epoch 002 | loss 8.2 | nll_loss 7.5 | ppl 181 | num_updates 180 | lr 0.0001
| epoch 002 | valid on 'valid' subset | valid_loss 6.1 | valid_nll_loss 5.0 | valid_ppl 32 | num_updates 180
"""
IMAGENET = """
Epoch: [0][ 5/10]\tTime  0.10 ( 0.20)\tData  0.01 ( 0.01)\tLoss 6.5e+00 (6.9e+00)\tAcc@1   1.00 (  0.50)
Epoch: [0][10/10]\tTime  0.10 ( 0.20)\tData  0.01 ( 0.01)\tLoss 6.1e+00 (6.5e+00)\tAcc@1   2.00 (  1.50)
Test: [5/9]\tTime  0.10 ( 0.20)\tLoss 5.0e+00 (5.6e+00)\tAcc@1   9.00 (  8.50)
Test: [9/9]\tTime  0.10 ( 0.20)\tLoss 4.0e+00 (5.5e+00)\tAcc@1   7.00 (  9.50)
 * Acc@1 9.75 Acc@5 30.10
Epoch: [1][ 5/10]\tTime  0.10 ( 0.20)\tData  0.01 ( 0.01)\tLoss 5.5e+00 (5.9e+00)\tAcc@1   5.00 (  4.50)
Epoch: [1][10/10]\tTime  0.10 ( 0.20)\tData  0.01 ( 0.01)\tLoss 5.1e+00 (5.5e+00)\tAcc@1   6.00 (  5.50)
Test: [5/9]\tTime  0.10 ( 0.20)\tLoss 4.0e+00 (4.6e+00)\tAcc@1  19.00 ( 18.50)
Test: [9/9]\tTime  0.10 ( 0.20)\tLoss 3.0e+00 (4.5e+00)\tAcc@1  17.00 ( 19.50)
 * Acc@1 19.75 Acc@5 50.10
"""
CHINESE = """
Epoch:   1 | Batch:   5/  10 | LR: 3.0e-04 |Loss: 4.6 | Time: 3.5s
Epoch:   1 | Batch:  10/  10 | LR: 3.0e-04 |Loss: 4.5 | Time: 3.5s
✓ 保存最佳模型, 验证损失: 6.0
Epoch 1 完成 | 训练损失: 4.55 | 验证损失: 6.0 | 时间: 385.8s
Epoch:   2 | Batch:   5/  10 | LR: 3.0e-04 |Loss: 4.4 | Time: 3.5s
Epoch:   2 | Batch:  10/  10 | LR: 3.0e-04 |Loss: 4.3 | Time: 3.5s
Epoch 2 完成 | 训练损失: 4.35 | 验证损失: 5.9 | 时间: 385.8s
"""
LOGGER = """
INFO:__main__:Epoch 0 | Step   0/6 | Loss: 4.6 | PPL: 2.21 | LR: 2.99e-04 | Time: 0.523s
INFO:__main__:Epoch 0 | Step   5/6 | Loss: 4.5 | PPL: 2.21 | LR: 2.99e-04 | Time: 0.523s
INFO:__main__:📊 Evaluation Results:
INFO:__main__:   Loss: 4.0
INFO:__main__:   Perplexity: 54.60
INFO:__main__:✅ Epoch 0 completed in 4729.23s | Avg Loss: 4.55
INFO:__main__:Epoch 1 | Step   0/6 | Loss: 4.4 | PPL: 2.21 | LR: 2.99e-04 | Time: 0.523s
INFO:__main__:Epoch 1 | Step   5/6 | Loss: 4.3 | PPL: 2.21 | LR: 2.99e-04 | Time: 0.523s
INFO:__main__:📊 Evaluation Results:
INFO:__main__:   Loss: 3.9
INFO:__main__:   Perplexity: 49.40
INFO:__main__:✅ Epoch 1 completed in 4729.23s | Avg Loss: 4.35
"""
SCORES = """
2026-01-02 10:00:00,123 - INFO - Epoch 1 - Average Train Loss: 1.5
2026-01-02 10:00:00,123 - INFO - Epoch 1 - Validation BLEU: BLEU-1 60.5, BLEU-4 21.5
2026-01-02 10:00:00,123 - INFO - Epoch 2 - Average Train Loss: 0.5
2026-01-02 10:00:00,123 - INFO - Epoch 2 - Validation BLEU: BLEU-1 62.5, BLEU-4 22.5
"""
OFTEN = """
{'eval_loss': 2.5, 'eval_wer': 96.5, 'eval_runtime': 5.5, 'epoch': 1.0}
{'eval_loss': 2.4, 'eval_wer': 95.5, 'eval_runtime': 5.5, 'epoch': 2.0}
{'loss': 1.5, 'grad_norm': 1.5, 'learning_rate': 1e-05, 'epoch': 2.5}
{'eval_loss': 2.3, 'eval_wer': 94.5, 'eval_runtime': 5.5, 'epoch': 3.0}
"""
KERAS = """
5/10 [=====>....] - ETA: 0s - loss: 2.9000 - accuracy: 0.1000
10/10 [==========] - 2s 9ms/step - loss: 2.0000 - accuracy: 0.2000 - val_loss: 1.9000 - val_accuracy: 0.2500
Epoch 2/3
5/10 [=====>....] - ETA: 1:41 - loss: 1.9000 - accuracy: 0.3000
Epoch 2: val_accuracy improved from 0.25000 to 0.35000, saving model to best.h5
10/10 [==========] - 2s 9ms/step - loss: 1.8000 - accuracy: 0.3000 - val_loss: 1.7000 - val_accuracy: 0.3500
Epoch 3/3
10/10 [==========] - 2s 9ms/step - loss: 1.6000 - accuracy: 0.4000 - val_loss: 1.5000 - val_accuracy: 0.4500
Restoring model weights from the end of the best epoch: 3.
4/4 [============] - 1s 9ms/step - loss: 1.5500 - accuracy: 0.4300
"""
KERAS_TESTED = """
Epoch 1/2
10/10 - 3s - loss: 2.0000 - acc: 0.2000 - 3s/epoch - 17ms/step
Epoch 2/2
10/10 - 3s - loss: 1.0000 - acc: 0.3000 - 3s/epoch - 17ms/step
4/4 - 0s - loss: 1.5000 - acc: 0.2500 - 30ms/epoch - 17ms/step
"""
KERAS_3 = """
Epoch 1/2
10/10 ━━━━━━━━━━━━━━━━━━━━ 1s 2ms/step - accuracy: 0.2000 - loss: 2.0000
Epoch 2/2
10/10 ━━━━━━━━━━━━━━━━━━━━ 1s 2ms/step - accuracy: 0.3000 - loss: 1.0000
4/4 ━━━━━━━━━━━━━━━━━━━━ 0s 2ms/step - accuracy: 0.2500 - loss: 1.5000
"""
EPISODES = """
Episode  50/150 | Average Reward (100 ep): 22.5 | Epsilon: 0.50
Episode 100/150 | Average Reward (100 ep): 24.5 | Epsilon: 0.25
Episode 150/150 | Average Reward (100 ep): 28.5 | Epsilon: 0.12
"""
TABLES = """
-----------------------------------------
| rollout/                |             |
|    ep_rew_mean          | -340        |
| time/                   |             |
|    iterations           | 1           |
|    total_timesteps      | 2048        |
-----------------------------------------
-----------------------------------------
| rollout/                |             |
|    ep_rew_mean          | -280        |
| time/                   |             |
|    iterations           | 1           |
|    total_timesteps      | 4096        |
| train/                  |             |
|    approx_kl            | 0.0125      |
-----------------------------------------
"""


LIGHTGBM = """
[1]\ttraining's auc: 0.6\ttraining's binary_logloss: 0.71\tvalid_1's auc: 0.55\tvalid_1's binary_logloss: 0.72
Training until validation scores don't improve for 100 rounds
[2]\ttraining's auc: 0.7\ttraining's binary_logloss: 0.61\tvalid_1's auc: 0.65\tvalid_1's binary_logloss: 0.62
"""
LIGHTGBM_CLI = """
[LightGBM] [Info] Iteration:1, training binary_logloss : 0.71
[LightGBM] [Info] Iteration:1, valid_1 binary_logloss : 0.72
[LightGBM] [Info] 2.5 seconds elapsed, finished iteration 1
[LightGBM] [Info] Iteration:2, training binary_logloss : 0.61
[LightGBM] [Info] Iteration:2, valid_1 binary_logloss : 0.62
"""
LIGHTGBM_R = "[1]:    train's l2:0.71    valid's l2:0.72\n[2]:    train's l2:0.61    valid's l2:0.62\n"
XGBOOST = """
[10:11:12] [1]  test-error:0.72 train-error:0.71
[10:11:13] boosting round 2, 2.5 sec elapsed
[10:11:14] [2]  test-error:0.62 train-error:0.61
"""
XGBOOST_PAIR = """
[1]\tvalidation_0-rmse:0.71\tvalidation_1-rmse:0.72
[2]\tvalidation_0-rmse:0.61\tvalidation_1-rmse:0.62
"""
CATBOOST = """
1:\tlearn: 0.7100000\ttest: 0.7200000\tbest: 0.7200000 (1)\ttotal: 57.5ms\tremaining: 57.5s
2:\tlearn: 0.6100000\ttest: 0.6200000\tbest: 0.6200000 (2)\ttotal: 57.5ms\tremaining: 57.5s
"""
BOOSTED = {"train_loss": {1: 0.71, 2: 0.61}, "full_valid_loss": {1: 0.72, 2: 0.62}}
NANOGPT = """
> 2026-01-02 10:00:00 iter 90: loss 2.2, time 1099.34ms, mfu 15.34%
> 2026-01-02 10:00:00 step 100: train loss 2.1, val loss 2.3
> 2026-01-02 10:00:00 iter 100: loss 2.0, time 1099.34ms, mfu 15.34%
> 2026-01-02 10:00:00 iter 110: loss nan, time 1099.34ms, mfu 15.34%
"""
BARS = """
Training:   1%|          | 5/20 [02:41<6:47,  1.6s/it]2026-01-02 10:00:00 - train - INFO - Step 5, Loss: 0.5
Training:   1%|          | 10/20 [02:41<6:47,  1.6s/it]2026-01-02 10:00:00 - train - INFO - Step 10, Loss: 0.4
2026-01-02 10:00:01 - src.train - INFO - Epoch 1/2 - Train Loss: 0.45, Train F1: 0.8
2026-01-02 10:00:02 - src.train - INFO - Validation - Loss: 0.6, F1: 0.7, AUC: 0.9
Training:   1%|          | 15/20 [02:41<6:47,  1.6s/it]2026-01-02 10:00:00 - train - INFO - Step 15, Loss: 0.3
2026-01-02 10:00:01 - src.train - INFO - Epoch 2/2 - Train Loss: 0.35, Train F1: 0.9
2026-01-02 10:00:02 - src.train - INFO - Validation - Loss: 0.5, F1: 0.8, AUC: 0.9
"""
POSTFIX = """
  Epoch 1/2  |  LR: 1.20e-05
  Train:  50%|#####     | 5/10 [01:07<50:54:09, 67.82s/it, loss=0.9]
  Train: 100%|##########| 10/10 [01:07<50:54:09, 67.82s/it, loss=0.8]
  Val:  100%|###########| 3/3 [01:07<50:54:09, 67.82s/it]
  Train Loss: 0.85 | Val Loss: 0.95
  Epoch 2/2  |  LR: 1.20e-05
  Train:  50%|#####     | 5/10 [01:07<50:54:09, 67.82s/it, loss=0.7]
  Train: 100%|##########| 10/10 [01:07<50:54:09, 67.82s/it, loss=0.6]
  Train Loss: 0.65 | Val Loss: 0.85
"""
OLMO = """
2026-01-02 10:00:00.985\thost:0\tolmo.train:990\tINFO\t[step=10/100,epoch=0]
    optim/total_grad_norm=0.52
    train/CrossEntropyLoss=9.5
2026-01-02 10:00:01.985\thost:0\tolmo.train:990\tINFO\t[step=20/100,epoch=0]
    optim/total_grad_norm=0.51
    train/CrossEntropyLoss=8.5
"""
MMENGINE = """
04/24 02:03:09 - mmengine - INFO - Epoch(train)  [1][ 50/100]  eta: 1:20:08  loss: 2.4  loss_cls: 0.9
04/24 02:03:19 - mmengine - INFO - Epoch(train)  [1][100/100]  eta: 1:19:57  loss: 2.2  loss_cls: 0.8
04/24 02:03:19 - mmengine - INFO - Epoch(val)  [1][30/30]  coco/bbox_mAP: 0.2500  coco/bbox_mAP_50: 0.4000
04/24 02:03:38 - mmengine - INFO - Epoch(train)  [2][ 50/100]  eta: 1:19:44  loss: 2.0  loss_cls: 0.7
04/24 02:03:47 - mmengine - INFO - Epoch(train)  [2][100/100]  eta: 1:19:30  loss: 1.8  loss_cls: 0.6
04/24 02:03:19 - mmengine - INFO - Epoch(val)  [2][30/30]  coco/bbox_mAP: 0.3500  coco/bbox_mAP_50: 0.5000
"""
BASELINES = """
| epoch              | 0                    |
| stats_o/std        | 0.0947               |
| test/success_rate  | 0.5                  |
---------------------------------------------
| epoch              | 1                    |
| stats_o/std        | 0.0947               |
| test/success_rate  | 0.75                 |
---------------------------------------------
"""
FORMS: dict[str, tuple[str, dict[str, dict[int, float]]]] = {
    "flair": (
        FLAIR,
        {
            "train_loss": {5: 2.0, 10: 1.8, 15: 1.6, 20: 1.4},
            "full_valid_loss": {10: 1.5, 20: 1.3},
            "eval_score": {10: 0.6, 20: 0.7},
            "test_loss": {10: 1.7, 20: 1.6},
        },
    ),
    "fairseq": (
        FAIRSEQ,
        {
            "train_loss": {50: 11.5, 90: 11.2, 140: 8.5, 180: 8.2},
            "full_valid_loss": {90: 8.1, 180: 6.1},
        },
    ),
    "imagenet": (
        IMAGENET,
        {
            "train_loss": {5: 6.5, 10: 6.1, 15: 5.5, 20: 5.1},
            "full_valid_loss": {10: 5.5, 20: 4.5},
            "eval_Acc@1": {10: 9.75, 20: 19.75},
        },
    ),
    "chinese": (
        CHINESE,
        {"train_loss": {5: 4.6, 10: 4.5, 15: 4.4, 20: 4.3}, "full_valid_loss": {10: 6.0, 20: 5.9}},
    ),
    "logger": (
        LOGGER,
        {"train_loss": {0: 4.6, 5: 4.5, 6: 4.4, 11: 4.3}, "full_valid_loss": {5: 4.0, 11: 3.9}},
    ),
    "scores": (SCORES, {"train_loss": {1: 1.5, 2: 0.5}, "eval_BLEU-4": {1: 21.5, 2: 22.5}}),
    "often": (OFTEN, {"train_loss": {3: 1.5}, "eval_wer": {1: 96.5, 2: 95.5, 4: 94.5}}),
    "keras": (
        KERAS,
        {"train_loss": {1: 2.0, 2: 1.8, 3: 1.6}, "full_valid_loss": {1: 1.9, 2: 1.7, 3: 1.5}},
    ),
    "keras_tested": (KERAS_TESTED, {"train_loss": {1: 2.0, 2: 1.0}, "full_valid_loss": {2: 1.5}}),
    "keras_3": (KERAS_3, {"train_loss": {1: 2.0, 2: 1.0}, "full_valid_loss": {2: 1.5}}),
    "episodes": (EPISODES, {"train_mean_reward": {50: 22.5, 100: 24.5, 150: 28.5}}),
    "tables": (
        TABLES,
        {"train_mean_reward": {2048: -340.0, 4096: -280.0}, "update_kl": {4096: 0.0125}},
    ),
    "lightgbm": (LIGHTGBM, {**BOOSTED, "val auc": {1: 0.55, 2: 0.65}}),
    "lightgbm_cli": (LIGHTGBM_CLI, BOOSTED),
    "lightgbm_r": (LIGHTGBM_R, BOOSTED),
    "xgboost": (XGBOOST, BOOSTED),
    "xgboost_pair": (XGBOOST_PAIR, BOOSTED),
    "catboost": (CATBOOST, BOOSTED),
    "nanogpt": (NANOGPT, {"full_valid_loss": {100: 2.3}}),
    "bars": (BARS, {"train_loss": {5: 0.5, 10: 0.4, 15: 0.3}, "full_valid_loss": {10: 0.6, 15: 0.5}}),
    "postfix": (
        POSTFIX,
        {"train_loss": {5: 0.9, 10: 0.8, 15: 0.7, 20: 0.6}, "full_valid_loss": {10: 0.95, 20: 0.85}},
    ),
    "olmo": (OLMO, {"train_loss": {10: 9.5, 20: 8.5}}),
    "mmengine": (
        MMENGINE,
        {"train_loss": {50: 2.4, 100: 2.2, 150: 2.0, 200: 1.8}, "eval_coco/bbox_mAP": {100: 0.25, 200: 0.35}},
    ),
    "baselines": (BASELINES, {"test/success_rate": {0: 0.5, 1: 0.75}}),
}


@pytest.mark.parametrize(("text", "expected"), FORMS.values(), ids=FORMS)
def test_what_an_epoch_says_at_its_end_stands_at_its_last_step(
    text: str, expected: dict[str, dict[int, float]]
) -> None:
    run = load(text.lstrip())
    assert {name: _points(run, name) for name in expected} == expected


def _points(run: Run, name: str) -> dict[int, float] | None:
    series = run.get(name)
    return None if series is None else dict(zip(series.step.tolist(), series.value.tolist(), strict=True))


def test_a_table_about_runs_is_no_console_log(tmp_path: Path) -> None:
    rows = [f"run-{n}\tsft\t{n}\ttrain loss 2.{n}->1.{n}, eval_loss 1.{n}\n" for n in range(1, 6)]
    path = tmp_path / "manifest.tsv"
    path.write_text("file\tmethod\truns in it\tshape\n" + "".join(rows))
    with pytest.raises(cw.InputError, match="no metric is recognised among the columns 'file', 'method'"):
        cw.load(str(path))


@pytest.mark.parametrize(
    ("line", "metric"),
    [
        ("epoch {}: {{'accuracy': 0.8, 'f1': 0.7}}", "full_valid_accuracy"),  # nlp_example of Accelerate
        ("epoch {}: {{'matthews_correlation': 0.5}}", "eval_matthews_correlation"),
        ("epoch {}: {{'loss': 0.5, 'accuracy': 0.8}}", "train_accuracy"),
        ("epoch 0 step {}: {{'accuracy': 0.8}}", "train_accuracy"),
    ],
)
def test_metrics_of_the_task_alone_after_an_epoch_are_of_an_evaluation(line: str, metric: str) -> None:
    run = load("\n".join(map(line.format, range(3))))
    assert run[metric].step.tolist() == [0, 1, 2]


@pytest.mark.parametrize(("first", "epochs", "planned"), [(1, 5, 5), (0, 5, 4), (1, 9, None), (0, 9, None)])
def test_epochs_tell_the_planned_end_only_where_it_is_reached(
    first: int, epochs: int, planned: int | None
) -> None:
    last = first + 4
    log = "".join(f"Epoch {epoch}/{epochs}: loss={1 / (epoch + 1):.4f}\n" for epoch in range(first, last + 1))
    run = load(log)
    assert (run.last_step, run.planned_steps) == (last, planned)
    assert cw.analyze(run).finding("unfinished_run").status != "warning"
