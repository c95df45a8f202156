"""What stands in the way of reading a file is named."""

from __future__ import annotations

import pytest

from curvewise.errors import UnknownFormatError
from curvewise.loading import read
from curvewise.parsing.document import Document

TABLE = b"step,train_loss\n1,2.0\n2,1.0\n"


@pytest.mark.parametrize(
    ("before", "shown"),
    [
        (b"# written by a tool\n", "'# written by a tool'"),
        (b"\n\nsep=;\n", "'sep=;'"),
        (b"0,9.5\n", "'0,9.5'"),
    ],
)
def test_a_line_above_the_header_is_shown(before: bytes, shown: str) -> None:
    with pytest.raises(UnknownFormatError) as caught:
        read(Document("log.csv", before + TABLE))
    assert f"it begins {shown}; expected column names" in caught.value.problem
    assert "above the line of column names" in caught.value.hint
