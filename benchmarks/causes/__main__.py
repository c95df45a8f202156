"""Train runs with one cause of trouble each, and see whether curvewise names it.

``python benchmarks/causes [--seeds 0 1 2] [--only TEXT] [--keep FOLDER]``
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # set before numpy loads

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

from causes import judge, runs, stated


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3])
    parser.add_argument(
        "--only",
        nargs="+",
        default=[""],
        metavar="TEXT",
        help="only runs with such a text in FAMILY/CAUSE-TASK-SEED",
    )
    parser.add_argument("--keep", type=Path, help="keep the files of the runs in this folder")
    parser.add_argument("--each", action="store_true", help="also print a line for each run")
    parser.add_argument("--write", action="store_true", help="write down how often each diagnosis was right")
    options = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        judged = []
        for made in runs.make(folder, options.seeds, options.only):
            judged.append(judge.judge(made))
            if options.each:
                print(judge.line(judged[-1]), flush=True)
    if options.write:
        stated.write(judged)
    print(judge.tables(judged))
    print(f"\n{len(judged)} runs, {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
