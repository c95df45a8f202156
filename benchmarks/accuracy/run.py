"""Measure every task of ``score.py`` beside its plain rule, and write ``docs/accuracy.md``.

    python benchmarks/accuracy/run.py [--bench DIR] [--split dev]

Runs are judged by ``predict.py`` in a process of its own, as anybody else would do it, and scored by
``score.py``, which alone knows the truth.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT.parent / "shared" / "bench"
PAGE = ROOT / "docs" / "accuracy.md"
FIGURES = ROOT / "scripts" / "calibration" / "figures.json"
MACRO = r"macro-F1 ([\d.]+)  \(95 % over clusters ([\d.]+) to ([\d.]+)\)"
MEAN = r"mean over clusters (-?[\d.]+)"


class Task(NamedTuple):
    """One line of the table.

    Parameters
    ----------
    name
        As ``score.py`` knows it.
    question
        What it asks.
    measure
        What the figure is, and which direction is better.
    options
        Further arguments of ``score.py``.
    """

    name: str
    question: str
    measure: str
    options: tuple[str, ...] = ()


TASKS = (
    Task("overfit3", "overfit, diverged or neither; a rise of 5 % counts", "macro-F1, higher"),
    Task("overfit3", "the same; a rise of 2 % counts", "macro-F1, higher", ("--margin", "0.02")),
    Task("checkpoint_large", "best checkpoint by a large validation set", "regret in % of the range, lower"),
    Task("checkpoint_small", "best checkpoint by 100 examples", "accuracy points lost, lower"),
    Task("checkpoint_rl", "best checkpoint by few episodes", "gain over the last in % of the span, higher"),
    Task("checkpoint_lm", "best checkpoint by half of the tasks", "points against the best pick, higher"),
    Task("learning_rate", "learning rate low, high or fine", "macro-F1, higher"),
    Task("more_training", "will more training help, asked at half of it", "macro-F1, higher"),
    Task("false_alarm", "overfit or not, on synthetic curves of known truth", "false alarms in %, lower"),
)


class Measured(NamedTuple):
    """What one task gave: the printed results of the plain rule and of curvewise, runs and seconds."""

    task: Task
    plain: str
    ours: str
    runs: int
    seconds: float
    reliability: list[tuple[float, bool]]


class Bench:
    """The program that makes and scores the tasks."""

    def __init__(self, folder: Path, split: str) -> None:
        self.program, self.split = folder / "score.py", split

    def output(self, command: str, task: Task, *further: str) -> str:
        """Return what it prints."""
        arguments = [str(self.program), command, task.name, *further, "--split", self.split, *task.options]
        return _run([sys.executable, *arguments])

    def measure(self, task: Task, folder: Path) -> Measured:
        """Make the runs of a task, judge them and score the verdicts."""
        started = time.monotonic()
        runs = self.output("make", task)
        judged = _run([sys.executable, str(Path(__file__).with_name("predict.py")), task.name], runs)
        file = folder / f"{task.name}{''.join(task.options)}.jsonl"
        file.write_text(judged)
        return Measured(
            task,
            self.output("baseline", task),
            self.output("score", task, str(file)),
            runs.count("\n"),
            time.monotonic() - started,
            _claims(judged) if task.name == "false_alarm" else [],
        )


def _run(arguments: list[str], given: str | None = None) -> str:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}  # two tasks at a time, one core each
    done = subprocess.run(
        arguments, input=given, capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def _claims(judged: str) -> list[tuple[float, bool]]:
    """Return the stated probability of each verdict on the synthetic curves, and whether it is right."""
    claims = []
    for line in judged.splitlines():
        said = json.loads(line)
        if said["probability"] is not None:
            truth = "overfit" if said["run"].startswith("rise") else "ok"
            claims.append((said["probability"], said["label"] == truth))
    return claims


def figure(task: Task, printed: str) -> str:
    """Return the one figure of a task with its interval, from what ``score.py`` printed."""
    if found := re.search(MACRO, printed):
        return f"{found[1]} ({found[2]} to {found[3]})"
    if task.name == "false_alarm":
        found = re.search(r"false alarms ([\d.]+%) \(worst cell ([\d.]+%)\), detected ([\d.]+%)", printed)
        return f"{found[1]}, worst cell {found[2]}; {found[3]} seen" if found else "n/a"
    found = re.search(MEAN, printed)
    return found[1] if found else "n/a"


def page(results: list[Measured], split: str) -> str:
    """Return the page."""
    total = sum(result.runs for result in results)
    lines = [
        "<!-- Written by benchmarks/accuracy/run.py (`make accuracy`). -->",
        "",
        "# Accuracy",
        "",
        f"Verdicts on {total:,} runs whose truth curvewise does not see, beside the plain textbook rules: "
        "the lowest value is the best checkpoint, more than 1.2 x the lowest loss is overfit, a falling tail "
        f"wants more training. The runs are those of the `{split}` files. "
        "`python benchmarks/accuracy/predict.py TASK < runs.jsonl` judges any others of that form.",
        "",
        "| question | runs | figure, and what is better | plain rule | curvewise |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {task.question} | {result.runs:,} | {task.measure} | {figure(task, result.plain)} "
        f"| {figure(task, result.ours)} |"
        for result in results
        for task in (result.task,)
    ]
    lines += [
        "",
        "Brackets: 95 % interval over clusters (submissions and workloads, or problems and optimizers).",
        "",
        *_cells(results),
        *_reliability(results),
        *_left_out(),
        *_details(results),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _cells(results: list[Measured]) -> list[str]:
    printed = next((result.ours for result in results if result.task.name == "false_alarm"), "")
    cells = re.findall(
        r"(detected|false alarms)\s+(\w+)\s+" + r"\s+".join([r"\d+ evals\s+([\d.]+)%"] * 4), printed
    )
    rows = [
        f"| {shape} | {what} | {' | '.join(f'{share} %' for share in shares)} |"
        for what, shape, *shares in cells
    ]
    head = ["| curve | share of | 16 evaluations | 8 | 5 | 3 |", "|---|---|---|---|---|---|"]
    return ["## Synthetic curves", "", "240 curves a line, 60 a cell.", "", *head, *rows, ""]


def _reliability(results: list[Measured]) -> list[str]:
    claims = [claim for result in results for claim in result.reliability]
    lines = [
        "## Stated confidence",
        "",
        "Verdicts on the synthetic curves, by the confidence that they claim.",
        "",
    ]
    lines += ["| claimed | verdicts | claimed on average | right |", "|---|---|---|---|"]
    for low, high in ((0.0, 0.6), (0.6, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 1.01)):
        own = [(stated, right) for stated, right in claims if low <= stated < high]
        if own:
            stated, right = (100 * sum(values) / len(own) for values in zip(*own, strict=True))
            span = f"{100 * low:.0f} to {min(100 * high, 100):.0f} %"
            lines.append(f"| {span} | {len(own)} | {stated:.1f} % | {right:.1f} % |")
    sure = [right for stated, right in claims if stated >= 0.9]
    share = f"{100 * sum(sure) / len(sure):.1f} % are right" if sure else "there is none"
    return [*lines, "", f"Of the {len(sure)} verdicts that claim 90 % or more, {share}.", ""]


def _left_out() -> list[str]:
    """Return the table of what was measured on groups that thresholds and models were not fitted on."""
    if not FIGURES.is_file():
        return []
    lines = [
        "## What was fitted, with whole groups left out",
        "",
        "The figures above are on the files that thresholds were chosen on. Those below that are called left "
        "out, or held out, are on groups that they were not chosen on (`scripts/calibrate.py`); in brackets "
        "the 95 % interval over clusters.",
        "",
        "| topic | figure | value | runs | how |",
        "|---|---|---|---|---|",
    ]
    for topic, figures in json.loads(FIGURES.read_bytes()).items():
        for each in figures:
            low_high = each.get("interval")
            digits = each.get("digits", 3)
            span = f" ({low_high[0]:.{digits}f} to {low_high[1]:.{digits}f})" if low_high else ""
            value = f"{each['value']:.{digits}f}{span}"
            lines.append(f"| {topic} | {each['name']} | {value} | {each['n']:,} | {each['note']} |")
    return [*lines, ""]


def _details(results: list[Measured]) -> list[str]:
    lines = ["## In full", "", "What `score.py` prints."]
    for result in results:
        title = " ".join((result.task.name, *result.task.options))
        lines += ["", f"### {title}", "", "```text", "plain rule", result.plain.rstrip(), "curvewise"]
        lines += [result.ours.rstrip(), "```"]
    return lines


def main() -> int:
    """Measure all tasks, two at a time, print the table and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--bench", type=Path, default=BENCH, help="folder that holds score.py and its data")
    parser.add_argument("--split", default="dev", help="which data files: NAME_<split>.parquet")
    options = parser.parse_args()
    if not (options.bench / "score.py").is_file():
        print(f"no score.py in {options.bench}; name the folder that holds it and its data with --bench DIR")
        return 2
    started = time.monotonic()
    results = _measure_all(Bench(options.bench, options.split).measure)
    PAGE.write_text(page(results, options.split))
    print(f"wrote {PAGE.relative_to(ROOT)}; {time.monotonic() - started:.0f} s in all")
    return 0


def _measure_all(measure: Callable[[Task, Path], Measured]) -> list[Measured]:
    import tempfile

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        results = []
        for result in pool.map(lambda task: measure(task, Path(folder)), TASKS):
            task, name = result.task, " ".join((result.task.name, *result.task.options))
            plain, ours = figure(task, result.plain), figure(task, result.ours)
            print(
                f"{name:24} {result.runs:5,} runs, {result.seconds:3.0f} s: plain {plain}; curvewise {ours}",
                flush=True,
            )
            results.append(result)
    return results


if __name__ == "__main__":
    sys.exit(main())
