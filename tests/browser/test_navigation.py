"""From page to page: by mouse, by keys, by address, and back."""

import pytest

from tests.browser.conftest import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TITLES = {
    "draw": "Draw a digit",
    "upload": "Upload pictures",
    "teach": "Teach",
    "history": "History",
    "dashboard": "Dashboard",
    "model": "Model",
    "review": "Review",
    "retrain": "Retrain",
}


def test_every_page_is_reached_by_keyboard_and_named(visit):
    pad = visit()
    page = pad.page
    for name, title in TITLES.items():
        page.locator(f"#navigation [data-page={name}]").focus()
        page.keyboard.press("Enter")
        page.wait_for_function("title => document.title === title", arg=title)
        assert page.locator("h1:visible").all_inner_texts() == [title]
        current = page.locator("#navigation [aria-current=page]")
        assert current.get_attribute("data-page") == name
        if name != "draw":
            # Where a screen reader goes on reading.
            assert page.evaluate("document.activeElement.tagName") == "H1"
    page.go_back()
    page.wait_for_function("document.title === 'Review'")


def test_the_first_tab_stop_leads_past_the_links(visit):
    page = visit("history").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "history-title"


def test_a_drawing_stays_while_one_looks_elsewhere(visit):
    pad = visit()
    pad.draw("3")
    pad.wait_for_answer()
    ink = pad.ink
    pad.page.get_by_role("link", name="Model").click()
    pad.page.get_by_role("heading", name="Model", exact=True, level=1).wait_for()
    pad.page.get_by_role("link", name="Draw").click()
    assert pad.wait_for_answer() == "3"
    assert pad.ink == ink


def test_an_unknown_address_shows_the_pad(visit):
    page = visit("nothing<script>").page
    assert page.locator("h1:visible").all_inner_texts() == ["Draw a digit"]


def test_no_page_is_wider_than_a_phone(visit, keep):
    pad = visit(device=PHONE)
    for name in TITLES:
        pad.page.locator(f"#navigation [data-page={name}]").tap()
        pad.page.wait_for_timeout(700)
        wide = pad.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE["viewport"]["width"], name
        keep(pad, f"phone-light-{name}")


def test_without_a_key_there_are_no_pages_that_ask_for_one(open_pad, app):
    page = open_pad().page
    page.wait_for_selector("#navigation [data-ready]")
    names = page.locator("#navigation [data-page]").evaluate_all(
        "links => links.map(link => link.dataset.page)"
    )
    assert names == ["draw", "upload", "teach", "history", "dashboard", "model"]
    page.goto(f"{app.url}/#review")
    page.wait_for_timeout(300)
    assert page.locator("h1:visible").all_inner_texts() == ["Draw a digit"]
    assert page.locator("#page-review, #page-retrain").count() == 0
    page.get_by_role("link", name="Model").click()
    page.locator("#page-model .releases tr").first.wait_for()
    assert page.get_by_text("I run this app").filter(visible=True).count() == 0
