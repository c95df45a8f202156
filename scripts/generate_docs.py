"""Write schema/ and parts of the README from the code; ``--check`` only compares.

The reference is made with the site: docstrings are the pages, so that none can disagree with the program.
"""

from __future__ import annotations

import inspect
import itertools
import json
import os
import sys
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

import curvewise
from curvewise import docstring, plugin
from curvewise.drawing import Exhibit, all_exhibits
from curvewise.drawing.svg import figure_chart
from curvewise.model import codec, decision, metrics

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # for the gallery

from documentation import (  # noqa: E402 - see above
    GENERATED,
    command_line,
    exhibit_file,
    python_api,
    report_schema,
)

DEMO_RUN = "examples/azure-sft-overfit"
DEMO_BEGIN = "<!-- demo: begin (written by scripts/generate_docs.py) -->"
DEMO_END = "<!-- demo: end -->"
ACCURACY_BEGIN = "<!-- accuracy: begin (from docs/accuracy.md by scripts/generate_docs.py) -->"
ACCURACY_END = "<!-- accuracy: end -->"
TOLD = ("overfit, diverged or neither", "best checkpoint by 100 examples", "will more training help")
"""Questions whose accuracy the README tells."""
GENERATED_FOLDERS = ("schema",)


def reference() -> Iterator[tuple[str, str]]:
    """Yield the path and the content of every page that the site is given."""
    for check in plugin.checks().values():
        yield f"docs/checks/{check.name}.md", check_page(check)
    yield "docs/checks/README.md", check_index()
    for rule in plugin.diagnoses().values():
        yield f"docs/diagnoses/{rule.name}.md", diagnosis_page(rule)
    yield "docs/diagnoses/README.md", diagnosis_index()
    yield "docs/metrics.md", metric_index()
    yield "docs/formats.md", format_index()
    yield "docs/output-formats.md", output_index()
    for part in (command_line, python_api, report_schema):
        yield from part.pages()


def pages() -> Iterator[tuple[str, str]]:
    """Yield the path and the content of every generated file that is committed."""
    yield "README.md", readme()
    yield f"schema/{codec.SCHEMA_ID}", json.dumps(codec.schema(), indent=2) + "\n"
    yield f"schema/{codec.COMPARISON_ID}", json.dumps(codec.schema(curvewise.Comparison), indent=2) + "\n"
    yield f"schema/{decision.SCHEMA_ID}", json.dumps(decision.schema(), indent=2) + "\n"
    yield from exhibit_file.pages()


def readme() -> str:
    """Return the README with the output that the demo really has."""
    text = (ROOT / "README.md").read_text()
    before, begin, rest = text.partition(DEMO_BEGIN)
    _, end, after = rest.partition(DEMO_END)
    report = plugin.reporters()["text"]([curvewise.analyze(curvewise.load(DEMO_RUN))])
    after = with_accuracy(after)
    demo = f"$ curvewise check {DEMO_RUN}\n{report.rstrip()}"
    return f"{before}{begin}\n```text\n{demo}\n```\n{end}{after}"


def with_accuracy(text: str) -> str:
    """Put the rows of docs/accuracy.md that speak for all between the marks of the README."""
    before, begin, rest = text.partition(ACCURACY_BEGIN)
    _, end, after = rest.partition(ACCURACY_END)
    lines = (ROOT / "docs" / "accuracy.md").read_text().splitlines()
    first = next(index for index, line in enumerate(lines) if line.startswith("|"))
    table = list(itertools.takewhile(lambda line: line.startswith("|"), lines[first:]))
    told = [row for row in table[2:] if row.startswith(tuple(f"| {question}" for question in TOLD))]
    table = [*table[:2], *told]
    return "\n".join([f"{before}{begin}", "", *table, "", f"{end}{after}"])


def diagnosis_index() -> str:
    """Return the list of all diagnoses."""
    lines = [
        GENERATED,
        "",
        "# Diagnoses",
        "",
        "The one story of a run, which explains what the checks see.",
        "",
    ]
    lines += ["| diagnosis | what it says | runs |", "|---|---|---|"]
    for rule in plugin.diagnoses().values():
        summary = docstring.parse(rule.page).summary.replace("|", "\\|")
        lines.append(f"| [{rule.name}]({rule.name}.md) | {summary} | {', '.join(rule.kinds)} |")
    return "\n".join(lines) + "\n"


