"""The tools: what each takes, and what it answers. All of them only read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar

import msgspec

import curvewise as cw
from curvewise import docstring, plugin
from curvewise.drawing.markdown import code, prose
from curvewise.errors import UsageError
from curvewise.mcp.answers import Answer
from curvewise.mcp.reach import Reach
from curvewise.text import suggestion, within

LONGEST = 200
"""Characters of a sentence."""

RunPath = Annotated[
    str,
    msgspec.Meta(
        description="A log file, a job folder, an output folder with checkpoint-*, a tracker's store; "
        "PATH#NAME for one of several runs"
    ),
]
Detail = Annotated[bool, msgspec.Meta(description="Up to 32 kB instead of 2 kB")]


class Tool(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A question that a client can ask; its fields are the arguments."""

    detail: Detail = False
    reads: ClassVar[bool] = True

    def answer(self, reach: Reach) -> Answer:
        """Answer it, reading only what is in reach."""
        raise NotImplementedError


class Check(Tool):
    """Judge one training run: what is wrong, which checkpoint to use, what to do next."""

    path: RunPath

    def answer(self, reach: Reach) -> Answer:
        """Answer with the diagnosis; in detail with the findings, the checkpoints and the notes as well."""
        report = _judged(cw.load(reach.allowed(self.path)))
        lines = plugin.renderers("report")["brief"]([report], plugin.Style()).splitlines()
        data: dict[str, Any] = {
            "run": report.run.name,
            "path": self.path,
            "kind": report.run.kind,
            "diagnosis": report.diagnosis,
            "also": report.also if self.detail else [each.name for each in report.also],
        }
        if self.detail:
            data["findings"] = report.with_status("crashed", "problem", "warning", "unknown")
            data["candidates"] = report.selection.candidates
            data["checkpoints"] = report.selection.table
            data["notes"] = report.notes
        return Answer(lines, data)


class Compare(Tool):
    """Compare training runs: which to take, or that noise cannot tell them apart."""

    paths: Annotated[
        list[str],
        msgspec.Meta(min_length=1, max_length=100, description="Runs or JSON reports; or one folder of runs"),
    ]

    def answer(self, reach: Reach) -> Answer:
        """Answer with the winner or the tie, and a line for each run."""
        allowed = [reach.allowed(path) for path in self.paths]
        items: list[cw.Run | cw.Report] = []
        if len(allowed) == 1 and Path(allowed[0]).is_dir():
            items.extend(cw.load_all(allowed[0]))
        else:
            for path in allowed:
                items.extend(cw.runs_or_reports(path))
        compared = cw.compare([item if isinstance(item, cw.Report) else _judged(item) for item in items])
        lines = [_said(compared.headline), _said(compared.reason)]
        lines += [_compared(run, self.detail) for run in compared.runs]
        names = [run.name for run in compared.runs]
        data: dict[str, Any] = {
            "headline": compared.headline,
            "winner": None if compared.winner is None else names[compared.winner],
            "tied": [names[index] for index in compared.tied],
            "by": compared.by,
            "better": compared.better,
            "reason": compared.reason,
            "runs": [_fields(run, *(DETAILED if self.detail else SHORT)) for run in compared.runs],
            "notes": [note.text for note in compared.notes],
        }
        if self.detail:
            data["differences"] = compared.differences
        return Answer(lines, data)


SHORT = ("name", "diagnosis", "severity", "best_value", "best_step")
DETAILED = (
    *SHORT, "verdict", "deploy", "source", "kind", "status", "base_model", "headline", "metric", "best_error",
    "best_model", "final_value", "final_step", "ratio", "overfit", "steps", "epochs", "tokens_per_rollout",
    "probability",
)  # fmt: skip
"""Fields of a run that is compared."""


class Explain(Tool):
    """Explain a diagnosis or a check: what it means and what to do; without a name, list the diagnoses."""

    name: Annotated[str, msgspec.Meta(description="Such as overfit; empty to list all")] = ""
    reads: ClassVar[bool] = False

    def answer(self, reach: Reach) -> Answer:
        """Answer with the page of each diagnosis and check of that name."""
        del reach  # nothing is read
        known: dict[str, dict[str, Any]] = {
            "diagnoses": dict(plugin.diagnoses()),
            "checks": dict(plugin.checks()),
        }
        pages = {kind: rules[self.name] for kind, rules in known.items() if self.name in rules}
        if not self.name:
            counts = " and ".join(f"{len(rules)} {kind}" for kind, rules in known.items())
            listed: dict[str, Any] = {"diagnoses": list(known["diagnoses"])}
            if self.detail:
                listed = {kind: _titles(rules) for kind, rules in known.items()}
            return Answer([f"{counts}: call explain with the name of one"], listed, foreign=False)
        if not pages:
            names = sorted({*known["diagnoses"], *known["checks"]})
            hint = suggestion(self.name, names, "call explain without a name for the list")
            raise UsageError(f"there is no diagnosis or check {self.name!r}", hint=hint)
        lines, data = list[str](), dict[str, Any](name=self.name)
        for kind, rule in pages.items():
            page = docstring.parse(rule.page)
            lines += [page.summary, *docstring.paragraphs(page.body)]
            data[kind] = {"title": page.summary, "kinds": rule.kinds, **_related(rule)}
            if self.detail:
                data[kind]["parameters"] = page.parameters
        return Answer(lines, data, foreign=False)


