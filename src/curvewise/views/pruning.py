"""What could be deleted of the checkpoints of a run."""

from __future__ import annotations

from collections.abc import Iterator

from curvewise.model.pruning import Pruning
from curvewise.plugin import Style, View
from curvewise.text import printable
from curvewise.views._formats import Cells, table_formats

COLUMNS = ("step", "path", "bytes", "kept", "deleted")


def size(count: float) -> str:
    """Write a number of bytes.

    Examples
    --------
    >>> size(0), size(1_500_000), size(3_200_000_000)
    ('0 B', '1.5 MB', '3.2 GB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:,.1f} TB"


def _said(plan: Pruning) -> Iterator[str]:
    removable = plan.removable
    if plan.deleted or plan.failed:
        gone = sum(each.bytes for each in plan.checkpoints if each.path in plan.deleted)
        yield f"deleted {len(plan.deleted)} of {len(plan.checkpoints)} checkpoints: {size(gone)} are free"
        yield from (f"not deleted: {printable(each)}" for each in plan.failed)
    elif removable:
        yield (
            f"{len(removable)} of {len(plan.checkpoints)} checkpoints could be deleted, which frees "
            f"{size(plan.frees)}; nothing was deleted: --yes does it"
        )
    else:
        yield f"all {len(plan.checkpoints)} checkpoints are kept"


def _text(plan: Pruning, style: Style) -> str:
    del style  # lines, as wide as they are
    reasons = [printable(each.kept) for each in plan.checkpoints]
    lines, longest = [], max(map(len, reasons), default=0)
    for each, kept in zip(plan.checkpoints, reasons, strict=True):
        word = "deleted" if each.path in plan.deleted else "keep" if kept else "delete"
        said = f"{word:<7}  {kept:<{longest}}"
        lines.append(f"step {each.step:>9,}  {size(each.bytes):>8}  {said}  {printable(each.path)}")
    return "\n".join([*lines, *_said(plan), ""])


def _cells(plan: Pruning) -> Cells:
    for each in plan.checkpoints:
        yield each.step, each.path, each.bytes, each.kept, "yes" if each.path in plan.deleted else "no"


pruning = View(
    name="pruning", formats={"text": _text, **table_formats("Checkpoints", COLUMNS, _cells, _said)}
)
