"""What the instructions for agents name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from curvewise.cli import app
from curvewise.plugin import diagnoses

ROOT = Path(__file__).parent.parent
SKILL = ROOT / "skills" / "curvewise" / "SKILL.md"
PAGES = [SKILL, ROOT / "docs" / "agents.md", ROOT / "docs" / "ci.md", ROOT / "AGENTS.md"]


def test_the_skill_has_what_an_agent_finds_it_by() -> None:
    _, head, body = SKILL.read_text(encoding="utf-8").split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    assert fields["name"] == SKILL.parent.name
    assert 50 <= len(fields["description"]) <= 1024
    assert len(body.splitlines()) <= 120  # it is loaded whole


def test_the_skill_knows_what_to_do_on_each_diagnosis() -> None:
    """One that came later is looked up with `curvewise explain`; none that is gone is named."""
    _, _, section = SKILL.read_text(encoding="utf-8").partition("\n## What to do on each diagnosis\n")
    rows = re.findall(r"^\| (`.*?`) \|", section.partition("\n## ")[0], re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert len(named) == len(set(named)) >= 25
    assert set(named) <= set(diagnoses())
    assert "`curvewise explain NAME`" in section


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_options_that_are_named_exist(page: Path) -> None:
    context = app.make_context("curvewise", ["check", "x"], resilient_parsing=True)
    known = set(app.list_commands(context))
    for line in page.read_text(encoding="utf-8").splitlines():
        for name, rest in re.findall(r"(?:`|\$ |bin/|^ +(?:- )?)curvewise ([a-z]+)([^`]*)", line):
            assert name in known, line
            command = app.get_command(context, name)
            assert command is not None
            options = {spelling for parameter in command.params for spelling in parameter.opts}
            assert set(re.findall(r"(?<!\S)--[a-z-]+", rest)) <= {*options, "--help"}, line
