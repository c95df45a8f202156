"""What trainings print, in the words and the form in which lines of a console log are read."""

from __future__ import annotations

import re

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
_CHINESE_BYTES = (bytes((byte,)) for byte in (*range(0xE5, 0xEA), 0xEF))  # the first of a character
_SIGNS = (*_CHINESE_BYTES, b"|\n|")
"""Where none of these stands, `plain` changes nothing; each is looked for in the whole text."""
_BOXES = re.compile(r"(?:^[ \t]*\|[^|\n]*\|[^|\n]*\|[ \t]*(?:\n|$)){3,}", re.MULTILINE)
_CELLS = re.compile(rf"\| *([\w/-]+/?) *\| *({NUMBER}|nan)? *\|", re.IGNORECASE)
"""A table of Stable-Baselines3: names and values below each other, under ``rollout/`` and the like."""
_GROUPED = re.compile(rb",(?<=\d,)(?<!:\d\d,)\d{3}(?!\d)")
"""A comma between thousands, and not before the milliseconds of a time."""
_THOUSANDS = re.compile(r"(?<![\w,.])(?<!\d:)[1-9]\d{0,2}(?:,\d{3})+(?![\d,])")


def may_be_plainer(data: bytes) -> bool:
    """Whether `plain` may change a text."""
    return any(sign in data for sign in _SIGNS) or _GROUPED.search(data) is not None


def plain(text: str) -> str:
    r"""Return a text with English words, and each table of names and values as one line.

    Examples
    --------
    >>> plain("第 2 轮 验证损失: 1.5")
    'epoch 2 val loss: 1.5'
    >>> plain("| time/ |  |\n| total_timesteps | 64 |\n| rollout/ |  |\n| ep_rew_mean | -2.5 |\n")
    "{'total_timesteps': 64, 'rollout/ep_rew_mean': -2.5}\n\n\n\n"
    >>> plain("10:15:42,123 step 1,000/50,000 loss: 2,345.5")
    '10:15:42,123 step 1000/50000 loss: 2345.5'
    """
    if "," in text:
        text = _THOUSANDS.sub(lambda match: match[0].replace(",", ""), text)
    if not text.isascii():
        text = _ROUND.sub(r"epoch \1\2", _IN_CHINESE.sub(lambda match: _CHINESE[match[0]], text))
    return _BOXES.sub(_in_one_line, text) if "|\n|" in text else text


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
