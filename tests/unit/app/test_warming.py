"""What was warmed need not be prepared when the proof comes."""

import sys
import threading
from dataclasses import replace

import pytest

from tests.support.circuit_folder import make_folder, reference_app
from tests.support.circuits import random_circuit
from tests.support.guests import guest
from zkcompanion.app import warming
from zkcompanion.app.application import Application
from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.settings import Settings
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.base.clock import SystemClock
from zkcompanion.base.errors import Cancelled, FileError, InsecureKeyError, UsageError
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.proving.formats.sym import SignalLine, write_sym
from zkcompanion.proving.groth16.keytrust import Finding, KeyLevel, KeyTrust, inspect_zkey
from zkcompanion.storage import prepared


class LaterClock(SystemClock):
    """An hour ahead, so that files just written are settled."""

    def unix_s(self):
        return super().unix_s() + 3600


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path / "circuit")


def later_app(tmp_path):
    return Application(Settings(threads=1, kernels="reference"), dirs=AppDirs(tmp_path / "home"), clock=LaterClock())


def states(circuit):
    return {part.part: part.state for part in circuit.parts}


def files_of(folder, **more):
    return CircuitFiles("small", zkey=folder.zkey, r1cs=folder.r1cs, **more)


def test_a_circuit_is_prepared_once_and_found_from_then_on(tmp_path, folder):
    labels = range(1, folder.circuit.r1cs().n_labels)
    write_sym(folder.path / "small.sym", [SignalLine(label, label, 0, f"main.a[{label}]") for label in labels])
    (folder.path / "small.wasm").write_bytes(guest())
    files = files_of(folder, sym=folder.path / "small.sym", wasm=folder.path / "small.wasm")
    parts = ("key", "constraints", "names", "calculator")
    with later_app(tmp_path) as app:
        first = app.warming.circuit(files, RecordingTrace())
        assert states(first) == dict.fromkeys(parts, "prepared")
        assert all(part.seconds > 0 for part in first.parts)
    with later_app(tmp_path) as app:
        assert states(app.warming.circuit(files, RecordingTrace())) == dict.fromkeys(parts, "found")
        # and a proof finds it too
        with app.files.key(folder.zkey, app.backends.proving(RecordingTrace())) as key:
            assert key.cached


def test_what_has_no_file_is_left_out(tmp_path, folder):
    (folder.path / "small.wasm").write_bytes(guest())
    with later_app(tmp_path) as app:
        alone = app.warming.circuit(CircuitFiles("small", zkey=folder.zkey), RecordingTrace())
        assert states(alone) == {"key": "prepared"}
        alone = app.warming.circuit(CircuitFiles("small", wasm=folder.path / "small.wasm"), RecordingTrace())
        assert states(alone) == {"calculator": "prepared"}


def test_without_a_key_there_is_one_to_make_or_nothing_of_it(tmp_path, folder):
    files = CircuitFiles("small", r1cs=folder.r1cs)
    with later_app(tmp_path) as app:
        idle = app.warming.circuit(files, RecordingTrace())
        assert states(idle) == {"constraints": "prepared"}
        assert not idle.made_key
        made = app.warming.circuit(files, RecordingTrace(), make_key=True)
        assert made.made_key
        assert states(made) == {"key": "prepared", "constraints": "found"}
        again = app.warming.circuit(files, RecordingTrace(), make_key=True)
        assert not again.made_key
        assert states(again) == {"key": "found", "constraints": "found"}


def test_a_file_that_has_just_changed_is_waited_for_or_not_kept(tmp_path, folder, monkeypatch):
    with reference_app(tmp_path / "home") as app:
        hasty = app.warming.circuit(files_of(folder), RecordingTrace())
        assert states(hasty) == {"key": "not-kept", "constraints": "not-kept"}
        waited = []

        class Switch(threading.Event):
            def wait(self, timeout=None):
                waited.append(timeout)
                monkeypatch.setattr(prepared, "settled", lambda _status, _now_s: True)
                return False

        patient = app.warming.circuit(files_of(folder), RecordingTrace(cancel=Switch()), patient=True)
        assert states(patient) == {"key": "prepared", "constraints": "prepared"}
        assert all(0 < seconds <= 2.5 for seconds in waited)


