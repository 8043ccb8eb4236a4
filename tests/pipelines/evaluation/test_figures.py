"""Figures hold what they were given, and the report holds the figures."""

import io
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from digit_pipeline.datasets import FigureDataset
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.pipelines.evaluation import figure_nodes, image_figures, nodes
from digit_pipeline.pipelines.evaluation.drawings import to_drawing
from digit_pipeline.pipelines.evaluation.model_figures import (
    draw_class_scores,
    draw_confusion_matrix,
    draw_learning_curves,
    draw_roc_curves,
)
from digit_pipeline.pipelines.evaluation.plots import plot_confusion_matrix
from digit_pipeline.pipelines.evaluation.refusal_figures import (
    draw_refusal,
    interpret_refusal,
)
from digit_pipeline.pipelines.evaluation.robustness_figures import draw_robustness
from digit_pipeline.pipelines.evaluation.style import Margins, cut_words, new_figure
from tests.stub_corruptions import make_scorecard, repeat_under_conditions
from tests.stub_refusal import REFUSAL, shares
from tests.stub_release import make_images

NAMES = tuple("0123456789")


def texts(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_worst_first_then_closest():
    # Wrong and sure; wrong, less so; right and sure; right, only just.
    probabilities = np.array([[0.4, 0.6], [0.1, 0.9], [0.99, 0.01], [0.55, 0.45]])
    order = image_figures.find_worst(probabilities, np.array([0, 0, 0, 0]))
    assert order.tolist() == [1, 0, 3, 2]
    assert image_figures.find_worst(probabilities, np.zeros(4, int), 1).tolist() == [1]


def test_worst_mistakes_say_what_was_read_as_what():
    images = make_images([3, 4])
    probabilities = np.full((2, 10), 0.02)
    probabilities[:, 4] = 0.82
    axes = image_figures.draw_worst_mistakes(images, probabilities).axes[0]
    assert texts(axes) == ["3 read as 4", "82% sure", "4, right", "82% sure"]


def test_confusion_matrix_shows_every_count():
    figure = draw_confusion_matrix(
        np.array([[12, 0], [1, 1234]]), ["cat", "dog"], "So."
    )
    assert texts(figure.axes[0]) == ["12", "1", "1,234"]
    assert figure.get_suptitle() == "What was taken for what"
    assert figure.texts[-1].get_text() == "So."


def test_roc_panel_of_a_class_without_images_is_empty():
    probabilities = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1]])
    figure = draw_roc_curves(probabilities, np.array([0, 1]), ["a", "b", "c"])
    titles = [axes.get_title() for axes in figure.axes if axes.get_visible()]
    assert titles == ["a  ·  1.0000", "b  ·  1.0000", "c  ·  no curve"]


def test_learning_curves_without_epochs_are_drawn():
    assert draw_learning_curves({}).axes


def test_sheet_has_a_row_per_class_and_blanks():
    images = make_images([0, 0, 1], names=("0", "1"))
    sheet = image_figures.make_sheet(images, 20, columns=2)
    assert sheet.shape == (56, 56)
    assert (sheet[28:, 28:] == 255).all()
    assert (sheet[:28] < 255).any()
    # Ink is dark on paper: the pixel that tells class 1.
    assert sheet[28 + 1, 0] == 0


def test_colour_sheet():
    images = LabelledImages(
        np.full((2, 4, 4, 3), 7, np.uint8), np.array([0, 1]), ("a", "b")
    )
    assert image_figures.make_sheet(images, 20, columns=2).shape == (8, 8, 3)


def test_intensity_by_hand():
    images = np.zeros((2, 2, 2, 1), np.uint8)
    images[0, 0, 0, 0], images[1, 0, 0, 0] = 255, 100
    set_ = LabelledImages(images, np.array([0, 1]), ("a", "b", "c"))
    found = image_figures.describe_intensity(set_)
    assert (found["blank"], found["grey"], found["full"]) == (6 / 8, 1 / 8, 1 / 8)
    assert sum(found["histogram"]) == pytest.approx(1)
    assert found["ink_by_class"] == {
        "a": pytest.approx(1 / 4),
        "b": pytest.approx(100 / 255 / 4),
    }


