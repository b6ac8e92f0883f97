import json
from dataclasses import replace

import pytest

from tests.support.backends import backend
from tests.support.circuit_folder import make_folder, reference_app
from tests.support.circuits import random_circuit
from tests.support.known_ptau import write_known_ptau
from zkcompanion.app.application import Application
from zkcompanion.app.settings import Settings
from zkcompanion.app.setup_service import keep_to_budget
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.base.errors import Cancelled, FileError, InsecureKeyError, ResourceError
from zkcompanion.base.paths import AppDirs
from zkcompanion.proving.backend import load_backend
from zkcompanion.proving.buffers import Buffers
from zkcompanion.proving.formats.zkey import read_zkey, write_zkey
from zkcompanion.proving.phases import Phase
from zkcompanion.proving.points import g1_to_limbs


@pytest.fixture
def service(tmp_path):
    with reference_app(tmp_path / "home") as app:
        yield app.setup


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path / "circuit", circuit=random_circuit(2, 6, n_public=1))


def test_a_development_key_is_made_and_says_what_it_is(service, folder, tmp_path):
    path = tmp_path / "new" / "dev.zkey"
    view = service.make_development_key(folder.r1cs, path, RecordingTrace())
    assert (view.file, view.key.state, view.constraints, view.public_signals) == (str(path), "development", 6, 1)
    with read_zkey(path) as key:
        assert (key.power, key.circuit_hash.hex(), key.n_vars) == (view.domain_power, view.circuit_hash, view.wires)


def test_a_key_within_a_budget_says_what_was_held_and_what_cannot_be_is_not_begun(folder, tmp_path):
    path = tmp_path / "dev.zkey"
    settings = Settings(threads=1, kernels="reference", memory_bytes=8 << 30)
    with Application(settings, dirs=AppDirs(tmp_path / "home")) as app:
        view = app.setup.make_development_key(folder.r1cs, path, RecordingTrace())
    assert (view.memory.budget_bytes, view.memory.mode, view.warnings) == (8 << 30, "streamed", ())
    assert view.peak_rss_bytes > 4 << 20
    path.unlink()
    app = Application(replace(settings, memory_bytes=1000), dirs=AppDirs(tmp_path / "home"))
    with app, pytest.raises(ResourceError, match="Making a key"):
        app.setup.make_development_key(folder.r1cs, path, RecordingTrace())
    assert not path.exists()


@pytest.mark.kernels
def test_what_earlier_runs_left_idle_makes_way_for_a_key_within_a_budget(folder):
    kernels = backend("scalar").on_threads(1)
    kernels.buffers = Buffers()
    del [kernels.buffers.empty(1 << 21)][0]
    assert keep_to_budget(None, folder.r1cs, kernels) is None
    assert kernels.buffers.use().idle_bytes >= 1 << 24
    assert keep_to_budget(1 << 40, folder.r1cs, kernels).mode == "streamed"
    assert kernels.buffers.use().idle_bytes == 0
    kernels.close()


def test_the_first_key_of_a_ceremony_is_made_and_is_insecure_until_somebody_contributes(service, folder, tmp_path):
    with load_backend("reference", threads=1) as backend:
        write_known_ptau(tmp_path / "small.ptau", 3, backend)
    view = service.make_key(folder.r1cs, tmp_path / "small.ptau", tmp_path / "first.zkey", RecordingTrace())
    assert (view.key.state, view.domain_power) == ("insecure", 3)
    assert "no-contributions" in view.key.reasons
    with read_zkey(tmp_path / "first.zkey") as key:
        assert key.circuit_hash.hex() == view.circuit_hash


def test_a_ceremony_that_is_too_small_is_refused_with_the_power_that_is_needed(service, folder, tmp_path):
    with load_backend("reference", threads=1) as backend:
        write_known_ptau(tmp_path / "small.ptau", 2, backend)
    with pytest.raises(FileError, match=r"2\^3") as caught:
        service.make_key(folder.r1cs, tmp_path / "small.ptau", tmp_path / "first.zkey", RecordingTrace())
    assert caught.value.exit_code == 3


def test_a_key_from_a_broken_ceremony_is_not_made(service, folder, tmp_path):
    (tmp_path / "x.ptau").write_bytes(b"ptau")
    with pytest.raises(FileError, match=r"x\.ptau"):
        service.make_key(folder.r1cs, tmp_path / "x.ptau", tmp_path / "x.zkey", RecordingTrace())
    assert not (tmp_path / "x.zkey").exists()


@pytest.mark.parametrize("phase", [Phase.LOAD, Phase.SETUP])
def test_cancelled_no_key_is_left(service, folder, tmp_path, phase):
    trace = RecordingTrace(listener=lambda event: event.phase is phase and trace.cancel.set())
    with pytest.raises(Cancelled):
        service.make_development_key(folder.r1cs, tmp_path / "new" / "x.zkey", trace)
    assert list((tmp_path / "new").glob("*")) == []


def test_the_public_half_of_a_key_is_exported(service, folder, tmp_path):
    view = service.export_verification_key(folder.zkey, tmp_path / "vk.json", RecordingTrace())
    assert (view.key.state, view.public_signals, view.warnings) == ("ok", 1, ())
    written = json.loads((tmp_path / "vk.json").read_text())
    assert written["nPublic"] == 1
    assert len(written["vk_alphabeta_12"]) == 2


def test_the_public_half_of_an_insecure_key_is_exported_with_a_warning(service, tmp_path):
    folder = make_folder(tmp_path / "insecure", circuit=random_circuit(2, 3, n_public=1), delta=1)
    view = service.export_verification_key(folder.zkey, tmp_path / "vk.json", RecordingTrace())
    assert view.key.state == "insecure"
    assert len(view.warnings) == 1


def test_a_key_that_is_not_even_well_formed_is_not_exported(service, folder, tmp_path):
    with read_zkey(folder.zkey) as zkey:
        zkey.ic = g1_to_limbs([(1, 1)] * 2)
        write_zkey(tmp_path / "off.zkey", zkey)
    with pytest.raises(InsecureKeyError):
        service.export_verification_key(tmp_path / "off.zkey", tmp_path / "vk.json", RecordingTrace())
    assert not (tmp_path / "vk.json").exists()


def test_a_place_that_cannot_be_written_is_found_before_the_work(service, folder, tmp_path):
    (tmp_path / "file").write_text("")
    heard = []
    trace = RecordingTrace(listener=heard.append)
    for call in (
        lambda: service.make_development_key(folder.r1cs, tmp_path / "file" / "x", trace),
        lambda: service.make_key(folder.r1cs, tmp_path / "p", tmp_path / "file" / "x", trace),
        lambda: service.export_verification_key(folder.zkey, tmp_path / "file" / "x", trace),
    ):
        with pytest.raises(FileError, match="is not a folder"):
            call()
    assert heard == []
