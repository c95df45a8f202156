from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from curvewise import load
from curvewise.errors import MalformedError
from curvewise.limits import LINE_BYTES
from curvewise.model.series import Series
from curvewise.parsing import table as table_module
from curvewise.parsing.columns import BLANK, Column, NotANumberError, read_plainly, read_with_pyarrow
from curvewise.parsing.delimited import find_header
from curvewise.parsing.table import read_header, read_table

SPARSE = b"""\
step,train_loss,valid_loss,timestamp
1,0.5,,2025-10-25T16:55:36.9120000Z
2,0.0,0.6,2025-10-25T16:55:38.2490000Z
3,NaN,,2025-10-25T16:55:39.5780000Z
4,inf,NA,2025-10-25T16:55:40.9140000Z
"""


def rows_of(count: int, cell: str = "0.5") -> str:
    return "step,train_loss\n" + "".join(f"{step},{cell}\n" for step in range(1, count + 1))


class TestColumns:
    def test_a_blank_cell_is_no_point(self) -> None:
        assert read_table(SPARSE).series("step", "valid_loss") == Series.from_points([2], [0.6])

    def test_zero_nan_and_infinity_are_values(self) -> None:
        loss = read_table(SPARSE).series("step", "train_loss")
        assert loss == Series.from_points([1, 2, 3, 4], [0.5, 0.0, np.nan, np.inf])

    def test_timestamps_are_text(self) -> None:
        column = read_table(SPARSE).columns["timestamp"]
        assert column.text is not None
        assert column.text[0] == "2025-10-25T16:55:36.9120000Z"

    @pytest.mark.parametrize("token", [*sorted(BLANK - {""}), " ", " NA "])
    def test_blank_words(self, token: str) -> None:
        column = read_table(f"step,loss\n1,0.5\n2,{token}\n".encode()).columns["loss"]
        assert column.present.tolist() == [True, False]

    @pytest.mark.parametrize(
        "data",
        [
            pytest.param(b"step,loss\r\n1,0.5\r\n2,6e-05\r\n", id="Windows line ends"),
            pytest.param(b"step,loss\n1,0.5\n2,6e-05", id="no final line end"),
            pytest.param(b"step,loss\n1,0.5\n2,6e-05\n\n \n\n", id="blank lines at the end"),
            pytest.param(b"\n\nstep,loss\n1,0.5\n\n2,6e-05\n", id="blank lines within"),
            pytest.param(b'"step","loss"\n"1","0.5"\n"2","6E-05"\n', id="quoted"),
            pytest.param(b"step\tloss\n1\t0.5\n2\t.00006\n", id="tabs"),
            pytest.param(b"step;loss\n1;0.5\n2;+6e-5\n", id="semicolons"),
            pytest.param(b" step , loss \n 1 , 0.5 \n 2 , 6e-05 \n", id="padded"),
        ],
    )
    def test_dialects(self, data: bytes) -> None:
        assert read_table(data).series("step", "loss") == Series.from_points([1, 2], [0.5, 6e-05])

    def test_a_header_alone_is_a_table_without_rows(self) -> None:
        table = read_table(b"step,train_loss\n")
        assert table.rows == 0
        assert table.columns["train_loss"].is_blank

    def test_a_column_without_a_name_gets_one(self) -> None:
        assert list(read_table(b",step,loss\n0,1,0.5\n").columns) == ["unnamed_1", "step", "loss"]

    def test_only_the_rows_to_keep_make_points(self) -> None:
        table = read_table(b"step,loss\n1,0.5\n2,0.4\n2,0.3\n")
        keep = np.array([True, True, False])
        assert table.series("step", "loss", keep) == Series.from_points([1, 2], [0.5, 0.4])


