"""A drawing as a link and as a picture."""

import re

import httpx
import pytest

from digit_pipeline.percentages import word_confidence
from tests.browser.conftest import DESKTOP

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CLIPBOARD = ["clipboard-read", "clipboard-write"]
DRAWING = "document.querySelector('#pad [data-ready]').pad.drawing()"
BITMAP = "document.querySelector('#pad canvas').toDataURL()"


def test_a_link_holds_the_drawing_and_opening_it_reads_it(visit, browser, stocked):
    pad = visit(permissions=CLIPBOARD)
    page = pad.page
    assert page.get_by_role("button", name="Copy link").is_disabled()
    pad.draw("3")
    pad.draw("1")
    answer = wait_for_the_answer_to_all(pad, stocked)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("Link copied").wait_for()
    # Every second it asks which release answers, whatever one does.
    assert [url for url in asked if not url.endswith("/api/model/uptime")] == []
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{stocked.url}/#drawing=")
    assert len(link) < 2000
    drawn = page.evaluate(BITMAP)

    context = browser.new_context(**DESKTOP)
    other = context.new_page()
    other.goto(link)
    other.wait_for_selector("#answer .digit:not(.none)")
    other.wait_for_function(
        "text => document.querySelector('#answer .bars').innerText === text", arg=answer
    )
    assert other.evaluate(BITMAP) == drawn
    # The address says what is drawn, as long as it is.
    assert "#drawing=" in other.url
    other.get_by_role("button", name="Undo").click()
    assert "#drawing=" not in other.url
    # A link pasted into the open page opens too.
    other.get_by_role("button", name="Clear").click()
    other.evaluate("link => { location.href = link; }", link)
    other.get_by_text("Opened from a link").wait_for()
    assert other.evaluate(BITMAP) == drawn
    context.close()


def wait_for_the_answer_to_all(pad, app):
    """Wait until it is about the last stroke too; give its bars."""
    drawing = pad.page.evaluate(DRAWING)
    found = httpx.post(f"{app.url}/api/predict", json={"image": drawing}, timeout=30)
    bars = pad.page.locator("#answer .bars")
    sure = word_confidence(found.json()["confidence"])
    bars.filter(has_text=sure).wait_for()
    return bars.inner_text()


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "!",
        "AAAA",
        "<script>window.harmed=1</script>",
        "%3Cimg%20src=x%20onerror=window.harmed=1%3E",
        "_" * 20_000,
        "FgH_____" * 40,
        "DgEA",
    ],
)
def test_a_link_that_holds_no_drawing_is_told_apart(stocked, sharing_page, hostile):
    page = sharing_page
    page.evaluate("hash => { location.hash = ''; location.hash = hash; }", "#draw")
    page.evaluate("hash => { location.hash = hash; }", f"#drawing={hostile}")
    page.get_by_text("holds no drawing").wait_for()
    assert page.evaluate("window.harmed") is None
    assert page.get_by_role("button", name="Undo").is_disabled()


@pytest.fixture(scope="module")
def sharing_page(browser, stocked):
    context = browser.new_context(**DESKTOP)
    page = context.new_page()
    page.goto(stocked.url)
    page.wait_for_selector("#navigation [data-ready]")
    yield page
    context.close()


def test_what_is_written_into_a_link_comes_out_of_it(sharing_page):
    """Far points, long strokes and half units, to the digit."""
    same = sharing_page.evaluate("""async () => {
        const scripts = performance.getEntriesByType('resource')
            .map((entry) => entry.name).find((name) => name.endsWith('/sharing.js'));
        const { encode, decode } = await import(scripts);
        const strokes = [14, 22, 32].map((width, k) => ({ width,
            points: Array.from({ length: 150 }, (_, i) =>
                [(i * 37 * (k + 1)) % 800 - 200.5, 400 - i * 2.5]) }));
        return JSON.stringify(decode(encode(strokes), 400)) === JSON.stringify(strokes);
    }""")
    assert same


def test_a_picture_goes_to_the_clipboard_or_into_a_file(visit):
    pad = visit(permissions=CLIPBOARD)
    pad.draw("3")
    pad.wait_for_answer()
    pad.page.get_by_role("button", name="Copy picture").click()
    pad.page.get_by_text("Picture copied").wait_for()
    size = pad.page.evaluate("""async () => {
        const [item] = await navigator.clipboard.read();
        const picture = await createImageBitmap(await item.getType('image/png'));
        return [picture.width, picture.height];
    }""")
    assert size == [400, 400]
    # Where a page may not use the clipboard.
    pad.page.evaluate("""() => {
        navigator.clipboard.write = () => Promise.reject(new Error());
        navigator.clipboard.writeText = navigator.clipboard.write;
    }""")
    with pad.page.expect_download() as saved:
        pad.page.get_by_role("button", name="Copy picture").click()
    assert saved.value.suggested_filename == "digit.png"
    assert saved.value.path().read_bytes().startswith(b"\x89PNG")
    pad.page.get_by_role("button", name="Copy link").click()
    field = pad.page.get_by_role("textbox", name="Link to this drawing")
    assert re.match(r"http.*#drawing=[\w-]+$", field.input_value())
