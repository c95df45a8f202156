"""Diagnoses: each is one story that explains findings of checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from curvewise.discovery import discover
from curvewise.model.diagnosis import SEVERITIES, Certainty, Diagnosis, Place, Severity, Use
from curvewise.model.finding import Evidence, Finding
from curvewise.model.report import Curve, Report
from curvewise.model.run import KINDS, Kind
from curvewise.model.selection import Existence, Saved
from curvewise.model.task_names import task_rank
from curvewise.plugin.decorating import page_of, plugin_of
from curvewise.plugin.levers import Turns
from curvewise.stats.diagnoses_table import DIAGNOSES, RUNS
from curvewise.text import first_sentence, in_sentence, within

SURE = 0.9
"""Confidence of a finding from which on the diagnosis is certain."""
LIKELY = 0.7
"""Confidence from which on it is more likely than not by a margin."""
SAVED: Mapping[Existence, Saved] = {"exists": "yes", "gone": "no", "unknown": "unknown"}
GLIMPSE = 10
"""Values of its longest metric below which a log shows no course."""
MUCH = 0.2
"""Fall of the losses from which on one that still falls along a line is not slow but unfinished."""
BEGINS = 0.45
"""Share of its fall that was done halfway below which a loss just begins to fall, and lacks steps."""
UNSEEN = 0.25
"""Share of the training before the first loss that is logged from which on nobody saw how it began."""
LATE = 0.5
"""Share of the last step behind which the first one of a stretch lies."""
ALIKE, APART, EASIER = 1.15, 1.5, 0.6
"""Quotients of two losses: over the first training loss up to which validation starts at its level, and up to
which it may have; over the training loss of the same step below which its examples are easier ones."""
LEARNED, GONE = 0.5, 0.08
"""Shares of its start to which a training loss falls that learns examples by heart, and that has."""
WEAK_DATA = ("few_evaluations", "minibatch_validation", "missing_validation", "missing_best_checkpoint")
"""Checks whose warnings say how little a judgement rests on, whatever the diagnosis is."""


class Case(msgspec.Struct, frozen=True):
    """A judged run, as a diagnosis sees it.

    Parameters
    ----------
    report
        The report so far: facts, findings, selection and curves.
    name
        Of the diagnosis that is asked for.
    alarms
        The warnings and problems that it may rest on, by check, the most urgent first.
    """

    report: Report
    name: str
    alarms: Mapping[str, Finding]

    def warns(self, check: str) -> bool:
        """Whether a check warns or sees a problem, whether or not the diagnosis rests on it."""
        return any(one.check == check for one in self.report.with_status("problem", "warning"))

    @property
    def few_examples(self) -> bool:
        """Whether the validation set is so small that its loss speaks of these examples alone."""
        return self.warns("few_validation_examples")

    def evidence(self, check: str, label: str) -> Evidence | None:
        """Return the first number of a finding, of any status, whose label begins so."""
        for finding in self.report.findings:
            if finding.check == check:
                return next((one for one in finding.evidence if one.label.startswith(label)), None)
        return None

    def said(self, title: str, check: str | None = None) -> str:
        """Say the story by the first sentence of a finding, the most urgent by default, behind a title."""
        finding = self.report.finding(check) if check else next(iter(self.alarms.values()))
        return behind(title, finding.summary)

    def curve(self, *metrics: str) -> Curve | None:
        """Return the first of these curves that the report draws and that has a value."""
        curves = map(self.report.curves.get, metrics)
        return next((curve for curve in curves if curve is not None and curve.value), None)

    def after_best(self, step: int | None) -> int | None:
        """Return a step from which something falls, not before the best value that it had."""
        chosen = self.report.selection
        best = chosen.gone if chosen.gone is not None or chosen.best is None else chosen.best.step
        return best if step is None or (best is not None and best > step) else step

    @property
    def creeps(self) -> bool:
        """Whether the loss falls along a line, and has fallen by so little that it learns too slowly."""
        fall = self.evidence("low_learning_rate", "whole fall / starting loss")
        if fall is not None and (fall.first_step or 0) > UNSEEN * (fall.last_step or 0):
            return False  # most of the fall may have come before the first value
        half = self.evidence("low_learning_rate", "share of the fall that was done halfway")
        begins = half is not None and half.value < BEGINS
        return self.warns("low_learning_rate") and not begins and (fall is None or fall.value < MUCH)

    @property
    def by_heart(self) -> bool:
        """Whether an early gap came of the training loss falling away from where both losses started.

        It fell to less than a half of a start that validation shared, or to next to nothing.
        """
        start = self.evidence("initial_gap", "training loss at the start")
        end = self.evidence("initial_gap", "training loss at the end")
        first = self.evidence("initial_gap", "first validation loss")
        ratio = self.evidence("initial_gap", "first validation / training loss")
        if start is None or end is None or first is None or ratio is None or ratio.value < EASIER:
            return False
        if end.value < GONE * start.value and first.value < APART * start.value:
            return True
        minibatches = self.report.run.metrics.get("full_valid_loss", 0) == 0
        alike = first.value < ALIKE * start.value or minibatches
        return alike and end.value < LEARNED * start.value

    @property
    def is_excerpt(self) -> bool:
        """Whether so few values were logged that they are a glimpse, and no course."""
        return max(self.report.run.metrics.values(), default=0) < GLIMPSE

    @property
    def rests_since(self) -> int | None:
        """The step of the first half from which on the metric of the task that chooses got no better."""
        chosen = self.report.selection
        best, last = chosen.best, self.report.run.last_step
        if best is None or last is None or task_rank(best.metric) is None:
            return None
        evaluated = sum(row.values.get(best.metric) is not None for row in chosen.table)
        first = min(pick.step for pick in (best, *chosen.tied))
        return first if evaluated >= GLIMPSE and first <= last / 2 else None

    @property
    def is_stretch(self) -> bool:
        """Whether the log begins so late that it is a stretch of a longer one, whose end nobody knows."""
        first, last = self.report.run.first_step, self.report.run.last_step
        return first is not None and last is not None and first > LATE * last

    def epoch(self, step: int) -> float | None:
        """Return the epochs done at a step."""
        return epoch_at(self.report, step)

    def passes(self, step: int) -> float:
        """Return how often each example was seen up to a step: one time more where epochs count from 0."""
        run = self.report.run
        from_zero = run.steps_per_epoch == 1 and run.epochs == (run.last_step or 0) + 1
        done = self.epoch(step)
        return float("inf") if done is None else done + from_zero

    def where(self, step: int) -> str:
        """Name a step by its epoch where that is known.

        Examples
        --------
        >>> from curvewise.testing import make_run
        >>> import curvewise as cw
        >>> report = cw.analyze(make_run(steps_per_epoch=30, train_loss=[1.0] * 90))
        >>> Case(report, "overfit", {}).where(60), Case(report, "overfit", {}).where(70)
        ('epoch 2', 'step 70')
        """
        epoch = self.epoch(step)
        whole = None if epoch is None else round(epoch)
        if epoch is not None and whole and abs(epoch - whole) <= 0.05:
            return f"epoch {whole}"
        return f"step {step:,}"

    def length(self, step: int) -> str:
        """Say how long a training up to a step is."""
        what, _, count = self.where(step).partition(" ")
        count = f"{self.passes(step):.0f}" if what == "epoch" else count
        return f"{count} {what}{'' if count == '1' else 's'}"

    def diagnosis(
        self,
        summary: str,
        *,
        next: Sequence[str],  # noqa: A002 - the name of the field
        since: int | None = None,
        metric: str = "",
        severity: Severity | None = None,
        certainty: Certainty | None = None,
        unknown: str = "",
        deploy: bool = True,
    ) -> Diagnosis:
        """Make the diagnosis; what is not given follows from the findings that it rests on.

        Parameters
        ----------
        summary
            One sentence with the numbers.
        next
            What to do, at most three things, the decisive one first.
        since
            The step where it began.
        metric
            The metric that shows it.
        severity, certainty
            By default that of the findings.
        unknown
            What could not be known, and what would tell.
        deploy
            Whether any checkpoint is to be used.
        """
        found = list(self.alarms.values())
        return Diagnosis(
            name=self.name,
            severity=severity or worst(found),
            certainty=certainty or _certainty(found),
            summary=within(summary),
            since=None if since is None else Place(step=since, epoch=self.epoch(since)),
            metric=metric,
            use=use_of(self.report) if deploy else None,
            deploy=deploy,
            next=tuple(next),
            unknown=unknown,
            findings=tuple(self.alarms),
        )


def behind(title: str, summary: str) -> str:
    """Put the first sentence of a summary behind a title, which it may begin with already."""
    text = first_sentence(summary)
    return text if text.lower().startswith(title.lower()) else f"{title}: {in_sentence(text)}"


def epoch_at(report: Report, step: int) -> float | None:
    """Return the epochs done at a step: as a row of the checkpoint table has them, else by the average."""
    for row in report.selection.table:
        if row.step == step and row.epoch is not None:
            return row.epoch
    return step / report.run.steps_per_epoch if report.run.steps_per_epoch else None


def use_of(report: Report) -> Use | None:
    """Return the chosen checkpoint, as a diagnosis names it."""
    best = report.selection.best
    if best is None:
        return None
    return Use(
        step=best.step,
        epoch=epoch_at(report, best.step),
        model=best.model,
        saved=best.saved if best.existence == "unknown" else SAVED[best.existence],
        tied=len(report.selection.tied),
        why=best.why,
    )


def worst(findings: Sequence[Finding], severity: Severity = "ok") -> Severity:
    """Return the worst verdict of some findings and of a severity."""
    statuses = {severity, *(finding.status for finding in findings)}
    return next(severity for severity in SEVERITIES if severity in statuses)


def _certainty(findings: Sequence[Finding]) -> Certainty:
    """Tell how sure it is: by the surest finding, and whether there is more than one."""
    problems = [finding for finding in findings if finding.status == "problem"]
    stated = [finding.confidence for finding in findings if finding.confidence is not None]
    surest = max(stated, default=None)
    if problems and (surest is None or surest >= SURE):
        return "high"
    if problems or len(findings) > 1 or (surest is not None and surest >= LIKELY):
        return "moderate"
    return "low"


class DiagnosisRule(msgspec.Struct, frozen=True, kw_only=True):
    """What makes a diagnosis. Made by `diagnosis`.

    Parameters
    ----------
    name
        Of the diagnosis, its function and its file.
    function
        Tells the story, or returns None when the findings do not make it.
    rests_on
        Checks of which at least one must warn; a rule without any is always asked.
    explains
        Further checks whose warnings follow from it; ``*`` for every one.
    rank
        Of two diagnoses of one severity, that of the lower rank comes first.
    kinds
        Kinds of run that it applies to.
    turns
        What its advice asks to turn, and which way.
    at_last
        Whether it is asked as well, after all others, where no check warns and no other rule has a story.
    """

    name: str
    function: Callable[[Case], Diagnosis | None]
    rests_on: tuple[str, ...]
    explains: tuple[str, ...]
    rank: int
    kinds: tuple[Kind, ...]
    turns: Turns = {}
    at_last: bool = False

    @property
    def page(self) -> str:
        """The docstring: what `curvewise explain` and the documentation show."""
        return page_of(self.function)

    @property
    def measured(self) -> Mapping[str, tuple[int, int]]:
        """By certainty, how many were right of how many that it was given to: trainings of known cause."""
        return DIAGNOSES.get(self.name, {})

    @property
    def accuracy(self) -> str:
        """How often it was right, in a sentence; empty where no training got it."""
        if not self.measured:
            return ""
        right, given = (sum(column) for column in zip(*self.measured.values(), strict=True))
        parts = [f"{one} of {of} with {sure} certainty" for sure, (one, of) in self.measured.items()]
        return (
            f"Of {RUNS} small trainings with a known cause, {given} got this diagnosis, and it was right for "
            f"{right} of them ({', '.join(parts)})."
        )

    def covers(self, check: str) -> bool:
        """Whether a warning of this check belongs to the diagnosis."""
        return check in self.rests_on or check in self.explains or "*" in self.explains

    def __call__(self, report: Report, alarms: Sequence[Finding] | None = None) -> Diagnosis | None:
        """Return the diagnosis of a report, or None when this is not the matter.

        Parameters
        ----------
        report
            The report.
        alarms
            Its warnings and problems, for a caller that asks many rules and has gathered them once.
        """
        if report.run.kind not in self.kinds:
            return None
        if alarms is None:
            alarms = report.with_status("problem", "warning")
        own = {finding.check: finding for finding in alarms if finding.check in self.rests_on}
        if self.rests_on and not own and (alarms or not self.at_last):
            return None
        return self.function(Case(report, self.name, own))


def diagnosis(
    *,
    rank: int,
    rests_on: tuple[str, ...] = (),
    explains: tuple[str, ...] = (),
    kinds: tuple[Kind, ...] = KINDS,
    turns: Turns = {},  # noqa: B006 - a mapping that nobody changes
    at_last: bool = False,
) -> Callable[[Callable[[Case], Diagnosis | None]], DiagnosisRule]:
    """Turn a function ``(case) -> Diagnosis | None`` into a `DiagnosisRule`."""
    return plugin_of(
        DiagnosisRule,
        rank=rank,
        rests_on=rests_on,
        explains=explains,
        kinds=kinds,
        turns=turns,
        at_last=at_last,
    )


def diagnoses() -> Mapping[str, DiagnosisRule]:
    """Every diagnosis by name."""
    return discover("diagnoses", DiagnosisRule)
