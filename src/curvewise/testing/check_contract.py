"""The contract of a check."""

from __future__ import annotations

import inspect
import re

from curvewise import docstring
from curvewise.model.finding import STATUSES, Evidence, Finding
from curvewise.model.run import KINDS, Run
from curvewise.plugin import Check
from curvewise.plugin.needs import names_in
from curvewise.testing._requirements import require, require_page, require_prose, same_twice
from curvewise.testing.strategies import corner_runs, runs

LONGEST_SUMMARY = 400
"""Characters; a summary is one sentence, or two."""

LEAST_OF_A_PROBLEM = 0.5
"""Confidence below which a problem contradicts itself."""


def assert_check_contract(check: Check, *others: Check) -> None:
    """Assert that a check keeps the contract of all checks.

    It is named after its function and its file. Its docstring begins with a sentence, gives every
    threshold a paragraph and has examples that run. Thresholds are keyword-only, have defaults, and
    are used. On whatever run Hypothesis thinks of, it never raises or warns, says the same thing
    twice, changes nothing, gives evidence only on the metrics that it declares, gives advice with a
    warning or a problem and a reason with no verdict, and prints no ``nan``.

    How long Hypothesis searches is up to its active settings profile.

    Parameters
    ----------
    check
        The check.
    *others
        More checks of the same kinds of run, which judge the same runs: drawing them takes longest.

    Raises
    ------
    AssertionError
        With what is wrong, and by which check.

    Examples
    --------
    >>> from curvewise.checks.flat_reward import flat_reward
    >>> assert_check_contract(flat_reward)
    """
    from hypothesis import given

    checks = (check, *others)
    for each in checks:
        _assert_documented(each)

    def judge(run: Run) -> None:
        for each in checks:
            try:
                _assert_judges(each, run)
            except Exception as error:
                error.add_note(f"by the check {each.name}")
                raise

    metrics = tuple(dict.fromkeys(name for each in checks for name in (*names_in(each.needs), *each.uses)))
    kinds = [kind for kind in KINDS if any(kind in each.kinds for each in checks)]
    for kind in kinds:
        for run in corner_runs(metrics, kind):
            judge(run)
    given(runs(metrics or None, kinds=kinds))(judge)()


def _assert_judges(check: Check, run: Run) -> None:
    _assert_finding(check, same_twice(check, run, check.name))


def _assert_documented(check: Check) -> None:
    function, name = check.function, check.name
    require(function.__name__ == name, f"the check {name} is made of a function {function.__name__}")
    file = function.__module__.rpartition(".")[2]
    require(file == name, f"the check {name} lives in a file {file}; it must have the check's name")
    page = require_page(function, examples=True)
    first, *others = inspect.signature(function).parameters.values()
    require(first.name == "run", f"the first parameter of {name} is {first.name}; expected run")
    loaded = _names_loaded(function.__code__)
    paragraphs = docstring.parse(page).parameters
    for threshold in others:
        label = f"the threshold {threshold.name} of {name}"
        require(threshold.kind is inspect.Parameter.KEYWORD_ONLY, f"{label} is not keyword-only")
        require(isinstance(threshold.default, float | int | str), f"{label} has no default, or no plain one")
        require(
            len(paragraphs.get(threshold.name, "")) > 20, f"{label} has no paragraph that gives its reason"
        )
        require(threshold.name in loaded, f"{label} is not used")
    stale = set(paragraphs) - {threshold.name for threshold in others}
    require(not stale, f"{name} documents thresholds that it does not have: {sorted(stale)}")


def _names_loaded(code: object) -> set[str]:
    """Return the local names that a function reads, those of nested functions included."""
    import dis
    import types

    if not isinstance(code, types.CodeType):
        return set()
    loads = {str(op.argval) for op in dis.get_instructions(code) if op.opname.startswith("LOAD_")}
    paired = {name for op in dis.get_instructions(code) if isinstance(op.argval, tuple)
              and op.opname.startswith("LOAD_") for name in op.argval}  # fmt: skip
    return loads.union(paired, *(_names_loaded(constant) for constant in code.co_consts))


def _assert_finding(check: Check, finding: Finding) -> None:
    name = check.name
    require(isinstance(finding, Finding), f"{name} returned a {type(finding).__name__}, not a Finding")
    require(
        finding.status in STATUSES and finding.status != "crashed", f"{name} gave the status {finding.status}"
    )
    require(finding.summary, f"{name} gave no summary")
    length = len(re.sub(r"\d{9,}", "9", finding.summary))  # a nasty run has nasty numbers
    require(length <= LONGEST_SUMMARY, f"{name} gave a summary of {length} characters")
    for what, text in (("summary", finding.summary), ("advice", finding.advice), ("reason", finding.reason)):
        require_prose(text, f"the {what} of {name}")
    if finding.confidence is not None:
        least = LEAST_OF_A_PROBLEM if finding.status == "problem" else 0.0
        require(least <= finding.confidence <= 1, f"{name} gave a confidence of {finding.confidence}")
    if finding.status in ("warning", "problem"):
        require(
            finding.evidence and finding.advice, f"{name} found a fault without evidence or without advice"
        )
    if finding.status in ("unknown", "not_applicable"):
        require(len(finding.reason) > 10, f"{name} reached no verdict and does not say why")
    for evidence in finding.evidence:
        _assert_evidence(check, evidence)


def _assert_evidence(check: Check, evidence: Evidence) -> None:
    where = f"the evidence {evidence.label!r} of {check.name}"
    require(
        check.declares(evidence.metric), f"{where} is on {evidence.metric}, which the check does not declare"
    )
    require(evidence.value == evidence.value, f"{where} is NaN")
    require(evidence.points >= 0, f"{where} rests on {evidence.points} points")
    if evidence.interval is not None:
        low, high = evidence.interval
        require(low <= high, f"{where} has an interval from {low} to {high}")
    if evidence.first_step is not None and evidence.last_step is not None:
        require(evidence.first_step <= evidence.last_step, f"{where} ends before it begins")
