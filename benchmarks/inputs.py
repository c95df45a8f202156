"""The files that the benchmarks read, made from a seed."""

from __future__ import annotations

import json
import sqlite3
import struct
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from curvewise.parsing.tfrecord import checksums

COLUMNS = (
    "train_loss", "train_mean_token_accuracy", "valid_loss", "valid_mean_token_accuracy",
    "full_valid_loss", "full_valid_mean_token_accuracy",
)  # fmt: skip
EPOCHS = 4


def result_file(path: Path, rows: int, *, seed: int = 0) -> Path:
    """Write a supervised result file with seven columns, the last two filled once an epoch."""
    rng = np.random.default_rng(seed)
    step = np.arange(1, rows + 1)
    curve = 0.4 + np.exp(-step / (0.2 * rows))
    columns: dict[str, pa.Array[Any]] = {"step": pa.array(step)}
    for name in COLUMNS:
        loss = curve * rng.lognormal(0.0, 0.1, rows)
        values = np.round(loss if name.endswith("loss") else np.exp(-loss), 9)
        blank = step % (rows // EPOCHS) != 0 if name.startswith("full") else np.zeros(rows, bool)
        columns[name] = pa.array(values, mask=blank)
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="none")
    with path.open("wb") as file:
        file.write(f"{','.join(columns)}\n".encode())
        pyarrow.csv.write_csv(pa.table(columns), file, options)
    return path


def trainer_state(path: Path, entries: int, *, seed: int = 0) -> Path:
    """Write a ``trainer_state.json`` with an evaluation after every 50 training entries."""
    rng = np.random.default_rng(seed)
    history: list[dict[str, float]] = []
    for step, noise in enumerate(rng.lognormal(0.0, 0.1, entries).tolist(), start=1):
        loss = (0.4 + 1.0 / (1.0 + 20 * step / entries)) * noise
        if step % 51 == 0:
            history.append({"epoch": step / 1000, "eval_loss": loss, "eval_runtime": 12.5, "step": step - 1})
        else:
            rate = 2e-5 * (1 - step / entries)
            history.append(
                {"epoch": step / 1000, "grad_norm": noise, "learning_rate": rate, "loss": loss, "step": step}
            )
    state = {"best_metric": None, "global_step": entries, "log_history": history, "max_steps": entries}
    path.write_text(json.dumps(state, indent=2), encoding="utf-8")
    return path


