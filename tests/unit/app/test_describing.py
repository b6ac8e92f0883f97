from dataclasses import replace

import pytest

from tests.support.circuit_folder import make_folder
from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.describing import describe_circuit, describe_example, request_for
from zkcompanion.app.examples import find_example, list_examples
from zkcompanion.app.job_views import ProofOrder
from zkcompanion.app.sources import GivenInputs
from zkcompanion.base.errors import FileError, UsageError
from zkcompanion.base.messages import msg
from zkcompanion.proving.formats.sym import SignalLine, write_sym

FUNDS = find_example("funds-above-threshold")


@pytest.mark.parametrize("example", list_examples(), ids=lambda example: example.id)
def test_an_example_has_a_form_with_labels_and_values(example):
    view = describe_example(example.id)
    assert (view.title, view.example_id, view.files) == (example.title, example.id, example.files)
    assert view.needs_key
    assert view.missing == ()
    assert view.expectation is None
    assert {field.name: (field.public, field.label, field.note) for field in view.fields} == {
        signal.name: (signal.public, signal.label, signal.note) for signal in example.signals
    }
    assert view.example_values == example.input_path.read_bytes()
    assert view.constraints > 0
    assert view.wires > view.public_signals > 0
    assert len(view.fingerprint) == 48


def test_an_example_that_is_not_there():
    with pytest.raises(UsageError):
        describe_example("none")


def test_a_signal_that_the_example_does_not_explain_keeps_its_name(monkeypatch):
    from zkcompanion.app import describing

    monkeypatch.setattr(describing, "find_example", lambda _id: replace(FUNDS, signals=FUNDS.signals[:1]))
    labels = [field.label for field in describe_example(FUNDS.id).fields]
    assert labels.count(None) == len(labels) - 1


def test_a_circuit_of_somebody_has_names_and_no_labels():
    view = describe_circuit(replace(FUNDS.files, name="mine", input=None))
    assert str(view.title) == "mine"
    assert view.example_id is None
    assert view.example_values == b""
    assert all(field.label is None for field in view.fields)
    assert view.missing == (), "a form can ask for the inputs"


def test_a_key_alone_tells_size_and_fingerprint(tmp_path):
    folder = make_folder(tmp_path)
    view = describe_circuit(CircuitFiles("small", zkey=folder.zkey, witness=folder.witness))
    assert (view.constraints, view.wires) == (9, folder.circuit.n_vars)
    assert (view.fields, view.needs_key, view.missing) == ((), False, ())
    other = make_folder(tmp_path / "other", seed=8)
    assert describe_circuit(CircuitFiles("x", zkey=other.zkey)).fingerprint != view.fingerprint
    with_r1cs = describe_circuit(CircuitFiles("small", zkey=folder.zkey, r1cs=folder.r1cs))
    assert with_r1cs.fingerprint != view.fingerprint


def test_what_is_missing_is_said(tmp_path):
    folder = make_folder(tmp_path)
    nothing = describe_circuit(CircuitFiles("x"))
    assert [str(message)[:6] for message in nothing.missing] == ["A key ", "The wi"]
    assert nothing.fingerprint == ""
    files = CircuitFiles("x", zkey=folder.zkey, wasm=FUNDS.wasm_path)
    (message,) = describe_circuit(files).missing
    assert "inputs as a JSON file" in str(message)
    assert describe_circuit(replace(files, input=FUNDS.input_path)).missing == ()


def test_names_that_are_no_inputs_make_no_form_and_names_of_another_circuit_are_refused(tmp_path):
    folder = make_folder(tmp_path)
    labels = folder.circuit.n_vars
    odd = tmp_path / "odd.sym"
    write_sym(odd, [SignalLine(label, -1, 0, f"main.x[{label + 5}]") for label in range(1, labels)])
    assert describe_circuit(CircuitFiles("x", r1cs=folder.r1cs, sym=odd)).fields == ()
    with pytest.raises(FileError):
        describe_circuit(CircuitFiles("x", r1cs=folder.r1cs, sym=FUNDS.sym_path))


def order(files, **more):
    return ProofOrder(files, msg("t"), "f", **more)


def test_an_order_with_inputs_goes_by_them():
    files = replace(FUNDS.files, witness=FUNDS.folder / "w.wtns")
    request = request_for(order(files, inputs=b"secret", repeat=3, profile=True))
    assert request.inputs == GivenInputs(b"secret")
    assert (request.witness, request.repeat, request.profile, request.targets) == (None, 3, True, {})
    assert "secret" not in repr(request)


def test_an_order_without_inputs_goes_by_the_files(tmp_path):
    assert request_for(order(FUNDS.files)).inputs == FUNDS.input_path
    files = CircuitFiles("x", zkey=tmp_path / "k.zkey", witness=tmp_path / "w.wtns")
    assert request_for(order(files)).witness == tmp_path / "w.wtns"


@pytest.mark.parametrize(
    ("files", "inputs", "error"),
    [
        (CircuitFiles("x", wasm=FUNDS.wasm_path), b"{}", UsageError),
        (CircuitFiles("x", r1cs=FUNDS.r1cs_path), b"{}", FileError),
        (CircuitFiles("x", r1cs=FUNDS.r1cs_path), None, UsageError),
        (CircuitFiles("x", r1cs=FUNDS.r1cs_path, input=FUNDS.input_path), None, FileError),
    ],
)
def test_an_order_that_lacks_something_is_refused(files, inputs, error):
    with pytest.raises(error):
        request_for(order(files, inputs=inputs))
