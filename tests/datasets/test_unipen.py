import numpy as np
import pytest

from digit_pipeline.datasets.unipen import read_unipen

FOUR = """.INCLUDE        dene.doc

.LEXICON "0" "1" "2" "3" "4"
.HIERARCHY      DIGIT

.SEGMENT DIGIT    0-1 ? "4"
.COMMENT 4 26   54
.PEN_DOWN
 10  90
 10  40
.PEN_UP
.DT 100
.PEN_DOWN
 30  90
.PEN_UP
.DT 100
.SEGMENT DIGIT    2 ? "1"
.COMMENT 1  7    3
.PEN_DOWN
 5  -6
 5  7
.PEN_UP
.DT 100
"""


def test_reads_labels_writers_and_strokes_with_y_downward() -> None:
    four, one = read_unipen(FOUR, "file")
    assert (four.label, four.writer) == ("4", "26")
    assert (one.label, one.writer) == ("1", "7")
    assert [s.tolist() for s in four.strokes] == [[[10, -90], [10, -40]], [[30, -90]]]
    assert [s.tolist() for s in one.strokes] == [[[5, 6], [5, -7]]]
    assert one.strokes[0].dtype == np.float32


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (" 10  40", " 10  4O", r"line 10: .* got ' 10  4O'"),
        (" 10  40", " 10  40  3", r"line 10: "),
        (".DT 100", " 10  90", r"line 12: "),  # a position with the pen up
        (".SEGMENT DIGIT    0-1 ?", ".SEGMENTS", r"line 6: "),
        (".COMMENT 4 26   54\n", "", "some are missing"),
        ("\n.PEN_UP\n.DT 100\n.SEGMENT", "\n.SEGMENT", "line 15: "),
        (" 5  7\n.PEN_UP\n.DT 100\n", " 5  7\n", "some are missing"),
    ],
)
def test_refuses_damaged_files(old: str, new: str, message: str) -> None:
    assert old in FOUR
    with pytest.raises(ValueError, match=message) as caught:
        read_unipen(FOUR.replace(old, new, 1), "pen.tra")
    assert str(caught.value).startswith("pen.tra")
