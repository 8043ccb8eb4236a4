"""The published images, as the catalog loads them."""

from pathlib import Path
from typing import Any

from kedro.config import OmegaConfigLoader
from kedro.io import DataCatalog, DatasetError
from omegaconf.resolvers import oc

from digit_pipeline.hooks.sentence import find_own
from digit_pipeline.labelled_images import LabelledImages

ROOT = Path(__file__).resolve().parents[1]


def load_source(name: str, **changes: Any) -> dict[str, LabelledImages]:
    """Load a raw entry of the catalog, downloading it if need be.

    Args:
        name: ``mnist_digits`` or ``pen_digits``.
        changes: to the entry, such as ``splits``.

    Returns:
        the images by the publisher's own split: "train", "test".

    Raises:
        SystemExit: with the sentence, when they are not in place nor to be had.
    """
    entry = {**read_configuration("catalog")[name], "optional": False, **changes}
    catalog = DataCatalog.from_config({name: entry})
    try:
        loaded: dict[str, LabelledImages] = catalog.load(name)
    except DatasetError as error:
        own = find_own(error)
        if own is None:
            raise
        raise SystemExit(f"{name}: {own}") from error
    return loaded


def read_configuration(kind: str, environment: str = "local") -> dict[str, Any]:
    """Read ``catalog`` or ``parameters``: conf/base and an environment's changes."""
    loader = OmegaConfigLoader(
        str(ROOT / "conf"),
        base_env="base",
        default_run_env="local",
        env=environment,
        merge_strategy={"parameters": "soft"},
        custom_resolvers={"oc.env": oc.env},
    )
    configuration: dict[str, Any] = loader[kind]
    return configuration
