"""The API key: row T33 of FAULTS.md."""

import logging
import stat

import pytest
from fastapi import Depends, FastAPI

from gradio_app.keys import Keys, make_local_key, require_key
from gradio_app.rest.problems import add_handlers
from gradio_app.settings import Settings
from tests.gradio_app.local_client import LocalClient

KEY = "a-key-of-enough-characters"


def _client(keys):
    app = FastAPI()
    app.state.keys = keys
    add_handlers(app)

    @app.post("/guarded", dependencies=[Depends(require_key)])
    async def guarded() -> str:
        return "done"

    return LocalClient(app)


def _ask(client, key=None, **options):
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return client.post("/guarded", headers=headers, **options)


def test_only_the_right_key_in_the_header_opens():
    client = _client(Keys(KEY))
    assert _ask(client, KEY).status_code == 200
    refused = [
        _ask(client),
        _ask(client, KEY[:-1]),
        _ask(client, params={"api_key": KEY, "key": KEY, "access_token": KEY}),
        client.post("/guarded", headers={"authorization": f"Basic {KEY}"}),
    ]
    for answer in refused:
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["code"] == "unauthorised"
    # Nothing in the answer tells one from another.
    assert len({answer.text for answer in refused}) == 1


def test_five_failures_are_answered_and_no_more_not_even_the_right_key():
    client = _client(Keys(KEY))
    statuses = [_ask(client, f"guess-{n}").status_code for n in range(6)]
    assert statuses == [401] * 5 + [429]
    answer = _ask(client, KEY)
    assert answer.status_code == 429
    seconds = int(answer.headers["retry-after"])
    assert 1 <= seconds <= 180
    assert f"in {seconds} seconds" in answer.json()["detail"]


def test_who_brings_no_key_shuts_nobody_out():
    client = _client(Keys(KEY))
    assert {_ask(client).status_code for _ in range(9)} == {401}
    assert _ask(client, KEY).status_code == 200


def test_failures_of_one_client_do_not_shut_out_another():
    keys = Keys(KEY)
    for _ in range(5):
        with pytest.raises(Exception, match="API key"):
            keys.check("guess", "203.0.113.9", "POST /guarded")
    keys.check(KEY, "198.51.100.1", "POST /guarded")


def test_who_only_looks_does_not_fill_the_audit(caplog):
    with caplog.at_level(logging.INFO, "gradio_app.audit"):
        Keys(KEY).check(KEY, "203.0.113.9", "GET /api/retrain/status")
    assert not caplog.records


def test_successes_and_failures_are_audited_without_key_or_address(caplog):
    keys = Keys(KEY)
    with caplog.at_level(logging.INFO, "gradio_app.audit"):
        keys.check(KEY, "203.0.113.9", "POST /guarded")
        with pytest.raises(Exception, match="API key"):
            keys.check("wrong-guess", "203.0.113.9", "POST /guarded")
    accepted, refused = caplog.records
    assert accepted.levelno == logging.INFO
    assert refused.levelno == logging.WARNING
    assert accepted.client == refused.client
    text = " ".join(str(vars(record)) for record in caplog.records)
    for secret in (KEY, "wrong-guess", "203.0.113.9"):
        assert secret not in text


def test_no_wrong_and_old_key_take_the_same_steps(monkeypatch):
    """Each is hashed and compared, whatever it is: time tells nothing."""
    compared = []
    import gradio_app.keys as module

    def compare(given, expected):
        compared.append((len(given), len(expected)))
        return given == expected

    monkeypatch.setattr(module.hmac, "compare_digest", compare)
    client = _client(Keys(KEY))
    for key in (None, "x", "an-old-key-of-this-app", "y" * 10_000):
        assert _ask(client, key).status_code == 401
    assert compared == [(32, 32)] * 4


def test_a_key_from_a_file_is_replaced_without_a_restart(tmp_path):
    path = tmp_path / "key"
    path.write_text("the-first-key-of-all\n")
    client = _client(Keys.from_settings(Settings(api_key_file=path)))
    assert _ask(client, "the-first-key-of-all").status_code == 200
    path.write_text("the-second-key-of-all")
    assert _ask(client, "the-first-key-of-all").status_code == 401
    assert _ask(client, "the-second-key-of-all").status_code == 200


@pytest.mark.parametrize("content", [None, "", "\n"])
def test_a_lost_or_empty_file_lets_nobody_in(tmp_path, content):
    path = tmp_path / "key"
    if content is not None:
        path.write_text(content)
    client = _client(Keys(file=path))
    assert _ask(client).status_code == 401
    assert client.post("/guarded", headers={"authorization": "Bearer "}).is_error


def test_without_a_key_there_is_nothing_to_guard():
    assert not Keys.from_settings(Settings()).exist
    assert Keys.from_settings(Settings(api_key=KEY)).exist


def test_a_short_key_is_refused_as_a_setting():
    with pytest.raises(ValueError, match="at least 16"):
        Settings(api_key="short")


def test_the_local_key_is_made_once_for_its_owner_alone(tmp_path):
    path, key = make_local_key(tmp_path / "data")
    assert path == tmp_path / "data" / "api_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().strip() == key
    assert len(key) >= 32
    assert make_local_key(tmp_path / "data") == (path, None)
