"""Saying that an answer is right, or what it was: by keys, by finger, after Upload."""

import pytest

from tests.browser.conftest import PHONE
from tests.browser.stock import encode, name_files

pytestmark = [pytest.mark.browser, pytest.mark.slow]

THANKS = "#answer .thanks"


def test_by_keys_alone_with_what_happens_next(visit, keep):
    pad = visit()
    page = pad.page
    pad.draw("7")
    pad.wait_for_answer()
    page.get_by_role("button", name="It was a").focus()
    page.keyboard.press("Enter")
    labels = page.locator("#answer .labels")
    labels.wait_for()
    assert labels.evaluate("group => group.contains(document.activeElement)")
    page.keyboard.press("Escape")
    assert labels.is_hidden()
    page.keyboard.press("Enter")
    with page.expect_response("**/api/feedback") as given:
        page.keyboard.press("1")
    stored = given.value.json()
    assert (stored["label"], stored["state"], stored["image_kept"]) == (
        "1",
        "quarantined",
        True,
    )
    page.locator(THANKS).get_by_text("stored as a 1, with the picture").wait_for()
    assert "automatic rules look at it, and a person" in page.inner_text(THANKS)
    assert page.evaluate("document.activeElement.className") == "thanks"
    keep(pad, "correct-thanks-light")
    page.get_by_role("link", name="Teach more").click()
    page.wait_for_function("document.title === 'Teach'")


def test_by_finger_and_said_twice_it_is_stored_once(visit):
    pad = visit(device=PHONE, color_scheme="dark")
    page = pad.page
    pad.touch("3")
    pad.wait_for_answer()
    right = page.get_by_role("button", name="Right, it is 3")
    assert right.inner_text() == "Right"
    box = right.bounding_box()
    assert min(box["width"], box["height"]) >= 44
    with page.expect_response("**/api/feedback") as given:
        right.tap()
    assert given.value.json()["agrees"] is True
    page.locator(THANKS).get_by_text("stored as right").wait_for()
    # As after a connection that broke before the answer came.
    page.evaluate(
        "document.querySelector('#answer .feedback').classList.remove('done');"
        "document.querySelectorAll('#answer .feedback button')"
        ".forEach(button => { button.disabled = false; });"
    )
    right.tap()
    page.locator(THANKS).get_by_text("it is stored once").wait_for()


def test_after_an_upload_the_picture_itself_goes_along(visit):
    page = visit("upload").page
    files = name_files(("a.png", encode("7")))
    page.set_input_files("#page-upload [data-do=choose]", files)
    page.locator("#page-upload .one .verdict").wait_for()
    page.locator("#page-upload").get_by_role("button", name="It was a").click()
    with page.expect_response("**/api/feedback") as given:
        page.locator("#page-upload").get_by_role("button", name="It was 1").click()
    assert given.value.json()["image_kept"] is True
    thanks = page.locator("#page-upload .thanks")
    thanks.get_by_text("stored as a 1").wait_for()
