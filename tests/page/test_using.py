from __future__ import annotations

import re
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.sync_api import Locator, Page, expect

from curvewise.model.report import Report
from curvewise.reports.html import html

from .conftest import NARROW, Open


@pytest.fixture
def page(overfit: str, open_page: Open) -> Page:
    return open_page(overfit)


def plot(page: Page, figure: str = "loss") -> Locator:
    return page.locator(f"[data-figure={figure}] .plot")


def box(page: Page, figure: str = "loss") -> Any:
    plot(page, figure).scroll_into_view_if_needed()
    return plot(page, figure).bounding_box()


def ticks(page: Page, figure: str = "loss") -> Locator:
    return plot(page, figure).locator(".tick")


def texts(found: Locator) -> list[str]:
    """The texts of what is drawn, once it is."""
    expect(found.first).to_be_attached()
    return found.all_text_contents()


def says(page: Page, text: str) -> None:
    """Hold that the focused chart tells this to a screen reader."""
    expect(page.locator(".plot:focus")).to_have_attribute("aria-valuetext", re.compile(text))


def test_the_model_name_is_copied(page: Page, reports: dict[str, Report]) -> None:
    best = reports["azure-sft-overfit"].selection.best
    assert best is not None
    page.clock.install()
    page.clock.pause_at("2100-01-01")
    page.get_by_role("button", name="Copy the model name", exact=True).click()
    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == best.model
    page.clock.run_for(2_000)
    expect(page.get_by_text("Copied")).to_have_count(0)


def test_the_model_name_is_copied_where_the_browser_gives_no_clipboard(page: Page) -> None:
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')) }")
    page.clock.install()
    page.clock.pause_at("2100-01-01")
    page.get_by_role("button", name="Copy the model name", exact=True).click()
    expect(page.get_by_text("Copied")).to_be_visible()


def test_pointing_shows_every_value_in_all_charts(page: Page) -> None:
    at = box(page)
    page.mouse.move(at["x"] + at["width"] * 0.64, at["y"] + 100)
    expect(plot(page).locator(".where")).to_contain_text("step 9")
    for figure in ("loss", "accuracy"):
        expect(plot(page, figure).locator(".readout .value")).to_have_count(3)
    expect(plot(page).locator(".dot")).to_have_count(3)
    page.mouse.move(2, 2)
    expect(plot(page).locator(".readout")).to_be_empty()


def test_the_readout_stands_at_the_cursor_above_all_that_is_drawn(page: Page) -> None:
    at = box(page)
    for share in (0.02, 0.5, 0.99):
        page.mouse.move(at["x"] + at["width"] * share, at["y"] + 150)
        read = plot(page).locator(".readout").bounding_box()
        assert read is not None
        assert at["x"] <= read["x"]
        assert read["x"] + read["width"] <= at["x"] + at["width"] + 1
        assert read["x"] - 1 <= at["x"] + at["width"] * share <= read["x"] + read["width"] + 15
        drawn = (
            plot(page).locator("text").evaluate_all("all => all.map(one => one.getBoundingClientRect().top)")
        )
        assert read["y"] + read["height"] <= min(drawn) + 2


def test_a_drag_zooms_all_charts_and_a_double_click_undoes_it(page: Page) -> None:
    whole = texts(ticks(page)), texts(ticks(page, "ratio"))
    at = box(page)
    page.mouse.move(at["x"] + at["width"] * 0.4, at["y"] + 100)
    page.mouse.down()
    page.mouse.move(at["x"] + at["width"] * 0.6, at["y"] + 120, steps=4)
    expect(plot(page).locator(".brush")).to_have_attribute("visibility", "visible")
    page.mouse.up()
    expect(ticks(page)).not_to_have_text(whole[0])
    expect(ticks(page, "ratio")).not_to_have_text(whole[1])
    expect(ticks(page).filter(has_text=re.compile("^20$"))).to_have_count(0)
    page.mouse.dblclick(at["x"] + 100, at["y"] + 100)
    expect(ticks(page)).to_have_text(whole[0])
    expect(ticks(page, "ratio")).to_have_text(whole[1])


