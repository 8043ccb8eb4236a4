"""The teach page: pictures, tables, folders and zips, and what comes of them."""

import csv
import io
import zipfile

import pytest

from tests.browser.conftest import PHONE
from tests.browser.stock import encode, name_files

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Without quotes, which browsers write otherwise in a form.
HOSTILE = "<img src=x onerror=window.harmed=1>.png"
TILE = "#page-teach .digit-tile"
DROP = """([name, bytes]) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(bytes)], name, { type: 'image/png' }));
    return data;
}"""


def choose(page, *files):
    page.set_input_files("#page-teach [data-do=choose]", list(files))


def wait_for(page, words):
    page.locator("#page-teach .counts").filter(has_text=words).wait_for()


def test_labels_come_from_a_table_or_by_hand_and_all_is_reported(visit, keep):
    pad = visit("teach")
    page = pad.page
    table = f"file,label\n0.png,0\n{HOSTILE},cats\nlost.png,4\n".encode()
    choose(
        page,
        *name_files(
            ("0.png", encode("0")),
            ("3.png", encode("3")),
            (HOSTILE, encode("7")),
            ("page.png", b"<html>"),
        ),
        {"name": "labels.csv", "mimeType": "text/csv", "buffer": table},
    )
    wait_for(page, "1 picture ready. 2 wait for a label. 1 cannot be taken")
    wait_for(page, "1 file of the table did not come: lost.png.")
    assert page.locator(TILE).count() == 4
    # What a person has to do something about comes first.
    assert "open" in page.locator(TILE).first.get_attribute("class")
    seen = page.locator(f"{TILE} img.model")
    assert seen.count() == 3
    assert seen.first.evaluate("image => image.naturalWidth") == 28
    hostile = page.locator(TILE).filter(has_text=HOSTILE)
    hostile.get_by_text("“cats” is no label here.").wait_for()
    refused = page.locator(f"{TILE}.refused")
    assert "a web page came" in refused.inner_text()
    keep(pad, "teach-tray-light")

    # By keyboard: a label is picked as in any list.
    hostile.get_by_label("Label of").focus()
    page.keyboard.press("7")
    wait_for(page, "2 pictures ready. 1 waits for a label.")
    page.get_by_role("button", name="Send 2 pictures").click()
    page.get_by_role("heading", name="What was taken").wait_for()
    report = page.locator("#page-teach .report")
    assert report.locator(".tiles b").all_inner_texts() == ["2", "1"]
    lines = report.locator("tbody tr").all_inner_texts()
    assert "a web page came" in lines[0]
    assert any(HOSTILE in line for line in lines)
    assert "automatic rules look at the pictures, and a person" in report.inner_text()
    with page.expect_download() as saved:
        report.get_by_role("button", name="Download as CSV").click()
    rows = list(csv.DictReader(io.StringIO(saved.value.path().read_text())))
    assert [row["taken"] for row in rows] == ["no", "yes", "yes"]
    # The one without a label stays, to be given one.
    assert page.locator(TILE).count() == 1
    keep(pad, "teach-report-light")

    given = page.locator("#page-teach .given tbody tr")
    assert "2 to be looked at" in given.first.inner_text()
    given.first.get_by_role("button", name="Report").click()
    page.get_by_role("dialog").get_by_text(HOSTILE).wait_for()
    page.keyboard.press("Escape")
    given.first.get_by_role("button", name="Take back").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Take it back").click()
    page.get_by_text("Taken back:").wait_for()
    assert "2 taken back" in given.first.inner_text()
    assert given.first.get_by_role("button", name="Report").is_visible()
    assert given.first.get_by_role("button", name="Take back").count() == 0


def test_a_folder_a_zip_and_a_dropped_picture_on_a_phone(visit, keep, tmp_path):
    pad = visit("teach", PHONE, color_scheme="dark")
    page = pad.page
    for name in ("1/a.png", "3/b.png", "3/.DS_Store"):
        path = tmp_path / "digits" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode(path.parent.name))
    page.set_input_files("#page-teach [data-do=folder]", tmp_path / "digits")
    wait_for(page, "2 pictures ready.")
    labels = page.locator(f"{TILE} select").evaluate_all("all => all.map(s => s.value)")
    assert sorted(labels) == ["1", "3"]

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("4/c.png", encode("4"))
        archive.writestr("cats/d.png", encode("7"))
    body = packed.getvalue()
    choose(page, {"name": "a.zip", "mimeType": "application/zip", "buffer": body})
    page.get_by_text("1 of 2 files would be taken.").wait_for()
    assert page.locator("#page-teach .package img.model").count() == 2
    # By touch and by keyboard nobody reads a title.
    told = page.locator("#page-teach .package .reasons").inner_text()
    assert told.startswith("cats/d.png: Expected")

    data = page.evaluate_handle(DROP, ["dropped.png", list(encode("0"))])
    page.dispatch_event("#page-teach .drop", "drop", {"dataTransfer": data})
    wait_for(page, "3 pictures ready. 1 waits for a label.")
    page.get_by_label("Label of dropped.png").select_option("0")
    keep(pad, "teach-phone-dark")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["viewport"]["width"]
    # What sends is in reach wherever one has scrolled to.
    page.locator("#page-teach .package").scroll_into_view_if_needed()
    send = page.get_by_role("button", name="Send 4 pictures")
    box = send.bounding_box()
    assert box["y"] + box["height"] <= PHONE["viewport"]["height"]
    send.tap()
    page.get_by_role("heading", name="What was taken").wait_for()
    tiles = page.locator("#page-teach .report .tiles b").all_inner_texts()
    assert tiles == ["4", "1"]
    # The page scrolls, not a box in it.
    lines = page.locator("#page-teach .report .scroll")
    assert lines.evaluate("one => one.scrollHeight <= one.clientHeight")
    assert page.locator("#page-teach .tray").is_hidden()


def test_a_long_report_shows_the_rest_when_it_is_asked(visit):
    page = visit("teach").page
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("3/good.png", encode("3"))
        for number in range(54):
            archive.writestr(f"3/bad-{number}.png", b"no picture")
    body = packed.getvalue()
    choose(page, {"name": "a.zip", "mimeType": "application/zip", "buffer": body})
    page.get_by_role("button", name="Send 1 picture").click()
    lines = page.locator("#page-teach .report tbody tr")
    page.get_by_role("button", name="Show 5 more").wait_for()
    assert lines.count() == 50
    page.get_by_role("button", name="Show 5 more").click()
    assert lines.count() == 55
    assert page.get_by_role("button", name="Show 5 more").count() == 0
    # Who works by keyboard stays where the lines are.
    assert page.evaluate("document.activeElement.matches('.report .scroll')")


def test_a_busy_server_and_a_refusal_leave_the_pictures_where_they_are(visit):
    pad = visit("teach", refusal=429)
    page = pad.page
    choose(page, *name_files(("a.png", encode("3"))))
    wait_for(page, "1 waits for a label.")
    page.get_by_label("Label of a.png").select_option("3")
    sentence = "Expected at most 500 corrections a day, but more came; wait a day."
    page.route(
        "**/api/upload/training-data",
        lambda route: route.fulfill(
            status=429, json={"detail": sentence, "code": "quota"}
        ),
    )
    page.get_by_role("button", name="Send 1 picture").click()
    page.locator("#page-teach > section > .status, #page-teach .status").get_by_text(
        sentence
    ).first.wait_for()
    assert page.locator(TILE).count() == 1
    assert page.get_by_role("button", name="Send 1 picture").is_enabled()
