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
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT.parent / "shared" / "bench"
PAGE = ROOT / "docs" / "accuracy.md"
FIGURES = ROOT / "scripts" / "calibration" / "figures.json"
MACRO = r"macro-F1 ([\d.]+)  \(95 % over clusters ([\d.]+) to ([\d.]+)\)"
T_QUANTILES = {3: 4.303, 8: 2.365}
"""97.5 % points of Student's distribution, by the number of seeds."""
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
    seeds
        Draws of the noise or of the halves.
    """

    name: str
    question: str
    measure: str
    options: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (0,)


AS_LOGGED = "--as-logged"
"""Without standard errors and numbers of examples, which most files do not have."""
DRAWS = (7, 11, 12, 1, 2, 3, 4, 5)
NOISY = (
    Task("checkpoint_small", "best checkpoint by 100 examples", "accuracy points lost, lower"),
    Task("checkpoint_rl", "best checkpoint by few episodes", "gain over the last in % of the span, higher"),
    Task("checkpoint_lm", "best checkpoint by half of the tasks", "points against the best pick, higher"),
)
TASKS = (
    Task("overfit3", "overfit, diverged or neither; a rise of 5 % counts", "macro-F1, higher"),
    Task("overfit3", "the same; a rise of 2 % counts", "macro-F1, higher", ("--margin", "0.02")),
    Task("checkpoint_large", "best checkpoint by a large validation set", "regret in % of the range, lower"),
    *(task._replace(options=(AS_LOGGED,), seeds=DRAWS) for task in NOISY),
    Task("learning_rate", "learning rate low, high or fine", "macro-F1, higher"),
    Task("more_training", "will more training help, asked at half of it", "macro-F1, higher"),
    Task("false_alarm", "overfit or not, on synthetic curves of known truth", "false alarms in %, lower"),
    *(task._replace(seeds=DRAWS[:3]) for task in NOISY),
)


class Measured(NamedTuple):
    """What one task gave: the printed results of the plain rule and of curvewise a seed, runs and seconds."""

    task: Task
    plain: list[str]
    ours: list[str]
    runs: int
    seconds: float
    reliability: list[tuple[float, bool]]


class Bench:
    """The program that makes and scores the tasks."""

    def __init__(self, folder: Path, split: str) -> None:
        self.program, self.split = folder / "score.py", split

    def output(self, command: str, task: Task, seed: int, *further: str) -> str:
        """Return what it prints."""
        arguments = [str(self.program), command, task.name, *further, "--split", self.split, *task.options]
        return _run([sys.executable, *arguments, "--seed", str(seed)])

    def measure(self, task: Task, folder: Path) -> Measured:
        """Make the runs of a task, judge them and score the verdicts."""
        started = time.monotonic()
        count, plain, ours, claims = 0, [], [], []
        for seed in task.seeds:
            runs = self.output("make", task, seed)
            judged = _run([sys.executable, str(Path(__file__).with_name("predict.py")), task.name], runs)
            file = folder / f"{task.name}{''.join(task.options)}{seed}.jsonl"
            file.write_text(judged)
            count += runs.count("\n")
            plain.append(self.output("baseline", task, seed))
            ours.append(self.output("score", task, seed, str(file)))
            claims += _claims(judged) if task.name == "false_alarm" else []
        return Measured(task, plain, ours, count, time.monotonic() - started, claims)


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


def figure(task: Task, printed: list[str]) -> str:
    """Return the one figure of a task with its interval, from what ``score.py`` printed for each seed."""
    if found := re.search(MACRO, printed[0]):
        return f"{found[1]} ({found[2]} to {found[3]})"
    if task.name == "false_alarm":
        found = re.search(r"false alarms ([\d.]+%) \(worst cell ([\d.]+%)\), detected ([\d.]+%)", printed[0])
        return f"{found[1]}, worst cell {found[2]}; {found[3]} seen" if found else "n/a"
    means = [float(found[1]) for one in printed if (found := re.search(MEAN, one))]
    if len(means) < 2:
        return f"{means[0]:.3f}" if means else "n/a"
    half = T_QUANTILES[len(means)] * statistics.stdev(means) / len(means) ** 0.5
    mean = statistics.fmean(means)
    return f"{mean:.3f} ({mean - half:.3f} to {mean + half:.3f})"


def page(results: list[Measured], split: str) -> str:
    """Return the page."""
    total = sum(result.runs for result in results)
    known = [result for result in results if result.task in TASKS[-len(NOISY) :]]
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
        "## As logged",
        "",
        "Metrics by step, and nothing else: no standard errors and no number of validation examples, which "
        "most files do not have.",
        "",
        *_table([result for result in results if result not in known]),
        "",
        "Brackets: 95 % interval over clusters (submissions and workloads, or problems and optimizers); of "
        f"checkpoints, that of the mean over the draws {', '.join(map(str, DRAWS))}. The constants of the "
        "choice were chosen on these draws.",
        "",
        "## With standard errors",
        "",
        "The same choices where the run also states the standard error of each evaluation and the number of "
        f"examples behind it: draws {', '.join(map(str, DRAWS[:3]))}.",
        "",
        *_table(known),
        "",
        *_cells(results),
        *_reliability(results),
        *_rises(),
        *_odds(),
        *_kept("## Diagnoses"),
        *_left_out(),
        *_details(results),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _table(results: list[Measured]) -> list[str]:
    rows = [
        f"| {task.question} | {result.runs:,} | {task.measure} | {figure(task, result.plain)} "
        f"| {figure(task, result.ours)} |"
        for result in results
        for task in (result.task,)
    ]
    head = "| question | runs | figure, and what is better | plain rule | curvewise |"
    return [head, "|---|---|---|---|---|", *rows]


def _cells(results: list[Measured]) -> list[str]:
    printed = next((result.ours[0] for result in results if result.task.name == "false_alarm"), "")
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


def _kept(title: str) -> list[str]:
    """Return a part of the page as it is: ``benchmarks/causes --write`` writes it."""
    _, heading, rest = PAGE.read_text().partition(f"{title}\n")
    return [heading + rest.partition("\n## ")[0]] if heading else []


def _stored() -> dict[str, list[dict[str, Any]]]:
    """Return the figures that `scripts/calibrate.py` wrote last, by topic."""
    stored: dict[str, list[dict[str, Any]]] = json.loads(FIGURES.read_bytes()) if FIGURES.is_file() else {}
    return stored


def _cells_of(topic: str) -> dict[str, dict[str, str]]:
    """Return the figures of a topic, which are named ``row: column``, by row and column."""
    rows: dict[str, dict[str, str]] = {}
    for each in _stored().get(topic, ()):
        row, _, column = each["name"].partition(": ")
        rows.setdefault(row, {})[column] = f"{each['value']:.{each['digits']}f}"
    return rows


def _rises() -> list[str]:
    """Return the table of simulated families: false alarms, and rises that are seen."""
    lines = [
        "## Rises in families of noise and of courses",
        "",
        "Share of 200 curves each, in %, that are said to overfit (of sparse rewards, to collapse, where the "
        "reward falls by as much): without a rise, and with one of 10 and of 40 %, by the number of "
        "evaluations. No training loss helps. `scripts/calibration/rises.py` holds the families. The best "
        "possible test, which knows the noise and the courses of its family and has 5 % false alarms, sees "
        "no more than its row says, beyond the scatter of 200 curves: noise that lasts from evaluation to "
        "evaluation leaves less to see with 16 of them than with 4. Fewer than 5 evaluations cannot measure "
        "their noise, so that what a noise of 10 % makes is no rise.",
        "",
        "| family | rise | 2 | 3 | 4 | 8 | 16 | 40 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for family, cells in _cells_of("rises").items():
        for rise in ("+0%", "+10%", "+40%"):
            row = [value for column, value in cells.items() if column.startswith(f"{rise},")]
            label = "none" if rise == "+0%" else f"{rise[:-1]} %"
            lines += [f"| {family} | {label} | {' | '.join(row)} |"] if row else []
    return [*lines, ""]


def _odds() -> list[str]:
    """Return the table of stated odds and ties on simulated curves."""
    lines = [
        "## Stated odds of being the best checkpoint",
        "",
        "Loss curves without standard errors and of known truth: how many choices claim to be the best with "
        "90 % or more, how many of these are, how often the checkpoint and its ties, which claim 90 %, hold "
        "the best, and how far the choice lies above it. Of a family a third each has no rise, one of 10 and "
        "one of 40 %.",
        "",
        "| curves | claims | right, % | ties hold the best, % | loss above the best, % |",
        "|---|---|---|---|---|",
    ]
    columns = (
        "claims of 90 % or more",
        "of these right, %",
        "90 % ties that hold the best, %",
        "loss above the best, %",
    )
    for name, cells in _cells_of("odds").items():
        lines.append(f"| {name} | {' | '.join(cells.get(column, '-') for column in columns)} |")
    return [*lines, ""]


TABLED = ("rises", "odds")
"""Topics that have a table of their own."""


def _left_out() -> list[str]:
    """Return the table of what was measured on groups that thresholds and models were not fitted on."""
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
    for topic, figures in _stored().items():
        for each in figures if topic not in TABLED else ():
            low_high = each.get("interval")
            digits = each.get("digits", 3)
            span = f" ({low_high[0]:.{digits}f} to {low_high[1]:.{digits}f})" if low_high else ""
            value = f"{each['value']:.{digits}f}{span}"
            lines.append(f"| {topic} | {each['name']} | {value} | {each['n']:,} | {each['note']} |")
    return [*lines, ""]


def _details(results: list[Measured]) -> list[str]:
    lines = ["## In full", "", "What `score.py` prints; of several draws, for the first."]
    for result in results:
        title = " ".join((result.task.name, *result.task.options))
        lines += ["", f"### {title}", "", "```text", "plain rule", result.plain[0].rstrip()]
        lines += ["curvewise", result.ours[0].rstrip(), "```"]
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
