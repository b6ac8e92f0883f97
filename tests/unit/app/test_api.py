import subprocess
import sys

import pytest

import zkcompanion
from tests.support.circuit_folder import make_folder
from tests.support.circuits import random_circuit
from zkcompanion.app import api
from zkcompanion.app.profiling import NO_PROFILE
from zkcompanion.base.errors import Cancelled, UsageError


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path / "circuit", circuit=random_circuit(2, 3, n_public=1))


def test_importing_the_package_loads_nothing_else():
    code = (
        "import sys, zkcompanion; print([name for name in sys.modules if name.startswith(('zkcompanion.', 'numpy'))])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_package_offers_the_functions_and_nothing_by_accident():
    assert zkcompanion.prove is api.prove
    assert zkcompanion.verify is api.verify
    with pytest.raises(AttributeError, match="nonsense"):
        _ = zkcompanion.nonsense


def test_a_proof_is_made_returned_and_written_only_where_asked(folder, tmp_path, own_home):
    view = zkcompanion.prove(folder.path, kernels="reference", threads=1)
    assert view.verified
    assert view.files == {}
    zkcompanion.prove(folder.zkey, witness=folder.witness, out=tmp_path / "out", repeat=2, kernels="reference")
    names = ("verification_key.json", "public.json", "proof.json")
    assert not view.constant_work
    verdict = zkcompanion.verify(*(tmp_path / "out" / name for name in names), kernels="reference")
    assert verdict.verified


def test_its_work_can_be_the_same_for_every_witness(folder, own_home):
    view = zkcompanion.prove(folder.path, kernels="reference", constant_work=True)
    assert view.verified
    assert view.constant_work


def test_a_profile_is_asked_for_by_name(folder, own_home):
    view = zkcompanion.prove(folder.path, kernels="reference", profile=True)
    assert NO_PROFILE in view.warnings
    assert NO_PROFILE not in zkcompanion.prove(folder.path, kernels="reference").warnings


def test_it_can_be_followed_and_cancelled(folder, own_home):
    import threading

    cancel, heard = threading.Event(), []

    def listen(event):
        heard.append(event)
        cancel.set()

    with pytest.raises(Cancelled):
        zkcompanion.prove(folder.path, kernels="reference", cancel=cancel, listener=listen)
    assert len(heard) >= 1


@pytest.mark.parametrize("wrong", [{"kernels": "fast"}, {"threads": 0}, {"repeat": 0}])
def test_wrong_values_are_refused(folder, wrong, own_home):
    with pytest.raises(UsageError):
        zkcompanion.prove(folder.path, **wrong)