def test_drawing_is_themed_cropped_and_leaves_the_figure_whole():
    figure = draw_confusion_matrix(np.eye(2, dtype=int), ["a", "b"], "A caption.")
    before = figure_pixels(figure)
    drawing = to_drawing(figure, "matrix")
    assert drawing["title"] == "What was taken for what"
    assert not drawing["is_wide"]
    assert "A caption." not in drawing["svg"]
    assert "What was taken" not in drawing["svg"]
    assert "var(--muted)" in drawing["svg"]
    assert "the truth" in drawing["svg"], "text stays text"
    ids = set(re.findall(r'\bid="([^"]+)"', drawing["svg"]))
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', drawing["svg"]))
    assert all(one.startswith("matrix-") for one in ids)
    assert used <= ids
    assert np.array_equal(figure_pixels(figure), before)


def figure_pixels(figure) -> np.ndarray:
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return np.asarray(Image.open(file))


def test_robustness_shows_every_figure_and_an_image_of_each_condition():
    corrupted = repeat_under_conditions(make_images([3, 7]))
    scorecard = make_scorecard(("noise 5", "clean"))
    left, right = draw_robustness(scorecard, corrupted, "So.").axes
    rows = [label.get_text() for label in left.get_yticklabels()]
    shown = np.array(texts(left)).reshape(11, 6)
    assert shown[rows.index("noise")].tolist() == ["100.0"] * 4 + ["90.0", "98.0"]
    assert (np.delete(shown, rows.index("noise"), axis=0) == "100.0").all()
    assert left.get_title() == "% right (uncorrupted 90.0)"
    [sheet] = right.get_images()
    assert sheet.get_array().shape == (11 * 28, 5 * 28)
    # Each is the three, ink dark on paper.
    assert (sheet.get_array()[3::28, ::28] == 0).all()


def test_robustness_without_images_is_drawn():
    corrupted = repeat_under_conditions(make_images([]))
    assert draw_robustness(make_scorecard(images=0), corrupted).axes


def test_plot_tells_cells_in_words():
    plot = plot_confusion_matrix(np.array([[3, 1], [0, 2]]), ["a", "b"], "So.")
    assert np.array_equal(plot.data[0].customdata, [[3, 1], [0, 2]])
    assert plot.layout.title.subtitle.text == "So."


def test_plot_names_every_class():
    names = [str(digit) for digit in range(10)]
    layout = plot_confusion_matrix(np.eye(10, dtype=int), names, "So.").layout
    assert layout.xaxis.dtick == layout.yaxis.dtick == 1


@pytest.mark.parametrize("lowest", [1.0, 0.995, 0.93, 0.5, 0.0])
def test_no_score_beyond_all_is_on_the_axis(lowest):
    score = {"support": 36, "precision": 1.0, "recall": lowest, "f1": lowest}
    [axes] = draw_class_scores({"0": score, "1": score}).axes
    low, high = axes.get_xlim()
    assert low < lowest
    ticks = [tick for tick in axes.get_xticks() if low <= tick <= high]
    assert len(ticks) > 1
    assert max(ticks) == pytest.approx(1)
    assert high > 1


def test_what_passes_as_a_digit_is_named():
    said = interpret_refusal(REFUSAL)
    assert "AUROC of 0.9900, and 10.00 % of them reach" in said
    assert "alone would with 0.9000 and 30.00 %" in said
    assert "10.00 % of the digits are refused" in said
    assert "too many of clothes pass" in said
    kept = REFUSAL | {"non_digits": {"letters": shares(0.01)}}
    assert "at most 1.00 % of any kind (letters)" in interpret_refusal(kept)


def test_refusal_bars_are_the_shares():
    [axes] = draw_refusal(REFUSAL).axes
    widths = [round(bar.get_width(), 2) for bar in axes.patches]
    assert widths == [0.9, 0.0, 0.2, 0.0, 0.0, 0.0, 0.1, 1.0, 0.8]
    texts = [label.get_text() for label in axes.get_yticklabels()]
    assert texts == ["mnist (10)", "letters (10)", "clothes (10)"]


