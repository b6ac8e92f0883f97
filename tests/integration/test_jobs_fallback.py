"""Each step of the fallback chain, with the step above it really broken, and what the user is told."""

import sys

import pytest

from tests.support.circuit_folder import make_folder
from tests.support.cli import home_with_kernels
from tests.support.services import Window, open_breaking
from tests.support.workers import plain_main
from zkcompanion.app import worker_pool
from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.fallback import REFERENCE_WORK
from zkcompanion.app.job_views import ProofOrder
from zkcompanion.app.settings import Settings
from zkcompanion.base.messages import msg
from zkcompanion.proving.kernels.jit import cpu_has_ifma

pytestmark = [
    pytest.mark.integration,
    pytest.mark.kernels,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
]
BEST = "ifma" if cpu_has_ifma() else "scalar"
NEXT = {"ifma": "scalar", "scalar": "reference"}


@pytest.fixture
def home(tmp_path):
    return home_with_kernels(tmp_path / "home")


@pytest.fixture
def order(tmp_path):
    folder = make_folder(tmp_path / "small")
    return ProofOrder(CircuitFiles("small", zkey=folder.zkey, witness=folder.witness), msg("Small"), "")


def broken(monkeypatch, what):
    monkeypatch.setenv("ZKC_TEST_BROKEN", what)
    monkeypatch.setattr(worker_pool, "open_worker", open_breaking)


def notices(window):
    return [str(notice) for view in window.service.workers()[:1] for notice in view.notices]


@pytest.mark.parametrize(("families", "kernels"), [(BEST, NEXT[BEST]), ("ifma,scalar", "reference")])
@pytest.mark.parametrize("at", ["prove", "warm"])
def test_kernels_that_crash_make_way_for_others_and_no_job_is_lost(monkeypatch, home, order, families, kernels, at):
    broken(monkeypatch, f"{families}@{at}")
    with plain_main(), Window(home) as window:
        view = window.end_of(window.service.submit(order))
        assert view.state == "done", view.error
        assert (view.result.kernels, view.kernels) == (kernels, kernels)
        assert f"{kernels} is used from now on" in notices(window)[-1]
        assert window.service.kernels() == kernels
        after = window.end_of(window.service.submit(order))
        assert (after.state, after.result.kernels, after.deaths) == ("done", kernels, 0)
        window.service.reconfigure(Settings())
        assert window.service.kernels() is None, "another choice gives the kernels another chance"


def test_python_integers_are_not_asked_for_what_would_take_hours(monkeypatch, home, order, tmp_path):
    broken(monkeypatch, "ifma,scalar@warm")
    large = tmp_path / "large.zkey"
    large.write_bytes(bytes(REFERENCE_WORK + 1))
    with plain_main(), Window(home) as window:
        assert window.end_of(window.service.submit(order)).result.kernels == "reference"
        files = CircuitFiles("large", zkey=large, witness=order.circuit.witness)
        view = window.end_of(window.service.submit(ProofOrder(files, msg("Large"), "")))
        assert (view.state, view.error.code) == ("failed", "resources")
        assert "too slow" in str(view.error.message)


def test_with_little_memory_one_process_makes_all_proofs(home, order):
    with plain_main(), Window(home, Settings(memory_bytes=800 << 20)) as window:
        ends = [window.service.submit(order) for _ in range(3)]
        seen = set()
        for number in ends:
            view = window.wait_for(number, lambda view: view.state == "running" or view.ended)
            seen.add(view.worker)
            assert (view if view.ended else window.end_of(number)).state == "done"
        assert [view.name for view in window.service.workers()] in (["prover"], ["prover", "clerk"])
        assert "one process" in notices(window)[0]
