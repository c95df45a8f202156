from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from curvewise.errors import CurvewiseError
from curvewise.job.growing_files import GrowingFiles, stamp
from curvewise.joining import read
from curvewise.parsing.document import Document
from curvewise.parsing.growing import GrowingDocument

from ..formats.protobufs import event_file, history, logged, wandb_log, wandb_run


def console(count: int) -> bytes:
    lines = [
        f"2026-01-01 step {n}/{count}: train loss {2 / n:.4f}\n"
        + (f"step {n}/{count}: val loss {2.1 / n:.4f}\n" if n % 5 == 0 else "\x1b[1mwarming up\x1b[0m\n")
        for n in range(1, count + 1)
    ]
    return "".join(lines).encode()


def bars(count: int) -> bytes:
    lines = [
        f"\r{n}/{count} [00:00]{{'loss': {2 / n:.4f}, 'learning_rate': 1e-4, 'epoch': {n / 50:.2f}}}\n"
        f"{100 * n // count}%|####| {n}/{count} [00:00<00:00]\n"
        for n in range(1, count + 1)
    ]
    return "".join(lines).encode()


def json_lines(count: int) -> bytes:
    rows = [
        {"step": n, "loss": 2 / n} | ({"eval_loss": 2.1 / n} if n % 5 == 0 else {}) for n in range(1, count)
    ]
    return "".join(json.dumps(row) + "\n" for row in [*rows, {"step": count, "loss": float("nan")}]).encode()


def csv(count: int) -> bytes:
    rows = [f"{n},{2 / n:.4f},{2.1 / n if n % 5 == 0 else ''}" for n in range(1, count + 1)]
    return "\n".join(["step,train_loss,valid_loss", *rows, ""]).encode()


def tensorboard(count: int) -> bytes:
    return event_file(*logged("train/loss", range(1, count + 1), 0.5))


def wandb(count: int) -> bytes:
    rows = (history(n, loss=2 / n, note="x" * (n % 700)) for n in range(1, count + 1))
    return wandb_log(wandb_run(), *rows)


KINDS: dict[str, Callable[[int], bytes]] = {
    each.__name__: each for each in (console, bars, json_lines, csv, tensorboard, wandb)
}


def same(document: Document, whole: bytes) -> None:
    """Compare what a document holds with what its bytes say when they are read at once."""
    try:
        expected = read(Document("log", whole))
    except CurvewiseError:
        with pytest.raises(CurvewiseError):
            read(document)
        return
    run = read(document)
    assert run.metrics == expected.metrics
    assert run.notes == expected.notes
    assert run.planned_steps == expected.planned_steps


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_parts_are_read_as_the_whole_is(kind: str, seed: int) -> None:
    whole = KINDS[kind](300)
    cuts = sorted(random.Random(seed).sample(range(1, len(whole)), 12))
    document = GrowingDocument("log", whole[: cuts[0]])
    for start, stop in zip(cuts, [*cuts[1:], len(whole)], strict=True):
        if not document.grow(whole[start:stop]):
            document = GrowingDocument("log", whole[:stop])
        held = whole[:stop] if document.is_binary else whole[: whole.rfind(b"\n", 0, stop) + 1]
        same(document, held)
    same(document, whole)


@pytest.mark.parametrize("indent", [None, 2])
def test_a_json_value_without_a_line_end_is_read(indent: int | None) -> None:
    history = [{"step": n, "loss": 2 / n} for n in range(1, 40)]
    whole = json.dumps({"log_history": history, "global_step": 39}, indent=indent).encode()
    document = GrowingDocument("trainer_state.json", whole)
    assert document.refusal is None
    same(document, whole)


def test_half_a_line_is_not_read() -> None:
    document = GrowingDocument("log", b"step 1: loss 2.5\nstep 2: loss 1.2\nstep 3: loss 1.")
    assert read(document)["train_loss"].value.tolist() == [2.5, 1.2]
    assert document.grow(b"75\nstep 4")
    assert read(document)["train_loss"].value.tolist() == [2.5, 1.2, 1.75]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "bars"])
def test_only_what_is_new_is_read_from_the_disk(kind: str, tmp_path: Path) -> None:
    whole = KINDS[kind](2000)
    file, files = tmp_path / "log", GrowingFiles()
    half = len(whole) // 2
    file.write_bytes(whole[:half])
    read(files(str(file), {}))
    assert files.bytes_read == half
    before = stamp(str(tmp_path))
    assert files(str(file), {}) is files(str(file), {})
    assert (files.bytes_read, stamp(str(tmp_path))) == (half, before)
    with file.open("ab") as log:
        log.write(whole[half:])
    assert stamp(str(tmp_path)) != before
    same(files(str(file), {}), whole)
    assert files.bytes_read == len(whole)


@pytest.mark.parametrize("how", ["shorter", "rewritten", "replaced"])
def test_a_file_that_did_not_only_grow_is_read_again(how: str, tmp_path: Path) -> None:
    file, files = tmp_path / "log", GrowingFiles()
    file.write_bytes(console(50))
    read(files(str(file), {}))
    new = console(20) if how == "shorter" else console(80).replace(b"train loss", b"train loss 9 loss")
    if how == "replaced":
        (tmp_path / "new").write_bytes(new)
        (tmp_path / "new").replace(file)
    else:
        file.write_bytes(new)
    same(files(str(file), {}), new)
