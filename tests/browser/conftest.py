"""A real browser before the running app."""

import os
import shutil
from pathlib import Path

import pytest

from tests.browser.pad import Pad
from tests.browser.stock import KEY, publish_hostile
from tests.running_app import ROOT, run_app
from tests.serving_fixtures import publish

# Chromium that finds no account, no graphics card and no internet to talk to.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]
SCREENSHOTS = ROOT / "build" / "screenshots"
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}


def find_chromium() -> str | None:
    named = os.environ.get("CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def browser():
    """Chromium; where it is missing the tests are skipped, but never in CI."""
    chromium = find_chromium()
    if chromium is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI has to run the browser tests: install chromium")
        pytest.skip("no chromium here: install it, or name it in CHROMIUM")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def app(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    publish(data / "09_serving" / "digits")
    with run_app(data) as running:
        yield running


@pytest.fixture(scope="session")
def stocked(tmp_path_factory):
    """The app with a key, two releases, and a gallery and card that mean harm.

    Its retrainings get as far as a test says.
    """
    data = tmp_path_factory.mktemp("stocked")
    publish(data / "09_serving" / "digits")
    publish_hostile(data / "09_serving" / "digits")
    with run_app(data, "-m", "tests.browser.app_with_training", API_KEY=KEY) as running:
        yield running


@pytest.fixture
def visit(browser, stocked):
    """Open one of the pages; complain at the end about what it complained of."""
    contexts, complaints = [], []

    def open_one(
        name="draw", device=DESKTOP, refusal=None, app=stocked, **options
    ) -> Pad:
        # A refusal that a test asks for shows in the browser's console as well.
        context = browser.new_context(**device, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: _note(complaints, m, refusal))
        page.on("request", lambda r: _note_foreign(complaints, r.url, app.url))
        page.goto(f"{app.url}/#{name}")
        page.wait_for_selector("#navigation [data-ready]")
        return Pad(page)

    yield open_one
    harmed = [p.evaluate("window.harmed") for c in contexts for p in c.pages]
    for context in contexts:
        context.close()
    assert complaints == []
    assert not any(harmed)


@pytest.fixture
def open_pad(browser, app):
    """Open the page on some device; complain at the end about what it complained of."""
    contexts, complaints = [], []

    def open_one(device=DESKTOP, **options) -> Pad:
        context = browser.new_context(**device, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: _note(complaints, m))
        page.on("request", lambda r: _note_foreign(complaints, r.url, app.url))
        page.goto(app.url)
        return Pad(page)

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


def _note(complaints, message, refusal=None):
    expected = refusal is not None and f"status of {refusal}" in message.text
    if message.type in {"error", "warning"} and not expected:
        complaints.append(message.text)


def _note_foreign(complaints, url, own):
    if not url.startswith((own, "data:", "blob:")):
        complaints.append(f"asked {url}")


@pytest.fixture
def keep():
    """Keep a screenshot for people to look at."""

    def keep_one(pad: Pad, name: str) -> Path:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        pad.page.screenshot(path=path, full_page=True)
        return path

    return keep_one
