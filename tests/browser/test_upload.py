"""The upload page: one picture, many, a bad one among them, however they come."""

import csv
import io

import pytest

from tests.browser.conftest import PHONE
from tests.browser.stock import HARM, encode, name_files

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# A file's name as a visitor may choose it: slashes are the one thing it cannot have.
HOSTILE = f"{HARM.replace('/', '')}.png"
FORMULA = "=1+1.png"
ADD = """([name, bytes]) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(bytes)], name, { type: 'image/png' }));
    return data;
}"""


def choose(page, *named):
    page.set_input_files("#page-upload [data-do=choose]", name_files(*named))


def test_one_picture_shows_everything_about_its_answer(visit, keep):
    pad = visit("upload")
    page = pad.page
    choose(page, (HOSTILE, encode("3")))
    page.locator("#page-upload .one .verdict").wait_for()
    assert page.inner_text("#page-upload [data-say]") == "That is a 3"
    assert page.inner_text("#page-upload figcaption >> nth=0") == HOSTILE
    assert page.locator("#page-upload .preview img").evaluate("i => i.naturalWidth")
    assert page.locator("#page-upload .bars li").count() == 10
    seen = page.locator("#page-upload .steps img.model")
    assert seen.evaluate("image => image.naturalWidth") == 28
    assert page.locator("#page-upload .why").count() == 0
    page.get_by_text("Read in").wait_for()
    keep(pad, "upload-one-light")

    page.get_by_role("button", name="It was a").click()
    with page.expect_response("**/api/feedback") as given:
        page.get_by_role("button", name="It was 5").click()
    assert given.value.json()["image_kept"] is True

    # It is in this browser's history, as an upload.
    page.get_by_role("link", name="History").click()
    page.locator("#page-history tbody tr").first.wait_for()
    assert "Upload" in page.inner_text("#page-history tbody tr")


def check_cards(page, row, broken) -> None:
    """See that a phone has room for each picture's answer, and that rows stay rows."""
    table = page.locator("#page-upload .many .scroll")
    assert table.evaluate("all => all.scrollWidth <= all.clientWidth")
    for shown in (row.locator("td:nth-child(4)"), broken.locator(".why-not")):
        box = shown.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["viewport"]["width"]
    assert page.get_by_role("table").get_by_role("row").count() == 24
    assert row.get_attribute("role") == "row"


def test_one_bad_file_among_many_is_one_row_with_its_reason(visit, keep):
    pad = visit("upload", PHONE, color_scheme="dark")
    page = pad.page
    good = [(f"picture-{i:02d}.png", encode("317"[i % 3])) for i in range(20)]
    bad = (HOSTILE, b"<html>")
    huge = ("huge.bmp", b"BM" + bytes(10 << 20))
    choose(page, *good[:9], bad, *good[9:], (FORMULA, encode("7")), huge)
    page.get_by_role("heading", name="Summary").wait_for()
    rows = page.locator("#page-upload .many tbody tr")
    assert rows.count() == 23
    tiles = page.locator("#page-upload .many .tiles b").all_inner_texts()
    assert tiles[:3] == ["23", "21", "2"]
    reasons = page.locator(".failures li").all_inner_texts()
    assert len(reasons) == 2
    assert any("a web page came" in reason for reason in reasons)
    assert any("at most 10 MB" in reason for reason in reasons)
    broken = rows.filter(has_text="a web page came")
    assert broken.locator("button").inner_text() == HOSTILE
    rows.nth(0).scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('tbody canvas').width > 1")
    keep(pad, "upload-many-phone-dark")
    check_cards(page, rows.nth(0), broken)

    # Sorted by name, up and down.
    header = page.get_by_role("columnheader", name="File")
    header.get_by_role("button").tap()
    assert header.get_attribute("aria-sort") == "ascending"
    names = rows.locator("button").all_inner_texts()
    assert names == sorted(names, key=str.lower)
    header.get_by_role("button").tap()
    assert rows.locator("button").all_inner_texts() == names[::-1]

    with page.expect_download() as saved:
        page.get_by_role("button", name="Download as CSV").tap()
    table = list(csv.DictReader(io.StringIO(saved.value.path().read_text())))
    assert len(table) == 23
    by_name = {row["file"]: row for row in table}
    # A spreadsheet shows this name, and does not compute it.
    assert f"'{FORMULA}" in by_name
    assert FORMULA not in by_name
    assert by_name[HOSTILE]["verdict"] == "failed"
    shares = [float(by_name["picture-00.png"][f"p_{name}"]) for name in range(10)]
    assert sum(shares) == pytest.approx(1, abs=1e-3)

    # Details of a row, by keyboard, and back to where one was.
    button = rows.filter(has_text="picture-00").locator("button")
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_text("That is a 3").wait_for()
    keep(pad, "upload-detail-phone-dark")
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    assert button.evaluate("button => button === document.activeElement")


def test_pictures_can_be_dropped_pasted_and_photographed(visit):
    pad = visit("upload", PHONE)
    page = pad.page
    camera = page.locator("[data-do=camera]")
    assert page.get_by_text("Take a photo").is_visible()
    assert camera.get_attribute("capture") == "environment"
    camera.set_input_files(name_files(("photo.png", encode("7"))))
    page.locator(".one .verdict:text-is('That is a 7')").wait_for()

    data = page.evaluate_handle(ADD, ["dropped.png", list(encode("1"))])
    page.dispatch_event("#page-upload .drop", "drop", {"dataTransfer": data})
    page.locator(".one .verdict:text-is('That is a 1')").wait_for()

    data = page.evaluate_handle(ADD, ["pasted.png", list(encode("0"))])
    page.evaluate(
        "data => document.dispatchEvent("
        "new ClipboardEvent('paste', { clipboardData: data }))",
        data,
    )
    page.locator(".one .verdict:text-is('That is a 0')").wait_for()
    assert page.locator("#page-upload .preview").count() == 1


def test_it_waits_when_the_server_is_busy(visit):
    pad = visit("upload", refusal=503)
    held = []

    def refuse_once(route):
        if held:
            route.continue_()
            return
        held.append(route)
        route.fulfill(status=503, headers={"Retry-After": "1"}, json={"detail": "busy"})

    pad.page.route("**/pages/read", refuse_once)
    choose(pad.page, ("one.png", encode("3")))
    pad.page.locator(".one .verdict:text-is('That is a 3')").wait_for()


def test_stopping_keeps_what_was_read(visit):
    pad = visit("upload")
    page = pad.page
    asked = []

    def hold_the_second(route):
        asked.append(route)
        if len(asked) == 1:
            route.continue_()

    page.route("**/pages/read", hold_the_second)
    choose(page, *[(f"{i}.png", encode("3")) for i in range(12)])
    page.get_by_text("8 of 12").wait_for()
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("heading", name="Stopped").wait_for()
    assert page.locator("#page-upload .many tbody tr").count() == 8
    assert "4 left out" in page.inner_text(".progress-text")
    page.unroute("**/pages/read")


@pytest.mark.parametrize(
    ("name", "shown"), [("upload", ".one .verdict"), ("teach", ".tray li")]
)
def test_files_chosen_before_the_page_has_its_script_are_taken(visit, name, shown):
    page = visit().page
    held = []

    def hold(route):
        held.append(route)

    page.route(f"**/{name}.js", hold)
    with page.expect_request(f"**/{name}.js"):
        page.locator(f"#navigation [data-page={name}]").click()
    field = page.locator(f"#page-{name} [data-do=choose]")
    field.set_input_files(name_files(("a.png", encode("3"))))
    held[0].continue_()
    page.locator(f"#page-{name} {shown}").first.wait_for()
