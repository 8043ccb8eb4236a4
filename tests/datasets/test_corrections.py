"""Corrections in the catalog: read from the records, decided in the records."""

import io

import numpy as np
import pytest
from kedro.io import DatasetError
from PIL import Image

from digit_pipeline.datasets import CorrectionsDataset, RulingsDataset
from digit_pipeline.quarantine import Ruling
from digit_pipeline.records import RULES, Decision, FeedbackRecord, Records


@pytest.fixture
def records(tmp_path):
    records = Records(f"sqlite:///{tmp_path / 'records.sqlite3'}", tmp_path / "images")
    yield records
    records.close()


def draw_line() -> bytes:
    pixels = np.full((60, 60), 255, np.uint8)
    pixels[10:50, 28:33] = 0
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def say(records, number, image=None) -> str:
    record = FeedbackRecord(
        prediction_id=f"{number:024x}.{0:024x}",
        label="1",
        agrees=False,
        client=f"client{number}",
    )
    return records.add_feedback(record, image)[0].id


def dataset(tmp_path, state="accepted", **changes):
    return CorrectionsDataset(records={"path": str(tmp_path)} | changes, state=state)


def rulings(tmp_path):
    return RulingsDataset(
        filepath=tmp_path / "rulings.json", records={"path": str(tmp_path)}
    )


def test_where_nobody_corrected_nothing_is_made(tmp_path):
    corrections = dataset(tmp_path).load()
    assert len(corrections) == 0
    assert corrections.as_quarantined(("0", "1")).labels.shape == (0,)
    rulings(tmp_path).save([])
    assert [p.name for p in tmp_path.iterdir()] == ["rulings.json"]


def test_a_correction_is_what_the_model_sees_of_it(tmp_path, records):
    ids = [say(records, 1, draw_line()), say(records, 2), say(records, 3, draw_line())]
    records.review(
        [Decision(ids[0], "accept"), Decision(ids[1], "relabel", "7")], "a person"
    )
    records.review([Decision(ids[2], "accept")], RULES)

    corrections = dataset(tmp_path).load()

    assert corrections.ids == tuple(ids)
    assert corrections.labels == ("1", "7", "1")
    assert corrections.find_labels(tuple("0123456789")).tolist() == [1, 7, 1]
    assert corrections.find_labels(("0", "1")).tolist() == [1, -1, 1]
    assert corrections.by_person.tolist() == [True, True, False]
    assert corrections.clients == ("client1", "client2", "client3")
    # The line, 20 px high in the middle; nothing where no picture came.
    assert (corrections.images[0].max(axis=(1, 2)) > 0).sum() == 20
    assert not corrections.images[1].any()
    assert len(dataset(tmp_path, "quarantined").load()) == 0


def test_rulings_are_carried_out_but_persons_are_not_overruled(tmp_path, records):
    ids = [say(records, n) for n in range(4)]
    records.review([Decision(ids[3], "reject")], "a person")
    kept = rulings(tmp_path)
    kept.save(
        [
            Ruling(ids[0], "accept", "agrees", "The champion reads the same."),
            Ruling(ids[1], "reject", "copy", "It came before."),
            Ruling(ids[2], "ask", "unsure", "The champion is not sure."),
            Ruling(ids[3], "accept", "agrees", "The champion reads the same."),
            Ruling("forgotten", "accept", "agrees", "The champion reads the same."),
        ]
    )
    decided = [records.correction(id) for id in ids]
    assert [(one.state, one.reviewer) for one in decided] == [
        ("accepted", RULES),
        ("rejected", RULES),
        ("quarantined", None),
        ("rejected", "a person"),
    ]
    assert decided[1].reason == "It came before."
    assert [ruling.rule for ruling in kept.load()] == [
        *("agrees", "copy", "unsure", "agrees", "agrees")
    ]


def test_records_that_cannot_be_read_are_a_sentence(tmp_path):
    with pytest.raises(DatasetError, match="Expected"):
        dataset(tmp_path, url="nonsense").load()
    (tmp_path / "records.sqlite3").write_bytes(b"no database" * 100)
    with pytest.raises(DatasetError):
        dataset(tmp_path).load()


def test_corrections_are_not_saved(tmp_path):
    with pytest.raises(DatasetError, match="read only"):
        dataset(tmp_path).save([])
