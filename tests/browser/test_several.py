"""Several digits in one drawing, and what people say of the answers."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from tests.browser.conftest import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_digits_are_read_left_to_right_each_with_its_box(visit, keep, scheme):
    pad = visit(color_scheme=scheme)
    page = pad.page
    pad.draw("3")
    assert pad.wait_for_answer() == "3"
    assert page.locator("#answer [role=tab]").count() == 0
    assert page.locator("#pad .part").count() == 0
    pad.clear()
    pad.draw_number("371")
    tabs = page.locator("#answer [role=tab]")
    page.wait_for_function("document.querySelectorAll('#pad .part').length === 3")
    signs = [tab.inner_text() or "▢" for tab in tabs.all()]
    assert page.inner_text("#answer .number") == f"I read {' '.join(signs)}"
    boxes = [part.bounding_box() for part in page.locator("#pad .part").all()]
    third = pad.canvas.bounding_box()["width"] / 3
    left = pad.canvas.bounding_box()["x"]
    for position, box in enumerate(boxes):
        middle = box["x"] + box["width"] / 2 - left
        assert position < middle / third < position + 1
    keep(pad, f"several-desktop-{scheme}")

    # By keyboard: one stop for all tabs, arrows from digit to digit.
    tabs.nth(0).focus()
    page.keyboard.press("ArrowRight")
    assert tabs.nth(1).get_attribute("aria-selected") == "true"
    assert page.locator("#answer [role=tabpanel]:visible").count() == 1
    assert "chosen" in page.locator("#pad .part").nth(1).get_attribute("class")

    # Why? is about the chosen digit alone.
    with page.expect_request("**/api/explain") as asked:
        page.locator("#answer .why:visible").click()
    assert inked_columns(asked.value.post_data_json["image"]) == [False, True, False]
    page.wait_for_selector("#pad .overlay:not([hidden])")
    page.keyboard.press("Home")
    tabs.nth(0).click()
    page.wait_for_selector("#pad .overlay", state="hidden")

    pad.clear()
    pad.wait_for_nothing()
    assert page.locator("#pad .part").count() == 0


def inked_columns(address: str, count: int = 3) -> list[bool]:
    """Tell which of a picture's columns hold ink."""
    body = base64.b64decode(address.partition(",")[2])
    ink = np.asarray(Image.open(io.BytesIO(body)).convert("L")) < 128
    return [bool(part.any()) for part in np.array_split(ink, count, axis=1)]


def test_what_it_was_is_stored_with_the_digit_alone(visit, keep):
    pad = visit(device=PHONE)
    page = pad.page
    pad.draw_number("371")
    page.locator("#answer [role=tab]").nth(2).tap()
    panel = page.locator("#answer [role=tabpanel]:visible")
    panel.get_by_role("button", name="It was a").tap()
    other = panel.locator(".labels button").first
    label = other.inner_text()
    with page.expect_response("**/api/feedback") as given:
        other.tap()
    assert given.value.status == 201
    stored = given.value.json()
    assert (stored["label"], stored["image_kept"]) == (label, True)
    assert stored["state"] == "quarantined"
    sent = given.value.request.post_data_json
    assert sent["prediction_id"] == panel.locator(".feedback").get_attribute("data-id")
    assert inked_columns(sent["image"]) == [False, False, True]
    panel.get_by_text("Thank you").wait_for()
    assert f"stored as a {label}" in panel.locator(".thanks").inner_text()
    keep(pad, "feedback-phone")


def test_a_thumb_up_by_keyboard_agrees(visit):
    pad = visit()
    pad.draw("3")
    pad.wait_for_answer()
    pad.page.get_by_role("button", name="Right, it is 3").focus()
    with pad.page.expect_response("**/api/feedback") as given:
        pad.page.keyboard.press("Enter")
    assert given.value.json()["agrees"] is True
    pad.page.get_by_text("stored as right").wait_for()


def test_why_it_could_not_be_stored_is_said(visit):
    pad = visit(refusal=507)
    pad.draw("3")
    pad.wait_for_answer()
    sentence = "Nothing was stored, because the disk is full."
    pad.page.route(
        "**/api/feedback",
        lambda route: route.fulfill(status=507, json={"detail": sentence}),
    )
    button = pad.page.get_by_role("button", name="Right, it is 3")
    button.click()
    pad.page.get_by_text(sentence).wait_for()
    assert button.is_enabled()
