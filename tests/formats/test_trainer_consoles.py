"""Consoles of trainers, each as its program prints it, and what stands around the lines of any."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from curvewise.joining import read
from curvewise.model.run import Run
from curvewise.parsing.document import Document

STEPS = range(10, 90, 10)


def _train(step: int) -> float:
    return round(3 - step / 50, 4)


def _valid(step: int) -> float:
    return round(3.1 - step / 60, 4)


def _is_evaluated(step: int) -> bool:
    return step % 20 == 0


def _megatron(step: int) -> str:
    head = f" [2026-01-02 10:00:00] iteration {step:8d}/     100 | consumed samples: {8 * step} |"
    said = f"{head} learning rate: 1.5E-04 | lm loss: {_train(step):.6E} | grad norm: 1.234 |\n"
    tested = f" validation loss at iteration {step} on validation set | lm loss value: {_valid(step):.6E} |"
    return said + (f"-----\n{tested} lm loss PPL: 1.2E+01 | \n-----\n" if _is_evaluated(step) else "")


def _neox(step: int) -> str:
    said = (
        f" samples/sec: 12.3 | iteration {step:8d}/ 100 | lm_loss: {_train(step):.6E} | loss scale: 1.0 |\n"
    )
    tested = f" validation results at iteration {step} | lm_loss value: {_valid(step):.6E} | \n"
    return said + (tested if _is_evaluated(step) else "")


def _torchtitan(step: int) -> str:
    head = "[rank0]:[titan] 2026-01-02 10:00:00,123 - root - INFO - \x1b[31m"
    said = f"{head}step: {step:2}  \x1b[32mloss: {_train(step):8.5f}  \x1b[36mmfu: 30.12%\x1b[39m\n"
    tested = (
        f"{head}validate step: {step:2}  \x1b[32mloss: {_valid(step):7.4f}  \x1b[34mtps: 12,345\x1b[39m\n"
    )
    return said + (tested if _is_evaluated(step) else "")


def _maxtext(step: int) -> str:
    head = "I0102 10:00:00.123456 140123 metric_logger.py:196] "
    said = f"{head}completed step: {step}, seconds: 1.2, total_weights: 65536, loss: {_train(step)}\n"
    tested = f"{head}eval metrics after step: {step}, loss={_valid(step)}, total_weights=65536.0\n"
    return said + (tested if _is_evaluated(step) else "")


def _clu(step: int) -> str:
    head = f"I0102 10:00:00.123456 139 logging_writer.py:48] [{step}] "
    said = f"{head}accuracy=0.5, loss={_train(step)}\n"
    return said + (f"{head}eval_loss={_valid(step)}\n" if _is_evaluated(step) else "")


def _composer(step: int) -> str:
    said = f"[batch={step}/100]:\n\t Train time/epoch: 0\n\t Train loss/train/total: {_train(step)}\n"
    tested = "[Eval batch=1/8] Eval on eval data\n[Eval batch=8/8] Eval on eval data:\n"
    tested += f"\t Eval metrics/eval/LanguageCrossEntropy: {_valid(step)}\n"
    return said + (tested if _is_evaluated(step) else "")


def _litgpt(step: int) -> str:
    known = "n/a" if step < 30 else _valid(20)
    said = f"Epoch 1 | iter {4 * step} step {step} | loss train: {_train(step)}, val: {known} | time: 9ms\n"
    tested = f"iter {4 * step}: val loss {_valid(step)}, val time: 1234.56 ms\n"
    return said + (tested if _is_evaluated(step) else "")


def _swift(step: int) -> str:
    at = f"'epoch': 0.5, 'global_step/max_steps': '{step}/100', 'percentage': '5.00%'"
    said = f"{{'loss': {_train(step)}, {at}}}\n"
    return said + (f"{{'eval_loss': {_valid(step)}, {at}}}\n" if _is_evaluated(step) else "")


BOTH = {
    each.__name__.lstrip("_"): each
    for each in (_megatron, _neox, _torchtitan, _maxtext, _clu, _composer, _litgpt, _swift)
}
TRAIN: dict[str, Callable[[int], str]] = {
    "torchtune": lambda step: f"\r1|{step}|Loss: {_train(step)}:  5%|█ | {step}/100 [00:10<01:00, 1.02s/it]",
    "diffusers": lambda step: (
        f"\rSteps:   5%|█ | {step}/100 [00:10<01:00, 1.0s/it, step_loss={_train(step)}]"
    ),
    "kohya": lambda step: f"\rsteps:   5%|█ | {step}/100 [00:10<01:00, 1.0s/it, avr_loss={_train(step)}]",
    "own bar": lambda step: f"\r  5%|█ | {step}/100 [00:10<01:00, 1.0s/it, loss={_train(step)}]",
    "olmo-core": lambda step: (
        f"[step={step}/100,epoch=1]\n    train/CE loss={_train(step)}\n    train/PPL=9\n"
    ),
    "in the first epoch": lambda step: (
        f"\rEpoch 1/1, Steps: 5%|█ | {step}/100 [0:10<1:00, loss={_train(step)}]"
    ),
    "openrlhf": lambda step: (
        f"\rTrain epoch [1/1]: 5%|█ | {step}/99 [0:10<1:00, loss={_train(step)}, lr=1e-5]"
    ),
}


def _points(run: Run, name: str) -> dict[int, float]:
    series = run[name]
    return dict(zip(series.step.tolist(), series.value.tolist(), strict=True))


def _read(text: bytes) -> Run:
    return read(Document("train.log", text))


@pytest.mark.parametrize("said", BOTH.values(), ids=BOTH)
def test_training_and_evaluation_are_told_apart(said: Callable[[int], str]) -> None:
    run = _read("".join(map(said, STEPS)).encode())
    assert _points(run, "train_loss") == {step: _train(step) for step in STEPS}
    evaluated = _points(run, "full_valid_loss")
    assert {step: evaluated.get(step) for step in STEPS if _is_evaluated(step)} == {
        step: _valid(step) for step in STEPS if _is_evaluated(step)
    }
    assert not [name for name in run.metrics if ".py" in name]


@pytest.mark.parametrize("said", TRAIN.values(), ids=TRAIN)
def test_the_step_is_that_of_the_bar_or_its_description(said: Callable[[int], str]) -> None:
    run = _read("".join(map(said, STEPS)).encode())
    assert list(_points(run, "train_loss").values()) == [_train(step) for step in STEPS]
    assert run["train_loss"].step.tolist() == list(STEPS)


SETS = [
    "Epoch {n}/8 Train: loss {train} acc 0.5 | Val: loss {valid} acc 0.6",
    "Epoch {n} | Train - loss: {train}, acc: 0.5 | Val - loss: {valid}, acc: 0.6",
    "Epoch {n}/8 - [Train] Loss: {train} Acc: 50% - [Val] Loss: {valid} Acc: 60%",
    "Epoch {n:03d} | Loss train: {train}, Loss val: {valid} | Acc train: 0.5, Acc val: 0.6",
    "[Epoch {n}/8] Loss train: {train}, val: {valid}; Acc train: 50.0%, val: 60.0%",
    "(trainer:338) INFO: {n}epoch results: [train] acc=0.5, loss={train}, [valid] acc=0.6, loss={valid}",
    "train epoch: {n}, loss: {train}, accuracy: 0.5\neval epoch: {n}, loss: {valid}, accuracy: 0.6",
]


@pytest.mark.parametrize("form", SETS)
def test_sets_within_a_line_and_after_each_other(form: str) -> None:
    text = "".join(form.format(n=n, train=_train(n), valid=_valid(n)) + "\n" for n in range(1, 9))
    run = _read(text.encode())
    assert _points(run, "train_loss") == {n: _train(n) for n in range(1, 9)}
    assert _points(run, "full_valid_loss") == {n: _valid(n) for n in range(1, 9)}
    assert _points(run, "full_valid_accuracy") == dict.fromkeys(range(1, 9), 0.6)
    assert "trainer" not in run.metrics


LINES = [f"step {step}: train loss {_train(step)}, val loss {_valid(step)}" for step in STEPS]
PREFIXES = [
    "[0]:",
    "[default0]:",
    "[1,0]<stdout>:",
    "[pod/train-0/pytorch] ",
    "trainer-1  | ",
    "(task, pid=1234) ",
    "2026-01-02T10:00:00.123456789Z stdout F ",
    "Jan 02 10:00:00 host python[1234]: ",
]
AT = "2026-01-02T10:0{}Z"
WRAPPED: dict[str, Callable[[list[str]], object]] = {
    "docker": lambda lines: [{"log": f"{line}\n", "stream": "stdout", "time": "2026"} for line in lines],
    "journal": lambda lines: [{"MESSAGE": line, "_PID": "12"} for line in lines],
    "structlog": lambda lines: [{"level": "info", "msg": line, "timestamp": AT.format(0)} for line in lines],
    "cloudwatch": lambda lines: {"events": [{"timestamp": 1767348000, "message": line} for line in lines]},
    "newest first": lambda lines: [
        {"textPayload": line, "timestamp": AT.format(n)} for n, line in reversed([*enumerate(lines)])
    ],
}


@pytest.mark.parametrize("prefix", PREFIXES)
def test_what_a_launcher_or_a_cluster_writes_before_each_line(prefix: str) -> None:
    bare, run = (_read("\n".join(lines).encode()) for lines in (LINES, [prefix + line for line in LINES]))
    assert run.metrics == bare.metrics


@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED)
def test_lines_within_json(wrap: Callable[[list[str]], object]) -> None:
    bare, value = _read("\n".join(LINES).encode()), wrap(LINES)
    texts = [json.dumps(value, indent=2)]
    texts += ["\n".join(map(json.dumps, value))] if isinstance(value, list) else []
    for text in texts:
        assert _read(text.encode()).metrics == bare.metrics


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: b"\xff\xfe" + text.replace("\n", "\r\n").encode("utf-16-le"),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
        lambda text: "Durée\n".encode("latin-1") + text.encode(),
        lambda text: text.replace("step 50", "\0\0\0\0step 50").encode(),
    ],
    ids=["PowerShell", "no mark", "no mark, big-endian", "Latin-1", "a hole"],
)
def test_text_in_another_encoding_or_damaged(encode: Callable[[str], bytes]) -> None:
    text = "\n".join(LINES)
    assert _read(encode(text)).metrics == _read(text.encode()).metrics


def test_a_table_of_stable_baselines_with_windows_line_ends() -> None:
    rows = [f"| rollout/ | |\n| ep_rew_mean | {n} |\n| time/ | |\n| total_timesteps | {n} |\n" for n in STEPS]
    run = _read("-----\n".join(rows).replace("\n", "\r\n").encode())
    assert _points(run, "train_mean_reward") == {n: n for n in STEPS}


@pytest.mark.parametrize(
    "line",
    ["Average loss at step {0}: {1}", "Cost after iteration {0} = {1}", "[12:01] Loss after epoch #{0}: {1}"],
)
def test_a_place_between_a_name_and_its_number(line: str) -> None:
    text = "\n".join(line.format(n, 2 / n) for n in (10, 20, 30))
    assert _points(_read(text.encode()), "train_loss") == {n: 2 / n for n in (10, 20, 30)}


@pytest.mark.parametrize(("sign", "known"), [(-1, True), (1, False)])
@pytest.mark.parametrize("line", ["iter {}: train {:.2f} val {:.2f}", "({}) Train: {:.2f}  Val: {:.2f}"])
def test_numbers_of_both_sets_are_losses_where_those_of_training_fall(
    line: str, sign: int, known: bool
) -> None:
    lines = [line.format(n, 5 + sign * n / 10, 6 + sign * n / 10) for n in range(1, 9)]
    names = set(_read("\n".join(lines).encode()).metrics)
    assert names == ({"train_loss", "full_valid_loss"} if known else {"train", "val"})


def _ultralytics(epoch: int) -> str:
    row = f"        {epoch}/3       3.2G      {{:.4g}}      1.50     187     640: {{}}%|## | 4/8 [00:02<00:0]"
    return f"""
      Epoch    GPU_mem   box_loss   cls_loss  Instances       Size
{row.format(3 / epoch, 50)}\r{row.format(2 / epoch, 100)}
     Class     Images  Instances      Box(P  mAP50-95)     Mask(P  mAP50-95): 100%|##| 4/4 [00:01<00:00]
       all        128        929       0.64     0.{epoch}4       0.53       0.60
"""


def test_rows_below_names_that_are_printed_in_each_epoch() -> None:
    again = _ultralytics(3).partition("Class")[2]  # of the best weights
    run = _read(("".join(map(_ultralytics, (1, 2, 3))) + f"\n3 epochs completed\n Class{again}").encode())
    assert _points(run, "train/box_loss") == {1: 2.0, 2: 1.0, 3: 0.6667}
    assert _points(run, "metrics/mAP50-95") == {1: 0.14, 2: 0.24, 3: 0.34}
