"""The champion, from a DataCatalog of the serving layer alone (no Kedro session)."""

from pathlib import Path

from kedro.config import OmegaConfigLoader
from kedro.io import DataCatalog
from omegaconf.resolvers import oc

from digit_pipeline.classifier import Classifier
from digit_pipeline.releases import ReleaseStore
from gradio_app.champion import ChampionFollower
from gradio_app.settings import Settings

ENTRY = "champion_model"


def read_catalog(settings: Settings) -> DataCatalog:
    """Build the catalog of the serving layer, with this app's folder and task."""
    loader = OmegaConfigLoader(
        str(settings.conf_source),
        base_env="base",
        default_run_env="local",
        custom_resolvers={"oc.env": oc.env},
        config_patterns={"catalog": ["catalog_09*"]},
    )
    loader["globals"] = {
        **loader["globals"],
        "data": settings.data_dir.resolve().as_posix(),
        "task": settings.task,
    }
    return DataCatalog.from_config(loader["catalog"])


def follow_champion(settings: Settings) -> ChampionFollower:
    """Make the follower of the catalog's champion; it loads nothing yet."""
    catalog = read_catalog(settings)
    store = ReleaseStore(Path(catalog[ENTRY]._describe()["filepath"]))

    def desired() -> str | None:
        promotion = store.pointer()
        return promotion.version if promotion else None

    def load() -> Classifier:
        return Classifier.load(catalog.load(ENTRY))

    return ChampionFollower(
        load, desired, store.folder / "champion.json", settings.poll_seconds
    )
