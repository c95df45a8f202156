"""Profile: the thresholds to judge with, frozen and passed explicitly."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from curvewise.errors import ConfigError
from curvewise.text import suggestion

Threshold = float | int | str | bool
_EXPECTED: Mapping[type, str] = {float: "a number", int: "a number", bool: "true or false"}
FILE_NAME = "curvewise.toml"


class Profile(msgspec.Struct, frozen=True):
    """Thresholds that differ from the checks' own defaults.

    Parameters
    ----------
    checks
        For each check, the keyword arguments to call it with, such as
        ``{"reward_gap": {"watch": 0.03}}``.
    source
        The file that the profile was read from.
    """

    checks: Mapping[str, Mapping[str, Threshold]] = {}
    source: str | None = None

    def thresholds(self, check: str, defaults: Mapping[str, Threshold]) -> dict[str, Threshold]:
        """Return the keyword arguments of one check: its defaults, overridden by this profile.

        Raises
        ------
        ConfigError
            If the profile names a threshold that the check does not have, or of another type.
        """
        if check not in self.checks:
            return dict(defaults)
        own = self.checks[check]
        for name, value in own.items():
            if name not in defaults:
                raise ConfigError(
                    f"check {check!r} has no threshold {name!r}; it has {', '.join(defaults) or 'none'}",
                    hint=suggestion(name, defaults, f"run `curvewise explain {check}` to see its thresholds"),
                    file=self.source,
                    field=f"checks.{check}.{name}",
                )
            expected = type(defaults[name])
            fits = isinstance(value, int | float) and expected in (int, float)
            if (
                isinstance(value, bool) != (expected is bool)
                or not (fits or isinstance(value, expected))
                or value != value  # NaN: no value is beyond it, so the check could never find anything
            ):
                raise ConfigError(
                    f"{value!r} was given; expected {_EXPECTED.get(expected, 'a text')}",
                    hint=f"the default is {defaults[name]!r}",
                    file=self.source,
                    field=f"checks.{check}.{name}",
                )
        return {**defaults, **own}

    def require_known(self, known: Mapping[str, object]) -> None:
        """Refuse a profile that names a check that does not exist.

        Raises
        ------
        ConfigError
            With the nearest existing name as the hint.
        """
        for check in self.checks:
            if check not in known:
                raise ConfigError(
                    f"there is no check {check!r}",
                    hint=suggestion(check, known, "run `curvewise explain` for the list"),
                    file=self.source,
                    field=f"checks.{check}",
                )


def find_profile(start: Path) -> Profile:
    """Read the nearest ``curvewise.toml`` or ``[tool.curvewise]`` at or above a folder.

    Parameters
    ----------
    start
        Folder to begin in.

    Returns
    -------
    Profile
        The default profile when there is no such file.
    """
    for folder in (start, *start.parents):
        if (path := folder / FILE_NAME).is_file():
            return read_profile(path)
        if (path := folder / "pyproject.toml").is_file():
            return read_profile(path)
    return Profile()


def read_profile(path: Path) -> Profile:
    """Read a profile from ``curvewise.toml`` (``[checks.NAME]``) or from ``[tool.curvewise.checks.NAME]``.

    Raises
    ------
    ConfigError
        If the file is missing, is not TOML, or holds something other than thresholds.
    """
    hint = f"write thresholds as [checks.overfitting] in {FILE_NAME}, one `name = value` a line"
    try:
        text = path.read_text(encoding="utf-8")
        if path.name == "pyproject.toml" and "curvewise" not in text:
            return Profile()

        import tomllib  # most runs have no file of thresholds

        content = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(
            str(error.strerror or error), hint="name an existing file", file=str(path)
        ) from error
    except ValueError as error:  # of UTF-8 or of TOML
        raise ConfigError(f"not valid TOML: {error}", hint=hint, file=str(path)) from error
    if path.name == "pyproject.toml":
        tool = content.get("tool", {})
        content = tool.get("curvewise", {}) if isinstance(tool, dict) else {}
        if not content:
            return Profile()
    if unknown := set(content) - {"checks"}:
        raise ConfigError(f"unknown key {min(unknown)!r}; expected 'checks'", hint=hint, file=str(path))
    try:
        checks = msgspec.convert(content.get("checks", {}), dict[str, dict[str, Threshold]])
    except msgspec.ValidationError as error:
        raise ConfigError(str(error), hint=hint, file=str(path), field="checks") from error
    return Profile(checks=checks, source=str(path))
