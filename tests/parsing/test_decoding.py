from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.errors import InputError
from curvewise.parsing.decoding import decode

TABLE = b"step,train_loss\n1,0.5\n2,0.25\n"


@pytest.mark.parametrize(
    ("data", "text", "codes"),
    [
        pytest.param(TABLE, TABLE, [], id="plain"),
        pytest.param(b"\xef\xbb\xbf" + TABLE, TABLE, [], id="byte order mark"),
        pytest.param(TABLE.decode().encode("utf-16"), TABLE, ["utf16"], id="UTF-16, as PowerShell writes it"),
        pytest.param(
            b"\xfe\xff" + TABLE.decode().encode("utf-16-be"), TABLE, ["utf16"], id="UTF-16, big-endian"
        ),
        pytest.param(TABLE.decode().encode("utf-32"), TABLE, ["utf16"], id="UTF-32"),
        pytest.param(
            TABLE.replace(b"\n", b"\r\n"), TABLE.replace(b"\n", b"\r\n"), [], id="Windows line ends"
        ),
        pytest.param(TABLE.replace(b"\n", b"\r"), TABLE, [], id="old Macintosh line ends"),
        pytest.param(
            b"step,train_loss\n<<<<<<< HEAD\n1,0.5\n=======\n2,0.25\n>>>>>>> 1a2b3c\n",
            TABLE,
            ["merge_conflict"],
            id="a merge that was not resolved",
        ),
        pytest.param(b"\0" * 99 + TABLE, TABLE, ["emptied"], id="a log that was emptied while in use"),
        pytest.param(base64.b64encode(TABLE), TABLE, ["base64"], id="base64"),
        pytest.param(base64.b64encode(TABLE) + b"\n", TABLE, ["base64"], id="base64 with a line end"),
        pytest.param(base64.encodebytes(TABLE * 9), TABLE * 9, ["base64"], id="base64 in lines of 76"),
        pytest.param(
            base64.b64encode(b"\xef\xbb\xbf" + TABLE), TABLE, ["base64"], id="base64 of a byte order mark"
        ),
        pytest.param(base64.b64encode(b'{"data": []}'), b'{"data": []}', ["base64"], id="base64 of JSON"),
        pytest.param(base64.b64encode(TABLE * 4000), TABLE * 4000, ["base64"], id="long base64"),
        pytest.param("step,größe\n1,2\n".encode(), "step,größe\n1,2\n".encode(), [], id="UTF-8"),
    ],
)
def test_text_comes_out(data: bytes, text: bytes, codes: list[str]) -> None:
    decoded, notes = decode(data)
    assert decoded == text
    assert [note.code for note in notes] == codes


@pytest.mark.parametrize("text", [b"step\n1\n2\n", b"steploss", b"abcd", b"SGVsbG8gd29ybGQ="])
def test_words_and_other_base64_are_left_alone(text: bytes) -> None:
    assert decode(text) == (text, ())


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x" * 10_000)
    return out.getvalue()


@given(st.lists(st.tuples(st.integers(0, 10**6), st.floats()), min_size=1))
def test_base64_of_any_result_file_is_undone(rows: list[tuple[int, float]]) -> None:
    text = "step,train_loss\n" + "".join(f"{step},{loss!r}\n" for step, loss in rows)
    assert decode(base64.b64encode(text.encode()))[0] == text.encode()


