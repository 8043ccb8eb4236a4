"""How shares are written, in Python and on the pages."""

import json
import shutil
import subprocess

import pytest

from digit_pipeline.percentages import word_confidence, word_points, word_share
from gradio_app.pages.assets import ASSETS

SHARES = [0.0, 0.0005, 0.1254, 0.863, 0.9972, 0.9994, 0.9995, 0.99999, 1.0]


def test_a_share_of_many_has_two_decimals_and_so_has_its_change():
    assert [word_share(share) for share in (0.9972, 1.0)] == ["99.72 %", "100.00 %"]
    assert word_points(-0.0041) == "-0.41 points"


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.863, "86.3 %"), (0.9994, "99.9 %"), (0.9995, "> 99.9 %"), (1.0, "> 99.9 %")],
)
def test_no_answer_is_certain(share, words):
    assert word_confidence(share) == words


def test_the_pages_write_shares_in_the_same_way():
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node here to run the pages' script")
    script = (
        "globalThis.sessionStorage = { getItem: () => '' };"
        f"const all = {json.dumps(SHARES)};"
        "import(process.argv[1]).then(({ percent, wordConfidence }) => console.log("
        "JSON.stringify(all.map((one) => [percent(one), wordConfidence(one)]))))"
    )
    command = [node, "-e", script, str(ASSETS / "common.js")]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    expected = [[word_share(one), word_confidence(one)] for one in SHARES]
    assert json.loads(told) == expected
