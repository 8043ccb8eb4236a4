"""Pictures that occur twice: exactly, or nearly."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.images import DigitView
from digit_pipeline.labelled_images import hash_pixels

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

# The least cosine of two digits that are called near copies of each other.
#
# Measured on the UCI pen digits: of 3,000 digits by the training set's writers 0.5 %
# are as near as that to one of the 3,498 by the test set's, whom they never met: two
# in three of those are ones and sixes, which are much alike whoever writes them. That
# is the share of good corrections the rule costs. Of copies of a picture it finds all
# that are inverted or faint, 90 % of those saved as JPEG (quality 75), 80 % of the
# enlarged ones, 75 % of those drawn thicker by a pixel in 64, 55 % of those made half
# as large, and 18 % of those turned by three degrees. At 0.96 it would cost 1.3 % and
# find 93, 81, 89, 69 and 31 %. What is turned further is no nearer to its original than
# some other writer's digit: of copies turned by five degrees 6 % are found. Looking at
# each picture turned back by 3, 6 and 9 degrees as well finds 13 % of them at 2.5 times
# the cost; asking the champion's logits as well, 12 % at twice the cost.
LEAST_SIMILARITY = 0.97

# Centring on the mass may round to the next pixel, so copies are looked for there too.
SHIFTS = [(down, across) for down in (-1, 0, 1) for across in (-1, 0, 1)]
# Few enough that a block of similarities stays below 100 MB.
BLOCK = 1024
COMPARED = 20_000


def content_hash(view: DigitView) -> str:
    """Identify what the model sees of a picture: 32 hex digits.

    The same that ``LabelledImages.content_hashes`` gives for its 28x28 image.
    """
    pixels = np.rint(view.digit * 255).astype(np.uint8)
    return hash_pixels(pixels[..., np.newaxis])


def find_near_duplicates(
    images: Pixels, others: Pixels, least_similarity: float = LEAST_SIMILARITY
) -> NDArray[np.int64]:
    """Find for each image the one among others that it is a near copy of.

    Args:
        images: uint8 ``(n, 28, 28, 1)``, ink = 255.
        others: uint8 ``(m, 28, 28, 1)``.
        least_similarity: least cosine of two near copies, in [-1, 1].

    Returns:
        int64 ``(n,)``: the position of the nearest in ``others``, or -1 when none is
        near enough.
    """
    found = np.full(len(images), -1, np.int64)
    for start in range(0, len(images), BLOCK):
        block = slice(start, start + BLOCK)
        nearest, similarity = _find_nearest(images[block], others)
        found[block] = np.where(similarity >= least_similarity, nearest, -1)
    return found


def group_near_duplicates(
    images: Pixels, least_similarity: float = LEAST_SIMILARITY
) -> NDArray[np.int64]:
    """Group near copies: the first of a group, and whatever is near to that one.

    Nearness is asked of the first alone, so that no chain of small differences leads
    from one picture to quite another.

    Args:
        images: uint8 ``(n, 28, 28, 1)``, ink = 255.
        least_similarity: least cosine of two near copies, in [-1, 1].

    Returns:
        int64 ``(n,)``: group numbers from 0, in the order of their first images.
    """
    groups = np.full(len(images), -1, np.int64)
    firsts: list[int] = []
    for start in range(0, len(images), BLOCK):
        block = images[start : start + BLOCK]
        known = find_near_duplicates(block, images[firsts], least_similarity)
        near = _are_near(block, least_similarity)
        for i in range(len(block)):
            if known[i] < 0:
                near[i, i] = True
                known[near[i] & (known < 0)] = len(firsts)
                firsts.append(start + i)
        groups[start : start + BLOCK] = known
    return groups


def _are_near(images: Pixels, least_similarity: float) -> NDArray[np.bool_]:
    """Compare all with all: bool ``(n, n)``, true where column is near to row."""
    rows = _to_rows(images)
    near = np.zeros((len(images), len(images)), np.bool_)
    for shifted in _shift(images):
        near |= (_to_rows(shifted) @ rows.T) >= least_similarity
    return near | near.T


def _find_nearest(
    images: Pixels, others: Pixels
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    best = np.full(len(images), -1, np.float32)
    nearest = np.zeros(len(images), np.int64)
    shifted = [_to_rows(pixels) for pixels in _shift(images)]
    for start in range(0, len(others), COMPARED):
        columns = _to_rows(others[start : start + COMPARED]).T
        for rows in shifted:
            similarity = rows @ columns
            place = similarity.argmax(axis=1)
            highest = similarity[np.arange(len(rows)), place]
            better = highest > best
            best = np.where(better, highest, best)
            nearest = np.where(better, place + start, nearest)
    return nearest, best


def _shift(images: Pixels) -> Iterator[Pixels]:
    for shift in SHIFTS:
        yield np.roll(images, shift, axis=(1, 2))


def _to_rows(images: Pixels) -> Floats:
    """Give each image as a row of length 1; an empty one stays at zero."""
    rows = images.reshape(len(images), -1).astype(np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1), np.float32)
