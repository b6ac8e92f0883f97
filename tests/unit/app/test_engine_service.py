"""A pool that is started to be looked at."""

import sys
import threading

import pytest

from tests.support.workers import open_never, plain_main
from zkcompanion.app import engine_service, worker_pool
from zkcompanion.app.engine_service import look_at_engine
from zkcompanion.app.settings import Settings
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.base.errors import Cancelled, ResourceError
from zkcompanion.base.paths import AppDirs

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
SETTINGS = Settings(threads=1, kernels="reference", memory_bytes=500 << 20)


@pytest.fixture(autouse=True)
def _plain_main():
    with plain_main():
        yield


def look(tmp_path, trace=None):
    return look_at_engine(SETTINGS, AppDirs(tmp_path / "home"), SYSTEM_CLOCK, trace or RecordingTrace())


def test_workers_are_warm_when_they_are_told_of_and_why_there_is_only_one(tmp_path):
    view = look(tmp_path)
    (prover,) = view.workers
    assert (prover.name, prover.state, prover.kernels, view.kernels) == ("prover", "ready", "reference", "reference")
    assert prover.memory_bytes > 10 << 20
    assert (view.min_workers, view.max_workers, view.cores, view.memory_bytes) == (1, 1, 1, 500 << 20)
    assert ["one process" in str(notice) for notice in view.notices] == [True]
    assert view.seconds > 0


def test_workers_that_cannot_begin_are_no_endless_wait(tmp_path, monkeypatch):
    monkeypatch.setattr(worker_pool, "open_worker", open_never)
    with pytest.raises(ResourceError, match="again and again"):
        look(tmp_path)


def test_workers_that_take_too_long_are_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(engine_service, "_WARM_S", 0.0)
    with pytest.raises(ResourceError, match="in time"):
        look(tmp_path)


def test_a_cancel_ends_it(tmp_path):
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        look(tmp_path, RecordingTrace(cancel=cancel))
