"""Hands on the pad: mouse, finger and keys, in shares of the pad's side."""

from itertools import pairwise

from playwright.sync_api import Page

# Strokes of digits, x to the right and y downward, as shares of the pad's side.
DIGITS = {
    "0": [
        [
            *[(0.5, 0.2), (0.36, 0.3), (0.32, 0.5), (0.38, 0.72), (0.5, 0.8)],
            *[(0.63, 0.72), (0.68, 0.5), (0.63, 0.3), (0.5, 0.2)],
        ]
    ],
    "1": [[(0.5, 0.18), (0.5, 0.5), (0.5, 0.82)]],
    "3": [
        [
            *[(0.32, 0.24), (0.5, 0.17), (0.66, 0.25), (0.64, 0.4), (0.47, 0.47)],
            *[(0.66, 0.55), (0.68, 0.72), (0.5, 0.83), (0.3, 0.76)],
        ]
    ],
    "4": [
        [(0.42, 0.2), (0.3, 0.56), (0.72, 0.56)],
        [(0.6, 0.34), (0.58, 0.84)],
    ],
    "7": [[(0.3, 0.22), (0.7, 0.21), (0.56, 0.5), (0.45, 0.82)]],
}
STEPS = 6


class Pad:
    """The page, as a person uses it."""

    def __init__(self, page: Page):
        self.page = page
        page.wait_for_selector("#pad [data-ready]", state="attached")
        self.canvas = page.locator("#pad canvas")

    def draw(self, digit: str, strokes: int | None = None) -> None:
        """Draw a digit's strokes with the mouse."""
        for stroke in DIGITS[digit][:strokes]:
            points = [self.place(*point) for point in stroke]
            self.page.mouse.move(*points[0])
            self.page.mouse.down()
            for point in points[1:]:
                self.page.mouse.move(*point, steps=STEPS)
            self.page.mouse.up()

    def draw_number(self, digits: str) -> None:
        """Draw digits side by side with the mouse, and wait until all are read."""
        width = 1 / len(digits)
        for position, digit in enumerate(digits):
            for stroke in DIGITS[digit]:
                points = [
                    self.place(width * (position + x), 0.3 + 0.4 * y) for x, y in stroke
                ]
                self.page.mouse.move(*points[0])
                self.page.mouse.down()
                for point in points[1:]:
                    self.page.mouse.move(*point, steps=STEPS)
                self.page.mouse.up()
        self.page.locator("#answer [role=tab]").nth(len(digits) - 1).wait_for()

    def touch(self, digit: str) -> None:
        """Draw a digit with a finger."""
        session = self.page.context.new_cdp_session(self.page)
        for stroke in DIGITS[digit]:
            points = [self.place(*point) for point in stroke]
            self._finger(session, "touchStart", points[0])
            for start, end in pairwise(points):
                for step in range(1, STEPS + 1):
                    share = step / STEPS
                    x, y = (
                        a + (b - a) * share for a, b in zip(start, end, strict=True)
                    )
                    self._finger(session, "touchMove", (x, y))
            self._finger(session, "touchEnd")

    def clear(self) -> None:
        self.page.get_by_role("button", name="Clear").click()

    def undo(self) -> None:
        self.page.get_by_role("button", name="Undo").click()

    def wait_for_answer(self) -> str:
        """Wait until a digit is shown, and give it."""
        self.page.wait_for_selector("#answer .digit:not(.none)")
        return self.page.inner_text("#answer .digit").strip()

    def wait_for_nothing(self) -> None:
        """Wait until the page asks for a drawing."""
        self.page.wait_for_selector("#answer .digit.none")
        assert self.verdict == "Draw a digit"

    @property
    def verdict(self) -> str:
        return self.page.inner_text("#answer .verdict")

    @property
    def shares(self) -> list[str]:
        return self.page.locator("#answer .share").all_inner_texts()

    @property
    def ink(self) -> float:
        """Share of the pad that is covered with ink."""
        return self.page.evaluate("""() => {
            const canvas = document.querySelector('#pad canvas');
            const { width, height } = canvas;
            const copy = new OffscreenCanvas(width, height)
                .getContext('2d', { willReadFrequently: true });
            copy.drawImage(canvas, 0, 0);
            const { data } = copy.getImageData(0, 0, width, height);
            let inked = 0;
            for (let i = 3; i < data.length; i += 4) inked += data[i] > 128;
            return inked / (width * height);
        }""")

    def place(self, x: float, y: float) -> tuple[float, float]:
        box = self.canvas.bounding_box()
        assert box is not None
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    @staticmethod
    def _finger(session, kind, point=None) -> None:
        points = [{"x": point[0], "y": point[1]}] if point else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
