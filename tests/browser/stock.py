"""A release whose words are markup that means harm, and pictures to upload."""

import io
import json
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Page

from digit_pipeline.pipelines.promotion.gallery import hang_gallery
from digit_pipeline.releases import Release, ReleaseDraft, ReleaseStore
from tests.browser.pad import DIGITS
from tests.running_app import RunningApp
from tests.serving_fixtures import train_small_model

KEY = "a-key-for-the-tests"
AUTHORISED = {"Authorization": f"Bearer {KEY}"}
HARM = '<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>'
CARD = f"""# A card {HARM}

It reads `digits` and **{HARM}**, [here](javascript:window.harmed=1) and
[there](https://example.org/a).

| class | precision {HARM} |
| --- | --- |
| 3 | 0.99 |

- one {HARM}
- two

```
<script>window.harmed=1</script>
```
"""
FIGURES = ("confusion_matrix", "reliability_diagram", "class_distribution")
METRICS = {"test": {"n": 450, "accuracy": 0.95, "macro_f1": 0.95, "ece": 0.02}}

CHAMPION = "000002-20261121T060000Z"
RULES = [
    {
        "name": "accuracy",
        "passed": True,
        "figure": 0.9961,
        "threshold": 0.9,
        "sentence": "99.61 % of the gate images right, at least 90.00 % needed.",
        "details": None,
    },
    {
        "name": "champion_margin",
        "passed": False,
        "figure": -0.0041,
        "threshold": -0.003,
        "sentence": f"0.41 points worse cannot be ruled out {HARM}.",
        "details": None,
    },
]


def publish_hostile(folder: Path) -> Release:
    """Publish the next champion, with a card and a gallery full of markup."""
    model = train_small_model()
    store = ReleaseStore(folder)
    pointer = store.pointer()
    assert pointer is not None
    bounds = {"accuracy_low": 0.93, "accuracy_high": 0.97}
    draft = ReleaseDraft(
        model=model.onnx,
        gate=model.gate,
        model_card=CARD,
        decision={
            "promoted": True,
            "reason": "made for a test",
            "challenger_accuracy": model.accuracy,
        },
        champion=pointer.version,
        facts={
            "task": "digits",
            "environment": "sketch",
            "candidate": f"small {HARM}",
            "dataset": {"train": {"images": 1347, "sha256": "ab" * 32}},
            "metrics": {**METRICS, "test": {**METRICS["test"], **bounds}},
            "git": {"commit": "c0ffee" * 6 + "c0ff", "dirty": False},
            "mlflow_run": "5eed" * 8,
        },
        gallery=hang_gallery(
            {name: draw_picture("3") for name in FIGURES},
            dict.fromkeys(FIGURES, f"A figure {HARM}"),
            dict.fromkeys(FIGURES, f"It shows {HARM} something."),
        ),
    )
    return store.publish(
        draft, expected_previous=draft.champion, reason=f"better {HARM}"
    )


def draw_picture(digit: str) -> Image.Image:
    """Draw a digit as on paper."""
    picture = Image.new("RGB", (200, 240), (240, 236, 225))
    pen = ImageDraw.Draw(picture)
    for stroke in DIGITS[digit]:
        points = [(200 * x, 240 * y) for x, y in stroke]
        pen.line(points, fill=(20, 20, 60), width=16, joint="curve")
    return picture


def encode(digit: str) -> bytes:
    """Give a digit as a PNG file."""
    file = io.BytesIO()
    draw_picture(digit).save(file, "PNG")
    return file.getvalue()


def name_files(*named: tuple[str, bytes]) -> list[dict]:
    """Give files as Playwright chooses them."""
    return [
        {"name": name, "mimeType": "image/png", "buffer": content}
        for name, content in named
    ]


def unlock(page: Page, name: str) -> None:
    """Give a page the key that it asks for."""
    page.locator(f"#page-{name} [name=key]").fill(KEY)
    page.keyboard.press("Enter")
    page.locator(f"#page-{name} .inside").wait_for()


def decide(app: RunningApp, *, promoted: bool, version: str | None = None) -> None:
    """Let the training that runs come to its end."""
    rules = [{**rule, "passed": rule["passed"] or promoted} for rule in RULES]
    decision = {
        "outcome": "promoted" if promoted else "refused",
        "promoted": promoted,
        "reason": "As good as the champion." if promoted else "One rule was broken.",
        "challenger": "sketch_cnn",
        "champion": CHAMPION,
        "rules": rules,
    }
    written = json.dumps({"decision": decision, "version": version})
    part = app.data / "gate.part"
    part.write_text(written)
    part.rename(app.data / "gate")
