"""Write down how often each diagnosis was right: for `curvewise explain`, and in docs/accuracy.md."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from causes.catalogue import CAUSES
from causes.judge import Judged, share
from curvewise.plugin import diagnoses

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "src" / "curvewise" / "stats" / "diagnoses_table.py"
PAGE = ROOT / "docs" / "accuracy.md"
TITLE = "## Diagnoses"
CERTAINTIES = ("high", "moderate", "low")
ELSEWHERE = (
    "Trainings of yours differ from these more than draws do from each other: of 39 fine-tuned "
    "transformers that a generator outside this repository drew, and of which only the totals and the list "
    "of healthy ones that got a warning had been seen, the cause is first in 74 % and named in 79 %, and of "
    "16 healthy ones 4 get a warning, most that their loss still fell; of 145 other networks, of which some "
    "were looked at, it is first in 70 % and named in 75 %; of 68 with rewards in 94 %."
)
"""What was measured once on trainings of another kind."""


def write(judged: Sequence[Judged]) -> None:
    """Write the table that curvewise states, and replace the part of the page."""
    TABLE.write_text(table(judged))
    before, _, rest = PAGE.read_text().partition(f"{TITLE}\n")
    _, heading, after = rest.partition("\n## ")
    PAGE.write_text(f"{before.rstrip()}\n\n{part(judged)}{heading}{after}")


def table(judged: Sequence[Judged]) -> str:
    """Return the module that holds, by diagnosis and certainty, how many were right, and of how many."""
    lines = [
        '"""How often each diagnosis was right: by its certainty, right ones and all.',
        "",
        "Written by benchmarks/causes; do not edit.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        f"RUNS = {len(judged)}",
        '"""Trainings of known cause on which it was measured."""',
        "DIAGNOSES: dict[str, dict[str, tuple[int, int]]] = {",
    ]
    for name in diagnoses():
        if own := [one for one in judged if one.name == name]:
            counts = {
                certainty: (sum(one.first for one in said), len(said))
                for certainty in CERTAINTIES
                if (said := [one for one in own if one.certainty == certainty])
            }
            shown = ", ".join(f'"{certainty}": {right, of}' for certainty, (right, of) in counts.items())
            lines.append(f'    "{name}": {{{shown}}},')
    return "\n".join([*lines, "}", ""])


def part(judged: Sequence[Judged]) -> str:
    """Return the part of the page on diagnoses."""
    tasks = len({(one.made.family, one.made.task) for one in judged})
    seeds = sorted({one.made.seed for one in judged})
    healthy = [one for one in judged if CAUSES[one.made.cause].harmless]
    problems, warnings = (
        share(one.severity == severity for one in healthy) for severity in ("problem", "warning")
    )
    lines = [
        TITLE,
        "",
        f"Is the cause of trouble named? {len(judged)} small networks were trained on {tasks} tasks, each "
        "with one cause of trouble or none, and logged as Azure OpenAI, Hugging Face, TRL, LLaMA-Factory and "
        f"verl do it (`make causes`, draws {seeds[0]} to {seeds[-1]}; thresholds were chosen on draws below "
        "118, some of the tasks left out). First: the diagnosis is that cause. Named: it is among the "
        "warnings and problems. Contradicted: the diagnosis is one that the cause rules out.",
        "",
        "| cause | runs | first | named | contradicted | all-clear |",
        "|---|---|---|---|---|---|",
    ]
    groups = {cause.replace("_", " "): [one for one in judged if one.made.cause == cause] for cause in CAUSES}
    for name, own in {**groups, "**all**": list(judged)}.items():
        if own:
            asked = ((one.first, one.named, one.contradicted, one.all_clear) for one in own)
            shares = " | ".join(share(column) for column in zip(*asked, strict=True))
            lines.append(f"| {name} | {len(own)} | {shares} |")
    lines += [
        "",
        f"Of the {len(healthy)} runs without trouble {problems} are called a problem and {warnings} get a "
        f"warning. {ELSEWHERE} How often a diagnosis is right, where every cause is as frequent as any "
        "other; `curvewise explain NAME` says it too:",
        "",
        "| diagnosis | given | right | high | moderate | low |",
        "|---|---|---|---|---|---|",
    ]
    for name in [*diagnoses(), "**all**"]:
        if own := [one for one in judged if name in (one.name, "**all**")]:
            cells = [share(one.first for one in own)]
            for certainty in CERTAINTIES:
                said = [one for one in own if one.certainty == certainty]
                cells.append(f"{share(one.first for one in said)} of {len(said)}" if said else "")
            lines.append(f"| {name} | {len(own)} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])
