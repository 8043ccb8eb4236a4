"""A retraining's files lie beside those of a plain run, and nothing else moves."""

from types import SimpleNamespace

import pytest
from kedro.framework.project import pipelines

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


@pytest.mark.parametrize(
    ("names", "folder"),
    [
        (["retrain"], "test_retrained"),
        (["feedback"], "test_retrained"),
        (["feedback", "train"], "test"),
        (None, "test"),
    ],
)
def test_only_a_retraining_writes_apart(context, names, folder):
    catalog = context.catalog
    hook = FolderHook()
    hook.after_context_created(SimpleNamespace(config_loader=context.config_loader))
    hook.before_pipeline_run({"pipeline_names": names}, catalog)

    def folder_of(name):
        return catalog.get(name)._describe()["filepath"].split("/")[-2]

    assert folder_of("taught_train_input") == folder
    assert folder_of("training_manifest") == folder
    # What a retraining reads stays where ingestion put it.
    assert folder_of("train_set") == "test"
    assert "retrain" in pipelines


def test_models_and_reports_go_with_it(context):
    catalog = context.catalog
    hook = FolderHook()
    hook.after_context_created(context)
    hook.before_pipeline_run({"pipeline_names": ["retrain"]}, catalog)
    for name in ("sketch_cnn.model", "decision", "report", "corrupted_gate"):
        assert "/test_retrained/" in catalog.get(name)._describe()["filepath"]
    assert "retrained" not in catalog.get("champion_model")._describe()["filepath"]