def event_file(path: Path, scalars: int, *, seed: int = 0) -> Path:
    """Write a TensorBoard event file in which four series are logged at every step."""
    rng = np.random.default_rng(seed)
    tags = ("train/loss", "train/grad_norm", "train/learning_rate", "train/epoch")
    events = [b"\x09" + bytes(8) + b"\x1a\x0dbrain.Event:2"]
    for step in range(1, scalars // len(tags) + 1):
        head = b"\x09" + struct.pack("<d", 1.7e9 + step) + b"\x10" + _varint(step)
        for tag, value in zip(tags, rng.random(len(tags)).tolist(), strict=True):
            scalar = b"\x0a" + _varint(len(tag)) + tag.encode() + b"\x15" + struct.pack("<f", value)
            summary = b"\x0a" + _varint(len(scalar)) + scalar
            events.append(head + b"\x2a" + _varint(len(summary)) + summary)
    lengths = [struct.pack("<Q", len(event)) for event in events]
    with path.open("wb") as file:
        for length, of_length, event, of_event in zip(
            lengths, _sums(lengths), events, _sums(events), strict=True
        ):
            file.write(length + of_length + event + of_event)
    return path


def wandb_log(path: Path, rows: int, *, seed: int = 0) -> list[bytes]:
    """Write the log that Weights & Biases keeps of a run, and return its rows as JSON.

    As there, each row of the history is followed by two summaries with the same values.
    """
    rng = np.random.default_rng(seed)
    names = ("train/loss", "train/grad_norm", "train/learning_rate", "train/epoch", "_runtime", "_timestamp")
    records, texts = [], []
    for step, values in enumerate(rng.random((rows, len(names))).tolist(), start=1):
        row = {"_step": step - 1, "train/global_step": step, **dict(zip(names, values, strict=True))}
        texts.append(json.dumps(row).encode())
        items = b"".join(_item(key.encode(), repr(value).encode()) for key, value in row.items())
        count = b"\x08" + _varint(3 * step)
        history = count + b"\x12" + _varint(len(items)) + items
        summary = count + b"\x1a" + _varint(len(items)) + items
        records += [history, summary, summary]
    path.write_bytes(_leveldb_log(records))
    return texts


def _leveldb_log(records: list[bytes]) -> bytes:
    """Write records in blocks of 32 KiB, in as many parts as they need."""
    log = bytearray(b":W&B\x00\xbe\x00")
    for record in records:
        rest, begun = record, False
        while rest or not begun:
            room = -len(log) % 32768 - 7
            if room < 0:
                log += bytes(room + 7)
                room = 32768 - 7
            part, rest = rest[:room], rest[room:]
            kind = (3 if rest else 4) if begun else (2 if rest else 1)
            log += struct.pack("<IHB", zlib.crc32(bytes((kind,)) + part), len(part), kind) + part
            begun = True
    return bytes(log)


def _item(key: bytes, value: bytes) -> bytes:
    content = b"\x12" + _varint(len(key)) + key + b"\x82\x01" + _varint(len(value)) + value
    return b"\x0a" + _varint(len(content)) + content


def console_log(path: Path, rows: int, *, seed: int = 0) -> Path:
    """Write what a training of Hugging Face prints, with its progress bar."""
    rng = np.random.default_rng(seed)
    lines = []
    for step, loss in enumerate(rng.random(rows).tolist(), start=1):
        share = 100 * step // rows
        lines.append(
            f" {share}%|{'█' * (share // 10):10}| {step}/{rows} [{step % 3600}<{rows - step}, 1.2it/s]\r"
        )
        values = f"'loss': '{loss:.4g}', 'grad_norm': '{2 * loss:.4g}', 'learning_rate': '{loss / 1e5:.4g}'"
        lines.append(f"{{{values}, 'epoch': '{step / 1000:.4g}'}}\n")
    path.write_text("".join(lines), encoding="utf-8")
    return path


def step_log(path: Path, rows: int, metrics: int, *, seed: int = 0) -> Path:
    """Write what verl prints: a step and many metrics on each line."""
    values = np.random.default_rng(seed).normal(0.0, 1.0, (rows, metrics)).tolist()
    names = ["actor/entropy", "critic/score/mean", *(f"timing_s/part_{part}" for part in range(metrics - 2))]
    lines = (
        f"(TaskRunner pid=7) step:{step} - "
        + " - ".join(f"{name}:{value!r}" for name, value in zip(names, row, strict=True))
        for step, row in enumerate(values, start=1)
    )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*parts, value))


def _sums(contents: list[bytes]) -> list[bytes]:
    """Return the checksum of each content, those of one length at once."""
    sums = [b""] * len(contents)
    for length in {len(content) for content in contents}:
        alike = [index for index, content in enumerate(contents) if len(content) == length]
        rows = np.frombuffer(b"".join(contents[index] for index in alike), np.uint8).reshape(-1, length)
        for index, value in zip(alike, checksums(rows).astype("<u4"), strict=True):
            sums[index] = value.tobytes()
    return sums


def mlflow_database(path: Path, points: int, *, seed: int = 0) -> Path:
    """Write a database of MLflow with one run that logs four metrics at every step."""
    rng = np.random.default_rng(seed)
    keys = ("loss", "grad_norm", "learning_rate", "epoch")
    rows = (
        (key, value, step, "a", step, 0)
        for step in range(points // len(keys))
        for key, value in zip(keys, rng.random(len(keys)).tolist(), strict=True)
    )
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE runs (run_uuid, name, status, start_time, lifecycle_stage)")
        connection.execute("CREATE TABLE metrics (key, value, timestamp, run_uuid, step, is_nan)")
        connection.execute("CREATE TABLE params (key, value, run_uuid)")
        connection.execute("INSERT INTO runs VALUES ('a', 'run', 'FINISHED', 0, 'active')")
        connection.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", rows)
    return path
