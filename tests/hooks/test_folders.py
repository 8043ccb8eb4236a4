"""A retraining's files lie beside those of a plain run, and nothing else moves."""

import pytest
from kedro.io import DataCatalog

from digit_pipeline.datasets import JsonDataset
from digit_pipeline.hooks import FolderHook


@pytest.mark.parametrize(
    ("path", "moved"),
    [
        ("data/06_models/base/small/model.json", "data/06_models/b/small/model.json"),
        ("/base/data/05_model_input/base/a.json", "/base/data/05_model_input/b/a.json"),
        ("/05_model_input/base/08_reporting/base/a.json", None),
        ("/data/base/a.json", "/data/base/a.json"),
        ("/data/08_reporting/other/a.json", "/data/08_reporting/other/a.json"),
        ("/data/09_serving/base/a.json", "/data/09_serving/base/a.json"),
    ],
)
def test_the_folder_below_the_layer_is_exchanged(path, moved):
    dataset = JsonDataset(filepath=path)
    dataset.move_apart("base", "b")
    moved = moved or "/05_model_input/base/08_reporting/b/a.json"
    assert dataset._describe()["filepath"] == moved


@pytest.fixture(scope="module")
def context(bootstrapped, project):
    from kedro.framework.session import KedroSession

    with KedroSession.create(project, env="test") as session:
        yield session.load_context()


def lead(context, names, catalog):
    hook = FolderHook()
    hook.after_context_created(context)
    hook.before_pipeline_run({"pipeline_names": names}, catalog)
    return lambda name: catalog.get(name)._describe()["filepath"]


@pytest.mark.parametrize(
    ("names", "folder"),
    [(["feedback"], "test_feedback"), (["feedback", "retrain"], "test_retrained")],
)
def test_a_retraining_writes_apart(context, names, folder):
    path_of = lead(context, names, context.catalog)
    for name in ("rulings", "training_manifest", "train_input"):
        assert path_of(name).split("/")[-2] == folder
    # What it reads stays where ingestion put it, and releases stay in their store.
    assert path_of("train_set").split("/")[-2] == "test"
    assert path_of("champion_model").endswith("/09_serving/digits")
    retrained = "/test_retrained/" if "retrain" in names else "/test/"
    for name in ("sketch_cnn.model", "decision", "report", "corrupted_gate"):
        assert retrained in path_of(name)


@pytest.mark.parametrize("names", [["train"], ["feedback", "train"], None])
def test_other_runs_write_where_they_did(context, names):
    dataset = JsonDataset(filepath="data/05_model_input/test/a.json")
    path_of = lead(context, names, DataCatalog({"rulings": dataset}))
    assert path_of("rulings") == "data/05_model_input/test/a.json"