class TestErrors:
    @pytest.mark.parametrize(
        ("data", "line", "field", "problem"),
        [
            pytest.param(b"step,loss\n1,0.5\n2\n3,0.4\n", 3, None, "has 1 cell; expected 2", id="too few"),
            pytest.param(b"step,loss\n\n1,0.5\n2,0.4,7\n", 4, None, "has 3 cells; expected 2", id="too many"),
            pytest.param(b"step,a,b\n1,2,3\n2,2", 3, None, "cut in its last row", id="cut"),
            pytest.param(
                rows_of(3).replace("2,0.5", "2,oops").encode(),
                3,
                "train_loss",
                "'oops'; expected a number",
                id="text",
            ),
            pytest.param(
                b"step,loss\n1,1\n2,2\n3,\x1b[31m\n", 4, "loss", r"'\x1b[31m'; expected a number", id="escape"
            ),
            pytest.param(
                rows_of(200).replace("150,0.5", "150,x" + "y" * 99).encode(),
                151,
                "train_loss",
                "y…'",
                id="long",
            ),
            pytest.param(
                b"step,loss,loss\n1,2,3\n", 1, "loss", "2 columns are called 'loss'", id="same name"
            ),
            pytest.param(
                b"step;loss\n1;0,5\n2;0.4\n", 2, "loss", "'0,5'; expected a number", id="decimal comma"
            ),
            pytest.param(
                b'step,loss\n1,"0.5\n2,0.4\n', 2, None, "quote is opened and not closed", id="open quote"
            ),
        ],
    )
    def test_place_expected_and_found(self, data: bytes, line: int, field: str | None, problem: str) -> None:
        with pytest.raises(MalformedError) as error:
            read_table(data)
        assert (error.value.line, error.value.field) == (line, field)
        assert problem in error.value.problem

    def test_a_step_may_be_one_of_so_many(self) -> None:
        table = read_table(b"epoch,loss\n1/3,0.5\n2/3,0.4\n,\n3/3,0.3\n")
        assert table.series("epoch", "loss").step.tolist() == [1, 2, 3]

    def test_decimal_commas_are_read_where_nothing_holds_a_point(self) -> None:
        data = b"step;name;loss\n" + b"".join(b"%d;a;0,5\n" % step for step in range(200))
        assert read_table(data).series("step", "loss").value.tolist() == [0.5] * 200
        for ambiguous in (b"step;loss;lr\n1;1,234;0.5\n", b"step,loss\n1,'0,5'\n"):
            with pytest.raises(MalformedError):
                read_table(ambiguous)

    @pytest.mark.parametrize(
        ("cell", "found"), [("1.5", "1.5"), ("nan", "nan"), ("inf", "inf"), ("1e300", "1e+300")]
    )
    def test_a_step_is_a_whole_number(self, cell: str, found: str) -> None:
        with pytest.raises(MalformedError, match="expected a whole number") as error:
            read_table(f"step,loss\n1,0.5\n{cell},0.4\n".encode()).series("step", "loss")
        assert (error.value.line, error.value.field) == (3, "step")
        assert found in error.value.problem

    def test_a_value_needs_a_step(self) -> None:
        with pytest.raises(MalformedError, match="row without a step") as error:
            read_table(b"step,loss\n1,0.5\n,0.4\n").series("step", "loss")
        assert error.value.line == 3

    def test_text_makes_no_series(self) -> None:
        with pytest.raises(MalformedError, match="expected a number"):
            read_table(SPARSE).series("step", "timestamp")

    def test_in_a_column_of_text_the_cell_that_is_no_number_is_named(self) -> None:
        with pytest.raises(MalformedError, match="holds 'two'") as error:
            read_table(b"step,loss\n1,2.0\n,2.0\ntwo,1.9\n").series("step", "loss")
        assert (error.value.line, error.value.field) == (4, "step")

    def test_a_file_of_one_endless_line_is_refused_at_once(self) -> None:
        data = b"step,loss\n1,0.5\n" + b"7" * (50 * LINE_BYTES.most)
        begun = time.perf_counter()
        with pytest.raises(MalformedError, match="longer than a row") as error:
            read_table(data)
        assert time.perf_counter() - begun < 1
        assert error.value.line == 3
        assert read_header(b"7" * (50 * LINE_BYTES.most)) is None


class TestHeader:
    @pytest.mark.parametrize(
        ("data", "header"),
        [
            pytest.param(b"step\n1\n", ("step",), id="one column"),
            pytest.param(b"step,train_loss", ("step", "train_loss"), id="header alone"),
            pytest.param(
                b"Step,Training Loss\n1,0.5\n", ("Step", "Training Loss"), id="names of several words"
            ),
            pytest.param(b"a,b\n1\n", ("a", "b"), id="ragged below"),
            pytest.param(b"Dear all, the run is done.\nYours, N. N.\n", (), id="prose"),
            pytest.param(
                b"The loss was 3 at first, then 2.\n1, 2\n", ("The loss was 3 at first", "then 2."), id="odd"
            ),
            pytest.param(b"1,0.5\n2,0.4\n", (), id="no header"),
            pytest.param(b"Traceback (most recent call last):\n", (), id="traceback"),
            pytest.param(b"s:0 tel:11.0\ns:10 trl:10.2\n", (), id="log"),
            pytest.param(b",,\n", (), id="no names"),
            pytest.param(b"", (), id="nothing"),
        ],
    )
    def test_tables_and_other_text(self, data: bytes, header: tuple[str, ...]) -> None:
        found = read_header(data)
        assert (found.names if found else ()) == header

    @given(st.text())
    def test_no_text_breaks_it(self, text: str) -> None:
        read_header(text.encode("utf-8", "replace"))


NUMBERS = (
    st.floats().map(repr)
    | st.integers(-(10**20), 10**20).map(str)
    | st.sampled_from(["6E-05", ".5", "7.", "NaN"])
)
SPECIAL = st.sampled_from(
    ["", " ", "NA", "None", "1_000", "+1", " 2 ", "x", "0,5", "٣", "-", "true", "2025-01-01", "nan "]
)
ALPHABET = st.characters(codec="utf-8", exclude_characters="\n\r\0")