def test_buttons_and_wheel_zoom(page: Page) -> None:
    whole = texts(ticks(page))
    reset = page.get_by_role("button", name="Whole run")
    expect(reset).to_be_disabled()
    page.get_by_role("button", name="Zoom in").click()
    expect(ticks(page)).not_to_have_text(whole)
    nearer = texts(ticks(page))
    at = box(page)
    page.mouse.move(at["x"] + at["width"] / 2, at["y"] + 100)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    expect(ticks(page)).not_to_have_text(nearer)
    reset.click()
    expect(ticks(page)).to_have_text(whole)


def test_keyboard_alone_points_zooms_and_returns(page: Page) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.plot')"):
            break
    expect(page.locator(".plot:focus")).to_have_role("slider")
    page.keyboard.press("End")
    says(page, "step 150")
    page.keyboard.press("ArrowLeft")
    says(page, "step 149.*training loss")
    whole = texts(ticks(page))
    page.keyboard.press("+")
    page.keyboard.press("+")
    expect(ticks(page)).not_to_have_text(whole)
    page.keyboard.press("Home")
    says(page, "step 1,")
    page.keyboard.press("Escape")
    expect(ticks(page)).to_have_text(whole)
    page.keyboard.press("Escape")
    says(page, "no place chosen")


def test_log_scale(page: Page) -> None:
    course = plot(page).locator(".solid .course")
    before = course.get_attribute("d") or ""
    page.locator("[data-figure=loss] .switch").click()
    expect(course).not_to_have_attribute("d", before)
    expect(page.locator("[data-figure=loss] .switch")).to_have_attribute("aria-pressed", "true")


def test_smoothing_can_be_turned_off_and_up(page: Page) -> None:
    slider = page.get_by_role("slider", name="Smoothing")
    smooth = plot(page).locator(".train .smooth")
    before = smooth.get_attribute("d") or ""
    slider.fill("18")
    expect(smooth).not_to_have_attribute("d", before)
    slider.fill("0")
    expect(plot(page).locator(".smooth")).to_have_count(0)


def test_steps_or_epochs(page: Page) -> None:
    page.locator(".segments").get_by_role("button", name="epoch").click()
    for text in ("epoch", "3.0"):
        expect(ticks(page).filter(has_text=re.compile(f"^{re.escape(text)}$"))).to_have_count(1)
    at = box(page)
    page.mouse.move(at["x"] + at["width"] - 16, at["y"] + 100)
    expect(plot(page).locator(".where")).to_contain_text("epoch 5, step 150")


def test_a_line_can_be_hidden(page: Page) -> None:
    expect(plot(page).locator(".line")).to_have_count(3)
    line = page.get_by_role("button", name="training loss", exact=True)
    line.click()
    expect(line).to_have_attribute("aria-pressed", "false")
    expect(plot(page).locator(".line")).to_have_count(2)


def test_the_stretch_of_a_finding_is_shaded(page: Page) -> None:
    shaded = plot(page).locator(".stretch")
    finding = page.locator("#finding-overfitting")
    finding.locator("summary").first.focus()
    expect(shaded).not_to_have_count(0)
    expect(plot(page, "accuracy").locator(".stretch")).to_have_count(0)
    page.get_by_role("button", name="Dark").focus()
    expect(shaded).to_have_count(0)


def test_a_finding_opens_and_leads_to_its_own_chart_and_steps(
    reports: dict[str, Report], open_page: Open
) -> None:
    page = open_page(html([reports["azure-rft-hacked"]]))
    tokens = page.locator("[data-figure=tokens]")
    expect(tokens).to_have_class(re.compile("small"))
    finding = page.locator("#finding-token_growth")
    expect(finding.locator(".numbers")).to_be_hidden()
    expect(finding.locator(".sparkline .stretch")).not_to_have_count(0)
    finding.locator("summary").first.click()
    expect(finding.locator(".numbers")).to_be_visible()
    finding.get_by_role("button", name="Show in the curves").click()
    expect(tokens).to_have_class(re.compile("full"))
    expect(tokens.locator(".plot")).to_be_in_viewport()
    expect(tokens.locator(".stretch")).not_to_have_count(0)


