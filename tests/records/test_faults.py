"""Records when the disk is full, when many write at once, when a writer is killed."""

import random
import re
import signal
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from digit_pipeline.records import (
    CorrectionFilter,
    PredictionLog,
    Records,
    RecordsError,
    default_url,
)
from digit_pipeline.records.engine import Database
from tests.records.child import finish, start
from tests.records.samples import (
    draw_picture,
    make_feedback,
    make_items,
    make_prediction,
    make_upload,
)

pytestmark = pytest.mark.slow

FULL = """
import resource
records = Records(url, images)
log = PredictionLog(records)
log.add(make_prediction(0))
assert log.flush(60)
limit = int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
for number in range(1, 3001):
    log.add(make_prediction(number))
assert log.close(60)
print("written", log.written, "dropped", log.dropped)
acknowledged = 0
try:
    for number in range(1000):
        records.add_feedback(make_feedback(number))
        acknowledged += 1
except RecordsError as error:
    print("acknowledged", acknowledged, error.code, error.status, error)
try:
    for _ in range(1000):
        records.check()
except RecordsError as error:
    print("check", error.code)
print("read", records.predictions().total, records.statistics().total)
records.close()
"""


def test_full_disk(tmp_path):
    """T21: the log drops and counts, a correction is refused, readiness says so."""
    url, images = default_url(tmp_path), tmp_path / "images"
    output = finish(start(FULL, url, images, 700_000, measured=False))
    written, dropped = map(
        int, re.search(r"written (\d+) dropped (\d+)", output).groups()
    )
    assert written + dropped == 3001
    assert dropped > 0
    refused = re.search(r"acknowledged (\d+) no_space 507 Expected room", output)
    assert refused
    assert "check no_space" in output
    assert f"read {written} {written}" in output
    assert "predictions are not recorded" in output
    records = Records(url, images)
    assert records.predictions().total == written
    assert records.feedback().total == int(refused[1])
    assert [path for path in images.rglob(".*") if path.is_file()] == []
    # With room again everything works, without cleaning.
    records.check()
    assert records.add_feedback(make_feedback(1000), draw_picture())[1]
    assert check_integrity(tmp_path) == "ok"
    records.close()


FULL_FOR_PICTURES = """
import resource
records = Records(url, images)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    records.add_feedback(make_feedback(1), draw_picture())
except RecordsError as error:
    print(error.code)
records.close()
"""


def test_no_room_for_a_picture(url, tmp_path):
    output = finish(start(FULL_FOR_PICTURES, url, tmp_path / "images", measured=False))
    assert output == "no_space\n"
    assert [p for p in (tmp_path / "images").rglob("*") if p.is_file()] == []
    records = Records(url, tmp_path / "images")
    assert records.feedback().total == 0
    records.close()


FULL_FOR_AN_UPLOAD = """
import resource
records = Records(url, images)
kept, _ = records.add_feedback(make_feedback(0), draw_picture(3))
limit = int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
upload = make_upload("u", 400)
try:
    records.add_upload(upload, make_items(upload))
except RecordsError as error:
    print(error.code, error.status)
print(records.uploads().total, records.corrections().total)
records.close()
"""


# Too small for any picture; large enough for pictures, too small for 400 rows.
@pytest.mark.parametrize("limit", [100, 120_000])
def test_no_room_for_an_upload(tmp_path, limit):
    """T21: nothing of it is stored, and what others sent stays."""
    url, images = default_url(tmp_path), tmp_path / "images"
    output = finish(start(FULL_FOR_AN_UPLOAD, url, images, limit, measured=False))
    assert output == "no_space 507\n0 1\n"
    [kept] = [path for path in images.rglob("*") if path.is_file()]
    records = Records(url, images)
    assert records.corrections().items[0].image == kept.stem
    # With room again the same upload is taken.
    upload = make_upload("u", 2)
    assert records.add_upload(upload, make_items(upload)) == upload
    assert check_integrity(tmp_path) == "ok"
    records.close()


FULL_FOR_DECISIONS = """
import resource
from digit_pipeline.records import Decision
records = Records(url, images)
upload = make_upload("u", 200)
records.add_upload(upload, make_items(upload))
rows = list(records.iterate_corrections())
records.jobs.acquire("a", "test", "host:1", 60, "key")
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
for decide in (
    lambda: records.review([Decision(row.id, "accept") for row in rows], "ada"),
    lambda: records.withdraw(upload="u", reason="r"),
    lambda: records.note_manifest(make_manifest("digest", *rows)),
    lambda: records.jobs.finish("a", "promoted", "It is better."),
):
    try:
        decide()
    except RecordsError as error:
        print(error.code)
records.close()
"""


