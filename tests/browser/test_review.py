"""The review page: the key, the queue, decisions by keys and in bulk, withdrawal."""

import io

import httpx
import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from tests.browser.conftest import PHONE
from tests.browser.stock import AUTHORISED, KEY, unlock

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CARD = "#page-review [role=option]"


def draw(place: int, shade: int = 255) -> bytes:
    """Give one of the embedded digits as a PNG file."""
    image = load_digits().images[place]
    ink = Image.fromarray(np.uint8(255 - image * shade / 16)).resize((96, 96), 3)
    file = io.BytesIO()
    Image.fromarray(np.pad(np.asarray(ink), 24, constant_values=255)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def taught(stocked):
    """Teach sixes and nines; one of them under two labels, and one nearly twice."""
    [six, nine, *_] = [
        [int(place) for place in np.flatnonzero(load_digits().target == digit)]
        for digit in (6, 9)
    ]
    files = [(f"6/{i}.png", draw(place)) for i, place in enumerate(six[:5])] + [
        ("9/same.png", draw(six[0])),
        ("9/a.png", draw(nine[0])),
    ]
    answer = httpx.post(
        f"{stocked.url}/api/upload/training-data",
        files=[("files", file) for file in files],
        timeout=60,
    )
    assert answer.json()["taken"] == 7, answer.text
    return answer.json()["id"]


def read_states(app, upload: str) -> dict[str, list[tuple[str, str, str]]]:
    """Give the upload's corrections by state: file, label, reviewer."""
    found = {}
    for state in ("quarantined", "accepted", "rejected", "withdrawn"):
        rows = httpx.get(
            f"{app.url}/api/review",
            params={"upload": upload, "state": state},
            headers=AUTHORISED,
            timeout=30,
        ).json()["items"]
        found[state] = sorted(
            (row["name"] or "", row["label"], row["reviewer"] or "") for row in rows
        )
    return found


def reject_elsewhere(app, correction: str) -> int:
    """Reject one from another tab; say how many of its sender still wait."""
    body = {"decisions": [{"id": correction, "action": "reject"}]}
    url = f"{app.url}/api/review"
    sender = httpx.post(url, json=body, headers=AUTHORISED, timeout=30).json()["items"][
        0
    ]["client"]
    query = {"client": sender, "state": "quarantined"}
    return httpx.get(url, params=query, headers=AUTHORISED, timeout=30).json()["total"]


def look_closer(page) -> None:
    """See what happened told beside the picture as it was given."""
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Zoë rejected it.").wait_for()
    assert dialog.locator(".decisions li").count() == 2
    picture = dialog.get_by_alt_text("The picture as it was given")
    picture.wait_for()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)")
    dialog.get_by_text("No training has used it.").wait_for()


def test_the_key_is_asked_once_a_tab_and_a_wrong_one_opens_nothing(visit, taught):
    page = visit("review", refusal=401).page
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    assert page.locator("#page-review .inside").is_hidden()
    assert not any("/api/review" in address for address in asked)
    page.locator("#page-review [name=key]").fill("not-the-right-key")
    page.keyboard.press("Enter")
    page.locator("#page-review .key-form .status").filter(has_text="key").wait_for()
    assert page.locator("#page-review .inside").is_hidden()
    unlock(page, "review")
    # Its keys work at once.
    page.wait_for_selector(f"{CARD}:focus")
    page.reload()
    page.wait_for_selector(CARD)
    page.get_by_role("link", name="Retrain").click()
    page.get_by_role("button", name="Retrain", exact=True).wait_for()
    # In this tab alone, and no longer than wanted.
    kept = "JSON.stringify([{...localStorage}, document.cookie, location.href])"
    assert KEY not in page.evaluate(kept)
    page.locator("#page-retrain").get_by_role("button", name="Forget the key").click()
    assert page.locator("#page-retrain .inside").is_hidden()
    assert KEY not in page.evaluate("JSON.stringify({...sessionStorage})")


