"""What trainings print, in the words and the form in which lines of a console log are read."""

from __future__ import annotations

import re

from curvewise.parsing.own_forms import SIGNS, in_common_form
from curvewise.parsing.printed import NUMBER

_CHARACTERS = {
    "训练损失": "train loss", "验证损失": "val loss", "测试损失": "test loss", "损失": "loss",
    "训练准确率": "train acc", "验证准确率": "val acc", "测试准确率": "test acc", "准确率": "accuracy",
    "困惑度": "perplexity", "学习率": "lr", "奖励": "reward", "轮次": "epoch", "步数": "step",
    "訓練損失": "train loss", "学習損失": "train loss", "検証損失": "val loss", "損失": "loss",
    "学習率": "lr", "検証精度": "val acc", "精度": "accuracy", "正解率": "accuracy", "報酬": "reward",
    "エポック": "epoch", "ステップ": "step", "에포크": "epoch", "에폭": "epoch", "학습률": "lr",
    "학습": "train", "훈련": "train", "검증": "val", "손실": "loss", "정확도": "accuracy",
    "보상": "reward", "스텝": "step",
    "\uff1a": ":", "\uff0c": ", ",
}  # fmt: skip
"""Words of Chinese, Japanese and Korean logs; of two that begin alike, the longer stands first."""
_ENGLISH = {
    "epoch": "época epoca époque epoque epoche эпоха",
    "step": "paso étape schritt шаг",
    "loss": "pérdida perda perte perdita verlust потери потеря лосс",
    "val loss": "validierungsverlust",
    "train loss": "trainingsverlust",
    "val": "validación validação validazione валидация валидации вал",
    "train": "entrenamiento treino entraînement обучение обучения",
    "accuracy": "precisión exactitud acurácia précision genauigkeit точность",
    "reward": "recompensa récompense belohnung награда",
    "mean": "promedio média moyen moyenne средняя средние среднее",
}
"""Words of Spanish, Portuguese, French, Italian, German and Russian logs, by the English one."""
_LETTERS = {word: english for english, words in _ENGLISH.items() for word in words.split()}
_OF = re.compile(r"\bloss (?:de|del|di|en) (train|val)\b")
_ROUND = re.compile(r"第 ?(\d+)(/\d+)? ?(?:轮|个?epoch)", re.IGNORECASE)
_FIRST = (0xC3, 0xD0, 0xD1, 0xE3, *range(0xE5, 0xEE), 0xEF)
"""The first bytes of the characters in these words."""
_WORDS = (b"perte", b"perda", b"perdita", b"erlust", b"moyen", b"|\n|")
_SIGNS = (*(bytes((byte,)) for byte in _FIRST), *_WORDS, *SIGNS)
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
    >>> plain("Época 2/3 - Perda de validação: 1.5")
    'epoch 2/3 - val loss: 1.5'
    >>> plain("| time/ |  |\n| total_timesteps | 64 |\n| rollout/ |  |\n| ep_rew_mean | -2.5 |\n")
    "{'total_timesteps': 64, 'rollout/ep_rew_mean': -2.5}\n\n\n\n"
    >>> plain("10:15:42,123 step 1,000/50,000 loss: 2,345.5")
    '10:15:42,123 step 1000/50000 loss: 2345.5'
    """
    if "," in text:
        text = _THOUSANDS.sub(lambda match: match[0].replace(",", ""), text)
    text = in_common_form(_ROUND.sub(r"epoch \1\2", in_english(text)))
    return _BOXES.sub(_in_one_line, text) if "|\n|" in text else text


def in_english(text: str) -> str:
    """Return a text with English words for those of other languages.

    Looked for are only those that stand in it: to look for all of them at once is slow.
    """
    if held := [word for word in _CHARACTERS if word in text]:
        text = re.sub("|".join(held), lambda match: _CHARACTERS[match[0]], text)
    lower = text.lower()
    if held := [word for word in _LETTERS if word in lower]:
        pattern = re.compile(rf"\b(?:{'|'.join(held)})\b", re.IGNORECASE)
        text = _OF.sub(r"\1 loss", pattern.sub(lambda match: _LETTERS[match[0].lower()], text))
    return text


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