def test_no_room_for_decisions(tmp_path):
    url, images = default_url(tmp_path), tmp_path / "images"
    output = finish(start(FULL_FOR_DECISIONS, url, images, measured=False))
    assert output == "no_space\n" * 4
    records = Records(url, images)
    waiting = CorrectionFilter(state="quarantined")
    rows = list(records.iterate_corrections(waiting))
    assert len(rows) == 200
    # What was not withdrawn has its picture.
    assert all(records.image(row.image) for row in rows)
    assert records.reviews(rows[0].id) == ()
    assert records.manifest("digest") is None
    assert records.jobs.running().id == "a"
    assert records.withdraw(upload="u", reason="r").changed == 200
    assert not [path for path in images.rglob("*") if path.is_file()]
    records.close()


FULL_FROM_THE_START = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    Records(url, images)
except RecordsError as error:
    print(error.code)
"""


def test_no_room_at_the_start(tmp_path):
    url, images = default_url(tmp_path), tmp_path / "images"
    output = finish(start(FULL_FROM_THE_START, url, images, measured=False))
    assert output == "no_space\n"
    records = Records(url, images)
    records.check()
    records.close()


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path):
    path = tmp_path / "records.sqlite3"
    path.write_bytes(b"somebody else's file" * 100)
    with pytest.raises(RecordsError, match="not a database") as caught:
        Records(default_url(tmp_path), tmp_path / "images")
    assert caught.value.code == "unavailable"
    assert path.read_bytes() == b"somebody else's file" * 100


def test_a_server_whose_disk_is_full_says_so(postgres, tmp_path):
    """The server raises what it raises then; its own disk can't be filled here."""
    records = Records(postgres.create_database(), tmp_path)
    with records.database.writing() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full';"
                "END $$"
            )
        )
        for table in ("predictions", "feedback", "checks"):
            connection.execute(
                text(
                    f"CREATE TRIGGER full_ BEFORE INSERT ON {table} "
                    "FOR EACH ROW EXECUTE FUNCTION fill()"
                )
            )
    with pytest.raises(RecordsError) as caught:
        records.add_feedback(make_feedback(1))
    assert (caught.value.code, caught.value.status) == ("no_space", 507)
    with pytest.raises(RecordsError, match="could not extend file"):
        records.check()
    log = PredictionLog(records)
    log.add(make_prediction(1))
    assert log.close(60)
    assert (log.dropped, log.written) == (1, 0)
    records.close()


def test_too_little_room_is_not_ready(sqlite_records, monkeypatch):
    sqlite_records.check()
    monkeypatch.setattr("digit_pipeline.records.store.SPARE_BYTES", 1 << 60)
    with pytest.raises(RecordsError, match="are free") as caught:
        sqlite_records.check()
    assert caught.value.code == "no_space"


MANY = """
records = Records(url, images)
log = PredictionLog(records)
first = int(sys.argv[3])
for number in range(first, first + 400):
    log.add(make_prediction(number))
    stored, new = records.add_feedback(make_feedback(number, session=sys.argv[3]))
    assert new
assert log.close(60)
print(log.written, log.dropped, log.failed)
records.close()
"""


def test_four_processes_write_400_each(url, tmp_path):
    """T26: nothing is lost, nothing is locked, nothing is dropped."""
    images = tmp_path / "images"
    children = [start(MANY, url, images, 400 * n) for n in range(4)]
    assert [finish(child) for child in children] == ["400 0 0\n"] * 4
    records = Records(url, images)
    expected = {make_prediction(number).id for number in range(1600)}
    assert {row.id for row in records.iterate_predictions()} == expected
    assert {row.prediction_id for row in records.iterate_feedback()} == expected
    assert records.feedback().total == records.statistics().total == 1600
    records.close()


def test_what_is_read_before_writing_stays_true(sqlite_records):
    """A lock taken only at the write would lose some of these, or refuse them."""
    url = sqlite_records.database.url.render_as_string()

    def count_up(_):
        database = Database(url)
        for _ in range(50):
            with database.writing() as connection:
                seen = connection.execute(text("SELECT count(*) FROM checks"))
                connection.execute(
                    text("INSERT INTO checks VALUES (:number, '2026-11-21')"),
                    {"number": seen.scalar_one()},
                )
        database.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count_up, range(4)))
    with sqlite_records.database.reading() as connection:
        count = connection.execute(text("SELECT max(number) FROM checks"))
        assert count.scalar_one() == 199


