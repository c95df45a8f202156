"""A run whose every text is an attack on what shows it."""

from __future__ import annotations

from functools import cache

from msgspec.structs import replace

from curvewise.comparison.compare import compare
from curvewise.engine import analyze
from curvewise.model.comparison import Comparison
from curvewise.model.report import Report
from curvewise.model.run import Checkpoint, Note, Run
from curvewise.testing import make_run

ATTACKS = (
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "\x1b[2J\x1b]0;owned\x07",
    "\u202egnp.exe\u2066",
    '=HYPERLINK("http://evil.example","click")',
    "@team fixes #12 and GH-7 at www.evil.example",
    "| a | b |\n|---|---|",
    "[click](javascript:alert(1)) ![x](http://evil.example/x.png)",
    "`code` ``` *bold* ~~gone~~ $x$",
    "\n::error::owned\r\n::set-output name=x::y",
    "%0A::error::owned",
    "]]></failure><!-- -->&xxe;",
    "\x00\ufffe\ud800",
    "# heading\n- item\n1. one",
    "${{ secrets.TOKEN }} {0} {{x}}",
    "A" * 10_000,
)
EVERYTHING = " ".join(ATTACKS)


@cache
def hostile_run(attack: str = EVERYTHING) -> Run:
    """Every text of the run is the attack: name, path, models, notes, settings, metrics, status."""
    run = make_run(
        name=attack,
        source=attack,
        id=attack,
        train_loss=[1.0, 0.8, 0.6, 0.4, 0.3, 0.2, 0.1, 0.05],
        full_valid_loss={2: 0.9, 4: 0.7, 6: 0.9, 8: 1.4},
        metrics={f"full_valid_loss/{attack}": {2: 0.9, 4: 0.7, 6: 0.9, 8: 1.5}, attack: [1.0] * 8},
        base_model=attack,
        final_model=attack,
        status=attack,
        error=attack,
        hyperparameters={attack: attack},
        notes=(Note("note", attack),),
        formats=(attack,),
    )
    saved = tuple(Checkpoint(step=step, model=f"{attack}{step}", id=attack) for step in (2, 4, 6, 8))
    return replace(run, checkpoints=saved)


@cache
def hostile_report(attack: str = EVERYTHING) -> Report:
    """Its report, with the attack in what checks say too."""
    report = analyze(hostile_run(attack))
    findings = tuple(
        replace(
            finding,
            summary=f"{attack} {finding.summary}",
            advice=finding.advice and f"{attack} {finding.advice}",
            reason=finding.reason and f"{attack} {finding.reason}",
        )
        for finding in report.findings
    )
    return replace(report, findings=findings, headline=f"{attack} {report.headline}", version=attack)


@cache
def hostile_comparison(attack: str = EVERYTHING) -> Comparison:
    other = replace(hostile_run(attack), hyperparameters={attack: "other"}, name="other")
    return compare([hostile_report(attack), analyze(other)])
