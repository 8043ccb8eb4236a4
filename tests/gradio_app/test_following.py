"""How often the follower tries what does not load, and what it says of it."""

from pathlib import Path

import pytest

from digit_pipeline.releases import NoChampionError, ReleaseStore
from gradio_app import champion
from gradio_app.champion import ChampionFollower
from tests.serving_fixtures import publish

HOUR = 3600


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test moves on."""
    now = [0.0]
    monkeypatch.setattr(champion.time, "monotonic", lambda: now[0])
    return now


def test_what_does_not_load_is_tried_at_once_then_ever_more_seldom(tmp_path, clock):
    tried = []

    def load():
        tried.append(clock[0])
        raise NoChampionError("there is no released model")

    pointer = tmp_path / "champion.json"
    follower = ChampionFollower(load, lambda: None, pointer, 0.5)
    while clock[0] < HOUR:
        follower.look()
        clock[0] += 0.5
    assert len([moment for moment in tried if moment < 6]) >= 4
    assert len(tried) < 80

    pointer.write_text("{}")
    follower.look()
    assert tried[-1] == clock[0]
    clock[0] += 1.5
    follower.look()
    assert tried[-1] == clock[0]


def test_what_is_damaged_is_named_without_a_path(tmp_path):
    store = tmp_path / "digits"
    version = publish(store).version
    (store / "releases" / version / "model.onnx").write_bytes(b"garbage")
    with pytest.raises(NoChampionError, match=version) as raised:
        ReleaseStore(store).champion()
    assert "`make run`" in str(raised.value)
    assert str(tmp_path) not in str(raised.value)


def test_where_nothing_was_released_no_path_is_told(tmp_path: Path):
    with pytest.raises(NoChampionError) as raised:
        ReleaseStore(tmp_path / "digits").champion()
    assert str(raised.value) == "there is no released model: make one with `make run`"
