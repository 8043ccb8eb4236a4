"""The dashboard's answer to "Do people draw as before?"."""

import json
from contextlib import closing

import pytest

from digit_pipeline.records import Records
from gradio_app.settings import Settings
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_accessibility import violations
from tests.drift.samples import make_records
from tests.running_app import run_app
from tests.serving_fixtures import publish

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COLUMNS = ["What", "Before", "Now", "Distance", "By chance"]


@pytest.fixture(scope="module")
def drifted(tmp_path_factory):
    """An app whose latest answers, 1,001 to 1,600, are to thinner strokes."""
    data = tmp_path_factory.mktemp("drifted")
    version = publish(data / "09_serving" / "digits").version
    settings = Settings(data_dir=data)
    with closing(Records(settings.records_address, settings.records_images)) as records:
        records.add_predictions(make_records(version, 1000, 0, thickness=2.4))
        records.add_predictions(make_records(version, 600, 1, thickness=1.8))
    with run_app(data) as app:
        yield app


def find_section(page):
    section = page.locator("#page-dashboard .drift")
    section.wait_for()
    return section


@pytest.mark.parametrize(
    ("device", "scheme"),
    [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light"), (PHONE, "dark")],
)
def test_it_says_what_became_different_and_shows_the_figures(
    visit, keep, drifted, device, scheme
):
    pad = visit("dashboard", device=device, app=drifted, color_scheme=scheme)
    page = pad.page
    section = find_section(page)
    assert section.get_by_role("heading", name="Do people draw as before?").count() == 1
    said = section.locator(".sentence").inner_text()
    assert "the first 1,000 pictures this model read" in said
    assert "strokes are thinner (1.8 instead of 2.4 pixels)" in said

    first, second = section.locator("details").all()
    assert (first.get_attribute("open"), second.get_attribute("open")) == ("", None)
    second.locator("summary").click()
    in_use = section.locator("[data-name=in_use]")
    assert in_use.locator("thead th").all_inner_texts() == COLUMNS
    row = in_use.locator("tbody tr").filter(has_text="Stroke thickness")
    assert "differs" in row.locator("th").inner_text()
    before, now, distance, chance = row.locator("td").all_inner_texts()
    assert (before, now) == ("2.4 pixels", "1.8 pixels")
    assert float(distance) > 0.5 > float(chance)
    alike = in_use.locator("tbody tr").filter(has_text="Read as")
    assert "differs" not in alike.inner_text()
    for table in section.locator(".scroll").all():
        assert table.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert violations(page) == []
    keep(pad, f"drift-{'phone' if device is PHONE else 'desktop'}-{scheme}")


def test_it_is_asked_once_a_minute(visit, drifted):
    page = visit("draw", app=drifted).page
    asked = []
    page.on("request", lambda r: asked.append(r.url) if "drift" in r.url else None)
    page.clock.install()
    page.get_by_role("link", name="Dashboard").click()
    section = find_section(page)
    section.locator("details:not([open]) summary").click()
    page.clock.run_for(50_000)
    assert len([url for url in asked if url.endswith("/api/drift")]) == 1
    with page.expect_response("**/api/drift"):
        page.clock.run_for(15_000)
    page.wait_for_timeout(200)
    assert len([url for url in asked if url.endswith("/api/drift")]) == 2
    # What was opened stays open.
    assert section.locator("details[open]").count() == 2


def test_with_too_few_answers_there_is_a_sentence_alone(visit):
    section = find_section(visit("dashboard").page)
    assert section.locator(".sentence").inner_text().startswith("Nothing can be said")
    assert section.locator("table").count() == 0


def test_without_the_records_it_is_not_shown(visit, drifted):
    page = visit("dashboard", app=drifted, refusal=503).page
    find_section(page)
    gone = {"detail": "The records cannot be opened.", "status": 503}
    page.route(
        "**/api/statistics",
        lambda route: route.fulfill(status=503, body=json.dumps(gone)),
    )
    page.locator("#page-dashboard .drift").wait_for(state="hidden")
    page.unroute("**/api/statistics")
    find_section(page)


def test_when_drift_cannot_be_told_the_rest_is_shown(visit, drifted):
    page = visit("draw", app=drifted, refusal=503).page
    page.route("**/api/drift", lambda route: route.fulfill(status=503, body="{}"))
    page.get_by_role("link", name="Dashboard").click()
    page.wait_for_selector("#page-dashboard .chart")
    page.wait_for_timeout(500)
    assert page.locator("#page-dashboard .drift").is_hidden()
    assert page.locator("#page-dashboard .status").inner_text() == ""
