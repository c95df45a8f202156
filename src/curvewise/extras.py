"""Extras: optional packages, and the sentence that says which one is missing."""

from __future__ import annotations

import importlib
from typing import Any

from curvewise.errors import MissingExtraError


def load_extra(module: str, package: str, extra: str = "", *, absent: str = "", instead: str = "") -> Any:
    """Import a module of an extra.

    Parameters
    ----------
    module, package
        What to import, and the name of the package that holds it.
    extra
        The extra of curvewise that installs it; empty for a package that none installs.
    absent
        What to say when it is not installed; by default that the package is not.
    instead
        What else the user can do, to begin the hint with.

    Raises
    ------
    MissingExtraError
        If the package is not installed, or cannot be imported.
    """
    failure: MissingExtraError
    install = f"'curvewise[{extra}]'" if extra else package
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        # "azure" is missing when "azure.identity" is; any other name is a package that this one needs
        if error.name and (module == error.name or module.startswith(f"{error.name}.")):
            problem = absent or f"the package `{package}` is not installed"
        else:
            problem = f"the package `{package}` needs `{error.name}`, which is not installed"
        failure = MissingExtraError(problem, hint=f"{instead}pip install {install}")
    except ImportError:
        failure = MissingExtraError(
            f"the installed package `{package}` is broken, or too old",
            hint=f"{instead}pip install --upgrade {install}",
        )
    raise failure
