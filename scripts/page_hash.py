"""The hash of what the HTML page is built from, as the build writes it into the page.

It needs no Node.js: a test compares it with the hash in the page that is shipped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

WEB = Path(__file__).resolve().parent.parent / "web"
SOURCES = (
    "src",
    "fleet.html",
    "index.html",
    "package-lock.json",
    "package.json",
    "single_file.ts",
    "tsconfig.json",
    "vite.config.ts",
)
"""The same as in `web/single_file.ts`."""


def page_hash() -> str:
    """Return SHA-256 of names and contents, in the order of their names."""
    found = hashlib.sha256()
    for path in sorted(_files(), key=lambda path: path.relative_to(WEB).as_posix()):
        found.update(path.relative_to(WEB).as_posix().encode() + b"\0")
        found.update(path.read_bytes() + b"\0")
    return f"sha256-{found.hexdigest()}"


def _files() -> Iterator[Path]:
    for name in SOURCES:
        path = WEB / name
        yield from (file for file in path.rglob("*") if file.is_file()) if path.is_dir() else (path,)


if __name__ == "__main__":
    print(page_hash())
