""" "Why?" in a real browser, and how each verdict looks."""

import pytest

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.pad import DIGITS, Pad
from tests.running_app import run_app
from tests.serving_fixtures import publish

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OVERLAY = "#pad .overlay:not([hidden])"
# Where the overlay has colour, and where the pad has ink, on a grid of their own.
COLOURED = """() => {
    const marks = (picture) => {
        const copy = new OffscreenCanvas(100, 100)
            .getContext('2d', { willReadFrequently: true });
        copy.drawImage(picture, 0, 0, 100, 100);
        const { data } = copy.getImageData(0, 0, 100, 100);
        const found = (test) => Array.from({ length: 1e4 }, (_, i) => i)
            .filter((i) => data[4 * i + 3] > 128 && test(data[4 * i], data[4 * i + 2]));
        return found;
    };
    const ink = new Set(marks(document.querySelector('#pad canvas'))(() => true));
    const blue = marks(document.querySelector('#pad .overlay'))((red, b) => b > 200);
    return [blue.length, blue.filter((i) => ink.has(i)).length];
}"""


def ask_why(pad: Pad) -> str:
    pad.page.get_by_role("button", name="Why?").click()
    pad.page.wait_for_selector(OVERLAY)
    return reason(pad)


def reason(pad: Pad) -> str:
    return pad.page.inner_text("#answer .reason")


def is_gone(pad: Pad) -> bool:
    pad.page.wait_for_selector("#pad .overlay", state="hidden")
    pressed = pad.page.locator("#answer .why[aria-pressed=true]").count()
    return pad.page.locator("#answer .reason").inner_text() == "" and not pressed


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_why_shows_on_the_drawing_and_goes_with_the_next_stroke(
    open_pad, keep, device, scheme
):
    pad = open_pad(device, color_scheme=scheme)
    pad.draw("4")
    pad.wait_for_answer()
    sentence = ask_why(pad)
    # The answer to both strokes may come after that to the first, and after "Why?".
    label = sentence.partition(" rather than ")[0][-1]
    pad.page.wait_for_selector(f"#answer .digit:text-is('{label}')")
    assert reason(pad) == sentence
    assert "This is a heuristic" in sentence
    canvas, overlay = (
        pad.page.locator(one).bounding_box() for one in ("#pad canvas", OVERLAY)
    )
    assert canvas is not None
    assert overlay is not None
    for side in ("x", "y", "width", "height"):
        assert overlay[side] == pytest.approx(canvas[side], abs=3)
    pad.page.locator(OVERLAY).evaluate("image => image.decode()")
    blue, on_ink = pad.page.evaluate(COLOURED)
    assert blue > 20
    assert on_ink > 0.9 * blue
    assert (
        pad.page.evaluate("document.documentElement.scrollWidth")
        <= (device["viewport"]["width"])
    )
    kind = "phone" if device is PHONE else "desktop"
    keep(pad, f"why-{kind}-{scheme}")

    # The overlay lets the pen through.
    pad.draw("1")
    assert is_gone(pad)


def test_why_is_a_switch_and_goes_with_clear_and_undo(open_pad):
    pad = open_pad()
    pad.draw("4")
    pad.wait_for_answer()
    ask_why(pad)
    button = pad.page.get_by_role("button", name="Why?")
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    assert is_gone(pad)
    for tool in (pad.undo, pad.clear):
        pad.page.wait_for_selector("#answer .why")
        ask_why(pad)
        tool()
        pad.page.wait_for_selector("#pad .overlay", state="hidden")
    pad.wait_for_nothing()
    assert pad.page.locator("#answer .why").count() == 0
    pad.page.get_by_role("button", name="Draw an example: 3").click()
    pad.wait_for_answer()
    ask_why(pad)
    pad.page.get_by_role("button", name="Draw an example: 6").click()
    pad.page.wait_for_selector("#pad .overlay", state="hidden")


def test_why_is_reached_and_pressed_by_keyboard(open_pad):
    pad = open_pad()
    pad.draw("4")
    pad.wait_for_answer()
    for _ in range(40):
        pad.page.keyboard.press("Tab")
        if pad.page.evaluate("document.activeElement.matches('#answer .why')"):
            break
    for key in ("Enter", "Space"):
        pad.page.keyboard.press(key)
        pad.page.wait_for_selector(OVERLAY)
        # Focus stays on the switch, and its outline shows.
        focus = "document.activeElement.matches('#answer .why:focus-visible')"
        assert pad.page.evaluate(focus)
        pad.page.keyboard.press(key)
        assert is_gone(pad)


def test_a_late_explanation_of_an_old_drawing_never_shows(open_pad):
    pad = open_pad()
    pad.draw("4")
    pad.wait_for_answer()
    held = []

    def hold(route):
        held.append(route)

    pad.page.route("**/api/explain", hold)
    pad.page.get_by_role("button", name="Why?").click()
    pad.page.wait_for_function(
        "document.querySelector('#answer .reason').innerText === 'Asking the model…'"
    )
    pad.draw("1")
    for route in held:
        route.abort()
    assert held
    pad.page.wait_for_timeout(300)
    assert is_gone(pad)


def test_a_failure_is_said_where_the_reason_would_stand(open_pad):
    pad = open_pad()
    pad.draw("4")
    pad.wait_for_answer()
    answer = {"detail": "No model has been released yet."}
    pad.page.route("**/api/explain", lambda route: route.fulfill(json=answer))
    pad.page.get_by_role("button", name="Why?").click()
    pad.page.get_by_text("No model has been released yet.").wait_for()
    assert pad.page.locator(OVERLAY).count() == 0


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("recognised", "That is a"),
        ("unsure", "That looks like a"),
        ("unfamiliar", "I don't think that's a digit"),
    ],
)
def test_every_verdict_has_its_words_and_its_look(
    browser, keep, tmp_path, verdict, words
):
    publish(tmp_path / "09_serving" / "digits")
    command = ("-m", "tests.browser.app_with_verdict")
    with run_app(tmp_path, *command, VERDICT=verdict) as app:
        for device, scheme in ((DESKTOP, "light"), (PHONE, "dark")):
            context = browser.new_context(**device, color_scheme=scheme)
            page = context.new_page()
            page.goto(app.url)
            pad = Pad(page)
            pad.draw("4")
            page.wait_for_selector(f"#answer .answer.{verdict} .why")
            assert pad.verdict.startswith(words)
            big = page.inner_text("#answer .digit").strip()
            assert (big in DIGITS or big.isdigit()) == (verdict != "unfamiliar")
            mark = page.evaluate(
                "getComputedStyle(document.querySelector('#answer .digit'), '::after')"
                ".content"
            )
            assert ("?" in mark) == (verdict == "unsure")
            bars = page.locator("#answer .bars .best").count()
            assert bars == (0 if verdict == "unfamiliar" else 1)
            keep(pad, f"verdict-{verdict}-{scheme}")
            context.close()
