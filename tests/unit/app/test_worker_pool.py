"""What is known of the workers: kernels, notices, and what they become after crashes."""

from dataclasses import replace

import pytest

from tests.support.job_records import result
from zkcompanion.app.accounts import AccountsView, BufferView, GarbageView
from zkcompanion.app.codec import decode, encode
from zkcompanion.app.settings import Settings
from zkcompanion.app.worker_entry import Warmth, WorkerConfig
from zkcompanion.app.worker_pool import CLERK, WorkerPool
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.engine.work import Outcome, WorkerStatus
from zkcompanion.proving.kernels import jit

SEGV = -11
WARM = AccountsView(90 << 20, {"base": 80 << 20})
LATER = AccountsView(120 << 20, {}, BufferView(1 << 30, 5, 6, 7, 8, 0.5), GarbageView(0.1, 0.01, 0.002, (3, 2, 1)))
RESULT = result()


@pytest.fixture
def pool(tmp_path):
    return WorkerPool(Settings(memory_bytes=8 << 30), AppDirs(tmp_path / "home"))


def config(spec):
    return decode(spec.config, WorkerConfig)


def test_names_and_what_is_warmed(pool):
    assert [pool.prover(number).name for number in (1, 2, 3)] == ["prover", "prover-2", "prover-3"]
    assert config(pool.prover(2)).all_kernels
    assert pool.clerk().name == CLERK
    assert not config(pool.clerk()).all_kernels
    assert all(folder.name for folder in pool.clerk().folders())


def test_views_say_which_kernels_are_used_and_why(pool):
    pool.seen((WorkerStatus("prover", "idle", 7, None, 1, False, False, jobs=3, speed=0.5), _clerk()))
    pool.measured({7: 1234})
    pool.warmed("prover", Outcome("done", bytes(encode(Warmth("reference", 1, (msg("Slow."),), WARM)))))
    prover, clerk = pool.views()
    assert (prover.state, prover.kernels, prover.memory_bytes, prover.jobs, prover.speed) == (
        "ready",
        "reference",
        1234,
        3,
        0.5,
    )
    assert prover.notices == (msg("Slow."),)
    assert prover.accounts == WARM
    assert (clerk.kernels, clerk.notices, clerk.accounts) == (None, (), None)
    pool.proved("prover", replace(RESULT, kernels="scalar", accounts=LATER))
    assert pool.kernels == "scalar"
    assert pool.views()[0].accounts == LATER
    pool.proved(None, replace(RESULT, accounts=WARM))
    pool.proved("prover", replace(RESULT, accounts=None))
    assert pool.views()[0].accounts == LATER


def test_a_worker_that_says_nothing_of_its_memory_is_shown_all_the_same(pool):
    pool.seen((WorkerStatus("prover", "idle", 7, None, 0, False, False),))
    pool.warmed("prover", Outcome("done", bytes(encode(Warmth("scalar", 1)))))
    assert pool.views()[0].accounts is None


def _clerk():
    return WorkerStatus(CLERK, "idle", 8, None, 0, False, False)


def test_workers_that_come_after_two_crashes_load_the_next_family(pool):
    pool.change(Settings(kernels="scalar"))
    assert pool.mode == ""
    assert not pool.crashed(None, SEGV), "it was loading what was chosen"
    assert pool.crashed("scalar", SEGV)
    assert (pool.mode, pool.kernels) == ("reference", "reference")
    assert config(pool.prover(1)).settings.kernels == "reference"
    assert config(pool.clerk()).settings.kernels == "scalar"
    assert pool.refuses(1 << 30)
    pool.change(Settings(kernels="scalar"))
    assert (pool.mode, pool.kernels) == ("", None)


@pytest.mark.parametrize(("has_ifma", "following"), [(True, "scalar"), (False, "reference")])
def test_a_crash_before_anything_is_loaded_is_that_of_the_best_family(pool, monkeypatch, has_ifma, following):
    monkeypatch.setattr(jit, "cpu_has_ifma", lambda: has_ifma)
    for _ in range(2):
        pool.crashed(None, SEGV)
    assert pool.mode == following
