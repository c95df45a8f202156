"""Lines of consoles, each as its program prints it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.formats.console_log import console_log
from curvewise.limits import LINE_BYTES
from curvewise.model.metrics import known_names
from curvewise.model.task_names import TASK_METRICS
from curvewise.parsing.console import read_console
from curvewise.parsing.console_lines import read_line
from curvewise.parsing.console_names import may_say
from curvewise.parsing.console_shapes import LineReader
from curvewise.parsing.document import Document
from curvewise.parsing.printed import look_at

LINES = [
    ("{'loss': 1.5, 'epoch': 0.5}", {"loss": 1.5, "epoch": 0.5}),
    ("{'loss': '1.5', 'epoch': '0.5'}", {"loss": 1.5, "epoch": 0.5}),
    ("{'loss': nan, 'epoch': 1.0}", {"loss": math.nan, "epoch": 1.0}),
    ("05/17/2024 01:03:18 - INFO - callbacks - {'loss': 1.5, 'epoch': 0.13}", {"loss": 1.5, "epoch": 0.13}),
    ("Iter 25: Train loss 1.5, Learning Rate 7.0e-05, It/sec 0.9", {"iter": 25, "Train loss": 1.5}),
    ("Iter 1: Val loss 2.5, Val took 17.177s", {"iter": 1, "Val loss": 2.5}),
    ("step 250: train loss 1.5, val loss 2.5", {"step": 250, "train loss": 1.5, "val loss": 2.5}),
    ("iter 10: loss 1.5, time 44.21ms, mfu 1.20%", {"iter": 10, "loss": 1.5}),
    ("s:250 tel:2.5", {"step": 250, "val_loss": 2.5}),
    ("s:250 trl:1.5", {"step": 250, "train_loss": 1.5}),
    ("step:125/5100 val_loss:2.5 train_time:74123ms step_avg:592.98ms", {"step": 125, "val_loss": 2.5}),
    ("Step 7 | loss:1.5 lr:0.0003 tokens_per_second:512", {"step": 7, "loss": 1.5}),
    ("step:3 - actor/entropy:0.5 - critic/score/mean:1.5", {"step": 3, "critic/score/mean": 1.5}),
    ("Training epoch 0, iteration 9/99 | reduced_train_loss: 1.5", {"reduced_train_loss": 1.5}),
    ("epoch [3]: training loss: 1.5 - val_loss: 2.5", {"epoch": 3, "training loss": 1.5, "val_loss": 2.5}),
    ("Epoch 1/3 with loss 1.5", {"epoch": 1, "loss": 1.5}),
    ("\x1b[32m[rank0]: step=4 loss=1.5\x1b[0m", {"step": 4, "loss": 1.5}),
    ("(TaskRunner pid=321) step:4 - critic/rewards/mean:1.5", {"step": 4, "critic/rewards/mean": 1.5}),
    ("epoch=2, accuracy: 75.0%", {"epoch": 2, "accuracy": 0.75}),
    ("[Epoch 6 7/9][Iteration 45] Took 4.3 seconds. Loss is 1.5. Rate is 2.", {"iteration": 45, "Loss": 1.5}),
    ("steps: 10%|#  | 30/300 [0:41<2:00, 2.94s/it, avr_loss=nan]", {"step": 30, "avr_loss": math.nan}),
    ("Epoch:[1/2](20/300), loss: 1.5, lr: 0.0005", {"epoch": 1, "batch": 20, "loss": 1.5}),
    ("Epoch 2 (100/600): loss 1.5", {"epoch": 2, "batch": 100, "loss": 1.5}),
    ("| epoch   1 |   200/ 2928 batches | lr 5.00 | loss  1.5 |", {"epoch": 1, "batch": 200, "loss": 1.5}),
    ("[LightGBM] [Info] Iteration:9, training's log loss: 1.5", {"iter": 9, "train loss": 1.5}),
    ("Эпоха 2/3, потери: 1.5, вал. потери: 2.5", {"epoch": 2, "loss": 1.5, "val. loss": 2.5}),
    ("Época 2/3 - Perda: 1.5 - Perda de validação: 2.5", {"epoch": 2, "loss": 1.5, "val loss": 2.5}),
    ("Epoche 2: Trainingsverlust 1.5, Validierungsverlust 2.5", {"train loss": 1.5, "val loss": 2.5}),
    ("エポック 2/3 損失: 1.5 検証損失: 2.5", {"epoch": 2, "loss": 1.5, "val loss": 2.5}),
    ("에포크 2/3, 손실: 1.5, 검증 손실: 2.5", {"epoch": 2, "loss": 1.5, "val loss": 2.5}),
    ("Episode 50/400 | Reward moyen (100 ep): 22.5", {"episode": 50, "Reward": 22.5}),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_a_line_gives_its_numbers(line: str, expected: dict[str, float]) -> None:
    (row,) = read_console(f"Starting.\n{line}\n".encode()).rows
    told = {key: float(number) for key, number in expected.items()}
    assert repr({key: row.get(key) for key in expected}) == repr(told)  # NaN differs from itself


@pytest.mark.parametrize(
    "line",
    [
        "Num examples = 2,415",
        "learning_rate: 2e-4, seed: 42",
        "Iter 100: Saved adapter weights to checkpoints/100_adapters.npz.",
        "2026-01-02 10:11:12,123 WARNING something took 3.5 s",
        "Downloading: 100%|██████████| 5/5 [00:01<00:00]",
        "{'train_runtime': 10.5, 'train_loss': 0.9, 'epoch': 1.0}",
        "TrainOutput(global_step=90, training_loss=0.9, metrics={'train_runtime': 10.5, 'epoch': 1.0})",
        "In the end the loss is 1.5 and the accuracy is 0.9",
    ],
)
def test_other_lines_are_passed_over(line: str) -> None:
    log = read_console(line.encode())
    assert (log.rows, log.lines, log.used) == ([], 1, 0)


def steps(text: str) -> list[float]:
    return [row["step"] for row in read_console(text.encode()).rows]


def test_the_bar_below_a_row_tells_its_step() -> None:
    rows = [
        f"{{'loss': 1.5, 'epoch': 0.1}}\n  5%|█  | {step}/200 [00:10<01:00, 1.0s/it]\n" for step in (10, 20)
    ]
    assert steps("".join(rows)) == [10, 20]


def test_a_last_row_whose_bar_was_cut_is_one_interval_further() -> None:
    bar = "  5%|█  | {}/200 [00:10<01:00, 1.0s/it]\n"
    row = "{'loss': 1.5, 'epoch': 0.1}\n"
    assert steps(row + bar.format(10) + row + bar.format(20) + row) == [10, 20, 30]


def test_bars_of_another_stream_are_matched_by_their_order() -> None:
    bars = "".join(f" {step}%|█ | {step}/100 [00:01<00:01, 1s/it]\r" for step in (0, 10, 10, 20, 30))
    assert steps(bars + "\n" + "{'loss': 1.5, 'epoch': 0.1}\n" * 3) == [10, 20, 30]


def test_the_bar_of_an_evaluation_is_not_that_of_the_training() -> None:
    row, train, evaluation = "{'loss': 1.5, 'epoch': 0.1}\n", " 5%|█ | {}/200 [0<1]\n", " 50%|█ | 3/6 [0<1]\n"
    text = row + train.format(10) + evaluation + row + train.format(20) + row + train.format(30)
    assert steps(text) == [10, 20, 30]


def test_the_bar_that_is_drawn_once_is_that_of_the_training_however_few_its_steps() -> None:
    def bar(done: int, total: int) -> str:
        return f" 5%|█ | {done}/{total} [00:01<00:01, 1s/it]\n"

    train = "".join(bar(step, 16) for step in range(17))
    evaluation = "".join(bar(done, 6) for done in range(7))
    rows = "".join(f"{{'loss': 1.5, 'epoch': {step / 16:.2f}}}\n" for step in range(2, 18, 2))
    assert steps(train + evaluation * 5 + rows) == [*range(2, 18, 2)]


def test_bars_of_epochs_keep_the_epoch_that_stands_above_them() -> None:
    bar = "Training: 100%|█| 3/3 [00:01<00:01, 1s/it]10:00:00 - INFO - Train Loss: {}\n"
    epochs = "".join(f"Epoch {epoch}/2\n{bar.format(2 / epoch)}" for epoch in (1, 2))
    assert read_console(epochs.encode()).rows == [
        {"step": 3.0, "epoch": 1.0, "Train Loss": 2.0},
        {"step": 6.0, "epoch": 2.0, "Train Loss": 1.0},
    ]


def test_settings_above_the_first_row_are_none() -> None:
    rows = "".join(f"{{'reward': {value}}}\n" for value in (0.5, 0.6, 0.7))
    log = read_console(("Reward weights: accuracy=0.7, grounding=0.25\n" + rows).encode())
    assert log.numbered
    assert [row["step"] for row in log.rows if "reward" in row] == [1, 2, 3]


def test_epochs_tell_the_steps_where_the_log_states_how_many_there_are() -> None:
    head = "Num Epochs = 2\nTotal optimization steps = 80\n"
    rows = "".join(f"{{'loss': 1.5, 'epoch': {step / 40:.2f}}}\n" for step in (5, 10, 15, 20))
    assert steps(head + rows) == [5, 10, 15, 20]


def test_no_two_logs_of_training_at_different_epochs_share_a_step() -> None:
    head = "Num Epochs = 1\nTotal optimization steps = 600\n"
    rows = "".join(f"{{'loss': 1.5, 'epoch': {step / 600:.3f}}}\n" for step in range(5, 605, 5))
    assert steps(head + rows) == [*range(5, 605, 5)]


def test_bars_tell_the_plan_where_rows_were_kept_back_and_printed_later() -> None:
    bars = "".join(f" {step}%|█ | {step}/168 [00:01<00:01, 1s/it]\n" for step in range(168))
    rows = "".join(f"{{'loss': 1.5, 'epoch': '{step / 56:.4g}'}}\n" for step in range(10, 160, 10))
    evaluated = "{'eval_loss': 1.5, 'epoch': '1'}\n{'eval_loss': 1.4, 'epoch': '2'}\n"
    assert steps(bars[:900] + rows + evaluated + bars[900:]) == [*range(10, 160, 10), 56, 112]


def test_rows_without_a_place_are_counted_and_evaluations_stand_at_the_row_before() -> None:
    train, evaluation = "{'loss': 1.5, 'epoch': 0.1}\n", "{'eval_loss': 1.5, 'epoch': 0.1}\n"
    log = read_console((train + train + evaluation + train).encode())
    assert log.numbered
    assert [row["step"] for row in log.rows] == [1, 2, 2, 3]


def test_a_line_that_only_names_a_place_gives_it_to_those_that_follow() -> None:
    text = "Epoch 1/3\nloss: 1.5\n***** Evaluating, Epoch 1/3 *****\nacc: 0.5\nEpoch 2/3\nloss: 1.0\n"
    rows = read_console(text.encode()).rows
    assert rows == [{"epoch": 1, "loss": 1.5}, {"epoch": 1, "eval_acc": 0.5}, {"epoch": 2, "loss": 1.0}]


def test_a_bar_that_is_drawn_again_counts_once() -> None:
    bar = "Epoch 1: {}%|█| {}/4 [00:01<00:01, train_loss={}]"
    drawn = [bar.format(25, 1, 2.0), bar.format(25, 1, 1.5), bar.format(50, 2, 1.0)]
    log = read_console("\r".join(drawn).encode())
    assert [(row["step"], row["train_loss"]) for row in log.rows] == [(1, 1.5), (2, 1.0)]


def test_dictionaries_that_are_spread_over_lines_are_rows_amid_prose() -> None:
    spread = '    {{\n      "epoch": {0},\n      "eval_loss": 0.{0},\n      "step": {0}0\n    }}\n'
    text = 'Why does it not fall?\n"log_history": [\n' + spread.format(1) + spread.format(2)
    rows = read_console(text.encode()).rows
    assert rows == [{"epoch": n, "eval_loss": n / 10, "step": 10 * n} for n in (1, 2)]


def test_a_second_training_begins_where_epochs_fall_back_to_the_first() -> None:
    first, second = (
        "".join(f"{{'loss': {1 / epoch}, 'epoch': {epoch}}}\n" for epoch in epochs)
        for epochs in ((0.5, 1.0, 2.0, 3.0), (1.0, 1.5, 2.0))
    )
    assert list(read_console((first + second).encode()).begins) == [0, 4]
    evaluated = "".join(f"{{'eval_loss': 1.0, 'epoch': {epoch}}}\n" for epoch in (1.0, 2.0, 3.0))
    assert read_console((first + evaluated).encode()).begins == {}


def test_planned_steps_come_from_the_place_or_from_the_head() -> None:
    assert read_console(b"step:1/500 loss:2.0").planned_steps == 500
    assert read_console(b"Starting training..., iters: 2596\nIter 1: Train loss 2.0").planned_steps == 2596


@pytest.mark.parametrize(
    "text",
    [
        "epoch: nan loss: 1.0\nepoch: inf loss: 2.0\n",
        "Total steps = inf\n 5%|# | 5/100 [0<1]\n{'loss': 1.0, 'epoch': 0.5}\n",
        "Num Epochs = nan\nTotal steps = nan\n{'loss': 1.0, 'epoch': 0.5}\n",
        "Num Epochs = 1\nTotal steps = 10\n{'loss': 1.0, 'epoch': inf}\n{'loss': 1.0, 'epoch': nan}\n",
        "Num Epochs = 1\nTotal steps = 4e15\n{'loss': 1.0, 'epoch': 0.5}\n{'loss': 1.0, 'epoch': 0.51}\n",
    ],
)
def test_numbers_that_are_no_place_or_plan_give_rows_all_the_same(text: str) -> None:
    log = read_console(text.encode())
    assert len(log.rows) == text.count("loss")


NAMES = st.sampled_from(
    ["loss", "f1", "f2", "mean@1", "step", "Epoch", "lr1", "eval_loss", "w 3 of", "{'loss'", "12:00"]
)
NUMBERS = st.sampled_from(
    ["1", "20", "-1.5", "1e-05", "nan", "5%", "3/10", "7/200", "-", "1.2.3", "0x12", "1}", "'2'}"]
)
PARTS = st.tuples(NAMES, st.sampled_from([": ", "=", " "]), NUMBERS).map("".join)
SAID = st.lists(PARTS, min_size=1, max_size=3).map(" ".join)


def told(lines: list[str]) -> dict[int, str]:
    """Return what each line says, with its numbers."""
    reader = LineReader()
    found = {}
    for said in reader.read("\n".join(lines).encode()):
        line = said.line
        held = [line.fields, line.totals, *(fields for _, fields in line.objects)]
        rest = (line.place, line.epoch, line.plans, line.metrics, line.evaluates, line.tests)
        for row, number in enumerate(reader.lines[0][said.order].tolist()):
            values = [
                {key: value[row].item() for key, value in each.columns(said.numbers).items()} for each in held
            ]
            found[number] = repr((values, rest))
    return found


@given(st.lists(SAID, min_size=3, max_size=12))
def test_a_line_says_the_same_after_others_of_its_shape(lines: list[str]) -> None:
    lines *= 2
    alone = {number: told([line]).get(0) for number, line in enumerate(lines)}
    assert told(lines) == {number: said for number, said in alone.items() if said}


KNOWN = [name.replace("*", "set") for name in (*known_names(), *TASK_METRICS)]
FORMS = (
    "{}: 1.5",
    "Step 3 | {} = 1.5",
    "{{'{}': 1.5}}",
    "{{'{}': 'nan'}}",
    "Epoch 1 {} (mean): [1.5e-05",
    "{}:-inf",
)


@pytest.mark.parametrize("form", FORMS)
def test_a_line_that_says_something_is_taken_apart(form: str) -> None:
    titles = [name.title().replace("_", " ") for name in KNOWN if "set" not in name]
    names = [*KNOWN, *titles, *(f"eval/{name}" for name in KNOWN)]
    lines = [form.format(name) for name in names]
    says = may_say(look_at("\n".join(lines).encode()).shapes)
    assert [line for line, may in zip(lines, says, strict=True) if not may and read_line(line).metrics] == []


@pytest.mark.parametrize(
    "line",
    [
        "2026-01-02 10:11:12,123 - WARNING - pkg.module - the sequence is longer than allowed (5000 > 2048)",
        "2026-01-02T10:11:12Z INFO engine.py:12] generation of 35 tokens took 0.5 s",
        "latest device index: 35 + 7 = 42",
    ],
)
def test_prose_is_not_taken_apart(line: str) -> None:
    assert not may_say(look_at(line.encode()).shapes).any()


def test_a_line_that_is_too_long_is_left_out_with_a_note() -> None:
    lines = [f"step {step} loss: {1 / step:.3f}" for step in range(1, 9)]
    lines[4] += "#" * LINE_BYTES.most
    run = console_log(Document("run.log", "\n".join(lines).encode()))
    assert 5 not in run["train_loss"].step
    note = run.note("long_lines")
    assert note is not None
    assert note.text == "Left out, as longer than 1 MiB: line 5 of run.log."
