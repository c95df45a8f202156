"""The verb that diagnoses: the findings of a report become one story, and what has another cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from curvewise import plugin
from curvewise.derived.proxy import SCORE
from curvewise.derived.scored import NONE_TO_DEPLOY
from curvewise.model.diagnosis import MOST_STEPS, SEVERITIES, Diagnosis, Severity
from curvewise.model.finding import Finding
from curvewise.model.report import Report
from curvewise.model.selection import Selection
from curvewise.plugin import Check, DiagnosisRule
from curvewise.plugin.diagnosis import behind, use_of, worst
from curvewise.plugin.levers import Turns, contradict
from curvewise.text import first_sentence, in_sentence, within

NO_USE = "What the run was judged by says nothing of its answers, so deploy nothing."
"""Why no checkpoint is chosen where the diagnosis forbids it."""
WAIT = "Follow the first advice above, and judge the next run again: this one would ask for the opposite."
"""What is advised in place of what contradicts an advice before it."""
LONGEST_HEADLINE = 120
"""Characters of a headline."""


def diagnose(report: Report) -> Report:
    """Return the report with its diagnosis, and its headline.

    The worst diagnosis tells the story, of several the one that explains the others. It takes with it the
    warnings that follow from its cause; what it does not explain stands beside it, as further diagnoses.
    """
    alarms = {finding.check: finding for finding in report.with_status("problem", "warning", "crashed")}
    may_rest_on = report.with_status("problem", "warning")
    warned = {finding.check for finding in may_rest_on}
    rules = [rule for rule in plugin.diagnoses().values() if not warned.isdisjoint(rule.rests_on)]
    told = [(rule, story) for rule in rules if (story := rule(report, may_rest_on))]
    stories: list[Diagnosis] = []
    left = dict(alarms)
    for rule, story in sorted(told, key=lambda one: (_urgency(one[0], one[1], alarms), one[0].rank)):
        own = sorted(filter(rule.covers, left), key=lambda check: check not in rule.rests_on)
        if own and own[0] in rule.rests_on:  # else there is nothing that is not explained
            severity = _severity(rule, story, left)
            is_plain = severity == "problem" and story.certainty == "low"  # whatever made it so
            certainty = "moderate" if is_plain else story.certainty
            stories.append(replace(story, severity=severity, certainty=certainty, findings=tuple(own)))
            for check in own:
                del left[check]
    stories.extend(_alone(report, finding) for finding in left.values())
    stories.sort(key=lambda story: SEVERITIES.index(story.severity))
    main = stories[0] if stories else _without_alarms(report)
    main = replace(main, unknown=main.unknown or _unknown(report, main))
    best, held = report.selection.best, _held(report)
    if held:
        main = replace(main, use=None, deploy=False, next=(held, *main.next)[:MOST_STEPS])
    if main.deploy and report.selection.to_keep:
        main = replace(main, next=(*main.next, report.selection.to_keep)[:MOST_STEPS])
    also, findings = _agreeing(report, main, stories[1:])
    selection = report.selection
    if not main.deploy and best is not None:
        reason = f"{held} {selection.reason}" if held else f"{NO_USE} {main.summary}"
        selection = Selection(best=None, columns=selection.columns, table=selection.table, reason=reason)
    return replace(
        report,
        headline=headline(main, held),
        diagnosis=main,
        also=also,
        findings=findings,
        selection=selection,
    )


def _agreeing(
    report: Report, main: Diagnosis, others: Sequence[Diagnosis]
) -> tuple[tuple[Diagnosis, ...], tuple[Finding, ...]]:
    """Let every advice that would turn a lever another way than one before it wait for that one."""
    checks, rules = plugin.checks(), plugin.diagnoses()
    settled: list[Turns] = []

    def waits(rule: DiagnosisRule | Check | None) -> bool:
        turns: Turns = {} if rule is None else rule.turns
        late = any(contradict(turns, those) for those in settled)
        if not late:
            settled.append(turns)
        return late

    told = [waits(rules.get(story.name) or checks.get(story.name)) for story in (main, *others)]
    also = tuple(
        replace(story, next=(WAIT,)) if late else story for story, late in zip(others, told[1:], strict=True)
    )
    findings = tuple(
        replace(finding, advice=WAIT)
        if finding.status in ("warning", "problem") and waits(checks.get(finding.check))
        else finding
        for finding in report.findings
    )
    return also, findings


def _held(report: Report) -> str:
    """Say why an evaluation on the real task found nothing to deploy; empty when it did not."""
    best = report.selection.best
    held = next((note.text for note in report.notes if note.code == NONE_TO_DEPLOY), "")
    return held if best is not None and best.metric == SCORE else ""


def _severity(rule: DiagnosisRule, story: Diagnosis, left: Mapping[str, Finding]) -> Severity:
    """Return the worst verdict of what a diagnosis tells and explains."""
    return worst([finding for check, finding in left.items() if rule.covers(check)], story.severity)


def _urgency(rule: DiagnosisRule, story: Diagnosis, left: Mapping[str, Finding]) -> int:
    return SEVERITIES.index(_severity(rule, story, left))


def _alone(report: Report, finding: Finding) -> Diagnosis:
    """Make a diagnosis of a finding that no other explains, such as one of a check of somebody else's."""
    name = finding.check.replace("_", " ")
    return Diagnosis(
        name=finding.check,
        severity="problem" if finding.status == "problem" else "warning",
        certainty="moderate",
        summary=within(behind(f"{name[:1].upper()}{name[1:]}", finding.summary)),
        metric=finding.evidence[0].metric if finding.evidence else "",
        use=use_of(report),
        next=(first_sentence(finding.advice or finding.reason),),
        findings=(finding.check,),
    )


def _without_alarms(report: Report) -> Diagnosis:
    """Return the first story that is told where no check warns."""
    rules = [rule for rule in plugin.diagnoses().values() if rule.at_last or not rule.rests_on]
    rules.sort(key=lambda rule: rule.at_last)
    return next(story for rule in rules if (story := rule(report, ())))


def _unknown(report: Report, main: Diagnosis) -> str:
    """Say what could not be judged, and why most of it could not; nothing beside what is certain."""
    silent = report.with_status("unknown", "crashed")
    if not silent or (main.severity == "problem" and main.certainty == "high"):
        return ""
    judged = len(report.with_status("ok", "warning", "problem"))
    reasons = Counter(finding.reason for finding in silent)
    (reason, count), *_ = reasons.most_common(1)
    which = "" if count == len(silent) else f", {count} of them"
    if count == 1:
        such = ", such as " if len(silent) > 1 else ", "
        which = f"{such}{silent[0].check.replace('_', ' ')}"
    why = in_sentence(first_sentence(reason))
    return f"{len(silent)} of {judged + len(silent)} checks could not judge{which}: {why}"


def headline(diagnosis: Diagnosis, held: str = "") -> str:
    """Return the diagnosis in one line, with the checkpoint to use, or why none, where there is room."""
    ends = [held]
    if diagnosis.use is not None:
        use = f"Use step {diagnosis.use.step:,}"
        ends = [f"{use}, a tie of {diagnosis.use.tied + 1}."] if diagnosis.use.tied else []
        ends.append(f"{use}.")
    whole = [f"{diagnosis.summary} {end}".rstrip() for end in ends]
    short = within(held or diagnosis.summary, LONGEST_HEADLINE)
    return next((line for line in whole if len(line) <= LONGEST_HEADLINE), short)
