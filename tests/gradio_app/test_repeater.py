"""What looks again and again in the background survives its failures and stops."""

import logging
import threading
import time

from gradio_app.repeater import Repeater


def test_it_goes_on_after_a_failure_and_waits_longer(caplog):
    looks, enough = [], threading.Event()

    def look() -> float:
        looks.append(time.monotonic())
        if len(looks) < 4:
            raise OSError("no disk")
        enough.set()
        return 60.0

    repeater = Repeater("test", look, seconds=0.05, failed="Looking failed")
    with caplog.at_level(logging.ERROR):
        repeater.start()
        assert enough.wait(60)
    repeater.stop()
    assert [r.getMessage() for r in caplog.records] == 3 * ["Looking failed"]
    assert looks[3] - looks[2] > 0.3


def test_it_stops_at_once_and_waits_for_what_is_being_done():
    begun, done = threading.Event(), []

    def look() -> float:
        begun.set()
        while not repeater.is_stopping:
            time.sleep(0.01)
        done.append(True)
        return 60.0

    repeater = Repeater("test", look, seconds=0.01, failed="")
    repeater.start()
    assert begun.wait(60)
    repeater.stop()
    assert done == [True]


def test_what_never_began_can_be_stopped():
    Repeater("test", lambda: 1.0, seconds=1.0, failed="").stop()
