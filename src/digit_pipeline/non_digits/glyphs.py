"""Letters and signs that nobody reads as a digit, from the fonts Matplotlib brings."""

from functools import cache
from importlib.resources import files

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digit_pipeline.non_digits.canvas import SIDE, Pixels

# Without look-alikes: B D G I J L O Q S T U Y Z, b c g i j l o q s u y z and the like.
LETTERS = "AEFHKMNPRVWXadefhkmnprtwx"
SIGNS = "#%&*+=?@$<>{~"
SEEN_FONTS = (
    "DejaVuSans.ttf",
    "DejaVuSans-Bold.ttf",
    "DejaVuSans-Oblique.ttf",
    "DejaVuSansMono.ttf",
    "DejaVuSerif.ttf",
    "DejaVuSerif-Bold.ttf",
    "DejaVuSerif-Italic.ttf",
    "cmmi10.ttf",
)
UNSEEN_FONTS = (
    "STIXGeneral.ttf",
    "STIXGeneralItalic.ttf",
    "STIXGeneralBol.ttf",
    "cmr10.ttf",
    "cmss10.ttf",
    "cmtt10.ttf",
)


def draw_seen_letter(rng: np.random.Generator) -> Pixels:
    """Draw a letter or sign from the fonts for training."""
    return _draw(rng.choice(list(LETTERS + SIGNS)), rng.choice(SEEN_FONTS))


def draw_unseen_letter(rng: np.random.Generator) -> Pixels:
    """Draw a letter from the fonts that no training sees."""
    return _draw(rng.choice(list(LETTERS)), rng.choice(UNSEEN_FONTS))


@cache
def _draw(character: str, name: str) -> Pixels:
    picture = Image.new("L", (2 * SIDE, 2 * SIDE))
    middle = (SIDE, SIDE)
    font = _open_font(name)
    ImageDraw.Draw(picture).text(middle, character, 255, font, anchor="mm")
    drawn = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BOX))
    # Shared by all who ask.
    drawn.setflags(write=False)
    return drawn


@cache
def _open_font(name: str) -> ImageFont.FreeTypeFont:
    folder = files("matplotlib") / "mpl-data" / "fonts" / "ttf"
    return ImageFont.truetype(str(folder / name), size=SIDE)