@pytest.mark.parametrize(
    ("data", "problem", "hint"),
    [
        pytest.param(b"", "empty", "download", id="nothing"),
        pytest.param(b" \r\n\t\n", "empty", "download", id="white space"),
        pytest.param(b"\xef\xbb\xbf\n", "empty", "download", id="byte order mark alone"),
        pytest.param("\n".encode("utf-16"), "empty", "download", id="UTF-16 of nothing"),
        pytest.param(gzip.compress(TABLE)[:-9], "gzip-compressed and breaks off", "again", id="cut gzip"),
        pytest.param(bz2.compress(TABLE)[:20] + b"?" * 30, "is damaged", "again", id="damaged bzip2"),
        pytest.param(lzma.compress(TABLE)[:30] + b"?" * 30, "is damaged", "again", id="damaged xz"),
        pytest.param(
            gzip.compress(bytes(10**7)), "unpacks to more than 3.32 MiB", "what is needed", id="bomb"
        ),
        pytest.param(gzip.compress(bz2.compress(TABLE)), "twice", "unpack it first", id="twice"),
        pytest.param(gzip.compress(b"%PDF-1.7"), "PDF", "CSV", id="PDF in gzip"),
        pytest.param(b"\x28\xb5\x2f\xfd\x00", "zstd", "zstd -dc", id="zstd"),
        pytest.param(b"PK\x03\x04rest", "zip archive, or a spreadsheet", "unzip -p", id="zip"),
        pytest.param(zipped("archive/data.pkl"), "a PyTorch checkpoint", "trainer_state.json", id="PyTorch"),
        pytest.param(zipped("config.json", "model.weights.h5"), "a Keras model", "mlruns/", id="Keras"),
        pytest.param(zipped("xl/a.xml", "[Content_Types].xml"), "an Excel workbook", "as CSV", id="Excel"),
        pytest.param(
            b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "PyTorch", "wandb/", id="PyTorch before 1.6"
        ),
        pytest.param(b"\x80\x04\x95", "pickle", "as CSV", id="pickle"),
        pytest.param(b"GGUF\x02\0\0\0", "a GGUF model", "metrics.csv", id="GGUF"),
        pytest.param(
            b"\x0f\0\0\0\0\0\0\0" + b'{"__metadata__":{}}', "safetensors", "metrics.csv", id="safetensors"
        ),
        pytest.param(b"SQLite format 3\x00", "SQLite", "sqlite3 -csv -header", id="SQLite"),
        pytest.param(b"%PDF-1.7", "PDF", "CSV", id="PDF"),
        pytest.param(b"\x89PNG\r\n", "PNG", "CSV", id="PNG"),
        pytest.param(b"version https://git-lfs.github.com/spec/v1\n", "Git LFS", "git lfs pull", id="LFS"),
        pytest.param(b"\n<!DOCTYPE html><title>Sign in</title>", "HTML", "raw file", id="HTML"),
        pytest.param(b"step,loss\n1,\x00\n", "byte 12 is zero", "curvewise formats", id="binary"),
        pytest.param(b"step,gr\xf6\xdfe\n", "not UTF-8 text: byte 7 is 0xf6", "iconv", id="Latin-1"),
        pytest.param(b"\xff\xfes\x00t\x00e", "not UTF-16 text", "UTF-8", id="UTF-16 cut in a character"),
        pytest.param(base64.b64encode(TABLE)[:-5], "breaks off", "again", id="cut base64"),
    ],
)
def test_what_cannot_be_read_is_named(data: bytes, problem: str, hint: str) -> None:
    with pytest.raises(InputError) as error:
        decode(data)
    assert problem in error.value.problem
    assert hint in error.value.hint


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_what_is_compressed_is_unpacked(compress: Callable[[bytes], bytes]) -> None:
    text, notes = decode(compress(TABLE))
    assert text == TABLE
    assert [note.code for note in notes] == ["compressed"]
    assert decode(compress(TABLE) + compress(TABLE))[0] == 2 * TABLE
    assert decode(compress(b"") * 50_000 + compress(TABLE))[0] == TABLE


@given(st.binary())
def test_bytes_become_text_or_a_word_on_why_not(data: bytes) -> None:
    try:
        text, _ = decode(data)
    except InputError as error:
        assert error.hint
    else:
        text.decode("utf-8")


def test_the_real_base64_file_is_a_table(corpus: Path) -> None:
    text, notes = decode((corpus / "openai_sft_csv" / "tadiwamark__step_metrics_1_.csv").read_bytes())
    assert text.startswith(b"step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy\n1,4.41097,")
    assert [note.code for note in notes] == ["base64"]
