"""Each step of the fallback chain, with the step above it really broken, and what the user is told."""

import sys

import pytest

from tests.support.backends import backend
from tests.support.circuit_folder import make_folder
from tests.support.cli import home_with_kernels
from tests.support.services import Window, open_breaking
from tests.support.workers import plain_main
from zkcompanion.app import worker_pool
from zkcompanion.app.application import Application
from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.fallback import REFERENCE_WORK
from zkcompanion.app.job_views import ProofOrder
from zkcompanion.app.pool_rules import run_budget
from zkcompanion.app.settings import Settings
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.benchmarks.generated import generate_circuit
from zkcompanion.costs.budget import bounding_shape, least_bytes
from zkcompanion.costs.memory import Run
from zkcompanion.costs.needs import predict
from zkcompanion.proving.formats.mapped import GIVES_BACK
from zkcompanion.proving.formats.wtns import write_wtns
from zkcompanion.proving.groth16.development import write_development_key
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


@pytest.mark.skipif(not GIVES_BACK, reason="pages are given back on Linux")
def test_a_run_that_does_not_fit_is_made_in_slices_and_says_so(home, tmp_path):
    with Application(Settings(), dirs=AppDirs(home)) as app:
        app.backends.proving(RecordingTrace())  # kernels are compiled, which is not counted
    system, witness = generate_circuit("dense", 16)
    write_development_key(tmp_path / "c.zkey", system, backend("scalar"))
    write_wtns(tmp_path / "c.wtns", witness)
    files = CircuitFiles("c", zkey=tmp_path / "c.zkey", witness=tmp_path / "c.wtns")
    # room for the slices of a process that holds 25 MB more than the model knows of, and not for the whole
    shape, run = bounding_shape(tmp_path / "c.zkey"), Run(threads=2)
    least, whole = least_bytes(shape, run), predict(shape, run, full_size=shape.wires).peak.high
    allowed = int(least + 0.75 * (whole - least))
    settings = Settings(threads=2, memory_bytes=int((allowed + (90 << 20)) / 0.9) + 1)
    assert allowed <= run_budget(settings) < allowed + 10
    with plain_main(), Window(home, settings) as window:
        number = window.service.submit(ProofOrder(files, msg("Large"), ""))
        assert window.service.job(number).in_slices
        view = window.end_of(number)
        assert view.state == "done", view.error
        assert (view.in_slices, view.result.verified, view.result.memory.mode) == (True, True, "streamed")
        assert view.result.proofs[0].peak_rss_bytes <= run_budget(settings)
        assert "takes longer" in " ".join(map(str, view.result.warnings))