DELETING = """
from datetime import timedelta
records = Records(url, images)
log = PredictionLog(records)
first = int(sys.argv[3])
for number in range(first, first + 60):
    log.add(make_prediction(number, session="s"), draw_picture(number % 3))
    row, _ = records.add_feedback(make_feedback(number), draw_picture(number % 3))
    assert records.images.read(row.image), "acknowledged without its picture"
    if number % 5 == 0:
        log.flush()
        records.forget("s")
        records.prune(row.time - timedelta(days=1))
log.close(60)
print(log.written, log.dropped, log.failed)
records.close()
"""


def test_writers_and_deleters_do_not_hurt_each_other(url, tmp_path):
    images = tmp_path / "images"
    children = [start(DELETING, url, images, 100 * n) for n in range(3)]
    assert [finish(child) for child in children] == ["60 0 0\n"] * 3
    records = Records(url, images)
    assert records.feedback().total == 180
    for row in records.iterate_feedback():
        assert records.images.read(row.image)
    assert records.statistics().total == records.predictions().total
    records.forget("s")
    assert records.statistics().total == 0
    records.close()


KILLED = """
records = Records(url, images)
log = PredictionLog(records)
for number in range(int(sys.argv[3]), 1 << 30):
    log.add(make_prediction(number))
    records.add_feedback(make_feedback(number), draw_picture(number % 256))
    print(number, flush=True)
"""


def test_a_killed_writer_loses_nothing_that_was_acknowledged(url, tmp_path):
    """T27: kill -9 at moments of its own choosing, on the same records again."""
    images = tmp_path / "images"
    chance = random.Random(27)  # noqa: S311 - the same moments each time
    acknowledged: list[int] = []
    for round_ in range(5):
        child = start(KILLED, url, images, 10_000 * round_, measured=False)
        acknowledged += [int(child.stdout.readline()) for _ in range(3)]
        time.sleep(chance.uniform(0.05, 0.6))
        child.send_signal(signal.SIGKILL)
        output, errors = child.communicate()
        assert errors == ""
        # The last line may be cut; one that is whole was acknowledged.
        acknowledged += [int(line) for line in output.split("\n")[:-1]]
    if url.startswith("sqlite"):
        assert check_integrity(tmp_path) == "ok"
    records = Records(url, images)
    stored = {row.prediction_id: row for row in records.iterate_feedback()}
    for number in acknowledged:
        row = stored[make_prediction(number).id]
        assert records.images.read(row.image)
    assert records.statistics().total == records.predictions().total
    assert records.add_feedback(make_feedback(1 << 31))[1]
    records.close()


KILLED_REVIEWER = """
from digit_pipeline.records import CorrectionFilter, Decision
records = Records(url, images)
ids = [row.id for row in records.iterate_corrections()]
for number in range(int(sys.argv[3]), 1 << 30):
    action = "accept" if number % 2 else "reject"
    records.review([Decision(id, action, reason=str(number)) for id in ids], "ada")
    print(number, flush=True)
"""


def test_a_killed_reviewer_leaves_all_decisions_or_none(url, tmp_path):
    """T27: kill -9 in the middle of a review of many."""
    records = Records(url, tmp_path / "images")
    upload = make_upload("u", 150)
    records.add_upload(upload, make_items(upload))
    chance = random.Random(7)  # noqa: S311 - the same moments each time
    for round_ in range(3):
        first = 100_000 * round_
        child = start(KILLED_REVIEWER, url, tmp_path / "images", first, measured=False)
        child.stdout.readline()
        time.sleep(chance.uniform(0.02, 0.3))
        child.send_signal(signal.SIGKILL)
        output, errors = child.communicate()
        assert errors == ""
        rows = list(records.iterate_corrections())
        [(state, reason)] = {(row.state, row.reason) for row in rows}
        acknowledged = [int(line) for line in output.split("\n")[:-1]]
        assert int(reason) >= max(acknowledged, default=first)
        assert state == ("accepted" if int(reason) % 2 else "rejected")
        histories = [records.reviews(row.id) for row in rows[::15]]
        assert {history[-1].reason for history in histories} == {reason}
        assert len({len(history) for history in histories}) == 1
    records.close()


def check_integrity(folder) -> str:
    connection = sqlite3.connect(folder / "records.sqlite3")
    try:
        return connection.execute("PRAGMA integrity_check").fetchone()[0]
    finally:
        connection.close()
