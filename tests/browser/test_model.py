"""The model page: what it says, what it lets happen, and what it does not run."""

import io
import time

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.browser.conftest import PHONE
from tests.browser.stock import AUTHORISED, HARM, KEY
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Two seconds, and what a machine adds that stands still for a while.
PATIENCE_MS = 30_000
# A difference in lightness, of 255, that shows.
SEEN = 12


def test_card_figures_and_lineage_are_shown_as_text(visit, keep, stocked):
    wait_for_the_watch(stocked)
    pad = visit("model")
    page = pad.page
    card = page.locator("#page-model .card")
    card.get_by_text("It reads").wait_for()
    assert card.locator("h3").inner_text() == f"A card {HARM}"
    assert card.locator("script, img").count() == 0
    assert card.locator("li").all_inner_texts() == [f"one {HARM}", "two"]
    assert card.locator("table td").all_inner_texts() == ["3", "0.99"]
    # Only web addresses are links.
    links = card.locator("a").evaluate_all("all => all.map(link => link.href)")
    assert links == ["https://example.org/a"]
    lineage = page.inner_text("#page-model .lineage")
    for fact in (
        "1,347 images",
        "abababab",
        "c0ffee",
        "5eed5eed",
        "better",
        "Under watch",
    ):
        assert fact in lineage
    assert "95.00 %" in page.inner_text("#page-model .tiles")
    keep(pad, "model-desktop-light")

    page.get_by_role("button", name="Compare").click()
    page.get_by_role("heading", name="Compared").wait_for()
    row = page.get_by_role("row", name="Read right, of gate digits")
    assert "the same" in row.inner_text()


def wait_for_the_watch(app):
    """Wait until the app has looked at its newest release, which it does by itself."""
    info = f"{app.url}/api/model/info"
    wait_until(lambda: httpx.get(info, timeout=30).json()["watch"], PATIENCE_MS / 1000)


def test_a_comparison_says_once_which_way_it_went(visit):
    page = visit("model").page
    changed = [("gate.accuracy", -0.0133), ("metrics.test.nll", -0.5), ("other", 2)]
    rows = [
        {"name": name, "first": 0.5, "second": 0.5 + change, "change": change}
        for name, change in changed
    ]

    def answer(route):
        found = route.fetch().json()
        route.fulfill(json=found | {"comparison": rows})

    page.route("**/api/model/releases/*compare=*", answer)
    page.get_by_role("button", name="Compare").click()
    row = page.get_by_role("row", name="Read right, of gate digits")
    assert row.locator("td").last.inner_text() == "1.33 points worse"
    better = page.get_by_role("row", name="Negative log-likelihood")
    assert better.locator("td").last.inner_text() == "0.5000 better"
    page.get_by_text("1 more figure that differs").wait_for()


def test_a_release_that_the_watch_took_back_is_named(visit, stocked):
    pad = visit("draw")
    info = httpx.get(f"{stocked.url}/api/model/info", timeout=30).json()
    info["watch"] = {
        "version": "000009-bad",
        "until": "2026-11-21T10:30:00+00:00",
        "over": True,
        "sentence": "Ten times as many were unsure.",
        "rolled_back_to": "000008-good",
    }
    pad.page.route("**/api/model/info", lambda route: route.fulfill(json=info))
    pad.page.evaluate("location.hash = 'model'")
    pad.page.get_by_text(
        "000009-bad was taken back, and 000008-good answers again. Ten times as many"
    ).wait_for()


