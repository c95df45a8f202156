"""The page of a decision: what to deploy, the pairs, and the cost."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace
from playwright.sync_api import expect

from curvewise.evaluation.decide import decide
from curvewise.model.decision import Decision
from curvewise.plugin import Style
from curvewise.reports.html import html
from tests.evaluation.deciding import evaluation, right

from .conftest import HEIGHTS, NARROW, WIDE, Open, Theme, serious_violations


def decided(name: str = "step 60") -> Decision:
    made = evaluation(
        {"base": right(80), name: right(150), "step 120": right(155)},
        tokens={"base": 300, name: 420, "step 120": 900},
    )
    contenders = tuple(replace(each, step=60 if each.name == name else None) for each in made.contenders)
    return decide(replace(made, contenders=contenders, run="ftjob-1"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_opens_with_the_decision_the_pairs_and_the_cost(width: int, theme: Theme, open_page: Open) -> None:
    decision = decided()
    opened = open_page(html.renders["decision"](decision, Style()), width=width, theme=theme)
    assert opened.evaluate("document.documentElement.scrollWidth") == width
    assert opened.locator("h1").inner_text() == decision.headline
    said = opened.locator(".screen").inner_text()
    assert decision.next_step in said
    assert decision.reason in said
    expect(opened.locator("[data-figure=pairs] circle")).to_have_count(len(decision.pairs))
    expect(opened.locator("[data-figure=cost] .mark")).to_have_count(len(decision.standings))
    expect(opened.locator("section[aria-labelledby=contenders] tbody tr")).to_have_count(3)
    if width == WIDE:
        bottom = "one => one.getBoundingClientRect().bottom"
        assert opened.locator("[data-figure=pairs] svg").evaluate(bottom) <= HEIGHTS[width]
        cut = "all => all.filter(one => one.scrollWidth > one.clientWidth).length"
        assert opened.locator(".scroll").evaluate_all(cut) == 0
        assert serious_violations(opened) == []


def test_a_winner_comes_with_the_command_that_deploys_it(open_page: Open) -> None:
    opened = open_page(html.renders["decision"](replace(decided(), winner="step 60", tied=()), Style()))
    command = "curvewise deploy ftjob-1 --checkpoint 60"
    opened.get_by_role("button", name="Copy the command").click()
    assert opened.evaluate("navigator.clipboard.readText()") == command


def test_what_the_samples_cannot_tell_says_how_many_more_would(open_page: Open) -> None:
    decision = decided()
    unsure = next(pair for pair in decision.pairs if pair.samples_needed)
    opened = open_page(html.renders["decision"](decision, Style()))
    expect(opened.locator("[data-figure=pairs]")).to_contain_text(
        re.compile(f"{unsure.samples_needed:,} more samples would tell")
    )


def test_hostile_names_only_stand_there(open_page: Open) -> None:
    nasty = "</script><img src=x onerror=alert(1)>\u202e" + "W" * 300
    opened = open_page(html.renders["decision"](decided(nasty), Style()), width=NARROW)
    assert opened.locator("img").count() == 0
    assert "\u202e" not in opened.locator("body").inner_text()
    assert opened.evaluate("document.documentElement.scrollWidth") == NARROW