def diagnosis_page(rule: plugin.DiagnosisRule) -> str:
    """Return the page of one diagnosis."""
    page, exhibit = docstring.parse(rule.page), all_exhibits().diagnoses.get(rule.name)
    lines = [*_opening(rule.name, page.summary, exhibit), "## Why", ""]
    for paragraph in docstring.paragraphs(page.body):
        lines += [paragraph, ""]
    lines += _to_do(exhibit)
    lines += ["## How often we are right", "", rule.accuracy or "It was not measured.", ""]
    if rule.measured:
        lines += ["| certainty | trainings that got it | right |", "|---|---:|---:|"]
        lines += [f"| {sure} | {of} | {right} |" for sure, (right, of) in rule.measured.items()]
        lines += ["", "[How this was measured](../accuracy.md)", ""]
    links = [f"[{name}](../checks/{name}.md)" for name in rule.rests_on]
    facts = [f"For {', '.join(rule.kinds)} runs."]
    facts += [f"It rests on the checks {', '.join(links)}."] if links else []
    if rule.explains:
        others = [f"[{name}](../checks/{name}.md)" for name in rule.explains if name != "*"]
        facts.append(f"It explains {', '.join(others) or 'every other finding'}.")
    return "\n".join([*lines, *_fold("What it rests on", facts)]) + "\n"


def _opening(name: str, summary: str, exhibit: Exhibit | None) -> Iterator[str]:
    """Yield a heading, one sentence, and what it looks like."""
    yield from (GENERATED, "", f"# {name}", "", summary, "")
    if exhibit is not None:
        drawn = figure_chart(exhibit.figure, exhibit.curves, mark=exhibit.best, begins=exhibit.begins)
        star = "" if exhibit.best is None else " The star marks the checkpoint to use."
        story = f"<figcaption>{escape(exhibit.story)}{star}</figcaption>"
        yield from (f'<figure class="exhibit">{drawn}{story}</figure>', "")


def _to_do(exhibit: Exhibit | None) -> Iterator[str]:
    if exhibit is not None:
        yield from (
            "## What to do",
            "",
            "In this run:",
            "",
            *(f"* {advice}" for advice in exhibit.advice),
            "",
        )


