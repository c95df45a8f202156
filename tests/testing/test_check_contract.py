from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from curvewise.model.finding import Evidence, Finding
from curvewise.model.run import Run
from curvewise.plugin import Check, check
from curvewise.testing import assert_check_contract

EXAMPLE = """
    Examples
    --------
    >>> 1 + 1
    2
"""
LIMIT = """
    Parameters
    ----------
    limit
        Largest loss that is fine.
"""


def made(function: Callable[..., Finding], page: str, needs: tuple[str, ...] = ("train_loss",)) -> Check:
    """Return a check as its own file would hold it."""
    function.__doc__ = page
    function.__module__ = f"somewhere.{function.__name__}"
    return check(needs=needs)(function)


def fine(run: Run) -> Finding:
    return Finding.ok("Fine.", Evidence.of("train_loss", "points", len(run["train_loss"]), run["train_loss"]))


def test_a_sound_check_keeps_it() -> None:
    assert_check_contract(made(fine, f"Nothing is ever wrong.\n{EXAMPLE}"))


@pytest.mark.parametrize(
    ("page", "complaint"),
    [
        ("", "no docstring"),
        (f"No sentence\n{EXAMPLE}", "no sentence"),
        (f"A sentence.\nAnother line.\n{EXAMPLE}", "must fit one line"),
        ("A sentence.", "no Examples section"),
        (f"A sentence.\n{EXAMPLE.replace('2', '3')}", "an example in fine's docstring fails"),
        (
            f"A sentence.\n\n    Parameters\n    ----------\n    old\n        Gone long ago.\n{EXAMPLE}",
            "documents",
        ),
    ],
)
def test_documentation_is_required(page: str, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        assert_check_contract(made(fine, page))


def test_a_threshold_needs_a_paragraph_and_must_be_used() -> None:
    def strict(run: Run, *, limit: float = 1.0) -> Finding:
        return Finding.ok("Fine.")

    with pytest.raises(AssertionError, match="limit of strict has no paragraph"):
        assert_check_contract(made(strict, f"A sentence.\n{EXAMPLE}"))
    with pytest.raises(AssertionError, match="limit of strict is not used"):
        assert_check_contract(made(strict, f"A sentence.\n{LIMIT}{EXAMPLE}"))


def test_a_threshold_used_in_a_comprehension_is_used() -> None:
    def strict(run: Run, *, limit: float = 1.0) -> Finding:
        return Finding.ok(f"{sum(value > limit for value in run['train_loss'].value.tolist())} values.")

    assert_check_contract(made(strict, f"A sentence.\n{LIMIT}{EXAMPLE}"))


def test_the_file_has_the_name_of_the_check() -> None:
    stray = made(fine, f"A sentence.\n{EXAMPLE}")
    stray.function.__module__ = "somewhere.else_entirely"
    with pytest.raises(AssertionError, match="lives in a file else_entirely"):
        assert_check_contract(stray)


def raises(run: Run) -> Finding:
    return Finding.ok(f"The last loss is {run['train_loss'].finite().value[-1]:.2g}.")


def warns(run: Run) -> Finding:
    return Finding.ok(f"{run['train_loss'].value.astype(int)[0]} is a whole number.")


def prints_nan(run: Run) -> Finding:
    return Finding.ok(f"The last loss is {run['train_loss'].value[-1]:.2g}.")


def strays(run: Run) -> Finding:
    return Finding.ok("Fine.", Evidence.at("valid_loss", "loss", 1.0, 1))


def proves_nothing(run: Run) -> Finding:
    return Finding.ok("Fine.", Evidence.at("train_loss", "loss", math.nan, 1))


def doubts_its_problem(run: Run) -> Finding:
    level = Evidence.at("train_loss", "loss", 1.0, 1)
    return Finding.problem("Bad.", level, advice="Mend it.", confidence=0.4)


def changes(run: Run) -> Finding:
    if isinstance(run.hyperparameters, dict):
        run.hyperparameters["seen"] = run.hyperparameters.get("seen", 0) + 1
    return Finding.ok("Fine.")


@pytest.mark.parametrize(
    ("function", "complaint"),
    [
        (raises, "out of bounds"),
        (warns, "invalid value"),
        (prints_nan, "holds a number that is none"),
        (strays, "does not declare"),
        (proves_nothing, "is NaN"),
        (doubts_its_problem, "a confidence of 0.4"),
        (changes, "changed the run"),
    ],
)
def test_what_a_check_must_not_do_on_any_run(function: Callable[..., Finding], complaint: str) -> None:
    with pytest.raises((AssertionError, IndexError, RuntimeWarning), match=complaint):
        assert_check_contract(made(function, f"A sentence.\n{EXAMPLE}"))


def test_a_check_says_the_same_thing_twice() -> None:
    calls: list[int] = []

    def fickle(run: Run) -> Finding:
        calls.append(1)
        return Finding.ok(f"Call {len(calls)}.")

    with pytest.raises(AssertionError, match="two things of one run"):
        assert_check_contract(made(fickle, f"A sentence.\n{EXAMPLE}"))


def test_of_several_checks_the_one_that_is_wrong_is_named() -> None:
    sound, wrong = (made(function, f"A sentence.\n{EXAMPLE}") for function in (fine, raises))
    with pytest.raises(IndexError) as failed:
        assert_check_contract(sound, wrong)
    assert "by the check raises" in failed.value.__notes__