def test_a_wait_ends_with_a_cancel(tmp_path, folder):
    with reference_app(tmp_path / "home") as app:

        class Switch(threading.Event):
            def wait(self, timeout=None):
                self.set()
                return True

        with pytest.raises(Cancelled):
            app.warming.circuit(files_of(folder), RecordingTrace(cancel=Switch()), patient=True)


def test_without_a_cache_nothing_is_kept_and_nobody_waits(tmp_path, folder):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "cache").write_text("a file in the folder's place")
    (folder.path / "small.wasm").write_bytes(guest())
    files = files_of(folder, wasm=folder.path / "small.wasm")
    with reference_app(tmp_path / "home") as app:
        found = app.warming.circuit(files, RecordingTrace(), patient=True)
        assert states(found) == dict.fromkeys(("key", "constraints", "calculator"), "not-kept")


def test_files_that_do_not_belong_together_are_refused(tmp_path, folder):
    other = make_folder(tmp_path / "other", circuit=random_circuit(11, 20, n_public=3))
    write_sym(folder.path / "small.sym", [SignalLine(1000, 1, 0, "main.a")])
    with later_app(tmp_path) as app:
        with pytest.raises(FileError, match="do not belong together"):
            app.warming.circuit(replace(files_of(folder), r1cs=other.r1cs), RecordingTrace())
        with pytest.raises(FileError):
            app.warming.circuit(files_of(folder, sym=folder.path / "small.sym"), RecordingTrace())


def test_a_key_that_is_not_even_well_formed_is_refused(tmp_path, folder, monkeypatch):
    bad = KeyTrust((Finding("off-curve", KeyLevel.INSECURE, msg("Off the curve."), malformed=True),))
    monkeypatch.setattr("zkcompanion.app.warming.inspect_zkey", lambda _zkey, _pairing: bad)
    with later_app(tmp_path) as app:
        with pytest.raises(InsecureKeyError):
            app.warming.circuit(CircuitFiles("small", zkey=folder.zkey), RecordingTrace())
        assert app.cache.view().total.entries == 0


def test_a_cancel_is_heard(tmp_path, folder):
    trace = RecordingTrace()
    trace.cancel.set()
    with later_app(tmp_path) as app, pytest.raises(Cancelled):
        app.warming.circuit(files_of(folder), trace)


def test_kernels_are_loaded_for_proofs_or_for_keys(tmp_path):
    with later_app(tmp_path) as app:
        for for_keys in (False, True):
            found = app.warming.kernels(RecordingTrace(), for_keys=for_keys)
            assert (found.kernels, found.compiled) == ("reference", 0)


def test_circuits_are_looked_for_before_anything_is_done(tmp_path, folder):
    with later_app(tmp_path) as app:
        with pytest.raises(UsageError):
            app.warm([str(folder.path), "no-such-example"], RecordingTrace())
        assert app.cache.view().total.entries == 0
        view = app.warm([str(folder.zkey)], RecordingTrace())
        assert [circuit.circuit for circuit in view.circuits] == ["small"]


@pytest.mark.skipif(sys.platform == "win32", reason="a file that is open is not removed there")
def test_a_key_that_is_removed_meanwhile_is_not_kept_and_no_fault(tmp_path, folder, monkeypatch):
    def judge(zkey, pairing):
        folder.zkey.unlink()
        return inspect_zkey(zkey, pairing)

    monkeypatch.setattr(warming, "inspect_zkey", judge)
    with later_app(tmp_path) as app:
        found = app.warming.circuit(CircuitFiles("small", zkey=folder.zkey), RecordingTrace(), patient=True)
    assert states(found) == {"key": "not-kept"}