class Candidates(Tool):
    """Name two or three checkpoints of a run to evaluate on the real task, and why."""

    path: RunPath
    most: Annotated[int, msgspec.Meta(ge=1, le=20, description="Most checkpoints")] = 3
    with_base: Annotated[bool, msgspec.Meta(description="With the model that was tuned")] = False
    production: Annotated[str, msgspec.Meta(description="The model in use; empty for none")] = ""

    def answer(self, reach: Reach) -> Answer:
        """Answer with the contenders, and in detail with what numbers of samples could show."""
        run = cw.load(reach.allowed(self.path))
        found = cw.candidates(
            run, most=self.most, with_base=self.with_base, production=self.production or None
        )
        lines = [_said(found.reason)]
        for each in found.contenders:
            model = f", {code(each.model, LONGEST)}" if each.model else ""
            lines.append(f"- {_said(each.name)} ({each.role}){model}: {_said(each.why)}")
        contenders = [_fields(each, "name", "role", "step", "model") for each in found.contenders]
        data: dict[str, Any] = {
            "path": self.path,
            "kind": found.kind,
            "contenders": contenders,
            "reason": found.reason,
        }
        data["notes"] = [note.text for note in found.notes]
        if self.detail:
            data["power"] = found.power
        return Answer(lines, data)


class Decide(Tool):
    """Decide from stored results of an evaluation which checkpoint to deploy: a winner or a tie."""

    path: Annotated[
        str, msgspec.Meta(description="A folder of `curvewise evaluate`, or a JSON file of scores")
    ]
    margin: Annotated[float, msgspec.Meta(gt=0, description="What of accuracy does not matter")] | None = None

    def answer(self, reach: Reach) -> Answer:
        """Answer with the winner or the tie, the standings and the next step."""
        evaluation = cw.load_evaluation(reach.allowed(self.path))
        found = cw.decide(evaluation) if self.margin is None else cw.decide(evaluation, margin=self.margin)
        lines = [_said(found.headline), f"- Next: {_said(found.next_step)}", f"- Why: {_said(found.reason)}"]
        shown = ("name", "model", "accuracy", "samples", "failures", "tokens", "probability_best", "error")
        data: dict[str, Any] = {
            "path": self.path,
            "headline": found.headline,
            "winner": found.winner,
            "tied": found.tied,
            "next_step": found.next_step,
            "reason": found.reason,
            "margin": found.margin,
            "standings": found.standings if self.detail else [_fields(s, *shown) for s in found.standings],
        }
        if self.detail:
            data |= {"pairs": found.pairs, "methods": found.methods, "notes": found.notes}
        return Answer(lines, data)


class Runs(Tool):
    """List the runs of a folder or of a tracker's store: what to pass to the other tools for each."""

    path: Annotated[str, msgspec.Meta(description="A folder or a store")] = "."

    def answer(self, reach: Reach) -> Answer:
        """Answer with a line for each run."""
        found = cw.runs(reach.allowed(self.path))
        broken = sum(each.problem is not None for each in found)
        lines = [f"{len(found):,} runs" + (f", {broken:,} of which cannot be read" if broken else "")]
        lines += list(map(_listed, found))
        data = {"path": self.path, "count": len(found), "runs": found}
        return Answer(lines, data)


TOOLS: dict[str, type[Tool]] = {
    kind.__name__.lower(): kind for kind in (Check, Compare, Explain, Candidates, Decide, Runs)
}
"""Every tool by the name that a client calls it by."""


def _judged(run: cw.Run) -> cw.Report:
    return cw.analyze(run, profile=cw.find_profile(Path.cwd()))


def _said(text: str) -> str:
    return prose(within(text, LONGEST))


def _fields(noun: object, *names: str) -> dict[str, Any]:
    return {name: getattr(noun, name) for name in names}


def _compared(run: Any, detail: bool) -> str:
    best = "" if run.best_value is None else f"; best {run.best_value:.4g} at step {run.best_step:,}"
    return f"- {prose(within(run.name, 60))}: {prose(run.diagnosis)} ({run.severity}){best}" + (
        f"; {_said(run.headline)}" if detail else ""
    )


def _listed(each: cw.ListedRun) -> str:
    facts: Iterator[str | None] = iter(
        (
            each.kind,
            None if each.last_step is None else f"step {each.last_step:,}",
            each.status and prose(within(each.status, 40)),
            each.problem and f"cannot be read: {_said(each.problem)}",
        )
    )
    return f"- {code(each.address, LONGEST)}: {', '.join(fact for fact in facts if fact)}"


def _titles(rules: dict[str, Any]) -> dict[str, str]:
    return {name: docstring.parse(rule.page).summary for name, rule in rules.items()}


def _related(rule: Any) -> dict[str, Any]:
    if isinstance(rule, plugin.DiagnosisRule):
        return _fields(rule, "rests_on", "explains")
    return _fields(rule, "needs", "thresholds")
