from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from curvewise.model.report import Report
from curvewise.reports.html import html

from .conftest import NARROW, Open, drawn


@pytest.fixture
def page(overfit: str, open_page: Open) -> Page:
    return open_page(overfit)


def plot(page: Page, figure: str = "loss") -> Locator:
    return page.locator(f"[data-figure={figure}] .plot")


def box(page: Page, figure: str = "loss") -> Any:
    plot(page, figure).scroll_into_view_if_needed()
    return plot(page, figure).bounding_box()


def ticks(page: Page, figure: str = "loss") -> list[str]:
    drawn(page)
    return plot(page, figure).locator(".tick").all_text_contents()


def test_the_model_name_is_copied(page: Page, reports: dict[str, Report]) -> None:
    best = reports["azure-sft-overfit"].selection.best
    assert best is not None
    page.get_by_role("button", name="Copy the model name", exact=True).click()
    page.get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == best.model


def test_the_model_name_is_copied_where_the_browser_gives_no_clipboard(page: Page) -> None:
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')) }")
    page.get_by_role("button", name="Copy the model name", exact=True).click()
    page.get_by_text("Copied").wait_for()


def test_pointing_shows_every_value_in_all_charts(page: Page) -> None:
    at = box(page)
    page.mouse.move(at["x"] + at["width"] * 0.64, at["y"] + 100)
    assert "step 9" in (plot(page).locator(".where").text_content() or "")
    values = page.locator("[data-figure=loss] .key .value").all_inner_texts()
    assert all(values)
    assert page.locator("[data-figure=accuracy] .key .value").first.inner_text() != ""
    assert plot(page).locator(".dot").count() == 3
    page.mouse.move(2, 2)
    assert page.locator("[data-figure=loss] .key .value").first.inner_text() == ""


def test_a_drag_zooms_all_charts_and_a_double_click_undoes_it(page: Page) -> None:
    whole = ticks(page), ticks(page, "ratio")
    at = box(page)
    page.mouse.move(at["x"] + at["width"] * 0.4, at["y"] + 100)
    page.mouse.down()
    page.mouse.move(at["x"] + at["width"] * 0.6, at["y"] + 120, steps=4)
    assert plot(page).locator(".brush").get_attribute("visibility") == "visible"
    page.mouse.up()
    assert ticks(page) != whole[0]
    assert ticks(page, "ratio") != whole[1]
    assert "20" not in ticks(page)
    page.mouse.dblclick(at["x"] + 100, at["y"] + 100)
    assert (ticks(page), ticks(page, "ratio")) == whole


def test_buttons_and_wheel_zoom(page: Page) -> None:
    whole = ticks(page)
    reset = page.get_by_role("button", name="Whole run")
    assert reset.is_disabled()
    page.get_by_role("button", name="Zoom in").click()
    nearer = ticks(page)
    assert nearer != whole
    at = box(page)
    page.mouse.move(at["x"] + at["width"] / 2, at["y"] + 100)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    assert ticks(page) != nearer
    reset.click()
    assert ticks(page) == whole


def test_keyboard_alone_points_zooms_and_returns(page: Page) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "plot":
            break
    focused = page.locator(".plot:focus")
    assert focused.get_attribute("role") == "slider"
    page.keyboard.press("End")
    assert "step 150" in (focused.get_attribute("aria-valuetext") or "")
    page.keyboard.press("ArrowLeft")
    assert "step 149" in (focused.get_attribute("aria-valuetext") or "")
    assert "training loss" in (focused.get_attribute("aria-valuetext") or "")
    whole = ticks(page)
    page.keyboard.press("+")
    page.keyboard.press("+")
    assert ticks(page) != whole
    page.keyboard.press("Home")
    assert "step 1," in (focused.get_attribute("aria-valuetext") or "")
    page.keyboard.press("Escape")
    assert ticks(page) == whole
    page.keyboard.press("Escape")
    assert focused.get_attribute("aria-valuetext") == "no place chosen"


def test_log_scale(page: Page) -> None:
    at = plot(page).locator(".solid .course").get_attribute("d")
    page.locator("[data-figure=loss] .switch").click()
    drawn(page)
    assert plot(page).locator(".solid .course").get_attribute("d") != at
    assert page.locator("[data-figure=loss] .switch").get_attribute("aria-pressed") == "true"


def test_smoothing_can_be_turned_off_and_up(page: Page) -> None:
    slider = page.get_by_role("slider", name="Smoothing")
    path = plot(page).locator(".train .smooth").get_attribute("d")
    slider.fill("18")
    drawn(page)
    assert plot(page).locator(".train .smooth").get_attribute("d") != path
    slider.fill("0")
    drawn(page)
    assert plot(page).locator(".smooth").count() == 0


def test_steps_or_epochs(page: Page) -> None:
    page.locator(".segments").get_by_role("button", name="epoch").click()
    drawn(page)
    assert {"epoch", "3.0"} <= set(ticks(page))
    at = box(page)
    page.mouse.move(at["x"] + at["width"] - 16, at["y"] + 100)
    assert "epoch 5, step 150" in (plot(page).locator(".where").text_content() or "")


def test_a_line_can_be_hidden(page: Page) -> None:
    page.get_by_role("button", name="training loss").click()
    drawn(page)
    assert plot(page).locator(".line").count() == 2
    assert page.get_by_role("button", name="training loss").get_attribute("aria-pressed") == "false"


def test_the_stretch_of_a_finding_is_shaded(page: Page) -> None:
    page.locator("#finding-overfitting h3 a").focus()
    drawn(page)
    assert plot(page).locator(".stretch").count() > 0
    assert plot(page, "accuracy").locator(".stretch").count() == 0
    page.get_by_role("button", name="Dark").focus()
    drawn(page)
    assert plot(page).locator(".stretch").count() == 0
    page.locator("#finding-overfitting").get_by_role("button", name="Show in the curves").click()
    drawn(page)
    assert plot(page).locator(".stretch").count() > 0


def test_theme(page: Page) -> None:
    colour = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(colour)
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate(colour) != light
    page.get_by_role("button", name="Light").click()
    assert page.evaluate(colour) == light


def test_a_link_leads_to_a_finding_even_a_folded_one(overfit: str, open_page: Open) -> None:
    page = open_page(overfit, anchor="#finding-divergence", width=NARROW)
    card = page.locator("#finding-divergence")
    assert card.is_visible()
    assert page.evaluate("document.activeElement.id") == "finding-divergence"


def test_the_table_sorts(page: Page) -> None:
    table = page.locator("section[aria-labelledby=checkpoints]")
    steps = table.locator("tbody th")
    table.get_by_role("button", name="full valid loss").click()
    assert steps.all_inner_texts() == ["90", "120", "150"]
    table.get_by_role("button", name="full valid loss").click()
    assert steps.all_inner_texts() == ["150", "120", "90"]
    assert table.locator("th[aria-sort=descending]").count() == 1


def test_several_runs_have_a_list_and_a_choice(reports: dict[str, Report], open_page: Open) -> None:
    chosen = [reports["hf-sft"], reports["hf-grpo"]]
    page = open_page(html(chosen))
    assert page.locator(".runs li").count() == 2
    page.get_by_role("button", name="hf-grpo").click()
    assert page.locator("h1").inner_text() == chosen[1].headline
    page.get_by_label("What to show").select_option("0")
    assert page.locator("h1").inner_text() == chosen[0].headline
    page.goto(page.url.partition("#")[0] + "#run-2-finding-missing_validation")
    page.locator("#run-2-finding-missing_validation").wait_for()