COLUMNS = [NUMBERS, NUMBERS | st.just(""), SPECIAL | NUMBERS, st.text(ALPHABET, max_size=5)]


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    width = draw(st.integers(2, 4))
    kinds = [draw(st.sampled_from(COLUMNS)) for _ in range(width)]
    delimiter = draw(st.sampled_from(",\t;"))
    lines = [delimiter.join(f"c{index}" for index in range(width))]
    for _ in range(draw(st.integers(0, 8))):
        cells = [draw(kind) for kind in kinds][: draw(st.sampled_from([width, width, width, width, 1]))]
        quoted = [
            f'"{cell.replace(chr(34), chr(34) * 2)}"' if draw(st.booleans()) else cell for cell in cells
        ]
        lines += [delimiter.join(quoted)] * draw(st.sampled_from([1, 1, 150]))
        lines += [""] * draw(st.sampled_from([0, 0, 0, 1]))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return (end.join(lines) + draw(st.sampled_from(["", end]))).encode()


def same(first: Column, second: Column) -> bool:
    return (
        np.array_equal(first.values, second.values, equal_nan=True)
        and np.array_equal(first.present, second.present)
        and first.text == second.text
    )


class TestPyarrow:
    @given(tables())
    @example(b'c0,c1\n1,"2\n3"\n')
    @example(b'c0,c1\n1,"a ""b"""\n')
    @example(b"c0,c1\n1,2\r3,4\n")
    @example(b"c0,c1\n" + b"1,x\n" * 99 + b"2,3\n" * 300)
    def test_what_it_accepts_it_reads_as_the_plain_way_does(self, data: bytes) -> None:
        header = find_header(data)
        assert header is not None
        try:
            fast = read_with_pyarrow(data, header)
        except MalformedError:  # in the head, which is always read the plain way
            fast = None
        if fast is not None:
            plain = read_plainly(data, header)
            assert len(fast) == len(plain)
            assert all(map(same, fast, plain))

    def test_it_accepts_ordinary_files(self) -> None:
        plain = rows_of(200).encode()
        quoted = b'"step","loss","name"\r\n' + b'"1","","a, b"\r\n"2","0.5","c"\r\n' * 200
        for data in (plain, plain.replace(b",", b";"), quoted):
            header = find_header(data)
            assert header is not None
            assert read_with_pyarrow(data, header) is not None

    def test_a_large_file_reads_as_a_small_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        lines = [
            f"{step},{1 / step!r},{0.5 if step % 100 == 0 else ''},2025-10-25T16:55"
            for step in range(1, 3000)
        ]
        data = ("step,train_loss,full_valid_loss,timestamp\n" + "\n".join(lines)).encode()
        small = read_table(data)
        monkeypatch.setattr(table_module, "LARGE", 0)
        large = read_table(data)
        assert small.rows == large.rows == 2999
        assert all(same(small.columns[name], large.columns[name]) for name in small.columns)

    def test_errors_in_a_large_file_have_a_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(table_module, "LARGE", 0)
        with pytest.raises(MalformedError, match="'oops'; expected a number") as error:
            read_table(rows_of(5000).replace("4321,0.5", "4321,oops").encode())
        assert error.value.line == 4322
        with pytest.raises(MalformedError, match="has 1 cell; expected 2") as error:
            read_table(rows_of(5000).replace("4321,0.5", "4321").encode())
        assert error.value.line == 4322

    def test_text_late_in_a_column_of_numbers_is_found_in_any_block(self) -> None:
        data = rows_of(25_000).replace("24999,0.5", "24999,oops").encode()
        header = find_header(data)
        assert header is not None
        with pytest.raises(NotANumberError) as error:
            read_plainly(data, header)
        assert (error.value.column, error.value.row, error.value.cell) == (1, 24_998, "oops")

    def test_a_large_file_without_pyarrow_gives_the_same_and_says_so(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data = rows_of(300).encode()
        monkeypatch.setattr(table_module, "LARGE", 0)
        fast = read_table(data)
        monkeypatch.setattr(table_module, "has_pyarrow", lambda: False)
        plain = read_table(data)
        assert (fast.lacks_pyarrow, plain.lacks_pyarrow) == (False, True)
        assert all(same(fast.columns[name], plain.columns[name]) for name in fast.columns)

    def test_the_note_of_a_large_file_is_told_once(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(table_module, "has_pyarrow", lambda: False)
        path = tmp_path / "metrics.csv"
        path.write_text("step,train_loss\n" + "".join(f"{step},{1 / step!r}\n" for step in range(1, 300)))
        assert "read_without_pyarrow" not in [note.code for note in load(path).notes]
        monkeypatch.setattr(table_module, "LARGE", 0)
        codes = [note.code for note in load(path).notes]
        assert codes.count("read_without_pyarrow") == 1
