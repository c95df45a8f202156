"""The contract of a reporter."""

from __future__ import annotations

import warnings

from curvewise.engine import analyze
from curvewise.plugin import Reporter, Style
from curvewise.testing._requirements import require, require_page
from curvewise.testing.making import make_run


def assert_reporter_contract(reporter: Reporter) -> None:
    """Assert that an output format keeps the contract of all formats.

    It is documented, and renders one report, several and those of empty or broken runs, in any style,
    into text that UTF-8 can hold; twice the same; and never raises or warns.

    Parameters
    ----------
    reporter
        The output format.

    Raises
    ------
    AssertionError
        With what is wrong.
    """
    require_page(reporter.function, examples=False)
    broken = [2.0, float("nan"), float("inf")]
    runs = (
        make_run(name="falling", train_loss=[2.0, 1.5, 1.2, 1.1], full_valid_loss={2: 1.6, 4: 1.4}),
        make_run(name="<&> \x1b[31m", train_loss=broken, status="failed", error="a\nb"),
        make_run(name=""),
    )
    reports = [analyze(run) for run in runs]
    for some in (*([report] for report in reports), reports):
        for style in (Style(), Style(width=40, colour=True), Style(unicode=False)):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                text, again = reporter(some, style), reporter(some, style)
            require(isinstance(text, str), f"{reporter.name} renders into a {type(text).__name__}")
            require(text == again, f"{reporter.name} renders one report in two ways")
            text.encode()
