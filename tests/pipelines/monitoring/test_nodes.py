"""The node that looks, the one that draws, and what both go by."""

from dataclasses import asdict, replace

import pytest
import yaml
from matplotlib.colors import to_hex

from digit_pipeline.datasets import PredictionLogDataset
from digit_pipeline.drift import DriftSettings
from digit_pipeline.pipelines.evaluation.style import ORANGE
from digit_pipeline.pipelines.monitoring.nodes import draw_drift, look_for_drift
from digit_pipeline.records import Records
from digit_pipeline.releases import ReleaseStore
from tests.conftest import PROJECT
from tests.drift.samples import make, make_records
from tests.stub_release import make_draft

SETTINGS = asdict(DriftSettings(window=100, least=50, first=200, permutations=399))


@pytest.fixture
def champion(tmp_path):
    draft = replace(make_draft(), drift_reference=make(300, 1))
    return ReleaseStore(tmp_path / "store").publish(
        draft, expected_previous=None, reason="first"
    )


@pytest.fixture
def log(tmp_path):
    return PredictionLogDataset(records={"path": str(tmp_path / "digits")}).load()


def record(tmp_path, *parts):
    folder = tmp_path / "digits"
    folder.mkdir(exist_ok=True)
    records = Records(f"sqlite:///{folder / 'records.sqlite3'}", folder / "images")
    for part in parts:
        records.add_predictions(part)
    records.close()


def test_the_app_and_the_pipeline_go_by_the_same():
    written = yaml.safe_load(
        (PROJECT / "conf/base/parameters_monitoring.yml").read_text()
    )
    assert written["monitoring"] == asdict(DriftSettings())


def test_nobody_has_asked_yet(champion, log):
    report = look_for_drift(log, champion, SETTINGS)
    assert report["state"] == "too_few"
    assert report["sentence"] == "Nothing can be said yet: 0 of 100 answers."
    assert log.count() == {}


def test_it_finds_what_changed_after_the_first_answers(champion, log, tmp_path):
    of = champion.version
    record(
        tmp_path,
        make_records(of, 200, 2),
        # Of another release, which says nothing of this one.
        make_records("000099-20261120T231949Z", 300, 3, thickness=9.0),
        make_records(of, 200, 4, thickness=3.0),
    )
    report = look_for_drift(log, champion, SETTINGS)
    assert report["in_use"]["families"] == ("ink",)
    assert report["in_use"]["reference"] == 200
    assert report["from_checked"]["reference"] == 300
    assert report["state"] == "confirmed"
    assert log.count() == {of: 400, "000099-20261120T231949Z": 300}


def test_a_release_without_a_reference_is_compared_in_use_alone(tmp_path, log):
    bare = ReleaseStore(tmp_path / "bare").publish(
        make_draft(), expected_previous=None, reason="first"
    )
    report = look_for_drift(log, bare, SETTINGS)
    assert report["from_checked"] is None


@pytest.mark.parametrize("answers", [0, 150, 450])
def test_the_figure_is_drawn_whatever_there_is(champion, log, tmp_path, answers):
    if answers:
        record(tmp_path, make_records(champion.version, answers, 2))
    figure = draw_drift(look_for_drift(log, champion, SETTINGS))
    bars = [len(axes.patches) for axes in figure.axes]
    columns = 6  # share, thickness, confidence, energy, verdict, label
    assert bars == [columns * (answers >= 100), columns * (answers >= 300)]


def test_no_bar_is_cut_off_and_orange_is_what_differs(champion, log, tmp_path):
    """Against the checked images the distance is 1, in use nothing has changed."""
    record(tmp_path, make_records(champion.version, 450, 2, thickness=9.0))
    report = look_for_drift(log, champion, SETTINGS)
    checked = report["from_checked"]
    assert checked["measured"]["ink"]["distances"]["thickness"]["value"] == 1.0
    assert checked["differing"] == ("thickness",)
    panels = draw_drift(report).axes
    for axes in panels:
        assert max(bar.get_width() for bar in axes.patches) <= axes.get_xlim()[1]
    for axes, differing in zip(panels, (["thickness"], []), strict=True):
        names = [label.get_text() for label in axes.get_yticklabels()]
        colours = [to_hex(bar.get_facecolor()) for bar in axes.patches]
        coloured = zip(names, colours, strict=True)
        assert [name for name, c in coloured if c == ORANGE.lower()] == differing