def test_going_back_needs_the_key_and_a_yes(visit, keep, stocked):
    pad = visit("model", color_scheme="dark")
    page = pad.page
    page.locator("#page-model .releases tbody tr").nth(1).wait_for()
    assert page.get_by_role("button", name="Go back to it").count() == 0
    serving = httpx.get(f"{stocked.url}/api/health", timeout=30).json()["serving"]

    page.locator("#page-model .key summary").click()
    page.get_by_label("API key").fill(KEY)
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Go back to it").first
    button.click()
    page.get_by_role("button", name="Cancel").click()
    assert (
        httpx.get(f"{stocked.url}/api/health", timeout=30).json()["serving"] == serving
    )

    button.click()
    page.get_by_label("Reason").fill(HARM)
    keep(pad, "model-rollback-dark")
    page.get_by_role("dialog").get_by_role("button", name="Go back to it").click()
    page.get_by_text("answers now.").wait_for()
    now = httpx.get(f"{stocked.url}/api/health", timeout=30).json()["serving"]
    assert now != serving
    marked = page.locator("#page-model tr.now")
    assert now in marked.inner_text()
    assert HARM in marked.inner_text()
    # And forward again, for whoever comes after: one click, and Enter in the dialog.
    # The newer one is nothing to go back to.
    assert page.get_by_role("button", name="Go back to it").count() == 0
    page.get_by_role("button", name=f"Use it, release {serving}").click()
    page.get_by_role("dialog").get_by_role("heading", name="Use it").wait_for()
    page.keyboard.press("Enter")
    page.get_by_text(f"Release {serving} answers now.").wait_for()
    assert "Chosen by hand." in page.locator("#page-model tr.now").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_a_table_that_goes_on_says_so_and_its_buttons_are_whole(
    visit, scheme
):
    page = visit("model", PHONE, color_scheme=scheme).page
    table = page.locator("#page-model .releases .scroll")
    table.locator("tbody tr").nth(1).wait_for()
    page.locator("#page-model .key summary").click()
    page.get_by_label("API key").fill(KEY)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Compare").click()
    compared = page.locator("#page-model .comparison .scroll").first
    compared.wait_for()
    assert compared.evaluate("one => one.scrollWidth <= one.clientWidth")
    button = table.get_by_role("button").first
    button.wait_for()
    box = button.bounding_box()
    assert box["x"] + box["width"] <= PHONE["viewport"]["width"]
    assert button.evaluate("one => one.scrollWidth <= one.clientWidth")

    assert table.evaluate("one => one.scrollWidth > one.clientWidth")
    left, right = look_at_edges(table)
    table.evaluate("one => { one.scrollLeft = one.scrollWidth; }")
    left_later, right_later = look_at_edges(table)
    # Shaded on the side where more lies.
    assert abs(left - left_later) > SEEN
    assert abs(right - right_later) > SEEN
    card = 0 if scheme == "dark" else 255
    assert abs(left - card) < abs(left_later - card)
    assert abs(right - card) > abs(right_later - card)


def look_at_edges(table) -> tuple[float, float]:
    """Give how light the first and the last pixels are, 0 to 255, words left aside."""
    pixels = np.asarray(Image.open(io.BytesIO(table.screenshot())).convert("L"), int)
    return float(np.median(pixels[:, 4:8])), float(np.median(pixels[:, -8:-4]))


def test_every_open_page_follows_within_two_seconds(visit, stocked):
    looking = visit("model").page
    drawing = visit().page
    looking.locator("#page-model .releases tbody tr").nth(1).wait_for()
    drawing.locator("#release code").first.wait_for()
    serving = httpx.get(f"{stocked.url}/api/health", timeout=30).json()["serving"]
    back = {"reason": "a test"}
    for target in (None, serving):
        body = back | ({"to": target} if target else {})
        start = time.monotonic()
        answer = httpx.post(
            f"{stocked.url}/api/model/rollback",
            json=body,
            headers=AUTHORISED,
            timeout=30,
        )
        now = answer.json()["version"]
        marked = looking.locator("#page-model tr.now", has_text=now)
        marked.wait_for(timeout=PATIENCE_MS)
        drawing.locator("#release code", has_text=now).wait_for(timeout=PATIENCE_MS)
        looking.get_by_text(f"Release {now} answers now.").wait_for()
        assert time.monotonic() - start < PATIENCE_MS / 1000
