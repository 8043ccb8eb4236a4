"""The released model in the catalog."""

import json
import logging
from pathlib import Path

import pytest
from kedro.config import OmegaConfigLoader
from kedro.io import DataCatalog, DatasetError
from omegaconf.resolvers import oc

from digit_pipeline.datasets.champion import (
    ChampionDataset,
    IncumbentDataset,
    TakenBackDataset,
)
from digit_pipeline.releases import ReleaseConflictError
from tests.stub_release import make_draft, make_model

REFUSED = {"promoted": False, "reason": "Too slow.", "challenger_accuracy": 1.0}


@pytest.fixture
def dataset(tmp_path: Path) -> ChampionDataset:
    return ChampionDataset(filepath=str(tmp_path / "digits"))


def test_before_the_first_promotion(dataset: ChampionDataset) -> None:
    assert not dataset.exists()
    with pytest.raises(DatasetError, match="make run"):
        dataset.load()
    assert IncumbentDataset(filepath=dataset._filepath).load() is None


def test_promoted_draft_is_published(dataset: ChampionDataset) -> None:
    dataset.save(make_draft())
    assert dataset.exists()
    champion = dataset.load()
    assert champion.manifest["candidate"] == "stub"
    assert champion.manifest["mlflow_run"] is None
    assert set(champion.manifest["git"]) == {"commit", "dirty"}
    incumbent = IncumbentDataset(filepath=dataset._filepath).load()
    assert incumbent is not None
    assert incumbent.version == champion.version


def test_refused_draft_changes_nothing(
    dataset: ChampionDataset, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "digit_pipeline.datasets.champion")
    dataset.save(make_draft())
    version = dataset.load().version
    dataset.save(make_draft(version, model=make_model(bias=1), decision=REFUSED))
    assert dataset.load().version == version
    assert "The champion stays. Too slow." in caplog.text


def test_champion_that_has_changed_is_a_conflict(dataset: ChampionDataset) -> None:
    dataset.save(make_draft())
    with pytest.raises(DatasetError, match="compare again") as error:
        dataset.save(make_draft())
    assert isinstance(error.value.__cause__, ReleaseConflictError)


def test_incumbent_is_read_only(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="read only"):
        IncumbentDataset(filepath=tmp_path).save(make_draft())


def test_what_was_taken_back(dataset: ChampionDataset) -> None:
    taken_back = TakenBackDataset(filepath=dataset._filepath)
    facts = {**make_draft().facts, "training": {"manifest": "ab" * 32}}
    dataset.save(make_draft())
    first = dataset.load().version
    dataset.save(make_draft(first, model=make_model(bias=1), facts=facts))
    assert taken_back.load() == []
    dataset._store.rollback(reason="a test")
    [found] = taken_back.load()
    assert (found.version[:6], found.manifest) == ("000002", "ab" * 32)
    assert json.loads(taken_back.preview())[0]["when"] == found.when
    with pytest.raises(DatasetError, match="read only"):
        taken_back.save(found)


def test_previews(dataset: ChampionDataset) -> None:
    incumbent = IncumbentDataset(filepath=dataset._filepath)
    assert json.loads(incumbent.preview()) is None
    dataset.save(make_draft())
    shown = json.loads(dataset.preview())
    assert shown == json.loads(incumbent.preview())
    assert shown["version"] == dataset.load().version
    assert shown["accuracy"] == {"gate": 1.0}


@pytest.mark.filterwarnings("ignore:register_new_resolver:UserWarning")
def test_serving_layer_loads_on_its_own(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    ChampionDataset(filepath=tmp_path / "09_serving" / "digits").save(make_draft())
    loader = OmegaConfigLoader(
        conf_source=str(project / "conf"),
        base_env="base",
        default_run_env="local",
        custom_resolvers={"oc.env": oc.env},
        config_patterns={"catalog": ["catalog_09_serving*"]},
    )
    catalog = DataCatalog.from_config(loader["catalog"])
    assert catalog.load("champion_model").manifest["task"] == "digits"
    assert catalog.load("incumbent").manifest["task"] == "digits"
