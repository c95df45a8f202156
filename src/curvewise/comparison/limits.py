"""What limits a comparison: figures that mean another thing in each run, and scores in another order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import combinations

from curvewise.comparison.rows import Entry
from curvewise.comparison.settings import differences
from curvewise.derived.validation import MINIBATCH
from curvewise.model.run import Note
from curvewise.model.task_names import in_percent
from curvewise.text import listed

GRADER = "train_grader_reward/"
HASH = re.compile(r"-[0-9a-f]{8,}$")
"""Ending of a grader's name that a service makes up."""
SHOWN_PAIRS = 3


def limits(compared: Sequence[Entry]) -> list[Note]:
    """Return why the best values of the runs are no figures of one kind; empty when they may be.

    Only what is known counts: a run that does not state its base model is taken to share it.
    """
    judged = [entry for entry in compared if entry.judged]
    kinds = _distinct(entry.row.kind.upper() for entry in judged)
    if len(kinds) > 1:
        return [Note("other_kind", f"The runs are of different kinds: {listed(kinds)}.")]
    notes = []
    metrics = _distinct(entry.row.metric or "" for entry in judged)
    if len(metrics) > 1:
        notes.append(Note("other_metric", f"They are judged by different metrics: {listed(metrics)}."))
    elif len({in_percent(entry.row.metric or "", entry.row.best_value or 0.0) for entry in judged}) > 1:
        text = f"Some runs write {metrics[0]} in percent, and some as a share of 1."
        notes.append(Note("other_scale", text))
    elif metrics and metrics[0].startswith("train_"):
        text = f"Only {metrics[0]} is known: a policy that cheats its grader has a high training reward."
        notes.append(Note("training_reward", text))
    examples = _distinct(
        f"{entry.report.run.validation_examples:,}"
        for entry in judged
        if entry.report.run.validation_examples is not None
    )
    if len(examples) > 1:
        text = f"Their validation sets differ: {listed(examples)} examples."
        notes.append(Note("other_validation_set", text))
    if all(entry.higher_is_better for entry in judged):
        notes += _graders(judged)
    else:
        models = _distinct(entry.row.base_model for entry in judged if entry.row.base_model)
        if len(models) > 1:
            text = (
                f"Their base models differ ({listed(models)}), and a loss per token depends on the "
                "tokenizer: it is comparable only where the tokenizers are the same."
            )
            notes.append(Note("other_base_model", text))
        notes += _preference_strength(judged)
    return notes


def unjudged(compared: Sequence[Entry], *, by_score: bool) -> list[Note]:
    """Return a note for each run that has no best value, or that is not to be deployed."""
    return [
        Note("not_judged", f"{entry.called} is left out of the choice: {entry.report.selection.reason}")
        for entry in compared
        if not (entry.row.deploy if by_score else entry.judged)
    ]


def _graders(judged: Sequence[Entry]) -> list[Note]:
    named = [
        tuple(
            sorted(
                HASH.sub("", name.removeprefix(GRADER))
                for name in entry.report.run.metrics
                if name.startswith(GRADER)
            )
        )
        for entry in judged
    ]
    known = list(dict.fromkeys(names for names in named if names))
    if len(known) < 2:
        return []
    lists = " against ".join(listed(names) for names in known)
    return [Note("other_graders", f"Their graders differ: {lists}.")]


def _preference_strength(judged: Sequence[Entry]) -> list[Note]:
    """State that runs differ in beta: a DPO loss is one of beta times a margin."""
    if any(entry.row.kind != "dpo" for entry in judged):
        return []
    for difference in differences(judged):
        if difference.name.rpartition(".")[2] == "beta":
            values = listed([value or "not stated" for value in difference.values])
            return [Note("other_beta", f"Their beta differs ({values}), and a DPO loss depends on it.")]
    return []


def same_data_assumed(compared: Sequence[Entry]) -> list[Note]:
    """State what a comparison by loss or reward takes for granted, where the runs do not state it."""
    judged = [entry for entry in compared if entry.judged]
    if len(judged) < 2 or all(entry.report.run.validation_examples is not None for entry in judged):
        return []
    text = "The runs do not all state their validation set; it is taken to be the same."
    return [Note("same_data_assumed", text)]


def weak_basis(compared: Sequence[Entry]) -> list[Note]:
    """State that a minibatch loss is another part of the validation set each time."""
    if not any(entry.judged and entry.row.metric == MINIBATCH for entry in compared):
        return []
    text = "A loss over minibatches is a weak basis: evaluate on the whole validation set."
    return [Note("minibatch_loss", text)]


def order_of_scores(compared: Sequence[Entry]) -> list[Note]:
    """State where the scores order the runs otherwise than their best losses or rewards do."""
    scored = [
        (entry, entry.row.score, entry.row.best_value)
        for entry in compared
        if entry.judged and entry.row.score is not None and entry.row.best_value is not None
    ]
    agree, turned = 0, []
    for (a, score_a, best_a), (b, score_b, best_b) in combinations(scored, 2):
        if (a.row.kind, a.row.metric) != (b.row.kind, b.row.metric) or score_a == score_b or best_a == best_b:
            continue
        by_best = best_a > best_b if a.higher_is_better else best_a < best_b
        if by_best == (score_a > score_b):
            agree += 1
            continue
        up, down = (a, b) if score_a > score_b else (b, a)
        word = up.row.measure
        way = "lower" if up.higher_is_better else "higher"
        turned.append(
            f"{up.called} scores more than {down.called} ({up.row.score:.4g} against "
            f"{down.row.score:.4g}) with a {way} {word} "
            f"({up.row.best_value:.4g} against {down.row.best_value:.4g})"
        )
    if not turned:
        return []
    tau = (agree - len(turned)) / (agree + len(turned))
    more = f"; and {len(turned) - SHOWN_PAIRS} more pairs" if len(turned) > SHOWN_PAIRS else ""
    text = (
        f"The scores order the runs otherwise than what they were trained on (Kendall's tau {tau:.2f}): "
        f"{'; '.join(turned[:SHOWN_PAIRS])}{more}. The score is nearer to the task."
    )
    return [Note("order_differs", text)]


def problems_of_winner(compared: Sequence[Entry], winner: int | None) -> list[Note]:
    """State what the diagnosis of the winner warns of."""
    if winner is None or (story := compared[winner].report.diagnosis).severity != "problem":
        return []
    return [Note("winner_has_problems", f"{compared[winner].called} has a problem. {story.summary}")]


def _distinct(values: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value is not None))
