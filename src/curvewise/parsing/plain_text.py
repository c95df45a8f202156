"""What trainings print, in the words and the form in which lines of a console log are read."""

from __future__ import annotations

import re

from curvewise.parsing.boosters import as_losses
from curvewise.parsing.printed import NUMBER

_CHINESE = {
    "训练损失": "train loss", "验证损失": "val loss", "测试损失": "test loss", "损失": "loss",
    "训练准确率": "train acc", "验证准确率": "val acc", "测试准确率": "test acc", "准确率": "accuracy",
    "困惑度": "perplexity", "学习率": "lr", "奖励": "reward", "轮次": "epoch", "步数": "step",
    "\uff1a": ":", "\uff0c": ", ",
}  # fmt: skip
"""Words of Chinese logs; longer ones stand first."""
_IN_CHINESE = re.compile("|".join(_CHINESE))
_ROUND = re.compile(r"第 ?(\d+)(/\d+)? ?(?:轮|个?epoch)", re.IGNORECASE)
_BOOSTED = ("'s ", "learn: ", "[LightGBM]", "error:", "logloss:", "rmse:", "mae:", "auc:")
"""What lines of gradient boosting hold."""
_CHINESE_BYTES = (bytes((byte,)) for byte in (*range(0xE5, 0xEA), 0xEF))  # the first of a character
_STEPS = ("s/step - ", "s/epoch - ")
"""What Keras prints before its metrics."""
_SIGNS = (*_CHINESE_BYTES, b"np.", b"tensor(", b"|\n|", b"\n[", b"learn: ", *map(str.encode, _STEPS))
"""Where none of these stands, `plain` changes nothing; each is looked for in the whole text."""
_BOXES = re.compile(r"(?:^[ \t]*\|[^|\n]*\|[^|\n]*\|[ \t]*(?:\n|$)){3,}", re.MULTILINE)
_CELLS = re.compile(rf"\| *([\w/-]+/?) *\| *({NUMBER}|nan)? *\|", re.IGNORECASE)
"""A table of Stable-Baselines3: names and values below each other, under ``rollout/`` and the like."""
_SCALAR = re.compile(r"\b(?:(?:np|numpy)\.(?:float|int)\d+|tensor)\(([-+.\w]+)[^()\n]*\)")
"""A number as NumPy and PyTorch print theirs."""
_KERAS = re.compile(
    r"^(?:(?P<epoch>Epoch \d+(?:/\d+)?\s*$)|(?P<head>[ \t]*\d+/(?P<batches>\d+) [^\n:]*?)(?=\w+: \d))",
    re.MULTILINE,
)
"""``Epoch 1/3``, and below it ``10/10 [====] - 2s 9ms/step -`` before the metrics."""


def may_be_plainer(data: bytes) -> bool:
    """Whether `plain` may change a text: boosting begins its lines with ``[5]`` or names what it learns."""
    return data.startswith(b"[") or any(sign in data for sign in _SIGNS)


def plain(text: str) -> str:
    r"""Return a text with English words, bare numbers, and each table of names and values as one line.

    Examples
    --------
    >>> plain("第 2 轮 验证损失: 1.5")
    'epoch 2 val loss: 1.5'
    >>> plain("| time/ |  |\n| total_timesteps | 64 |\n| rollout/ |  |\n| ep_rew_mean | -2.5 |\n")
    "{'total_timesteps': 64, 'rollout/ep_rew_mean': -2.5}\n\n\n\n"
    """
    if not text.isascii():
        text = _ROUND.sub(r"epoch \1\2", _IN_CHINESE.sub(lambda match: _CHINESE[match[0]], text))
    if "np." in text or "tensor(" in text:
        text = _SCALAR.sub(r"\1", text)
    text = _BOXES.sub(_in_one_line, text) if "|\n|" in text else text
    text = _tested(text) if any(mark in text for mark in _STEPS) else text
    return as_losses(text) if any(mark in text for mark in _BOOSTED) else text


def _in_one_line(box: re.Match[str]) -> str:
    section, values = "", {}
    for name, value in _CELLS.findall(box[0]):
        if not value:
            section = name if name.endswith("/") else ""
        else:
            values[name if name == "total_timesteps" else section + name] = value
    if not values:
        return box[0]
    line = ", ".join(f"{name!r}: {value}" for name, value in values.items())
    return f"{{{line}}}" + "\n" * box[0].count("\n")


def _tested(text: str) -> str:
    """Return a log of Keras that says of which lines `evaluate` drew: those that count other batches."""
    batches = ""

    def told(line: re.Match[str]) -> str:
        nonlocal batches
        if line["epoch"]:
            batches = ""
            return line[0]
        batches = batches or line["batches"]
        return line[0] if batches == line["batches"] else "Test: "

    return _KERAS.sub(told, text)
