"""Samples for a command: as many as it asks for, and an end when it is told to stop."""

import threading

import pytest

from zkcompanion.app.monitor_stream import watch
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.base.errors import Cancelled
from zkcompanion.base.paths import AppDirs


def take(tmp_path, check=lambda: None, interval_s=0.02, **options):
    return watch(AppDirs(tmp_path), SYSTEM_CLOCK, check, interval_s=interval_s, **options)


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "monitor"]


def test_there_are_as_many_as_were_asked_for(tmp_path):
    found = list(take(tmp_path, count=3))
    assert len(found) == 3
    assert "machine.memory" in found[-1].values
    assert threads() == []


def test_they_end_when_the_time_is_over(tmp_path):
    found = list(take(tmp_path, seconds=0.1))
    assert 0.0 <= found[-1].monotonic_s - found[0].monotonic_s <= 0.1 + 0.01
    assert threads() == []


def test_between_two_samples_it_is_seen_whether_to_stop(tmp_path):
    asked = []
    assert len(list(take(tmp_path, lambda: asked.append(1), interval_s=0.2, count=2))) == 2
    assert len(asked) > 3


def test_a_cancel_ends_them(tmp_path):
    asked = []

    def check():
        asked.append(1)
        if len(asked) > 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        list(take(tmp_path, check))
    assert threads() == []
