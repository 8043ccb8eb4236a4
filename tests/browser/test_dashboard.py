"""The dashboard: live without loading anew, and the report's gallery."""

import io

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.browser.stock import HARM, encode

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def predictions(page) -> int:
    tile = page.locator("#page-dashboard .tile").filter(has_text="Predictions")
    return int(tile.locator("b").inner_text().replace(",", ""))


def test_it_counts_what_happens_while_one_looks(visit, keep, stocked):
    pad = visit("dashboard", color_scheme="dark")
    page = pad.page
    page.wait_for_selector("#page-dashboard .tile")
    before = predictions(page)
    page.evaluate("window.same = true")
    for digit in "3717":
        httpx.post(f"{stocked.url}/api/predict", content=encode(digit), timeout=30)
    httpx.post(f"{stocked.url}/api/predict", content=b"no picture", timeout=30)
    page.wait_for_function(
        "before => Number(document.querySelector("
        "'#page-dashboard .tile:nth-child(3) b').textContent.replaceAll(',', ''))"
        " >= before + 4",
        arg=before,
    )
    assert page.evaluate("window.same")
    refused = page.locator("#page-dashboard .tile").filter(has_text="refused")
    page.wait_for_function(
        "e => Number(e.textContent) > 0", arg=refused.locator("b").element_handle()
    )
    keep(pad, "dashboard-desktop-dark")

    live = page.get_by_role("button", name="Live")
    live.click()
    page.wait_for_timeout(500)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2500)
    # Every page keeps looking whether another release answers; nothing else is asked.
    assert not [url for url in asked if not url.endswith("/api/model/uptime")]
    page.get_by_role("button", name="Paused").click()
    with page.expect_request("**/api/statistics"):
        pass
    # Elsewhere, nothing is asked any more.
    page.get_by_role("link", name="Model").click()
    page.wait_for_timeout(1000)
    asked.clear()
    page.wait_for_timeout(2500)
    assert not [url for url in asked if "statistics" in url]


@pytest.mark.parametrize("width", [390, 1280, 1440])
def test_the_time_it_runs_for_is_one_line(visit, width):
    page = visit("dashboard").page
    page.set_viewport_size({"width": width, "height": 800})
    page.wait_for_selector("#page-dashboard .tile")
    lines = page.evaluate(
        """() => {
          const figure = document.querySelector('#page-dashboard .tile b');
          figure.textContent = '23 h 59 min';
          return figure.clientHeight / parseFloat(getComputedStyle(figure).lineHeight);
        }"""
    )
    assert lines < 1.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_reports_pictures_are_as_light_or_dark_as_the_page(visit, scheme):
    page = visit("dashboard", color_scheme=scheme).page
    picture = page.locator("#page-dashboard .gallery .picture").first
    picture.scroll_into_view_if_needed()
    picture.locator("img").evaluate("one => one.decode()")
    pixels = Image.open(io.BytesIO(picture.screenshot())).convert("L")
    # The sheet of the tests' pictures is nearly white.
    dark = np.median(np.asarray(pixels)) < 60
    assert dark == (scheme == "dark")


def test_the_gallery_shows_the_report_and_escapes_it(visit):
    page = visit("dashboard").page
    page.get_by_role("heading", name="The model's report").wait_for()
    figures = page.locator("#page-dashboard .gallery .figures figure")
    assert figures.count() == 3
    assert figures.nth(0).locator("h3").inner_text() == f"A figure {HARM}"
    assert HARM in figures.nth(0).locator("figcaption").inner_text()
    picture = figures.nth(0).locator("img")
    picture.scroll_into_view_if_needed()
    picture.evaluate("image => image.decode()")
    assert picture.evaluate("image => image.naturalWidth") > 0
