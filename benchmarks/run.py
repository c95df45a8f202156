"""Measure speed as ratios against named yardsticks: ``make bench``.

Ratios travel from machine to machine; the times beside them do not.
"""

from __future__ import annotations

import compileall
import contextlib
import csv
import io
import json
import re
import shutil
import sqlite3
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import pyarrow.csv
import waiting
from inputs import console_log, event_file, mlflow_database, result_file, step_log, trainer_state, wandb_log
from measure import Result, Timed, call, command, compare, missing, table
from yardsticks import data_server, event_accumulator

import curvewise as cw

SMALL_ROWS = 300
LARGE_ROWS = 1_000_000
STATE_ENTRIES = 200_000
SCALARS = 1_000_000
CONSOLE_ROWS = 50_000
EVENT_RUNS = 200
EVENT_SCALARS = 10_000
WANDB_ROWS = 50_000
SMALL_RUNS = 3_000
MANY_RUNS = 10_000
BLOCK = 1_000


def start_up(folder: Path) -> Iterator[Result]:
    """Whole processes with compiled bytecode."""
    for place in (Path(cw.__file__).parent, Path(sysconfig.get_paths()["purelib"])):
        with contextlib.redirect_stdout(io.StringIO()):
            compileall.compile_dir(place, quiet=2, workers=1)
    program = shutil.which("curvewise", path=str(Path(sys.executable).parent)) or "curvewise"
    small = str(result_file(folder / "small.csv", SMALL_ROWS))
    numpy = command([sys.executable, "-c", "import numpy"])
    for subject, arguments in (
        ("curvewise --help", ["--help"]),
        (f"curvewise check, {SMALL_ROWS} rows", ["check", small]),
    ):
        yield compare(subject, command([program, *arguments]), "python -c 'import numpy'", numpy, rounds=11)


def small_file(folder: Path) -> Iterator[Result]:
    """One result file of ordinary size, in a process that is already running."""
    path = result_file(folder / "small.csv", SMALL_ROWS)
    read = call(repeated(partial(read_csv, path), 20))
    run = cw.load(str(path))
    for subject, work in (
        (f"load, {SMALL_ROWS} rows", partial(cw.load, str(path))),
        (f"analyze, {SMALL_ROWS} rows", partial(cw.analyze, run)),
    ):
        yield _each(compare(subject, call(repeated(work, 20)), "csv.reader and float", read, rounds=11), 20)


def large_files(folder: Path) -> Iterator[Result]:
    """Files at the size where reading is all that counts."""
    path = result_file(folder / "large.csv", LARGE_ROWS)
    subject = f"load, {LARGE_ROWS:,} x 7 CSV"
    load = call(partial(cw.load, str(path)))
    reference = call(lambda: pyarrow.csv.read_csv(path))
    yield compare(subject, load, "pyarrow.csv.read_csv", reference, rounds=5)
    path = trainer_state(folder / "trainer_state.json", STATE_ENTRIES)
    subject = f"load, {STATE_ENTRIES:,} log entries"
    load = call(partial(cw.load, str(path)))
    decoders: tuple[tuple[str, Callable[[bytes], object]], ...] = (
        ("json.loads", json.loads),
        ("msgspec.json.decode", msgspec.json.decode),
    )
    for name, decode in decoders:
        yield compare(subject, load, name, call(partial(decode_file, decode, path)), rounds=5)


