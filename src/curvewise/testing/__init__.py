"""For the tests of plug-ins: runs to judge, and the contract that every plug-in keeps.

`make_run` needs nothing else; `runs` and the assertions need `hypothesis`, which a plug-in names among
its own test requirements.

Examples
--------
A test of a check::

    from curvewise.testing import assert_check_contract, make_run

    def test_contract():
        assert_check_contract(my_check)
"""

from curvewise.testing.check_contract import assert_check_contract
from curvewise.testing.format_contract import assert_format_contract
from curvewise.testing.making import make_run
from curvewise.testing.reporter_contract import assert_reporter_contract
from curvewise.testing.selector_contract import assert_selector_contract
from curvewise.testing.source_contract import assert_source_contract
from curvewise.testing.strategies import runs

__all__ = [
    "assert_check_contract",
    "assert_format_contract",
    "assert_reporter_contract",
    "assert_selector_contract",
    "assert_source_contract",
    "make_run",
    "runs",
]
