"""What the benchmark says where there is nothing to draw."""

import os
import subprocess
import sys

import pytest


@pytest.mark.slow
def test_without_pen_data_it_ends_in_a_sentence(project, tmp_path):
    # A proxy that refuses stands for a machine without a network.
    nobody = dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")
    ended = subprocess.run(
        [sys.executable, "benchmarks/drawn_digits.py"],
        cwd=project,
        env={**os.environ, **nobody, "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("pen_digits: pendigits-orig.tes could not be")
    assert ended.stderr.count("\n") == 1
