from __future__ import annotations

from collections.abc import Callable

import pytest

from curvewise.errors import MalformedError
from curvewise.model.run import Run
from curvewise.parsing.document import Document
from curvewise.plugin import FileFormat, file_format
from curvewise.testing import assert_format_contract

SAMPLE = b"LOG 1\n2.0\n1.5\n"
OTHER = b"step,train_loss\n1,2.0\n"


def made(
    function: Callable[[Document], Run], recognise: Callable[[Document], bool] | None = None
) -> FileFormat:
    return file_format(
        title="A log",
        recognised_by="LOG 1 in front",
        recognise=recognise or (lambda document: document.data.startswith(b"LOG 1")),
    )(function)


def log(document: Document) -> Run:
    """Read a log with one loss a line."""
    try:
        losses = [float(line) for line in document.data.splitlines()[1:]]
    except ValueError as error:
        raise MalformedError(f"a line is no number: {error}", hint="expected one loss a line") from error
    return Run.from_series({"train_loss": (range(len(losses)), losses)})


def careless(document: Document) -> Run:
    """Read a log without a look at what it holds."""
    losses = [float(line) for line in document.data.splitlines()[1:]]
    return Run.from_series({"train_loss": (range(len(losses)), losses)})


def curt(document: Document) -> Run:
    """Read nothing and give no hint."""
    raise MalformedError("It will not do.", hint="")


def undocumented(document: Document) -> Run:
    return log(document)


def test_a_sound_format_keeps_it() -> None:
    assert_format_contract(made(log), [SAMPLE], [OTHER])


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (made(careless), "could not convert"),
        (made(undocumented), "no docstring"),
        (made(log, lambda document: b"," in document.data), "does not recognise its own sample"),
        (made(log, lambda document: len(document.data) > 0), "recognises another format's"),
        (made(log, lambda document: document.data[5] == 10), "out of range"),
    ],
)
def test_what_a_format_must_not_do(broken: FileFormat, complaint: str) -> None:
    with pytest.raises((AssertionError, ValueError, IndexError), match=complaint):
        assert_format_contract(broken, [SAMPLE], [OTHER])


def test_an_error_without_a_hint_is_refused() -> None:
    with pytest.raises(AssertionError, match="without a hint"):
        assert_format_contract(made(curt, lambda document: len(document.data) > 0))
