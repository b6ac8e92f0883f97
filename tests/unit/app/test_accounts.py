"""What a process holds, by component: each part is what it says, and nothing is loaded to be counted."""

import gc

import pytest

from tests.support.circuit_folder import make_folder, reference_app
from zkcompanion.app.accounts import COMPONENTS, accounts_of
from zkcompanion.app.application import Application
from zkcompanion.app.backends import Backends
from zkcompanion.app.proving_service import ProvingRequest
from zkcompanion.app.settings import Settings
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.base.paths import AppDirs
from zkcompanion.proving.phases import NULL_TRACE


def test_a_process_that_did_nothing_is_all_rest(tmp_path):
    with Application(Settings(), dirs=AppDirs(tmp_path)) as app:
        view = accounts_of(app)
        assert "backends" not in app.__dict__
        assert "files" not in app.__dict__
    assert tuple(view.components) == COMPONENTS
    assert view.components["rest"] == view.resident_bytes > 4 << 20
    assert sum(view.components.values()) == view.resident_bytes


def test_circuits_that_are_ready_are_counted(tmp_path):
    folder = make_folder(tmp_path / "small")
    with reference_app(tmp_path / "home") as app:
        request = ProvingRequest("small", folder.zkey, witness=folder.witness, r1cs=folder.r1cs)
        view = app.proving.prove(request, RecordingTrace()).accounts
        assert view.components["circuits"] == app.files.sizes()["circuits"] > folder.zkey.stat().st_size
        assert view.components["base"] > 4 << 20
        assert (view.components["kernels"], view.components["tables"], view.buffers.requests) == (0, 0, 0)


@pytest.mark.kernels
def test_code_tables_and_arrays_are_counted(tmp_path):
    from tests.support.backends import kernel_store

    with Application(Settings(threads=2, kernels="scalar"), dirs=AppDirs(tmp_path)) as app:
        backends = app.__dict__["backends"] = Backends(app.settings, kernel_store)
        backend = backends.proving(NULL_TRACE)
        before = accounts_of(app)
        assert before.components["kernels"] > 10_000
        assert before.components["base"] + before.components["kernels"] <= before.resident_bytes
        array = backend.buffers.empty((50_000, 4))
        backend.rows.multiply(array, array)
        after = accounts_of(app)
        assert after.components["buffers"] == after.buffers.lent_bytes + after.buffers.idle_bytes > 2 * 1_600_000
        assert (after.buffers.requests, after.buffers.limit_bytes) == (2, app.settings.buffer_bytes)
        backends.choose(threads=1)
        other = backends.proving(NULL_TRACE)
        assert other.buffers is backend.buffers
        assert backends.sizes()["kernels"] == after.components["kernels"], "they are shared"
        assert backends.sizes()["base"] == after.components["base"], "it is measured once"
        values = backend.buffers.empty((256, 4))
        values.fill(1)
        other.ntt.forward(values)
        assert backends.sizes()["tables"] == before.components["tables"] + 128 * 32


def test_the_cost_of_garbage_is_that_of_the_application(tmp_path):
    app = Application(Settings(), dirs=AppDirs(tmp_path))
    gc.collect()
    assert accounts_of(app).garbage.collections[2] >= 1
    assert 0 < accounts_of(app).garbage.share < 1
    app.close()
    assert app.garbage._heard not in gc.callbacks
