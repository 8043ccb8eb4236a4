"""What is taken from answers, and from a release's own images."""

import numpy as np
import pytest

from digit_pipeline.abstention import Calibration
from digit_pipeline.drift import Observations, measure_ink, observe, observe_reference
from tests.drift.samples import Answer


def test_answers_become_columns():
    answers = [
        Answer(ink={"share": 0.2, "width": 0.5}, session="a"),
        Answer(verdict="unfamiliar", label=None, energy=None),
        Answer(verdict="empty", label=None, confidence=0.0, session="a"),
        Answer(),
    ]
    found = observe(answers)
    assert len(found) == 4
    np.testing.assert_array_equal(found.numbers["share"], [0.2, *[np.nan] * 3])
    np.testing.assert_array_equal(found.numbers["energy"], [8, np.nan, 8, 8])
    # An empty page was not answered with any confidence.
    np.testing.assert_array_equal(
        found.numbers["confidence"], [0.98, 0.98, np.nan, 0.98]
    )
    assert found.names["label"].tolist() == ["3", "", "", "3"]
    assert found.sessions.tolist() == [0, 1, 0, 2]


def test_no_answers_are_no_columns_of_anything():
    assert len(observe([])) == 0


def test_strokes_are_as_thick_as_they_were_drawn():
    digits = np.zeros((3, 28, 28), np.float32)
    digits[0, 4:24, 12:15] = 1
    digits[1, 4:24, 12:14] = 0.5
    found = measure_ink(digits)
    np.testing.assert_allclose(found["share"], [60 / 784, 20 / 784, 0])
    # An end is edge too: a stroke of 20 by 3 has 46 of it, not 40.
    np.testing.assert_allclose(found["thickness"], [120 / 46, 40 / 22, 0])


def test_no_images_are_a_reference_of_nothing():
    none = np.zeros((0, 28, 28), np.float32)
    logits = np.zeros((0, 3), np.float32)
    found = observe_reference(none, logits, logits, Calibration(), ("a", "b", "c"))
    assert len(found) == 0


def test_a_reference_holds_what_use_can_be_compared_by():
    logits = np.array([[9, 0, 0], [0, 2, 1.9], [-9, -9, -9]], np.float32)
    shares = np.array([[0.99, 0, 0.01], [0.1, 0.5, 0.4], [0.3, 0.3, 0.4]], np.float32)
    digits = np.ones((3, 28, 28), np.float32)
    calibration = Calibration(1.0, 0.0, 0.6)
    found = observe_reference(digits, logits, shares, calibration, ("a", "b", "c"))
    assert found.names["verdict"].tolist() == ["recognised", "unsure", "unfamiliar"]
    assert found.names["label"].tolist() == ["a", "b", ""]
    assert set(found.numbers) == {"share", "thickness", "confidence", "energy"}
    assert found.sessions.tolist() == [0, 1, 2]


def test_a_reference_is_read_as_it_was_written():
    written = observe([Answer(ink={"share": 0.2}), Answer(label=None)] * 3)
    read = Observations.from_file(written.to_file())
    for name in ("share", "confidence", "energy"):
        np.testing.assert_array_equal(read.numbers[name], written.numbers[name])
    for name in ("label", "verdict"):
        np.testing.assert_array_equal(read.names[name], written.names[name])
    assert read.sessions.tolist() == list(range(6))


def test_a_file_without_its_columns_is_refused_in_a_sentence():
    whole = observe([Answer()] * 3)
    without = Observations({}, whole.names, whole.sessions)
    with pytest.raises(ValueError, match="expected columns confidence"):
        Observations.from_file(without.to_file())
    uneven = Observations(
        whole.numbers | {"energy": np.ones(2)}, whole.names, whole.sessions
    )
    with pytest.raises(ValueError, match="of one length"):
        Observations.from_file(uneven.to_file())