@pytest.fixture(scope="module")
def results():
    """Inputs of the figure nodes for ten test images, two of them wrong."""
    test_input = make_images([*range(10)])
    probabilities = np.full((10, 10), 0.01, np.float32)
    probabilities[np.arange(10), [0, 1, 2, 3, 4, 5, 6, 7, 9, 8]] = 0.91
    cost = {"bytes": 10, "parameters": 5, "latency_ms": 0.1, "train_seconds": 1.0}
    metrics = nodes.measure_candidate(probabilities, test_input, cost)
    choice = {"candidate": "<b>", "reason": "It is <best>."}
    kinds = ("validation_metrics", "perturbed_metrics", "test_metrics")
    table = nodes.compare_candidates(choice, **{f"<b>__{k}": metrics for k in kinds})
    rows = {"epoch": [1, 2], "loss": [1.0, 0.5], "accuracy": [0.5, 0.9]}
    rows |= {"val_loss": [1.1, 0.6], "val_accuracy": [0.4, 0.8]}
    histories = {"cnn": pd.DataFrame(rows), "linear": pd.DataFrame(rows).iloc[:0]}
    summary = nodes.describe_data(*[test_input] * 4)
    robustness = make_scorecard(("gaps 5",))
    said = nodes.interpret_results(
        comparison=table,
        chosen_metrics=metrics,
        chosen_probabilities=probabilities,
        chosen_refusal=REFUSAL,
        test_input=test_input,
        data_summary=summary,
        robustness=robustness,
        **histories,
    )
    drawn = figure_nodes.draw_results(
        comparison=table,
        chosen_metrics=metrics,
        chosen_probabilities=probabilities,
        chosen_refusal=REFUSAL,
        test_input=test_input,
        robustness=robustness,
        corrupted_gate=repeat_under_conditions(test_input),
        interpretations=said,
        **histories,
    )
    data = figure_nodes.draw_data(test_input, summary, said, 20)
    return choice, table, metrics, said, drawn, data


def test_every_figure_has_its_sentence(results):
    *_, said, drawn, data = results
    figures = {**drawn, **data}
    names = set(figures) - {"result_drawings", "data_drawings"}
    assert names == set(said)
    for name in names:
        caption = figures[name].texts[-1].get_text().replace("\n", " ")
        assert caption == said[name]


class Checker(HTMLParser):
    """Counts figures, and finds tags left open and addresses."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open, self.figures, self.addresses = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag not in {"meta", "br"}:
            self.open.append(tag)
        attributes = dict(attrs)
        if tag == "figure":
            self.figures.append(attributes["id"])
        for name in ("href", "xlink:href", "src"):
            if name in attributes:
                self.addresses.append(attributes[name])

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if tag not in {"meta", "br"}:
            assert self.open.pop() == tag


def test_report_stands_alone(results):
    choice, table, metrics, said, drawn, data = results
    score = nodes.score_drawn_digits(b"", {}, {})
    page = figure_nodes.write_report(
        choice,
        table,
        metrics,
        score,
        make_scorecard(("pen_width 5",)),
        said,
        result_drawings=drawn["result_drawings"],
        data_drawings=data["data_drawings"],
    )
    checked = Checker(page)
    assert checked.open == []
    assert sorted(checked.figures) == sorted(said)
    assert all(one.startswith(("#", "data:")) for one in checked.addresses)
    assert "&lt;b&gt;" in page
    row = page[page.index("pen width<small>0.15, 0.3, 0.45, 0.6, 0.75") :]
    assert re.findall(r"<td>(.*?)</td>", row)[:6] == [
        *["100.00 %"] * 4, "90.00 %", "<b>98.00 %</b>"
    ]  # fmt: skip
    assert "<b>is" not in page, "names are escaped"
    assert "<code>kedro run --env sketch</code>" in page
    assert "prefers-color-scheme: dark" in page
    assert "$" not in re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL)


@pytest.mark.parametrize("width", [4.5, 5.6, 8.6])
def test_a_picture_without_its_words_keeps_the_drawing(tmp_path, width):
    caption = "What it shows takes several lines of the figure's own small type. " * 4
    figure = new_figure((width, 2), "A title", caption, Margins(0, 0, 0, 0))
    dataset = FigureDataset(filepath=tmp_path / "figure.png")
    dataset.save(figure)
    empty = cut_words(dataset.load(), caption)
    assert empty.height == pytest.approx(240, abs=2)
    assert np.asarray(empty.convert("L")).min() == 255
    assert np.asarray(dataset.load().convert("L")).min() < 255


def test_a_picture_that_is_no_figure_stays_as_it_is():
    picture = Image.new("RGB", (20, 10))
    assert cut_words(picture, "So.") is picture
