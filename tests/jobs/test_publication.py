"""What a retraining has published counts, however its run ended."""

from dataclasses import replace
from pathlib import Path
from typing import cast

from digit_pipeline.jobs.endings import Ending, end_by_wish
from digit_pipeline.jobs.lease import LeaseKeeper
from digit_pipeline.jobs.progress import Progress
from digit_pipeline.jobs.publication import end_by_publication
from digit_pipeline.records.jobs import Jobs
from digit_pipeline.releases import ReleaseStore
from tests.stub_release import make_draft

PROMOTED = Ending("promoted", "Promoted: release 000002 answers.")
REFUSED = Ending("refused", "Refused.")


def make_keeper(folder: Path, published: Ending | None) -> LeaseKeeper:
    return LeaseKeeper(
        cast(Jobs, None),
        "a-job",
        look=lambda: cast(Progress, None),
        folder=folder,
        published=lambda: published,
    )


def test_a_stop_after_the_promotion_ends_as_promoted(tmp_path: Path) -> None:
    assert make_keeper(tmp_path, PROMOTED).judge(end_by_wish()) == PROMOTED
    assert make_keeper(tmp_path, None).judge(end_by_wish()) == end_by_wish()


def test_what_the_gate_decided_is_not_looked_up(tmp_path: Path) -> None:
    assert make_keeper(tmp_path, PROMOTED).judge(REFUSED) == REFUSED


def test_only_the_champions_own_job_has_published(tmp_path: Path) -> None:
    store = ReleaseStore(tmp_path)
    assert end_by_publication(store, "a-job") is None
    stub = make_draft(None)
    decision = {**stub.decision, "champion": None}
    draft = replace(stub, decision=decision, facts={"job": "a-job"})
    version = store.publish(draft, expected_previous=None, reason="a test").version
    assert end_by_publication(store, "another") is None
    found = end_by_publication(store, "a-job")
    assert found is not None
    assert found.state == "promoted"
    assert version in found.sentence
