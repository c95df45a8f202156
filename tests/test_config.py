from __future__ import annotations

from pathlib import Path

import pytest

from curvewise.config import Profile, find_profile, read_profile
from curvewise.errors import ConfigError

DEFAULTS: dict[str, float | int | str | bool] = {"watch": 0.05, "min_steps": 10, "name": "x", "strict": False}


def test_a_profile_overrides_the_defaults() -> None:
    profile = Profile(checks={"reward_gap": {"watch": 0.03}})
    assert profile.thresholds("reward_gap", DEFAULTS) == {**DEFAULTS, "watch": 0.03}
    assert profile.thresholds("another", DEFAULTS) == DEFAULTS


@pytest.mark.parametrize("value", ["0.1", True])
def test_a_threshold_of_another_type_is_refused(value: str | bool) -> None:
    with pytest.raises(ConfigError, match="expected a number"):
        Profile(checks={"c": {"watch": value}}).thresholds("c", DEFAULTS)


def test_a_whole_number_serves_as_a_float() -> None:
    assert Profile(checks={"c": {"watch": 1}}).thresholds("c", DEFAULTS)["watch"] == 1


def test_an_unknown_threshold_is_named() -> None:
    with pytest.raises(ConfigError, match="no threshold 'wach'; it has watch"):
        Profile(checks={"c": {"wach": 1}}).thresholds("c", DEFAULTS)


def test_an_unknown_check_gets_a_near_one() -> None:
    with pytest.raises(ConfigError, match="did you mean overfitting"):
        Profile(checks={"overfiting": {}}).require_known({"overfitting": 1})


def test_the_nearest_file_counts(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.curvewise.checks.reward_gap]\nwatch = 0.01\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert find_profile(inner).checks == {"reward_gap": {"watch": 0.01}}
    (tmp_path / "a" / "curvewise.toml").write_text("[checks.reward_gap]\nwatch = 0.02\n")
    assert find_profile(inner).checks == {"reward_gap": {"watch": 0.02}}


def test_a_project_without_a_section_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert find_profile(tmp_path) == Profile()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[checks", "not valid TOML"),
        ("thresholds = 1", "unknown key 'thresholds'"),
        ("checks = 1", "Expected `object`"),
        ("[checks.a]\nb = [1]", "got `array`"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "curvewise.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=problem) as caught:
        read_profile(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_profile(tmp_path / "none.toml")
