"""Mutation: what a file may become that was cut, damaged, or written by another program than expected."""

from __future__ import annotations

import io
import json
import zipfile
from random import Random
from typing import Any

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53, 2**63, 2**64, 10**400, -(10**30),
    0.0, -0.0, 0.5, 1e-300, 1e308, -1e308, float("nan"), float("inf"), float("-inf"),
    "", " ", "0", "1", "NaN", "-inf", "1e999", "text", "text " * 20, "\ud800", "\udfff\ud800", "\x00",
    "\x1b[31m", "\u202e", "ä", "../..", "=1+1",
    [], [[]], [1, "a", None], [{}], [float("nan")] * 3, {}, {"a": {}}, {"a": [1]}, {"step": 1}, {"": ""},
)  # fmt: skip
"""What a value of JSON may be, whatever its key promises."""
PIECES = (
    b"", b"\n", b"\r\n", b"\r", b",", b",,,", b"{", b"}", b"[", b"]", b'"', b"{}", b"[]", b"[" * 2000,
    b"null", b"NaN", b"Infinity", b"-inf", b"-1", b"1e999", b"0", b"9" * 30, b"9" * 5000, b"1,5", b"=cmd()",
    b"\xef\xbb\xbf", b"\xff\xfe", b"\x00", b"\x00" * 64, b"\xc3\x28", b"\xed\xa0\x80", b"\\ud800", b"\x1b[2J",
    b"\x80", b"\xff" * 8, b"\x7f\xff\xff\xff", b'"data"', b"step,train_loss\n1,2\n", b'{"log_history": [3]}',
)  # fmt: skip
"""What damaged files are made of."""
_ZIP = b"PK\x03\x04"


def mutated(content: bytes, random: Random) -> bytes:
    """Damage the content of a file: its bytes, its values of JSON, its cells, or a member of its archive.

    Parameters
    ----------
    content
        Of a file that can be read.
    random
        Decides everything, so that a seed gives the same file again.

    Examples
    --------
    >>> mutated(b'{"step": 1}', Random(3))
    b'{"step": []}'
    """
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        content = _structure(content, random) if random.random() < 0.6 else _bytes(content, random)
    return content


def _structure(content: bytes, random: Random) -> bytes:
    """Damage what the content says, in its own syntax; its bytes where it has none that is known."""
    if content.startswith(_ZIP):
        return _archive(content, random)
    for damage in (_json, _json_lines) if b"{" in content[:200] else ():
        try:
            return damage(content, random)
        except (ValueError, RecursionError):
            continue
    return _cells(content, random) if b"\n" in content and b"\0" not in content else _bytes(content, random)


def _bytes(content: bytes, random: Random) -> bytes:
    start = random.randint(0, len(content))
    length = random.choice((0, 1, 1, 3, 40, len(content)))
    match random.randrange(5):
        case 0:  # flips bits
            flipped = bytearray(content)
            for _ in range(random.choice((1, 1, 4)) if content else 0):
                flipped[random.randrange(len(flipped))] ^= 1 << random.randrange(8)
            return bytes(flipped)
        case 1:  # repeats a piece
            return content[:start] + content[start : start + length] * 2 + content[start + length :]
        case 2:  # is cut
            return content[:start]
    return content[:start] + random.choice(PIECES) + content[start + length :]


def _json(content: bytes, random: Random) -> bytes:
    value = _damaged(json.loads(content), random)
    return json.dumps(value).encode()


def _json_lines(content: bytes, random: Random) -> bytes:
    lines = content.splitlines()
    place = random.randrange(len(lines))
    match random.randrange(6):
        case 0:
            lines.insert(place, lines[random.randrange(len(lines))])
        case 1:
            del lines[place]
        case 2 if lines[place].strip():  # the same key in every line
            key, value = _some_key(json.loads(lines[place]), random), random.choice(VALUES)
            rows = [json.loads(line) for line in lines if line.strip()]
            lines = [json.dumps({**row, key: value}).encode() for row in rows if isinstance(row, dict)]
        case _:
            lines[place] = _json(lines[place], random)
    return b"\n".join(lines)


def _some_key(value: Any, random: Random) -> str:
    return random.choice(list(value)) if isinstance(value, dict) and value else "step"


def _damaged(value: Any, random: Random) -> Any:
    """Change one value somewhere within a value of JSON."""
    if not isinstance(value, (dict, list)) or not value or random.random() < 0.05:
        return random.choice(VALUES) if random.random() < 0.9 else _retyped(value)
    places: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value)))
    place = random.choice(places)
    match random.randrange(12):
        case 0:
            del value[place]
        case 1:
            value[place] = _retyped(value[place])
        case 2:
            value[place] = [value[place]] * random.choice((1, 2, 50))
        case 3 if isinstance(value, dict):
            value[random.choice(("", "a" * 300, "\ud800", "step", "a/b/c", f"{place} "))] = value[place]
        case 3 | 4 if isinstance(value, list):
            value.insert(random.randint(0, len(value)), value[place])
        case 5 if isinstance(value, list):
            random.shuffle(value)
        case 6:
            for each in places:
                value[each] = value[place]
        case _:
            value[place] = _damaged(value[place], random)
    return value


def _retyped(value: Any) -> Any:
    """Say the same by another type, as other programs do."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, str):
        return {"value": value}
    return str(value)


def _cells(content: bytes, random: Random) -> bytes:
    lines = content.splitlines(keepends=True)
    place = random.randrange(len(lines))
    delimiter = max((b",", b"\t", b";", b"|", b" "), key=content[:1000].count)
    cells = lines[place].rstrip(b"\r\n").split(delimiter)
    which = random.randrange(len(cells))
    given = json.dumps(random.choice(VALUES)).strip('"').encode()
    match random.randrange(7):
        case 0:
            cells.insert(which, given)
        case 1:
            del cells[which]
        case 2:
            random.shuffle(lines)
        case 3:
            lines.insert(random.randint(0, len(lines)), lines[place])
        case 4:  # a whole column
            for at, line in enumerate(lines[1:], start=1):
                row = line.rstrip(b"\r\n").split(delimiter)
                if which < len(row):
                    row[which] = given
                    lines[at] = delimiter.join(row) + b"\n"
            return b"".join(lines)
        case _:
            cells[which] = given
    lines[place] = delimiter.join(cells) + b"\n"
    return b"".join(lines)


def _archive(content: bytes, random: Random) -> bytes:
    """Damage a member of a ZIP archive, its compression, or its list."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    except Exception:  # it was damaged before
        return _bytes(content, random)
    if members and random.random() < 0.7:
        name = random.choice(list(members))
        members[name] = mutated(members[name], random)
        if random.random() < 0.1:
            members[random.choice(("a/../b", "\ud7ff", f"{name}x"))] = members.pop(name)
    out = io.BytesIO()
    kind = random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    with zipfile.ZipFile(out, "w", kind) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    made = out.getvalue()
    return _bytes(made, random) if random.random() < 0.5 else made
