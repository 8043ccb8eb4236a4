"""The overlay: colours and patterns where they belong on the user's own canvas."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from digit_pipeline.explanation import Change, Explanation
from digit_pipeline.images import lay_on_picture, view_digit
from gradio_app.pages.assets import read_asset
from gradio_app.why.overlay import BLUE, GREEN, ORANGE, WHITE, draw_overlay

# Two uprights of one drawing, far from the middle of a wide canvas.
LEFT, RIGHT = np.s_[50:250, 320:350], np.s_[50:250, 450:480]
BETWEEN = np.s_[50:250, 355:445]


def drawing(shape=(400, 600)):
    pixels = np.full(shape, 255, np.uint8)
    pixels[LEFT] = pixels[RIGHT] = 0
    return view_digit(pixels)


def overlay_of(view, spoke=0, added=None, removed=None):
    none = np.zeros((28, 28), np.float32)
    found = Explanation(
        1,
        7,
        3.0,
        np.asarray(none + spoke, np.float32) * (view.digit > 0),
        Change(none if added is None else added, -1.0, added is not None),
        Change(none if removed is None else removed, -1.0, removed is not None),
    )
    png = draw_overlay(found, view)
    return np.asarray(Image.open(io.BytesIO(png)))


def halves(view):
    """1 over the left upright, -1 over the right one, in the digit's pixels."""
    columns = np.flatnonzero(view.digit.any(axis=0))
    middle = (columns[0] + columns[-1]) / 2
    return np.where(np.arange(28) < middle, 1.0, -1.0)[None, :]


def is_colour(picture, colour):
    return (picture[..., 3] > 60) & (picture[..., :3] == colour).all(axis=2)


def test_it_covers_the_canvas_and_colours_ink_where_it_was_drawn():
    view = drawing()
    picture = overlay_of(view, halves(view))
    assert picture.shape == (400, 600, 4)
    assert is_colour(picture, BLUE)[60:240, 324:346].all()
    dots = is_colour(picture, ORANGE)[60:240, 454:476].mean()
    assert 0.2 < dots < 0.8
    paper = view.ink == 0
    assert not picture[paper][:, 3].any()


def test_ink_that_spoke_against_is_never_pale():
    view = drawing()
    weak, strong = (overlay_of(view, share * halves(view)) for share in (0.2, 1.0))
    right = np.s_[60:240, 454:476]
    dots = [one[right][is_colour(one, ORANGE)[right]] for one in (weak, strong)]
    assert all((one[:, 3] == 255).all() for one in dots)
    # Weak ones are smaller, and there all the same.
    assert len(dots[1]) > 1.3 * len(dots[0]) > 130


@pytest.mark.parametrize(
    ("colour", "surface"), [(BLUE, "ink"), (ORANGE, "ink"), (GREEN, "card")]
)
def test_each_colour_stands_out_from_what_it_lies_on_in_both_themes(colour, surface):
    styles = read_asset("page.css")
    surfaces = re.findall(rf"--{surface}: #(\w{{6}});", styles)
    assert len(surfaces) == 2
    for under in surfaces:
        assert contrast(colour, tuple(bytes.fromhex(under))) >= 3


def contrast(one, other):
    """Give WCAG's contrast of two colours, 1 to 21."""
    brighter, darker = sorted(map(luminance, (one, other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def luminance(colour):
    shares = np.array(colour) / 255
    linear = np.where(
        shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4
    )
    return linear @ (0.2126, 0.7152, 0.0722)


def test_ink_to_add_is_hatched_and_framed_where_it_belongs():
    view = drawing()
    rows, columns = np.mgrid[:28, :28]
    spot = np.exp(-((rows - 14) ** 2 + (columns - 14) ** 2) / 4).astype(np.float32)
    picture = overlay_of(view, added=spot)
    green = is_colour(picture, GREEN)
    laid = lay_on_picture(spot, view, (400, 600))
    assert green[laid > 0.45].mean() > 0.95
    assert not green[laid < 0.35].any()
    strength = picture[..., 3][laid > 0.45]
    assert set(np.unique(strength)) == {64, 255}
    found = np.argwhere(green).mean(axis=0)
    middle = np.argwhere(view.ink > 0).mean(axis=0)
    assert np.abs(found - middle).max() < 12


def test_ink_to_leave_out_is_striped():
    view = drawing()
    removed = view.digit * (halves(view) > 0)
    picture = overlay_of(view, 1.0, removed=removed.astype(np.float32))
    left, right = (np.s_[60:240, 326:344], np.s_[60:240, 456:474])
    assert 0.2 < is_colour(picture, WHITE)[left].mean() < 0.6
    assert 0.4 < is_colour(picture, BLUE)[left].mean() < 0.8
    assert is_colour(picture, BLUE)[right].all()


def test_faint_effects_are_left_unpainted():
    assert not overlay_of(drawing(), 0.1)[..., 3].any()


@pytest.mark.parametrize("shape", [(2000, 3000), (3000, 700), (300, 500)])
def test_large_pictures_get_a_smaller_overlay_of_the_same_aspect(shape):
    picture = overlay_of(drawing(shape), 1.0)
    height, width = picture.shape[:2]
    assert max(height, width) <= 800
    assert height / width == pytest.approx(shape[0] / shape[1], rel=0.01)
    scale = width / shape[1]
    rows, columns = np.nonzero(picture[..., 3])
    assert columns.min() / scale == pytest.approx(320, abs=6)
    assert rows.max() / scale == pytest.approx(250, abs=6)


def test_a_picture_as_small_as_the_digit_works_too():
    pixels = np.full((28, 28), 255, np.uint8)
    pixels[4:24, 12:16] = 0
    assert overlay_of(view_digit(pixels), 1.0)[5:23, 13:15, 3].min() > 200
