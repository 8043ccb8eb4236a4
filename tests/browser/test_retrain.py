"""The retrain page: started, watched, refused while one runs, cancelled, judged."""

import httpx
import pytest

from tests.browser.conftest import PHONE
from tests.browser.stock import AUTHORISED, CHAMPION, HARM, decide, unlock

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def count_points(page) -> int:
    """Count the epochs of the curve that is drawn."""
    line = page.locator(".watch polyline.validation").first
    return len(line.get_attribute("points").split())


def test_a_training_is_watched_until_the_gate_refuses_it(visit, keep, stocked):
    pad = visit("retrain", refusal=409)
    page = pad.page
    unlock(page, "retrain")
    page.get_by_role("button", name="Retrain", exact=True).click()
    watch = page.locator(".watch")
    watch.get_by_text("Train model (sketch cnn)").wait_for()
    page.locator(".watch polyline.validation").first.wait_for()
    first = count_points(page)
    page.wait_for_function(
        "n => document.querySelector('.watch polyline.validation').points"
        ".numberOfItems > n",
        arg=first + 1,
    )
    bar = page.get_by_role("progressbar", name="Epochs done")
    assert 0 < bar.evaluate("bar => bar.value") <= 1
    assert "of 120" in watch.inner_text()
    assert "step 2 of 3" in watch.inner_text()
    assert "nan" not in watch.inner_text().lower()
    page.locator("#page-retrain .log summary").click()
    page.locator(".log pre").get_by_text("epoch 2 of 120").wait_for()
    keep(pad, "retrain-running-light")

    # Another one is refused, and named.
    running = httpx.get(
        f"{stocked.url}/api/retrain/status", headers=AUTHORISED, timeout=30
    ).json()
    assert running["running"] is True
    refused = httpx.post(f"{stocked.url}/api/retrain", headers=AUTHORISED, timeout=30)
    assert refused.status_code == 409
    assert refused.json()["job"] == running["job"]["id"]

    decide(stocked, promoted=False)
    outcome = page.locator("#page-retrain .now .outcome")
    outcome.get_by_role("heading", name="Refused").wait_for()
    [broken] = outcome.locator(".broken-rules li").all_inner_texts()
    assert broken.startswith("Champion margin: 0.41 points worse")
    assert HARM in broken
    rows = outcome.locator("tbody tr").all_inner_texts()
    assert len(rows) == 2
    for figure in ("0.9961", "0.9"):
        assert figure in rows[0]
    assert "0.0041" in rows[1]
    keep(pad, "retrain-refused-light")
    history = page.locator("#page-retrain .list tbody tr").first
    history.get_by_text("Refused", exact=True).wait_for()


def test_two_windows_see_one_training_promoted_and_the_next_cancelled(
    visit, keep, stocked
):
    one = visit("retrain", PHONE, color_scheme="dark")
    unlock(one.page, "retrain")
    other = visit("retrain", refusal=409)
    # This window has not looked for a while.
    before = httpx.get(
        f"{stocked.url}/api/retrain/status", headers=AUTHORISED, timeout=30
    ).json()
    assert before["running"] is False
    address = "**/api/retrain/status"
    other.page.route(address, lambda route: route.fulfill(json=before))
    unlock(other.page, "retrain")
    one.page.get_by_role("button", name="Retrain", exact=True).tap()
    one.page.locator(".watch svg").first.wait_for()
    status = httpx.get(
        f"{stocked.url}/api/retrain/status", headers=AUTHORISED, timeout=30
    ).json()
    begin = other.page.get_by_role("button", name="Retrain", exact=True)
    begin.click()
    said = other.page.locator("#page-retrain .inside > .status")
    said.filter(has_text=status["job"]["id"]).wait_for()
    other.page.unroute(address)
    other.page.locator(".watch").wait_for()
    keep(one, "retrain-running-phone-dark")
    wide = one.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["viewport"]["width"]
    version = "000003-20261121T101204Z"
    decide(stocked, promoted=True, version=version)
    for pad in (one, other):
        change = pad.page.locator("#page-retrain .now .change")
        change.wait_for()
        assert change.inner_text().split() == [CHAMPION, "→", version]

    begin.click()
    other.page.get_by_role("button", name="Cancel", exact=True).click()
    dialog = other.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Cancel it").click()
    other.page.get_by_role("heading", name="Cancelled").wait_for()
    status = httpx.get(
        f"{stocked.url}/api/retrain/status", headers=AUTHORISED, timeout=30
    ).json()
    assert (status["running"], status["job"]["state"]) == (False, "cancelled")