def test_decided_by_keys_in_bulk_and_by_name(visit, keep, stocked, taught):
    pad = visit("review")
    page = pad.page
    unlock(page, "review")
    # The same picture under two labels stands in one frame.
    conflict = page.locator("#page-review .group.conflict").filter(has_text="also 9")
    conflict.get_by_text("under different labels").wait_for()
    assert {"6", "9"} <= set(conflict.locator(".said b").all_inner_texts())
    page.locator("#page-review [name=label]").select_option("6")
    page.locator(f"{CARD}:nth-child(1)").first.wait_for()
    page.wait_for_function(
        "all => [...document.querySelectorAll(all)].every("
        "card => card.querySelector('.said b').textContent === '6')",
        arg=CARD,
    )
    assert page.locator(CARD).count() == 5
    page.get_by_label("Your name").fill("Zoë")
    page.get_by_label("Your name").blur()
    cards = page.locator(CARD)
    first = cards.first
    assert "the model" in first.get_attribute("aria-label")
    assert first.locator("img").evaluate("image => image.naturalWidth") == 28
    keep(pad, "review-light")

    first.focus()
    page.keyboard.press("a")
    page.get_by_text("1 picture: accepted.").wait_for()
    # The next one is framed already; one is relabelled, two are rejected together.
    page.keyboard.press("5")
    page.get_by_text("1 picture: accepted as 5.").wait_for()
    for key in ("x", "ArrowRight", "x"):
        page.keyboard.press(key)
    page.get_by_text("2 pictures chosen").wait_for()
    keep(pad, "review-chosen-light")
    page.keyboard.press("r")
    page.get_by_text("2 pictures: rejected.").wait_for()
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("button", name="Look for more").wait_for()
    words = cards.locator(".decision").all_inner_texts()
    assert len(words) == 5
    assert all("Zoë" in word for word in words)
    found = read_states(stocked, taught)
    assert [row[2] for row in found["accepted"] + found["rejected"]] == ["Zoë"] * 5
    assert sorted(row[1] for row in found["accepted"]) == ["5", "6", "6"]
    assert len(found["rejected"]) == 2
    # A slip of the finger is mended where it happened.
    cards.last.focus()
    page.keyboard.press("r")
    page.get_by_text("1 picture: rejected.").wait_for()
    assert len(read_states(stocked, taught)["rejected"]) == 3

    look_closer(page)
    keep(pad, "review-details-light")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.get_by_role("dialog").get_by_role("heading", name="Keys").wait_for()


def test_by_touch_and_all_of_an_upload_is_withdrawn(visit, keep, stocked, taught):
    pad = visit("review", PHONE, color_scheme="dark")
    page = pad.page
    unlock(page, "review")
    page.locator("#page-review [name=label]").select_option("9")
    page.get_by_text("2 pictures, the oldest first.").wait_for()
    cards = page.locator(CARD)
    # A finger chooses, and the buttons stay in reach.
    cards.first.tap()
    page.get_by_text("1 picture chosen").wait_for()
    assert cards.first.get_attribute("aria-selected") == "true"
    box = page.get_by_role("button", name="Reject").bounding_box()
    assert box["y"] + box["height"] <= PHONE["viewport"]["height"]
    keep(pad, "review-phone-dark")
    # Two rows of buttons with whole words; the labels open when they are wanted.
    bar = page.locator("#page-review .decide")
    assert bar.bounding_box()["height"] < 130
    for button in bar.locator(".button:visible").all():
        assert button.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert page.get_by_role("button", name="It is a 4").is_hidden()
    opener = page.get_by_role("button", name="It is a …")
    opener.tap()
    assert opener.get_attribute("aria-expanded") == "true"
    box = page.get_by_role("button", name="It is a 4").bounding_box()
    assert min(box["width"], box["height"]) >= 44
    opener.tap()
    assert page.get_by_role("button", name="It is a 4").is_hidden()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["viewport"]["width"]

    # Somebody else decides meanwhile: the dialogs count when they open.
    other = cards.nth(1).get_attribute("data-id")
    waiting = reject_elsewhere(stocked, other)
    page.get_by_role("button", name="Look closer").tap()
    facts = page.get_by_role("dialog").locator(".lineage")
    facts.get_by_text(f"{waiting} to be looked at").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Withdraw").tap()
    asking = page.get_by_role("dialog", name="Withdraw")
    asking.get_by_label("What").select_option("Its whole upload: 7 pictures")
    asking.get_by_label("Reason").fill("A vandal.")
    asking.get_by_role("button", name="Withdraw").tap()
    page.get_by_role("dialog").get_by_text("corrections are withdrawn").wait_for()
    assert len(read_states(stocked, taught)["withdrawn"]) == 7
    keep(pad, "review-withdrawn-phone-dark")
