"""The history page: one's own, everybody's with the key, and no more of it."""

import csv
import io

import httpx
import pytest

from tests.browser.stock import KEY, encode

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROWS = "#page-history tbody tr"


def test_it_shows_ones_own_filters_and_forgets(visit, keep, stocked):
    httpx.post(f"{stocked.url}/api/predict", content=encode("7"), timeout=30)
    pad = visit()
    page = pad.page
    for digit in ("3", "1"):
        page.get_by_role("button", name="Clear").click() if pad.ink else None
        pad.draw(digit)
        page.wait_for_selector(f"#answer .digit:text-is('{digit}')")
    page.get_by_role("link", name="History").click()
    page.wait_for_selector(ROWS)
    # What a program asked is not in this browser's history.
    assert page.locator(ROWS).count() == 2
    assert page.locator(f"{ROWS} >> nth=0").locator("td").nth(1).inner_text() == "1"
    keep(pad, "history-desktop-light")
    page.locator("#page-history [name=label]").select_option("3")
    page.get_by_text("1 prediction", exact=True).wait_for()
    assert page.locator(ROWS).count() == 1

    with page.expect_download() as saved:
        page.get_by_role("button", name="Download as CSV").click()
    table = list(csv.DictReader(io.StringIO(saved.value.path().read_text())))
    assert [row["label"] for row in table] == ["3"]

    page.get_by_role("button", name="Delete my data").click()
    page.get_by_role("button", name="Cancel").click()
    assert page.locator(ROWS).count() == 1
    page.get_by_role("button", name="Delete my data").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Delete my data").click()
    page.get_by_text("Deleted: 2 predictions, 0 corrections, 0 pictures.").wait_for()
    assert page.locator(ROWS).count() == 0


def test_everybodys_needs_the_key_and_comes_in_pages(visit, stocked):
    for _ in range(27):
        httpx.post(f"{stocked.url}/api/predict", content=encode("7"), timeout=30)
    pad = visit("history", refusal=401)
    page = pad.page
    page.get_by_text("Nothing here yet").wait_for()
    page.locator("#page-history .key summary").click()
    page.get_by_label("API key").fill("not-the-right-key")
    page.get_by_role("button", name="Use it").click()
    page.locator("#page-history .key-form .status").filter(has_text="key").wait_for()
    assert page.locator(ROWS).count() == 0
    page.get_by_label("API key").fill(KEY)
    page.get_by_role("button", name="Use it").click()
    page.wait_for_selector(ROWS)
    assert page.locator(ROWS).count() == 25
    page.get_by_text("What was read for everybody, newest first").wait_for()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download everybody's as CSV").click()
    assert saved.value.suggested_filename == "history-of-everybody.csv"
    page.get_by_role("button", name="Older").click()
    page.get_by_text("Page 2 of").wait_for()
    assert page.get_by_role("button", name="Newer").is_enabled()
    page.locator("#page-history [name=whose]").select_option("session")
    page.get_by_text("What was read for you in this browser").wait_for()
    page.get_by_text("Nothing here yet").wait_for()
    # The key lies nowhere that outlives the tab.
    assert KEY not in page.evaluate("JSON.stringify({...localStorage})")
    assert all(KEY not in cookie["value"] for cookie in page.context.cookies())
