import random

import pytest

from tests.support.circuit_folder import make_folder, reference_app
from tests.support.toygroth16 import toy_key
from zkcompanion.app.proving_service import ProvingRequest
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.base.errors import Cancelled, FileError
from zkcompanion.proving.fields import FR
from zkcompanion.proving.formats.proofjson import proof_to_json, public_to_json, verification_key_to_json

PUBLIC = (5, 12)


@pytest.fixture
def service(tmp_path):
    with reference_app(tmp_path / "home") as app:
        yield app.verification


@pytest.fixture
def files(tmp_path):
    def write(toy, public=PUBLIC, proved=PUBLIC):
        paths = tuple(tmp_path / name for name in ("verification_key.json", "public.json", "proof.json"))
        paths[0].write_bytes(verification_key_to_json(toy.key))
        paths[1].write_bytes(public_to_json(public))
        paths[2].write_bytes(proof_to_json(toy.simulate(proved, random.Random(3))))
        return paths

    return write


def test_a_proof_that_holds_is_said_to_hold(service, files):
    view = service.verify_files(*files(toy_key(2)), RecordingTrace(), allow_insecure_key=False)
    assert (view.verified, view.reason, view.hint, view.warnings) == (True, None, None, ())
    assert (view.key.state, view.public_signals) == ("ok", 2)
    assert view.seconds > 0
    assert str(view.message) == "The proof is valid for these public signals."


def test_a_proof_of_other_signals_is_an_answer_and_no_error(service, files):
    view = service.verify_files(*files(toy_key(2), public=(5, 13)), RecordingTrace(), allow_insecure_key=False)
    assert (view.verified, view.reason) == (False, "pairing")
    assert view.warnings == ()


def test_a_wrong_number_of_signals_is_named(service, files):
    view = service.verify_files(*files(toy_key(2), public=(5,)), RecordingTrace(), allow_insecure_key=False)
    assert view.reason == "public-count"


def test_under_a_key_that_anyone_can_forge_for_even_a_good_proof_is_refused(service, files):
    paths = files(toy_key(2).with_(delta=1))
    view = service.verify_files(*paths, RecordingTrace(), allow_insecure_key=False)
    assert (view.verified, view.key.state) == (False, "insecure")
    assert view.reason in view.key.reasons
    assert view.hint is not None


def test_such_a_key_can_be_allowed_and_is_warned_of(service, files):
    view = service.verify_files(*files(toy_key(2).with_(delta=1)), RecordingTrace(), allow_insecure_key=True)
    assert (view.verified, view.key.state) == (True, "insecure")
    assert len(view.warnings) == 1


def test_a_file_that_is_not_what_it_should_be_is_an_error(service, files):
    paths = files(toy_key(2))
    paths[2].write_text("{}")
    with pytest.raises(FileError, match=r"proof\.json"):
        service.verify_files(*paths, RecordingTrace(), allow_insecure_key=False)


def test_it_can_be_cancelled(service, files):
    trace = RecordingTrace()
    trace.cancel.set()
    with pytest.raises(Cancelled):
        service.verify_files(*files(toy_key(2)), trace, allow_insecure_key=False)


def test_the_phases_are_told(service, files):
    trace = RecordingTrace()
    service.verify_files(*files(toy_key(2)), trace, allow_insecure_key=False)
    assert set(trace.lap()) == {"load", "verify"}


def test_a_proving_key_serves_as_a_key_too(service, tmp_path):
    folder = make_folder(tmp_path / "small")
    with reference_app(tmp_path / "other") as app:
        made = app.proving.prove(ProvingRequest("small", folder.zkey, witness=folder.witness), RecordingTrace())
    paths = {name: tmp_path / f"{name}.json" for name in ("proof", "public", "key")}
    paths["proof"].write_bytes(made.proof_json)
    paths["public"].write_bytes(made.public_json)
    paths["key"].write_bytes(made.verification_key_json)
    for key in (folder.zkey, paths["key"]):
        view = service.verify_with(key, paths["public"], paths["proof"], RecordingTrace(), allow_insecure_key=False)
        assert (view.verified, view.public_signals) == (True, len(made.public_signals))
    paths["public"].write_bytes(public_to_json(((made.public_signals[0] + 1) % FR.modulus, *made.public_signals[1:])))
    view = service.verify_with(folder.zkey, paths["public"], paths["proof"], RecordingTrace(), allow_insecure_key=False)
    assert (view.verified, view.reason) == (False, "pairing")