def _fold(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield from ('<details markdown="1">', f"<summary>{title}</summary>", "")
    for line in lines:
        yield from (line, "")
    yield "</details>"


def check_page(check: plugin.Check) -> str:
    """Return the page of one check: what it looks like, why, what to do; how it judges is folded."""
    page, exhibit = docstring.parse(check.page), all_exhibits().checks.get(check.name)
    lines = [*_opening(check.name, page.summary, exhibit)]
    why, *judged = docstring.paragraphs(page.body) or [""]
    lines += ["## Why", "", why, ""] if why else []
    lines += _to_do(exhibit)
    return (
        "\n".join([*lines, *_fold("How it judges, its thresholds, an example", _judging(check, judged))])
        + "\n"
    )


def _judging(check: plugin.Check, judged: Iterable[str]) -> Iterator[str]:
    page = docstring.parse(check.page)
    yield from judged
    needs = [(need,) if isinstance(need, str) else need for need in check.needs]
    named = " and ".join(" or ".join(f"`{name}`" for name in names) for names in needs)
    yield f"For {', '.join(check.kinds)} runs." + (f" Needs {named}." if needs else "")
    if check.thresholds:
        rows = ["| threshold | default | meaning |", "|---|---|---|"]
        for name, value in check.thresholds.items():
            meaning = page.parameters.get(name, "").replace("|", "\\|")
            rows.append(f"| `{name}` | `{value!r}` | {meaning} |")
        yield "\n".join(rows)
        first = next(iter(check.thresholds))
        yield f"Set one with `--set {check.name}.{first}=VALUE`, or in `curvewise.toml`:"
        yield f"```toml\n[checks.{check.name}]\n{first} = {json.dumps(check.thresholds[first])}\n```"
    if examples := page.sections.get("Examples"):
        yield f"```pycon\n{examples}\n```"
    if references := page.sections.get("References"):
        yield references


def check_index() -> str:
    """Return the list of all checks."""
    lines = [GENERATED, "", "# Checks", "", "Each looks for one failing state.", ""]
    lines += ["| check | failing state | runs |", "|---|---|---|"]
    for check in plugin.checks().values():
        summary = docstring.parse(check.page).summary.replace("|", "\\|")
        lines.append(f"| [{check.name}]({check.name}.md) | {summary} | {', '.join(check.kinds)} |")
    return "\n".join(lines) + "\n"


def metric_index() -> str:
    """Return the metric catalogue as a page."""
    lines = [GENERATED, "", "# Metrics", "", "What each number means, and what each source calls it.", ""]
    for metric in metrics.catalogue().values():
        better = f"{metric.better} is better" if metric.better else "no better direction"
        lines += [
            f"## {metric.name}",
            "",
            f"{metric.meaning} Unit: {metric.unit}; {better}; each value is {metric.taken}.",
            "",
        ]
        names = [(source, aliases) for source, aliases in metric.aliases.items() if aliases]
        if names:
            lines += ["| source | called |", "|---|---|"]
            lines += [
                f"| {source} | {', '.join(f'`{name}`' for name in aliases)} |" for source, aliases in names
            ]
            lines += [""]
    return "\n".join(lines).rstrip() + "\n"


def format_index() -> str:
    """Return the file formats, and the kinds of places, as a page."""
    lines = [GENERATED, "", "# Formats", "", "Recognised by content, never by file name.", ""]
    lines += _read_plugins(plugin.formats().values(), "##")
    lines += [
        "## Places",
        "",
        "Where runs lie: `curvewise runs PATH` lists them, and `PATH#NAME` is one.",
        "",
    ]
    lines += _read_plugins(plugin.sources().values(), "###")
    return "\n".join(lines).rstrip() + "\n"


def _read_plugins(plugins: Iterable[plugin.FileFormat | plugin.Source], heading: str) -> list[str]:
    lines: list[str] = []
    for known in sorted(plugins, key=lambda known: (known.generic, known.name)):
        page = docstring.parse(inspect.getdoc(known.function) or "")
        lines += [f"{heading} {known.name}", "", f"{known.title}. {page.summary}", ""]
        lines += [f"Recognised by: {known.recognised_by}", ""]
        for paragraph in docstring.paragraphs(page.body):
            lines += [paragraph, ""]
    return lines


def output_index() -> str:
    """Return the output formats, and which results each can take, as a page."""
    results = {result: plugin.renderers(result) for result in ("report", "choice", *plugin.views())}
    lines = [
        GENERATED,
        "",
        "# Output formats",
        "",
        "The ending of a file tells its format, else `--format`.",
        "",
    ]
    lines += ["| format | endings | a report in it | results that it takes |", "|---|---|---|---|"]
    for name, known in plugin.reporters().items():
        summary = docstring.parse(inspect.getdoc(known.function) or "").summary.replace("|", "\\|")
        endings = ", ".join(f"`{ending}`" for ending in known.endings)
        taken = ", ".join(result for result, formats in results.items() if name in formats)
        lines.append(f"| `{name}` | {endings} | {summary} | {taken} |")
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Write the files, or with ``--check`` name those that are out of date."""
    os.chdir(ROOT)
    expected = {ROOT / name: content for name, content in pages()}
    stale = [path for path, content in expected.items() if not path.is_file() or path.read_text() != content]
    if "--check" in arguments:
        stale = [path for path in stale if not exhibit_file.lacks_only_new(path, expected[path])]
    present = [path for folder in GENERATED_FOLDERS for path in (ROOT / folder).glob("*") if path.is_file()]
    left_over = [path for path in present if path not in expected]
    if "--check" in arguments:
        for path in (*stale, *left_over):
            print(f"out of date: {path.relative_to(ROOT)}; run `make docs`", file=sys.stderr)
        return 1 if stale or left_over else 0
    for path in left_over:
        path.unlink()
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(expected[path])
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
