"""What a run says when it can't go on."""

import logging
import os
import subprocess
import sys

import pytest
from kedro.framework.cli.utils import KedroCliError
from kedro.io import DataCatalog, DatasetError
from kedro.pipeline import Node, Pipeline
from kedro.runner import SequentialRunner

from digit_pipeline.datasets import JsonDataset
from digit_pipeline.hooks.failures import FailureHook
from digit_pipeline.pipelines.ingestion.validation import UnusableSourceError

pytestmark = pytest.mark.usefixtures("bootstrapped")
RUN = {"pipeline_names": ["evaluation"], "env": "test"}


def fail(error, cause=None, dataset="", **run_params):
    """End a run with an error that Kedro has wrapped around its cause."""
    hook = FailureHook()
    hook.before_dataset_loaded(dataset)
    error.__cause__ = cause
    hook.on_pipeline_error(error, RUN | run_params)


def test_the_projects_own_errors_are_told_in_their_sentence():
    sentence = "expected images in a, found none: check the files of this source"
    with pytest.raises(KedroCliError, match=sentence):
        fail(DatasetError("wrapped"), UnusableSourceError(sentence))


@pytest.fixture(scope="module")
def context(bootstrapped, project):
    from kedro.framework.session import KedroSession

    with KedroSession.create(project, env="test") as session:
        return session.load_context()


@pytest.mark.parametrize("error", [ZeroDivisionError, ValueError, DatasetError])
def test_other_errors_keep_their_traceback(error):
    fail(error("a bug"), ValueError("from the middle of NumPy"))


@pytest.mark.parametrize(
    ("names", "dataset", "maker"),
    [
        (["evaluation"], "sketch_cnn.onnx", "training"),
        (["evaluation"], "train_input", "preprocessing"),
        (["retrain"], "train_set", "ingestion"),
        (["feedback", "retrain"], "training_manifest", "feedback"),
        (["retrain"], "sketch_cnn.onnx", "retrain"),
    ],
)
def test_a_missing_file_is_told_with_who_makes_it(
    bootstrapped, tmp_path, names, dataset, maker
):
    path = tmp_path / "made.json"
    with pytest.raises(DatasetError) as missing:
        JsonDataset(filepath=path).load()
    with pytest.raises(KedroCliError) as told:
        fail(
            DatasetError("wrapped"),
            missing.value,
            dataset=dataset,
            pipeline_names=names,
        )
    assert told.value.message == (
        f"expected {dataset} in {path}, but there is none: run "
        f"`kedro run --pipelines {maker} --env test`, which makes it"
    )


def command(project, folder, *arguments, **environment):
    """Run Kedro from the command line, without MLflow."""
    return subprocess.run(
        [sys.executable, "-m", "kedro", "run", *arguments],
        cwd=project,
        env={
            **os.environ,
            "DATA_DIR": str(folder / "data"),
            "TRACKING": "off",
            **environment,
        },
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--env", "moon"],
            "expected an environment among base, local, mnist, sketch, test, got "
            "'moon': correct --env (or KEDRO_ENV)\n",
        ),
        (
            ["--env", "test", "--pipelines", "ingestion,tarining"],
            "expected a pipeline among ingestion, preprocessing, training, "
            "evaluation, promotion, batch_inference, monitoring, feedback, "
            "retrain, train, __default__, got tarining: correct --pipelines\n",
        ),
    ],
)
def test_a_name_that_nothing_has_is_told_with_those_to_choose_from(
    project, tmp_path, arguments, sentence
):
    ended = command(project, tmp_path, *arguments)
    assert (ended.returncode, ended.stderr, ended.stdout) == (1, sentence, "")


@pytest.mark.slow
def test_a_sentence_comes_alone_and_a_hint_that_leads_nowhere_not_at_all(
    project, tmp_path
):
    ended = command(project, tmp_path, "--env", "test", "--pipelines", "evaluation")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("expected ")
    assert ended.stderr.count("\n") == 1


def work_out(error):
    raise error


def _run(nodes, caplog):
    with caplog.at_level(logging.WARNING), pytest.raises(Exception, match="wrong"):
        SequentialRunner().run(Pipeline(nodes), DataCatalog())
    return [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize(
    ("error", "told"), [(UnusableSourceError, []), (ValueError, ["Node second"])]
)
def test_kedros_lines_about_an_error_are_kept_for_bugs(context, caplog, error, told):
    def fail_second() -> None:
        work_out(error("something is wrong"))

    lines = _run([Node(fail_second, None, "b", name="second")], caplog)
    assert [line[: len("Node second")] for line in lines] == told


def test_where_to_resume_is_told(context, caplog):
    def fail_second(a: int) -> None:
        work_out(UnusableSourceError("something is wrong"))

    first = Node(lambda: 1, None, "a", name="first")
    second = Node(fail_second, "a", "b", name="second")
    [line] = _run([first, second], caplog)
    assert '--from-nodes "first"' in line


@pytest.mark.slow
def test_an_unknown_architecture_is_told_in_a_sentence(project):
    from digit_pipeline.architectures import build_network

    with pytest.raises(ValueError, match="among baseline_cnn") as unknown:
        build_network("moon", shape=(2, 2, 1), classes=2, seed=1, hyperparameters={})
    with pytest.raises(KedroCliError, match="got 'moon': correct it in"):
        fail(unknown.value)


@pytest.mark.slow
def test_a_run_that_ends_in_a_sentence_has_failed_in_mlflow(kedro_project):
    from mlflow.tracking import MlflowClient

    with pytest.raises(KedroCliError, match=r"_set in .* ingestion"):
        kedro_project.run("preprocessing")
    client = MlflowClient(kedro_project.environment["MLFLOW_TRACKING_URI"])
    experiment = client.get_experiment_by_name("digits")
    [run] = client.search_runs([experiment.experiment_id])
    assert run.info.status == "FAILED"
