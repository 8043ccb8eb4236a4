"""The frozen field set: whose drawings it holds, and that nothing trains on them."""

import numpy as np
import pytest
from kedro.io import DatasetError

from benchmarks.sources import read_configuration
from digit_pipeline.datasets import EmbeddedDigits, FieldImages
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.pipelines.ingestion.splitting import assign_sides
from digit_pipeline.pipelines.preprocessing.nodes import fit_digits

EMBEDDED = {"type": "digit_pipeline.datasets.EmbeddedDigits"}


@pytest.fixture(scope="module")
def configuration():
    return {kind: read_configuration(kind) for kind in ("catalog", "parameters")}


def test_its_writers_are_on_no_training_side(configuration):
    """The side of a group is a function of its name and its companions' alone."""
    writers = np.array([f"pendigits-orig.tra:{n}" for n in range(1, 31)])
    names = tuple("0123456789")
    everybody = LabelledImages(
        np.zeros((30, 1, 1, 1), np.uint8), np.zeros(30, np.int64), names, groups=writers
    )
    fractions = configuration["parameters"]["ingestion"]["fractions"]["pendigits"]
    sides = assign_sides(everybody, fractions)
    frozen = configuration["catalog"]["field_set"]["groups"]
    assert sorted(frozen) == sorted(writers[sides != "train"].tolist())


def test_it_is_drawn_as_the_source_draws_it(configuration):
    """So that an image in a gate set and in the field set is known to be one."""
    catalog = configuration["catalog"]
    source, pens = catalog["field_set"]["source"], catalog["pen_digits"]
    same = ("side", "pen_widths", "seed", "sha256")
    assert {k: source[k] for k in same} == {k: pens[k] for k in same}


@pytest.mark.slow
def test_the_real_one_has_the_digest_that_the_gate_asks_for(
    configuration, datasets_dir
):
    source = configuration["catalog"]["field_set"]["source"]
    field = FieldImages(
        source={**source, "path": str(datasets_dir / "pendigits")},
        groups=configuration["catalog"]["field_set"]["groups"],
    ).load()
    fitted = fit_digits(field)
    margins = configuration["parameters"]["retraining"]["promotion"]["margins"]
    assert len(fitted) == len(set(fitted.content_hashes().tolist())) == 999
    assert fitted.digest() == margins["field_sha256"]


def test_what_is_skipped_of_each_class_is_what_others_may_learn_from():
    learned = EmbeddedDigits(per_class=4).load()["all"]
    field = FieldImages(source={**EMBEDDED, "per_class": 6}, skip_per_class=4).load()
    assert set(field.class_counts().values()) == {2}
    assert not set(field.content_hashes()) & set(learned.content_hashes())


def test_a_source_that_is_not_in_place_leaves_it_empty(tmp_path, configuration):
    source = configuration["catalog"]["field_set"]["source"]
    dataset = FieldImages(source={**source, "path": str(tmp_path)})
    assert not dataset.exists()
    field = fit_digits(dataset.load())
    assert field.images.shape == (0, 28, 28, 1)


def test_it_is_read_only():
    dataset = FieldImages(source={**EMBEDDED, "per_class": 1})
    with pytest.raises(DatasetError, match="read only"):
        dataset.save(dataset.load())


def test_writers_that_do_not_exist_are_named():
    dataset = FieldImages(source={**EMBEDDED, "per_class": 1}, groups=["nobody"])
    with pytest.raises(DatasetError, match="images by nobody"):
        dataset.load()


def test_anything_but_a_raw_source_is_refused(tmp_path):
    other = {
        "type": "digit_pipeline.datasets.JsonDataset",
        "filepath": str(tmp_path / "a.json"),
    }
    with pytest.raises(DatasetError, match="got JsonDataset"):
        FieldImages(source=other)
