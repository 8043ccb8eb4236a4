"""Explanations of linear models, whose right answer is known by hand."""

import numpy as np
import pytest

from digit_pipeline.explanation import explain
from digit_pipeline.images import fit_digit

# A square bracket open to the right: an upright on the left, bars above and below.
LEFT, TOP, BOTTOM = np.s_[5:25, 9:12], np.s_[5:8, 9:23], np.s_[22:25, 9:23]
# Where a fourth side would close it.
GAP = np.s_[9:21, 19:23]


def bracket():
    digit = np.zeros((28, 28), np.float32)
    for side in (LEFT, TOP, BOTTOM):
        digit[side] = 1
    np.testing.assert_array_equal(fit_digit(digit), digit)
    return digit


class Linear:
    """Logits that are sums over places: ``{class: [(place, weight), …]}``."""

    def __init__(self, weights, biases=(0.0, 0.0, -100.0)):
        self.weights = np.zeros((28, 28, len(biases)), np.float32)
        self.biases = np.asarray(biases, np.float32)
        self.batches = []
        for name, places in weights.items():
            for place, weight in places:
                self.weights[(*place, name)] += weight

    def __call__(self, digits):
        assert digits.dtype == np.float32
        assert digits.min() >= 0
        assert digits.max() <= 1
        self.batches.append(len(digits))
        return np.tensordot(digits, self.weights, axes=2) + self.biases


def test_ink_that_carries_the_answer_is_positive_and_nothing_else_is():
    model = Linear({0: [(LEFT, 1)]}, (0, 20, -100))
    found = explain(bracket(), model)
    assert (found.answer, found.runner_up) == (0, 1)
    assert found.margin == pytest.approx(40, abs=8)
    assert found.spoke.dtype == np.float32
    assert found.spoke.max() == pytest.approx(1, abs=0.1)
    middle = found.spoke[8:20, 9:12]
    assert middle.min() > 0.5
    right_half = found.spoke[:, 17:]
    assert np.abs(right_half).max() < 0.05
    assert not found.spoke[bracket() == 0].any()


def test_ink_that_carries_the_runner_up_is_negative():
    model = Linear({0: [(LEFT, 1)], 1: [(BOTTOM, 0.5)]})
    found = explain(bracket(), model)
    assert found.spoke[8:18, 9:12].min() > 0.3
    assert found.spoke[22:25, 16:22].max() < -0.1


def test_ink_that_would_make_the_runner_up_is_added_where_it_counts():
    model = Linear({0: [(LEFT, 0.1)], 1: [(GAP, 0.5)]})
    found = explain(bracket(), model)
    assert found.added.makes_runner_up
    assert found.added.margin < 0 < found.margin
    assert found.added.ink.max() > 0.9
    in_gap = found.added.ink[7:21, 17:24].sum() / found.added.ink.sum()
    assert in_gap > 0.9
    # On paper only: what is ink already cannot be added.
    assert (found.added.ink <= 1 - bracket() + 1e-6).all()


def test_ink_to_leave_out_lies_on_what_carried_the_answer():
    model = Linear({0: [(LEFT, 1)]}, (0, 35, -100))
    found = explain(bracket(), model)
    assert found.removed.makes_runner_up
    assert found.removed.ink[:, 7:14].sum() > 0.9 * found.removed.ink.sum()
    assert (found.removed.ink <= bracket() + 1e-6).all()


def test_the_smallest_change_that_suffices_is_chosen():
    weak = explain(bracket(), Linear({0: [(LEFT, 1)]}, (0, 36, -100)))
    strong = explain(bracket(), Linear({0: [(LEFT, 1)]}, (0, 28, -100)))
    assert 0 < weak.removed.ink.sum() < strong.removed.ink.sum()


def test_a_change_that_does_not_suffice_says_so():
    model = Linear({0: [(LEFT, 1)], 1: [(GAP, 0.1)]}, (100, 0, -100))
    found = explain(bracket(), model)
    assert not found.added.makes_runner_up
    assert 0 < found.added.margin < found.margin


def test_where_nothing_matters_there_is_nothing_to_show():
    found = explain(bracket(), Linear({}, (2, 1, 0)))
    for shown in (found.spoke, found.added.ink, found.removed.ink):
        assert not shown.any()
    assert found.added.margin == found.removed.margin == found.margin == 1


def test_a_third_class_does_not_count_as_the_runner_up():
    # Adding ink anywhere on the right makes it class 2, which was last before.
    model = Linear({0: [(LEFT, 0.1)], 1: [(GAP, 0.01)], 2: [(GAP, 5)]}, (0, 0, -3))
    found = explain(bracket(), model)
    assert (found.answer, found.runner_up) == (0, 1)
    assert not found.added.makes_runner_up


def test_the_model_is_asked_a_few_times_about_a_few_hundred():
    model = Linear({0: [(LEFT, 1)], 1: [(GAP, 1)]})
    explain(bracket(), model)
    assert len(model.batches) <= 3
    assert sum(model.batches) < 260


@pytest.mark.parametrize(
    "digit",
    [np.zeros((28, 28), np.float32), np.ones((20, 20), np.float32)],
    ids=["empty", "20x20"],
)
def test_what_is_no_digit_is_refused(digit):
    with pytest.raises(ValueError, match=r"expected one digit \(28, 28\) with ink"):
        explain(digit, Linear({}))


def test_one_class_needs_no_explanation():
    with pytest.raises(ValueError, match="two classes or more"):
        explain(bracket(), Linear({}, (1,)))


@pytest.mark.parametrize("size", [(1, 1), (1, 20), (20, 1), (20, 20)])
def test_the_smallest_and_the_fullest_ink_can_be_explained(size):
    picture = np.zeros((40, 40), np.float32)
    picture[10 : 10 + size[0], 10 : 10 + size[1]] = 1
    found = explain(fit_digit(picture), Linear({0: [(np.s_[:, :], 0.1)]}))
    assert np.isfinite(found.spoke).all()
