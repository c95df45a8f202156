"""The check `format_reward_only`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from curvewise.derived.reward_components import COMPONENTS, component_changes, reward_components
from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.model.series import Series
from curvewise.plugin import check
from curvewise.stats.moments import mean
from curvewise.text import listed

FORMAT = re.compile(r"format|xml|tag|schema|syntax|template|json|structur|parse", re.IGNORECASE)
"""Names of reward functions that look at the form of an answer."""

ADVICE = (
    "Score a few known-good answers with what scores the content: mend it if they fail, else begin with "
    "easier prompts or supervised examples."
)
FEW = 2
"""Steps from which it is said what the reward is made of: a single batch may be unlucky."""


@check(
    needs=COMPONENTS,
    uses=COMPONENTS,
    kinds=("rft",),
    when_missing="not_applicable",
    turns={"difficulty": "down"},
)
def format_reward_only(run: Run, *, little: float = 0.2, min_steps: int = 10) -> Finding:
    """The format of the answers is learned, and nothing else.

    The reward for the form of an answer is the easiest to earn, and the first. Where the parts that score
    its content stay where they were, the climb of the total says nothing of the task: the content is too
    hard for the model, or what scores it does not see the answers.

    The parts are told apart by their names (format, xml, json and the like). It is a problem when a part
    for the form rose, none for the content did, and the content earns little; a warning when the form
    was there from the start, or too few steps tell what rose.

    Of 1,000 simulated runs whose format and content both rise it calls 0.0 %; it finds 95.1 % of those
    that learn the format alone (scripts/calibration/rollouts.py).

    Parameters
    ----------
    little
        Reward for the content, as a share of that for the form, up to which it earns little.
    min_steps
        Steps needed to tell that nothing rises.

    Examples
    --------
    >>> from curvewise.testing import make_run
    >>> run = make_run(metrics={
    ...     "train_grader_reward/format": [0.1] * 5 + [0.9] * 15, "train_grader_reward/answer": [0.02] * 20})
    >>> print(format_reward_only(run).summary)
    format rose from 0.1 to 0.9, answer stays at 0.02: the form of the answers is learned, not their content.
    """
    parts = reward_components(run)
    forms = {name: series for name, series in parts.items() if FORMAT.search(name.partition("/")[2])}
    if not forms or len(forms) == len(parts):
        return Finding.not_applicable(
            "The reward has no parts for form and content whose names tell them apart."
        )
    known = {name: change for name, change in component_changes(run).items() if len(parts[name]) >= min_steps}
    contents = [change for name, change in known.items() if name not in forms]
    formal = [change for name, change in known.items() if name in forms]
    if not contents or not formal:
        return _glimpse(parts, forms, little, min_steps)
    earned = max(change.late for change in formal)
    content = max(change.late for change in contents)
    evidence = [change.evidence() for change in (*formal, *contents)]
    label = listed([change.metric.partition("/")[2] for change in contents])
    if any(change.rose for change in contents) or abs(content) > little * max(earned, 0.0):
        return Finding.ok(
            f"{label} {'earns' if len(contents) == 1 else 'earn'} up to {content:.3g} at the end, the form "
            f"of the answers {earned:.3g}.",
            *evidence,
        )
    risen = [change for change in formal if change.rose]
    best = max(risen or formal, key=lambda change: change.late)
    name = best.metric.partition("/")[2]
    went = f"rose from {best.early:.3g} to {best.late:.3g}" if risen else f"is {best.late:.3g}"
    stays = "stays" if len(contents) == 1 else "stay"
    at = f"at {content:.3g}" if len(contents) == 1 else f"at or below {content:.3g}"
    make = Finding.problem if risen else Finding.warning
    return make(
        f"{name} {went}, {label} {stays} {at}: the form of the answers is learned, not their content.",
        *evidence,
        advice=ADVICE,
    )


def _glimpse(
    parts: Mapping[str, Series], forms: Mapping[str, Series], little: float, min_steps: int
) -> Finding:
    """Say of what the reward of a few steps is made."""
    means = {name: mean(series.value) for name, series in parts.items()}
    form = max(forms, key=lambda name: means[name])
    content = max((name for name in parts if name not in forms), key=lambda name: means[name])
    steps = len(parts[content])
    few = f"{min_steps} steps with the parts of the reward are needed, the log has {steps}"
    if steps < FEW or means[form] <= 0 or means[content] > little * means[form]:
        return Finding.unknown(f"{few}.")
    return Finding.warning(
        f"Nearly all reward is for the form of the answers: {form.partition('/')[2]} is {means[form]:.3g}, "
        f"{content.partition('/')[2]} {means[content]:.3g} over {steps} steps; {min_steps} would tell "
        "what rises.",
        Evidence.mean(form, parts[form]),
        Evidence.mean(content, parts[content]),
        advice=ADVICE,
    )
