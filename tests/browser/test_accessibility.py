"""What an automated check of accessibility finds on each page: nothing."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.stock import decide, encode, name_files, unlock

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def violations(page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{one['impact']} {one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]


@pytest.mark.parametrize(("device", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_no_page_stands_in_anybodys_way(visit, device, scheme):
    pad = visit(device=device, color_scheme=scheme)
    page = pad.page
    assert violations(page) == []
    pad.draw("4")
    pad.wait_for_answer()
    page.get_by_role("button", name="It was a").click()
    assert violations(page) == []
    pad.clear()
    pad.wait_for_nothing()
    pad.draw_number("37")
    assert violations(page) == []

    page.locator("#navigation [data-page=upload]").click()
    choose = page.locator("#page-upload [data-do=choose]")
    choose.set_input_files(name_files(("a.png", encode("3"))))
    page.locator("#page-upload .one .verdict").wait_for()
    assert violations(page) == []
    choose.set_input_files(
        name_files(*[(f"{i}.png", encode("3")) for i in range(3)], ("b.png", b"no"))
    )
    page.locator("#page-upload .many tbody tr").first.wait_for()
    assert violations(page) == []
    page.locator("#page-upload .many tbody button").first.click()
    page.get_by_role("dialog").wait_for()
    assert violations(page) == []
    page.keyboard.press("Escape")

    for name, ready in (
        ("history", "tbody tr"),
        ("dashboard", ".gallery img"),
        ("model", ".card table"),
    ):
        page.locator(f"#navigation [data-page={name}]").click()
        page.locator(f"#page-{name} {ready}").first.wait_for()
        assert violations(page) == [], name
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("heading", name="Compared").wait_for()
    assert violations(page) == []


@pytest.mark.parametrize(("device", "scheme"), [(DESKTOP, "dark"), (PHONE, "light")])
def test_no_page_of_the_learning_loop_does(visit, stocked, device, scheme):
    page = visit("teach", device=device, color_scheme=scheme).page
    files = name_files(
        ("3/a.png", encode("3")), ("b.png", b"no"), ("c.png", encode("1"))
    )
    page.locator("#page-teach [data-do=choose]").set_input_files(files)
    page.get_by_text("cannot be taken").wait_for()
    assert violations(page) == []
    page.get_by_label("Label of c.png").select_option("1")
    page.locator("#page-teach [data-do=send]").click()
    page.locator("#page-teach .report tbody tr").first.wait_for()
    assert violations(page) == []

    page.locator("#navigation [data-page=review]").click()
    assert violations(page) == []
    unlock(page, "review")
    card = page.locator("#page-review [role=option]").first
    card.click()
    assert violations(page) == []
    card.press("Enter")
    page.get_by_role("dialog").get_by_text("No training has used it.").wait_for()
    assert violations(page) == []
    page.keyboard.press("Escape")

    page.locator("#navigation [data-page=retrain]").click()
    page.get_by_role("button", name="Retrain", exact=True).click()
    page.locator(".watch svg").first.wait_for()
    page.locator("#page-retrain .log summary").click()
    assert violations(page) == []
    decide(stocked, promoted=False)
    page.locator("#page-retrain .outcome tbody tr").first.wait_for()
    assert violations(page) == []


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (390, "dark"), (320, "light")]
)
def test_the_api_s_page_does_not_either(visit, stocked, width, scheme):
    size = {"viewport": {"width": width, "height": 844}}
    page = visit(device=size, color_scheme=scheme).page
    page.goto(f"{stocked.url}/docs")
    page.locator("details").first.wait_for()
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []
    assert "`" not in page.locator("main").inner_text()
