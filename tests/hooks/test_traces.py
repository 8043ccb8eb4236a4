"""Releases that learned from corrections are found by them."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from kedro.io import DataCatalog, DatasetError

from digit_pipeline.datasets import CorrectionsDataset
from digit_pipeline.datasets.champion import ChampionDataset
from digit_pipeline.hooks import TraceHook
from digit_pipeline.hooks.sentence import SentenceError
from digit_pipeline.records import FeedbackRecord, Records
from digit_pipeline.releases import ReleaseStore
from digit_pipeline.training_manifest import TrainingManifest
from tests.stub_release import make_draft, make_images

GATE = make_images(list(range(10)))


def teach(*corrections: str) -> TrainingManifest:
    images = make_images([1] * len(corrections))
    taught = replace(images, corrections=np.array(corrections))
    return TrainingManifest.of({"train": taught})


TAUGHT = teach("c1", "c2")


def publish(store: ReleaseStore, manifest: TrainingManifest, previous=None):
    draft = make_draft(previous)
    facts = {**draft.facts, "training": manifest.summarise()}
    draft = replace(draft, facts=facts, training_manifest=manifest.to_file())
    return store.publish(draft, expected_previous=previous, reason="a test"), draft


@pytest.fixture
def hook(tmp_path):
    """A hook in the middle of a run."""
    catalog = DataCatalog(
        {
            "accepted_corrections": CorrectionsDataset(
                records={"path": str(tmp_path / "records")}, state="accepted"
            ),
            "champion_model": ChampionDataset(filepath=tmp_path / "store"),
        }
    )
    hook = TraceHook()
    loader = {"globals": {"source": "base"}}
    hook.after_context_created(SimpleNamespace(config_loader=loader))
    hook.before_pipeline_run(catalog)
    return hook


@pytest.fixture
def records(tmp_path):
    folder = tmp_path / "records"
    records = Records(f"sqlite:///{folder / 'records.sqlite3'}", folder / "images")
    yield records
    records.close()


def test_a_plain_run_leaves_no_records(hook, tmp_path):
    plain = TrainingManifest.of({"train": GATE})
    release, draft = publish(ReleaseStore(tmp_path / "store"), plain)
    hook.after_dataset_saved("training_manifest", plain)
    hook.after_dataset_saved("champion_model", draft)
    assert not (tmp_path / "records").exists()
    assert release.manifest["training"]["corrections"] == 0


def test_a_release_is_found_by_its_corrections(hook, tmp_path, records):
    hook.after_dataset_saved("training_manifest", TAUGHT)
    release, draft = publish(ReleaseStore(tmp_path / "store"), TAUGHT)
    hook.after_dataset_saved("champion_model", draft)

    [known] = records.manifests_of("c2")
    assert (known.digest, known.images, known.environment) == (TAUGHT.digest, 2, "base")
    assert known.corrections == ("c1", "c2")
    assert known.releases == (release.version,)
    assert records.manifest_of_release(release.version).digest == TAUGHT.digest


def test_a_release_that_a_killed_run_left_is_noted_by_the_next(hook, tmp_path, records):
    hook.after_dataset_saved("training_manifest", TAUGHT)
    release, _ = publish(ReleaseStore(tmp_path / "store"), TAUGHT)
    assert records.manifest(TAUGHT.digest).releases == ()

    hook.after_dataset_saved("training_manifest", teach("c3"))
    assert records.manifest(TAUGHT.digest).releases == (release.version,)


def test_nothing_is_trained_on_that_cannot_be_noted(hook, tmp_path):
    (tmp_path / "records").write_text("in the way")
    with pytest.raises(DatasetError):
        hook.after_dataset_saved("training_manifest", TAUGHT)


def test_a_release_stays_out_when_noting_it_fails(hook, tmp_path, caplog):
    _, draft = publish(ReleaseStore(tmp_path / "store"), TAUGHT)
    folder = tmp_path / "records"
    folder.mkdir()
    (folder / "records.sqlite3").write_bytes(b"no database" * 100)
    hook.after_dataset_saved("champion_model", draft)
    assert "not in the records yet" in caplog.text


def test_a_release_of_what_was_withdrawn_meanwhile_is_held_back(
    hook, tmp_path, records
):
    given, _ = records.add_feedback(
        FeedbackRecord(prediction_id="p", label="1", agrees=False, client="c")
    )
    manifest = teach(given.id)
    hook.after_dataset_saved("training_manifest", manifest)
    _, draft = publish(ReleaseStore(tmp_path / "other"), manifest)
    hook.before_dataset_saved("champion_model", draft)

    records.withdraw(ids=[given.id], reason="a change of mind")
    with pytest.raises(SentenceError, match="but 1 were withdrawn while it ran"):
        hook.before_dataset_saved("champion_model", draft)
    refused = replace(draft, decision={**draft.decision, "promoted": False})
    hook.before_dataset_saved("champion_model", refused)