def consoles(folder: Path) -> Iterator[Result]:
    """Read what a training printed, beside finding the numbers in it."""
    numbers = re.compile(rb"[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?")
    paths = {
        "progress bars": console_log(folder / "bars.log", CONSOLE_ROWS),
        "30 metrics a line": step_log(folder / "steps.log", CONSOLE_ROWS // 6, 30),
        "3 metrics a line": step_log(folder / "short.log", CONSOLE_ROWS, 3),
    }
    for name, path in paths.items():
        subject = f"load, log, {name}, {path.stat().st_size / 1e6:.1f} MB"
        find = call(partial(decode_file, numbers.findall, path))
        yield compare(subject, call(partial(cw.load, str(path))), "find its numbers with re", find, rounds=5)


def trackers(folder: Path) -> Iterator[Result]:
    """One store of each kind, beside the least that anybody would do to read it."""
    path = folder / f"run-{WANDB_ROWS}.wandb"
    rows = wandb_log(path, WANDB_ROWS)
    subject = f"load, .wandb, {WANDB_ROWS:,} rows"
    load = call(partial(cw.load, str(path)))
    yield compare(subject, load, "read it, and json a row", call(partial(read_rows, path, rows)), rounds=5)
    path = mlflow_database(folder / "mlflow.db", SCALARS // 4)
    subject = f"load, {SCALARS // 4:,} points of mlflow.db"
    load = call(partial(cw.load, str(path)))
    yield compare(subject, load, "the SQL alone", call(partial(select_all, path)), rounds=5)


def tensorboard(folder: Path) -> Iterator[Result]:
    """Event files: a large one, and those of many runs, a tenth of which is enough for the slow reader."""
    one, many = folder / "one", folder / "many"
    one.mkdir()
    path = event_file(one / "events.out.tfevents.1", SCALARS)
    subject = f"load, {SCALARS:,} TensorBoard scalars"
    load = call(partial(cw.load, str(path)))
    for name, reference, rounds in (
        ("tensorboard-data-server", data_server(one), 3),
        ("EventAccumulator", event_accumulator([path]), 1),
    ):
        yield compare(subject, load, name, reference, rounds=rounds) if reference else missing(subject, name)
    paths = []
    for index in range(EVENT_RUNS):
        run = many / str(index)
        run.mkdir(parents=True)
        paths.append(event_file(run / "events.out.tfevents.1", EVENT_SCALARS, seed=index))
    subject, tenth = f"load, 1 of {EVENT_RUNS} runs of {EVENT_SCALARS:,}", paths[::10]
    reference = event_accumulator(tenth)
    load = call(lambda: [cw.load(str(path)) for path in paths])
    if reference is None:
        yield missing(subject, "EventAccumulator")
    else:
        result = compare(subject, load, "EventAccumulator", reference, rounds=1)
        yield result._replace(
            subject_seconds=result.subject_seconds / len(paths),
            yardstick_seconds=result.yardstick_seconds / len(tenth),
        )


def read_rows(path: Path, rows: list[bytes]) -> list[object]:
    """Read a file, and the rows of it that are known already as JSON."""
    path.read_bytes()
    return [json.loads(row) for row in rows]


def select_all(path: Path) -> list[tuple[object, ...]]:
    """Fetch the metrics of a run, in the order in which they were logged."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        query = "SELECT key, step, value FROM metrics WHERE run_uuid = 'a' ORDER BY key, timestamp, step"
        return connection.execute(query).fetchall()


def many_runs(folder: Path) -> Iterator[Result]:
    """Ten thousand small runs, half of them result files and half trainer states, block by block."""
    paths = [
        result_file(folder / f"{index}.csv", 60, seed=index)
        if index % 2
        else trainer_state(folder / f"{index}.json", 60, seed=index)
        for index in range(MANY_RUNS)
    ]
    blocks = len(paths) // BLOCK
    judge = turns(paths, lambda path: cw.analyze(cw.load(str(path))))
    read = turns(paths, lambda path: read_csv(path) if path.suffix == ".csv" else read_json(path))
    subject = f"load and analyze, 1 of {MANY_RUNS:,} runs"
    yield _each(compare(subject, judge, "csv.reader or json.loads", read, rounds=blocks - 1), BLOCK)


def small_runs(folder: Path) -> Iterator[Result]:
    """Three thousand runs of 20 to 60 rows, read alone, block by block."""
    paths = [
        result_file(folder / f"{index}.csv", 20 + index % 41, seed=index)
        if index % 2
        else trainer_state(folder / f"{index}.json", 20 + index % 41, seed=index)
        for index in range(SMALL_RUNS)
    ]
    load = turns(paths, lambda path: cw.load(str(path)))
    read = turns(paths, lambda path: read_csv(path) if path.suffix == ".csv" else read_json(path))
    subject = f"load, 1 of {SMALL_RUNS:,} small runs"
    yield _each(
        compare(subject, load, "csv.reader or json.loads", read, rounds=len(paths) // BLOCK - 1), BLOCK
    )


def turns(paths: list[Path], work: Callable[[Path], object]) -> Timed:
    """Time the work on the next block of paths at every call."""
    remaining = iter(range(0, len(paths), BLOCK))

    def block() -> None:
        start = next(remaining)
        for path in paths[start : start + BLOCK]:
            work(path)

    return call(block)


def repeated(function: Callable[[], object], times: int) -> Callable[[], None]:
    """Return a function that calls another one several times."""

    def repeat() -> None:
        for _ in range(times):
            function()

    return repeat


def read_csv(path: Path) -> list[list[float]]:
    """Read a table with the standard library, as a short script would."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return [[float(cell) if cell else np.nan for cell in row] for row in rows]


def read_json(path: Path) -> object:
    """Read a JSON document with the standard library."""
    return decode_file(json.loads, path)


def decode_file(decode: Callable[[bytes], object], path: Path) -> object:
    """Read a file and decode it."""
    return decode(path.read_bytes())


def _each(result: Result, times: int) -> Result:
    return result._replace(
        subject_seconds=result.subject_seconds / times,
        yardstick_seconds=result.yardstick_seconds / times,
        rated=True,
    )


def main() -> None:
    """Run every benchmark and print one table."""
    started = time.monotonic()
    results: list[Result] = []
    for benchmark in (
        start_up,
        small_file,
        large_files,
        consoles,
        trackers,
        tensorboard,
        small_runs,
        many_runs,
    ):
        with tempfile.TemporaryDirectory() as folder:
            results += benchmark(Path(folder))
    print(table(results))
    print(f"\n{waiting.table()}\n")
    print(f"Processor time, medians of rounds by turns; {time.monotonic() - started:.0f} s in all.")


if __name__ == "__main__":
    main()
