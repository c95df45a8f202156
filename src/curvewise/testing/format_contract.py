"""The contract of a file format."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from curvewise.errors import CurvewiseError, InputError
from curvewise.model.run import Run
from curvewise.parsing.document import Document
from curvewise.plugin import FileFormat
from curvewise.testing._requirements import require, require_page, require_prose
from curvewise.testing.mutation import PIECES, mutated

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def assert_format_contract(
    file_format: FileFormat, samples: Sequence[bytes] = (), others: Sequence[bytes] = ()
) -> None:
    """Assert that a file format keeps the contract of all formats.

    It is documented and says what it is recognised by. It recognises its own samples, reads them into
    runs with sorted steps, and, unless it is generic, does not recognise those of other formats. On
    any bytes, and on samples whose bytes and values were damaged, it raises nothing but a
    `CurvewiseError` with a hint, and never warns.

    How long Hypothesis searches is up to its active settings profile.

    Parameters
    ----------
    file_format
        The format.
    samples
        Contents of files of this format.
    others
        Contents of files of other formats.

    Raises
    ------
    AssertionError
        With what is wrong.
    """
    from hypothesis import given

    name = file_format.name
    require(file_format.function.__name__ == name, f"the format {name} is made of a function of another name")
    require(file_format.title and file_format.recognised_by, f"{name} does not say what it is recognised by")
    require_page(file_format.function, examples=False)
    for content in samples:
        document = Document("sample", content)
        require(file_format.recognise(document), f"{name} does not recognise its own sample {content[:60]!r}")
        _assert_run(name, file_format(document))
    for content in () if file_format.generic else others:
        document = Document("other", content)
        require(not file_format.recognise(document), f"{name} recognises another format's {content[:60]!r}")

    def read(content: bytes) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                document = Document("damaged", content)
            except InputError:
                return
            try:
                if file_format.recognise(document):
                    _assert_run(name, file_format(document))
            except CurvewiseError as error:
                require(error.problem and error.hint, f"{name} raised an error without a hint: {error!r}")

    given(damaged(samples))(read)()


def damaged(samples: Sequence[bytes] = ()) -> SearchStrategy[bytes]:
    """Contents of broken files: samples that were damaged, or just any bytes."""
    from hypothesis import strategies as st

    anything = st.lists(st.sampled_from(PIECES) | st.binary(max_size=12), max_size=12).map(b"".join)
    seeds = st.integers(0, 2**32).map(Random)
    return anything | st.builds(mutated, st.sampled_from(samples), seeds) if samples else anything


def _assert_run(name: str, run: Run) -> None:
    require(isinstance(run, Run), f"{name} reads a file into a {type(run).__name__}")
    require(name in run.formats, f"a run that {name} has read does not name it")
    for metric, series in run.metrics.items():
        require(
            bool((np.diff(series.step) > 0).all()), f"{name} reads {metric} with steps that are not sorted"
        )
    saved = [checkpoint.step for checkpoint in run.checkpoints or ()]
    require(saved == sorted(saved), f"{name} reads checkpoints that are not sorted by step")
    for note in run.notes:
        require(note.code.isidentifier(), f"{name} leaves a note whose code {note.code!r} is no word")
        require_prose(note.text, f"a note of {name}")
