"""Lines that one trainer prints in a form of its own, in the common one."""

from __future__ import annotations

import re

from curvewise.parsing.printed import NUMBER

_SPACY = r"(?:Losses:? |(?m:^))\{{(?:'(?:tok2vec|transformer)': {0}, )?'{1}': ({0})\}}"
"""What the layers before a single component lose is no loss of the task."""
_FORMS = (
    *(
        (f"'{name}': ", re.compile(_SPACY.format(NUMBER, name)), r"{'loss': \1}")
        for name in ("ner", "spancat", "textcat", "textcat_multilabel")
    ),
    ("epoch results: ", re.compile(r"(?<!\w)(\d+)epoch results: "), r"epoch \1: "),  # ESPnet
    (
        "Cosine-Similarity",  # Sentence Transformers
        re.compile(rf"Cosine-Similarity ?:\s*Pearson: ({NUMBER})\s*Spearman: ({NUMBER})"),
        r"eval_pearson_cosine: \1 eval_spearman_cosine: \2",
    ),
    ("; acc:", re.compile(r"(?<!\w)Epoch +(\d+), +(\d+)/ *\d+(?=; acc:)"), r"epoch \1 iter \2"),  # OpenNMT
    (" objf: ", re.compile(r"(?<!\w)Process (\d+)/\d+(?=\()"), r"batch \1"),  # Kaldi in PyTorch, k2
)
"""A sign of a form, the form, and the common one."""
_OBJECTIVE = re.compile(
    r"(?<!\w)(?:(?:global average|glb avg) objf:|(?P<valid>val(?:id)? (?:avg|average) objf:)"
    r"|Average objective function for 'output' for minibatches \d{1,9}-(?P<step>\d{1,9}) is)"
    rf" (?P<value>{NUMBER})"
)
"""What Kaldi trains to a maximum: a log-likelihood, below zero, and in early k2 its negative."""
_OBJECTIVES = (" objf: ", "objective function for")

SIGNS = tuple(sign.encode() for sign in (*(sign for sign, _, _ in _FORMS), _OBJECTIVES[1]))
"""Where none of these stands, `in_common_form` changes nothing."""


def in_common_form(text: str) -> str:
    """Return a text whose lines are in the common form.

    Examples
    --------
    >>> in_common_form("Losses {'tok2vec': 0.5, 'ner': 12.5}"), in_common_form("7epoch results: [train]")
    ("{'loss': 12.5}", 'epoch 7: [train]')
    >>> in_common_form("Process 100/900(1%) glb avg objf: -0.25 over 64 frames, val avg objf: -0.5")
    'batch 100(1%) loss: 0.25 over 64 frames, val loss: 0.5'
    """
    for sign, form, common in _FORMS:
        if sign in text:
            text = form.sub(common, text)
    return _OBJECTIVE.sub(_as_loss, text) if any(sign in text for sign in _OBJECTIVES) else text


def _as_loss(match: re.Match[str]) -> str:
    """Return an objective as the loss that it is the negative of."""
    step = f"step {match['step']} " if match["step"] else ""
    return f"{step}{'val ' if match['valid'] else ''}loss: {match['value'].removeprefix('-')}"
