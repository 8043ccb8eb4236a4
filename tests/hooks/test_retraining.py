"""Which runs take the lease of a retraining, and what they leave in the records."""

import os
import signal
from types import SimpleNamespace

import pytest
from kedro.framework.cli.utils import KedroCliError
from kedro.pipeline import Node, Pipeline

from digit_pipeline.hooks.retraining import RetrainingHook, name_stage
from digit_pipeline.jobs.names import JOB_ID
from digit_pipeline.records import Records, default_url
from digit_pipeline.releases import ReleaseStore
from tests.jobs.child import DECISION
from tests.stub_release import make_draft


def copy_value(value: int) -> int:
    return value


PIPELINE = Pipeline(
    [Node(copy_value, inputs="a", outputs="b", name="fit_digits")]
) + Pipeline(
    [Node(copy_value, inputs="b", outputs="c", name="train_model")],
    namespace="sketch_cnn",
)


@pytest.fixture
def hook(tmp_path, monkeypatch):
    monkeypatch.setenv("TRACKING", "off")
    monkeypatch.delenv(JOB_ID, raising=False)
    monkeypatch.delenv("RECORDS_URL", raising=False)
    hook = RetrainingHook()
    named = {"globals": {"data": "data", "task": "digits"}}
    context = SimpleNamespace(project_path=tmp_path, config_loader=named, env="test")
    hook.after_context_created(context)
    yield hook
    hook._fail(RuntimeError("left over"))
    assert JOB_ID not in os.environ


@pytest.fixture
def jobs(tmp_path):
    own = tmp_path / "data" / "10_records" / "digits"
    records = Records(default_url(own), own / "images")
    yield lambda: records.jobs.jobs().items
    records.close()


def _drive(steps, error=None):
    """Go through a wrapper as pluggy does."""
    next(steps)
    try:
        steps.throw(error) if error else steps.send(None)
    except StopIteration:
        return


def _begin(hook, *names, error=None):
    params = {"pipeline_names": list(names) or None}
    _drive(hook.before_pipeline_run(run_params=params, pipeline=PIPELINE), error)


def test_other_runs_take_no_lease(hook, tmp_path):
    for names in ((), ("train",), ("preprocessing", "training")):
        _begin(hook, *names)
        _drive(hook.after_pipeline_run())
    assert not (tmp_path / "data").exists()


def test_a_retraining_holds_it_until_the_gate_has_decided(hook, jobs):
    before = signal.getsignal(signal.SIGTERM)
    _begin(hook, "retrain")
    [job] = jobs()
    assert (job.state, job.environment) == ("running", "test")
    assert signal.getsignal(signal.SIGTERM) != before
    # Another process would not know of it.
    del os.environ[JOB_ID]
    with pytest.raises(KedroCliError, match=job.id):
        _begin(_another(hook), "retrain")
    for node in PIPELINE.nodes:
        hook.before_node_run(node)
    hook.after_dataset_saved("decision", DECISION)
    _drive(hook.after_pipeline_run())
    [job] = jobs()
    assert (job.state, job.stage) == ("refused", None)
    assert set(job.result["timings"]) == {"fit_digits", "sketch_cnn.train_model"}
    assert signal.getsignal(signal.SIGTERM) == before


def test_what_it_published_counts_whatever_goes_wrong_afterwards(hook, jobs, tmp_path):
    _begin(hook, "retrain")
    store = ReleaseStore(tmp_path / "data" / "09_serving" / "digits")
    passed = make_draft().decision | {"champion": None}
    draft = make_draft(facts={"job": jobs()[0].id}, decision=passed)
    release = store.publish(draft, expected_previous=None, reason="a test")
    hook.on_pipeline_error(RuntimeError("MLflow went away"))
    [job] = jobs()
    assert job.state == "promoted"
    assert release.version in job.sentence


def test_who_cannot_prepare_for_the_run_ends_it(hook, jobs):
    with pytest.raises(ValueError, match="no server"):
        _begin(hook, "retrain", error=ValueError("expected MLflow, got no server"))
    [job] = jobs()
    assert job.state == "failed"
    assert "before its first step" in job.sentence
    _begin(hook, "retrain")
    assert jobs()[0].state == "running"


def test_a_part_without_the_gate_decides_nothing(hook, jobs):
    _begin(hook, "retrain")
    _drive(hook.after_pipeline_run())
    assert (jobs()[0].state, jobs()[0].result["code"]) == ("failed", "no_decision")


def test_steps_are_named_in_words():
    assert [name_stage(node) for node in PIPELINE.nodes] == [
        "fit digits",
        "train model (sketch cnn)",
    ]


def _another(hook):
    other = RetrainingHook()
    other.after_context_created(hook._context)
    return other
