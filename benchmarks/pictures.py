"""The pictures that benchmarks of serving send."""

import io

from PIL import Image, ImageDraw


def draw_picture(side: int) -> bytes:
    """Draw a 7, black on white, as PNG."""
    picture = Image.new("L", (4 * side, 4 * side), 255)
    points = [(1.2 * side, side), (2.8 * side, side), (1.8 * side, 3.2 * side)]
    ImageDraw.Draw(picture).line(points, fill=0, width=side // 3, joint="curve")
    file = io.BytesIO()
    picture.resize((side, side), Image.Resampling.BOX).save(file, "PNG")
    return file.getvalue()
