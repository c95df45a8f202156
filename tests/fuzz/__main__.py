"""Damage what every reader reads, for as long as asked: `python -m tests.fuzz --minutes 60`.

Each fault is printed once, with the seed that shows it again: `--only READER --seed N --count 1`.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.conftest import CORPUS
from tests.fuzz.readers import readers
from tests.fuzz.trying import fault_of

MEMORY = 256 << 20
"""Bytes by which one try may raise the peak of the process; the files are small."""
LIMIT = 6 << 30
"""Bytes of addresses, threads included, that the process may have: the machine goes on in any case."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--count", type=int, default=10**9, help="tries in all")
    parser.add_argument(
        "--seed", type=int, default=int(time.time()), help="of the first try; the next ones follow"
    )
    parser.add_argument("--only", default="", help="readers whose names hold this")
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="a folder of real files")
    asked = parser.parse_args()
    _limit_memory()
    until = time.monotonic() + asked.minutes * 60
    stopped: list[object] = []
    signal.signal(signal.SIGINT, lambda *_: stopped.append(_))  # Ctrl-C ends it with its table
    tried: Counter[str] = Counter()
    faults: dict[str, Counter[str]] = {}
    slowest: dict[str, float] = {}
    largest: dict[str, int] = {}
    with TemporaryDirectory() as folder:
        known = readers(Path(folder, "places"), asked.corpus if asked.corpus.is_dir() else None)
        chosen = [name for name in known if asked.only in name]
        print(f"{len(chosen)} readers, from seed {asked.seed}", flush=True)
        for seed in range(asked.seed, asked.seed + asked.count):
            if time.monotonic() > until or stopped:
                break
            name = chosen[0] if asked.count == 1 else Random(seed).choice(chosen)
            began, before = time.process_time(), _peak()
            found = fault_of(known[name], seed, Path(folder, "try"))
            grown = _peak() - before
            largest[name] = max(largest.get(name, 0), grown)
            if grown > MEMORY and found is None:
                found = (f"takes {grown >> 20} MiB", "")
            tried[name] += 1
            slowest[name] = max(slowest.get(name, 0.0), time.process_time() - began)
            if found is not None:
                kind, trace = found
                if faults.setdefault(name, Counter())[kind] == 0:
                    print(f"\n{name}, seed {seed}: {kind}\n{trace}", flush=True)
                faults[name][kind] += 1
    print(f"\n{'reader':<30}{'tries':>9}{'faults':>8}{'slowest s':>11}{'peak MiB':>10}")
    for name in sorted(tried):
        count = sum(faults.get(name, {}).values())
        print(f"{name:<30}{tried[name]:>9,}{count:>8}{slowest[name]:>11.2f}{largest[name] >> 20:>10}")
    print(f"{'all':<30}{tried.total():>9,}{sum(each.total() for each in faults.values()):>8}")
    return 1 if faults else 0


def _peak() -> int:
    """Return the most bytes that the process has taken so far, where the system tells."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))


if __name__ == "__main__":
    sys.exit(main())