def test_a_finding_that_no_chart_draws_leads_nowhere(reports: dict[str, Report], open_page: Open) -> None:
    page = open_page(html([replace(reports["azure-sft-overfit"], curves={}, figures=())]))
    page.locator("#finding-overfitting summary").first.click()
    expect(page.get_by_role("button", name="Show in the curves")).to_have_count(0)


def test_a_small_chart_is_enlarged_and_made_small_again(page: Page) -> None:
    ratio = page.locator("[data-figure=ratio]")
    ratio.locator(".plot").click()
    expect(ratio).to_have_class(re.compile("full"))
    names = ratio.locator(".band-names text")
    expect(names).to_have_text(["healthy", "mild", "moderate", "severe"])
    ratio.locator(".resize").click()
    expect(ratio).to_have_class(re.compile("small"))
    expect(ratio.locator(".resize")).to_be_focused()


def test_nothing_scrolls_but_the_page_and_wide_tables(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    traps = page.evaluate(
        "[...document.querySelectorAll('main, main *')].filter(one => one.scrollHeight > one.clientHeight + 4"
        " && /auto|scroll/.test(getComputedStyle(one).overflowY) && !one.matches('.scroll')).length"
    )
    assert traps == 0


def test_a_long_table_shows_what_the_choice_speaks_of_and_all_on_demand(
    reports: dict[str, Report], open_page: Open
) -> None:
    report = reports["hf-sft"]
    (best,) = (row for row in report.selection.table if row.step == 180)
    rows = tuple(replace(best, step=step) for step in (*range(100, 140), 180, 200))
    page = open_page(html([replace(report, selection=replace(report.selection, table=rows))]))
    shown = page.locator("section[aria-labelledby=checkpoints] tbody tr")
    assert 2 <= shown.count() <= 9
    expect(shown.locator("th").filter(has_text=re.compile("^(180|200)$"))).to_have_count(2)
    page.get_by_role("button", name="Show all 42").click()
    expect(shown).to_have_count(42)


def test_theme(page: Page) -> None:
    root = page.locator("html")
    light = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.get_by_role("button", name="Dark").click()
    expect(root).not_to_have_css("background-color", light)
    page.get_by_role("button", name="Light").click()
    expect(root).to_have_css("background-color", light)


def test_a_link_leads_to_a_finding_even_a_folded_one(overfit: str, open_page: Open) -> None:
    page = open_page(overfit, anchor="#finding-divergence", width=NARROW)
    card = page.locator("#finding-divergence")
    expect(card).to_be_visible()
    expect(card).to_be_focused()


def test_the_table_sorts(page: Page) -> None:
    table = page.locator("section[aria-labelledby=checkpoints]")
    steps = table.locator("tbody th")
    table.get_by_role("button", name="full valid loss").click()
    expect(steps).to_have_text(["90", "120", "150"])
    table.get_by_role("button", name="full valid loss").click()
    expect(steps).to_have_text(["150", "120", "90"])
    expect(table.locator("th[aria-sort=descending]")).to_have_count(1)


def test_several_runs_have_a_list_and_a_choice(reports: dict[str, Report], open_page: Open) -> None:
    chosen = [reports["hf-sft"], reports["hf-grpo"]]
    page = open_page(html(chosen))
    expect(page.locator(".runs li")).to_have_count(2)
    page.get_by_role("button", name="hf-grpo").click()
    expect(page.locator("h1")).to_have_text(chosen[1].diagnosis.summary)
    page.get_by_label("What to show").select_option("0")
    expect(page.locator("h1")).to_have_text(chosen[0].diagnosis.summary)
    page.goto(page.url.partition("#")[0] + "#run-2-finding-missing_validation")
    expect(page.locator("#run-2-finding-missing_validation")).to_be_focused()
