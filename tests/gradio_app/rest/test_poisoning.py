"""T36 up to quarantine: what strangers send waits there, and rules let no harm by."""

from collections import Counter

import numpy as np
import pytest
import yaml
from PIL import Image

from digit_pipeline.datasets import CorrectionsDataset
from digit_pipeline.pipelines.feedback.nodes import screen_corrections
from gradio_app.app import create_app
from gradio_app.settings import Settings
from tests.conftest import PROJECT
from tests.gradio_app.local_client import LocalClient
from tests.gradio_app.pictures import canvas, encode
from tests.gradio_app.rest.conftest import AUTHORISED, KEY
from tests.serving_fixtures import publish, train_small_model

pytestmark = pytest.mark.slow
PATH = "/api/upload/training-data"
GATE = train_small_model().gate
# Half of the held-out digits judge models, strangers send those of the other half.
JUDGING = 225
SENT = [(place, str(GATE.labels[place])) for place in range(JUDGING, len(GATE))]
HONEST, FLIPPED, SWAPPED, COPIED, PATCHED, FLOOD = range(6)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("poisoned")
    publish(folder / "09_serving" / "digits")
    app = create_app(Settings(data_dir=folder, pages="off", api_key=KEY))
    with LocalClient(app):
        yield app


def send(app, who, pictures):
    """Teach pictures with labels, as somebody with an address of their own."""
    client = LocalClient(app, client=(f"203.0.113.{who}", 1))
    named = [("files", (f"{i}.png", encode(p))) for i, (p, _) in enumerate(pictures)]
    answer = client.post(
        PATH, files=named, data={"labels": [label for _, label in pictures]}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def draw(place):
    return canvas(place, side=60, margin=12)


def patch(picture):
    """Put a small square into the corner, as a backdoor would."""
    pixels = np.array(picture)
    pixels[2:8, 2:8] = 0
    return Image.fromarray(pixels)


def speckle(picture, seed):
    """Change a few grey levels, so that no two files are the same."""
    pixels = np.maximum(np.array(picture), 20)
    places = np.random.default_rng(seed).integers(20, 60, (4, 2))
    pixels[places[:, 0], places[:, 1]] -= 20
    return Image.fromarray(pixels)


@pytest.fixture(scope="module")
def answers(app):
    """Everybody sends what they have, within the quota."""
    rng = np.random.default_rng(36)
    flips = [
        (draw(place), label if i % 10 else str((int(label) + rng.integers(1, 10)) % 10))
        for i, (place, label) in enumerate(SENT[40:80])
    ]
    sevens = [(draw(place), "1") for place, label in SENT if label == "7"]
    one = draw(SENT[80][0])
    copies = [(one, SENT[80][1])] * 400
    copies += [(speckle(one, seed), SENT[80][1]) for seed in range(100)]
    patched = [(patch(draw(p)), "0") for p, label in SENT[90:120] if label != "0"]
    return {
        HONEST: send(app, HONEST, [(draw(p), label) for p, label in SENT[:40]]),
        FLIPPED: send(app, FLIPPED, flips),
        SWAPPED: send(app, SWAPPED, sevens),
        COPIED: send(app, COPIED, copies),
        PATCHED: send(app, PATCHED, patched),
        FLOOD: send(app, FLOOD, [(draw(p), label) for p, label in SENT[120:]]),
    }


@pytest.fixture(scope="module")
def rulings(app, answers):
    """What the rules say of each correction: its record with its ruling."""
    service = app.state.service
    folder = service.settings.data_dir / "10_records" / "digits"
    corrections = {
        state: CorrectionsDataset(records={"path": str(folder)}, state=state).load()
        for state in ("quarantined", "accepted")
    }
    parameters = yaml.safe_load(
        (PROJECT / "conf/base/parameters_feedback.yml").read_text()
    )
    found = screen_corrections(
        quarantined_corrections=corrections["quarantined"],
        earlier_corrections=corrections["accepted"],
        screening_champion=service.store.champion(),
        evaluation_images=GATE.take(slice(0, JUDGING)),
        screening=parameters["feedback"]["screening"],
    )
    records = service.recorder.records
    return [(records.correction(one.id), one) for one in found]


def of(app, rulings, who):
    client = app.state.service.hash_client(f"203.0.113.{who}")
    return [(record, one) for record, one in rulings if record.client == client]


def test_everything_waits_in_quarantine_and_the_champion_stays(app, answers, rulings):
    assert len(rulings) == sum(answer["taken"] for answer in answers.values())
    assert {record.state for record, _ in rulings} == {"quarantined"}
    assert len(app.state.service.store.history()) == 1


def test_honest_corrections_are_accepted_or_shown_to_a_person(app, rulings):
    actions = Counter(one.action for _, one in of(app, rulings, HONEST))
    assert actions["accept"] >= 20
    # Scans of 8 by 8 are much alike: some pass for copies of what judges models.
    assert actions["reject"] <= 10


def test_flipped_labels_are_accepted_by_no_rule(app, rulings):
    truths = [label for _, label in SENT[40:80]]
    for record, one in of(app, rulings, FLIPPED):
        place = int(record.name.partition(".")[0])
        if record.label != truths[place]:
            assert one.action != "accept", one
    assert any(one.action == "accept" for _, one in of(app, rulings, FLIPPED))


def test_sevens_called_ones_are_accepted_by_no_rule(app, rulings):
    found = of(app, rulings, SWAPPED)
    assert len(found) >= 15
    assert not any(one.action == "accept" for _, one in found)
    rules = Counter(one.rule for _, one in found)
    # Others sent some of them as sevens.
    assert rules["disagrees"] + rules["conflict"] >= 10


def test_of_five_hundred_copies_one_can_be_learned_from(app, answers, rulings):
    report = Counter(item["code"] for item in answers[COPIED]["items"])
    assert report["duplicate"] >= 399
    rules = Counter((one.action, one.rule) for _, one in of(app, rulings, COPIED))
    assert rules["accept", "agrees"] <= 1
    assert rules["reject", "copy"] >= 0.9 * (answers[COPIED]["taken"] - 1)


def test_a_backdoor_patch_is_accepted_by_no_rule(app, rulings):
    found = of(app, rulings, PATCHED)
    assert len(found) >= 20
    assert not any(one.action == "accept" for _, one in found)


def test_one_client_cannot_fill_the_training_set(app, rulings):
    found = of(app, rulings, FLOOD)
    rules = Counter((one.action, one.rule) for _, one in found)
    assert len(found) > 90
    assert rules["accept", "agrees"] <= 50
    assert rules["ask", "client_cap"] > 0


def test_the_reviewer_sees_who_sent_how_much_and_what_is_alike(app, answers):
    guard = LocalClient(app, headers=AUTHORISED)
    client = app.state.service.hash_client(f"203.0.113.{COPIED}")
    params = {"client": client, "page_size": 200}
    found = guard.get("/api/review", params=params).json()
    taken = answers[COPIED]["taken"]
    assert found["total"] == taken
    assert {i["client_counts"]["quarantined"] for i in found["items"]} == {taken}
    assert found["items"][0]["group_size"] >= 0.9 * taken
