"""The calculator on real circuits."""

import gc
import hashlib
import threading
import time
import weakref

import numpy as np
import pytest

from tests.support.bundled_circuits import bundled
from tests.support.guests import COMPLAIN, LOOP, guest
from zkcompanion.base.errors import Cancelled, FileError, InputError, KnownError, ResourceError, UnsatisfiedWitnessError
from zkcompanion.base.sealed import SealedStore
from zkcompanion.proving import buffers as buffers_module
from zkcompanion.proving.buffers import Buffers
from zkcompanion.proving.fields import FR, from_limbs
from zkcompanion.proving.formats.sym import parse_sym
from zkcompanion.proving.formats.wtns import read_wtns
from zkcompanion.proving.phases import Phase, Trace
from zkcompanion.proving.reference.poseidon import poseidon
from zkcompanion.proving.witness.binding import signal_hash
from zkcompanion.proving.witness.calculator import WitnessCalculator, read_calculator
from zkcompanion.proving.witness.inputs import inputs_from, read_inputs
from zkcompanion.proving.witness.sandbox import WitnessLimits

FUNDS = "funds-above-threshold"
#: A number that must never be seen; as decimal, as hexadecimal, as bytes.
CANARY = 11399900446655440044887788009911223344556677889900112233445566778899001122334


def funds(balance=5000, salt=CANARY, threshold=1000, **more):
    commitment = poseidon([balance, salt])
    values = {"balance": balance, "salt": salt, "commitment": commitment, "threshold": threshold}
    return inputs_from(values | more, file="input.json")


def test_hashes_are_64_bit_fnv_1a():
    # FNV-1a test vectors of the reference source: "", "a", "foobar"
    for name, value in (("", 0xCBF29CE484222325), ("a", 0xAF63DC4C8601EC8C), ("foobar", 0x85944171F73967E8)):
        upper, lower = signal_hash(name)
        assert (upper % 2**32, lower % 2**32) == divmod(value, 2**32)
        assert -(2**31) <= upper < 2**31
        assert -(2**31) <= lower < 2**31


def test_the_witness_begins_with_one_and_the_public_signals():
    circuit = bundled(FUNDS)
    witness = from_limbs(circuit.calculator.calculate(funds()))
    assert len(witness) == circuit.r1cs.n_wires
    assert witness[:3] == [1, poseidon([5000, CANARY]), 1000]
    assert witness[circuit.wires["main.salt"]] == CANARY


def test_the_interpreter_gives_the_same_witness():
    circuit = bundled(FUNDS)
    calculator = WitnessCalculator(circuit.example.wasm_path.read_bytes(), file="f.wasm", interpreted=True)
    assert calculator.interpreted
    assert not circuit.calculator.interpreted
    assert np.array_equal(calculator.calculate(funds()), circuit.calculator.calculate(funds()))


def test_the_order_of_the_inputs_does_not_matter():
    calculator = bundled(FUNDS).calculator
    inputs = funds()
    backwards = inputs_from(
        {name: from_limbs(inputs.signals[name])[0] for name in reversed(inputs.signals)}, file="input.json"
    )
    assert np.array_equal(calculator.calculate(backwards), calculator.calculate(inputs))


def test_the_phase_is_reported():
    seen = []

    class Recorder(Trace):
        def begin(self, phase, steps=0):
            seen.append(("begin", phase))

        def end(self, phase):
            seen.append(("end", phase))

    bundled(FUNDS).calculator.calculate(funds(), Recorder())
    assert seen == [("begin", Phase.WITNESS), ("end", Phase.WITNESS)]


def test_a_failed_assertion_names_template_and_line_of_the_source():
    circuit = bundled(FUNDS)
    with pytest.raises(UnsatisfiedWitnessError) as caught:
        circuit.calculator.calculate(funds(balance=999))
    lines = (circuit.example.folder.parent / "lib" / "bits.circom").read_text().splitlines()
    line = 1 + next(i for i, text in enumerate(lines) if "in === sum" in text)
    assert f"template ToBits, line {line}." in str(caught.value)
    assert "FundsAboveThreshold:" in str(caught.value.hint)
    assert " > AssertAtLeast:" in str(caught.value.hint)
    assert str(caught.value.hint).endswith(f" > ToBits:{line}.")


def test_a_constraint_of_the_main_template_has_no_chain():
    circuit = bundled(FUNDS)
    with pytest.raises(UnsatisfiedWitnessError, match=r"template FundsAboveThreshold, line \d+\.$") as caught:
        circuit.calculator.calculate(funds(commitment=7))
    assert caught.value.hint is None


# -- inputs


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"preimage": [1] * 31}, "Input preimage takes 32 values, but 31 were given."),
        ({"preimage": [1] * 33}, "Input preimage takes 32 values, but 33 were given."),
        ({"preimage": []}, "Input preimage takes 32 values, but 0 were given."),
        ({"digest": 7}, "Input digest takes 2 values, but 1 were given."),
        ({"image": [1]}, "The circuit has no input named image."),
        ({"hash.block": [1] * 32}, "The circuit has no input named hash.block."),
        ({"n" * 100: 1}, f"The circuit has no input named {'n' * 80}...."),
        # a value in a name's place is not shown
        ({str(FR.modulus - 1): 1}, "The circuit has no input named [redacted]."),
    ],
)
def test_a_wrong_input_is_named_with_both_sizes(changed, sentence):
    circuit = bundled("sha256-preimage")
    inputs = inputs_from({"preimage": [1] * 32, "digest": [1, 2]} | changed, file="input.json")
    for names in (None, circuit.names):
        with pytest.raises(InputError) as caught:
            circuit.calculator.calculate(inputs, names=names)
        assert str(caught.value) == sentence
    if "no input" in sentence:
        assert str(caught.value.hint) == "The circuit's inputs: digest[2], preimage[32]."


def test_missing_inputs_are_named_where_the_sym_is_there_and_counted_where_not():
    circuit = bundled("sha256-preimage")
    inputs = inputs_from({"digest": [1, 2]}, file="input.json")
    with pytest.raises(InputError, match=r"^Values are missing for these inputs: preimage\[32\]\.$"):
        circuit.calculator.calculate(inputs, names=circuit.names)
    with pytest.raises(InputError, match=r"^The circuit takes 34 input values, but 2 were given\.$"):
        circuit.calculator.calculate(inputs)
    nothing = inputs_from({}, file="input.json")
    with pytest.raises(InputError, match="commitment, threshold, balance, salt"):
        bundled(FUNDS).calculator.calculate(nothing, names=bundled(FUNDS).names)


def test_names_of_another_circuit_do_no_harm():
    circuit = bundled(FUNDS)
    with pytest.raises(InputError, match="takes 4 input values, but 1"):
        circuit.calculator.calculate(inputs_from({"salt": 1}, file="i"), names=bundled("sha256-preimage").names)


def test_long_lists_of_names_are_cut():
    lines = "".join(f"{i + 1},{i + 1},0,main.x{i}\n" for i in range(30)).encode()
    one_each = {
        "getInputSize": "(result i32) (i32.const 30)",
        "getInputSignalSize": "(param i32 i32) (result i32) (i32.const 1)",
    }
    calculator = WitnessCalculator(guest(**one_each), file="x.wasm")
    with pytest.raises(InputError, match=r"x9, x10 and 19 more\.$"):
        calculator.calculate(inputs_from({"x0": 1}, file="i"), names=parse_sym(lines, file="x.sym"))


def test_an_input_that_is_no_name_of_the_sym_is_unknown_whatever_size_the_calculator_tells():
    # calculators answer with whatever lies in memory for a name that they do not know
    always = {"getInputSignalSize": "(param i32 i32) (result i32) (i32.const 2)"}
    calculator = WitnessCalculator(guest(**always), file="x.wasm")
    names = parse_sym(b"1,1,0,main.x[0]\n2,2,0,main.x[1]\n", file="x.sym")
    with pytest.raises(InputError, match="no input named y"):
        calculator.calculate(inputs_from({"x": [1, 2], "y": 5}, file="i"), names=names)
    with pytest.raises(InputError, match="Input y takes 2 values, but 1 were given"):
        calculator.calculate(inputs_from({"x": [1, 2], "y": 5}, file="i"))


def test_a_file_that_names_its_inputs_is_enough(tmp_path):
    example = bundled(FUNDS).example
    witness = read_calculator(example.wasm_path).calculate(read_inputs(example.input_path))
    assert witness.shape == (bundled(FUNDS).r1cs.n_wires, 4)


# -- privacy


def test_no_message_and_no_repr_holds_an_input_value():
    circuit = bundled(FUNDS)
    forms = (
        str(CANARY),
        f"{CANARY:x}",
        repr(CANARY.to_bytes(32, "little"))[2:-1],
        repr(CANARY.to_bytes(32, "big"))[2:-1],
    )
    attempts = [
        funds(balance=1),
        funds(commitment=CANARY),
        funds(threshold=CANARY),
        funds(balance=CANARY),
        funds(unknown=CANARY),
        inputs_from({"salt": [CANARY, CANARY]}, file="i"),
        inputs_from({"salt": CANARY}, file="i"),
    ]
    for inputs in attempts:
        with pytest.raises(KnownError) as caught:
            circuit.calculator.calculate(inputs, names=circuit.names)
        chain = []
        error = caught.value
        while error is not None:
            chain.append(error)
            assert error.__suppress_context__ or error.__context__ is None
            error = error.__cause__
        shown = " ".join(f"{error!r} {error} {getattr(error, 'hint', '')}" for error in chain) + repr(inputs)
        assert not [form for form in forms if form in shown]


def test_the_trace_of_an_error_holds_no_frame_of_the_run():
    with pytest.raises(UnsatisfiedWitnessError) as caught:
        bundled(FUNDS).calculator.calculate(funds(balance=1))
    frames = []
    trace = caught.value.__traceback__
    while trace is not None:
        frames.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    assert "_run" not in frames


@pytest.mark.parametrize(("body", "wrong"), [("unreachable", FileError), (LOOP, Cancelled)])
def test_what_a_broken_run_held_is_let_go_of_without_a_collection(monkeypatch, body, wrong):
    """Of a witness that was read in part, too."""
    monkeypatch.setattr(buffers_module, "SMALLEST_BYTES", 64)
    buffers = Buffers()

    class Impatient(Trace):
        def check(self):
            if buffers.use().lent_bytes:
                raise Cancelled

    calculator = WitnessCalculator(guest(getWitness=f"(param i32) {body}"), file="circuit.wasm")
    inputs = inputs_from({"x": [1, 2]}, file="input.json")
    values = weakref.ref(inputs.signals["x"])
    gc.disable()
    try:
        with pytest.raises(wrong) as caught:
            calculator.calculate(inputs, Impatient(), buffers=buffers)
        del caught, inputs
        for thread in threading.enumerate():
            if thread.name == "watched":
                thread.join()  # it knows the inputs until it ends
        del thread
        assert buffers.use().requests == 1
        assert buffers.use().lent_bytes == 0
        assert values() is None
    finally:
        gc.enable()


# -- several at once, and again


def test_two_calculators_in_two_threads_give_right_answers():
    sha, money = bundled("sha256-preimage").calculator, bundled(FUNDS).calculator
    results = {"sha": [], "funds": []}

    def hash_some():
        for i in range(4):
            message = bytes([i]) * 32
            digest = hashlib.sha256(message).digest()
            halves = [int.from_bytes(digest[:16], "big"), int.from_bytes(digest[16:], "big")]
            witness = sha.calculate(inputs_from({"preimage": list(message), "digest": halves}, file="i"))
            results["sha"].append(from_limbs(witness[1:3]) == halves)

    def commit_some():
        for i in range(12):
            witness = money.calculate(funds(balance=2000 + i, salt=i))
            results["funds"].append(from_limbs(witness[1:3]) == [poseidon([2000 + i, i]), 1000])
            with pytest.raises(UnsatisfiedWitnessError):
                money.calculate(funds(balance=i))

    threads = [threading.Thread(target=work) for work in (hash_some, commit_some)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {"sha": [True] * 4, "funds": [True] * 12}


def test_errors_of_runs_side_by_side_are_not_mixed_up():
    def calculator(letter, code):
        message = f"Error in template {letter}_0 line: 5\0".encode()
        return WitnessCalculator(
            guest(message=message, init=f"(param i32) {COMPLAIN.format(code=code)}"), file="x.wasm"
        )

    pairs = {"A": calculator("A", 4), "B": calculator("B", 7)}
    seen = {"A": set(), "B": set()}

    def fail_often(letter):
        for _ in range(30):
            with pytest.raises(UnsatisfiedWitnessError) as caught:
                pairs[letter].calculate(inputs_from({"x": [1, 2]}, file="i"))
            seen[letter].add(str(caught.value).split("template ")[1])

    threads = [threading.Thread(target=fail_often, args=letter) for letter in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {"A": {"A, line 5."}, "B": {"B, line 5."}}


def test_a_run_leaves_nothing_behind_for_the_next():
    calculator = bundled(FUNDS).calculator
    first = calculator.calculate(funds())
    with pytest.raises(UnsatisfiedWitnessError):
        calculator.calculate(funds(balance=1))
    assert np.array_equal(calculator.calculate(funds()), first)


# -- compiled modules kept


class Shelf:
    def __init__(self):
        self.kept = {}
        self.hits = 0

    def get(self, name, key):
        found = self.kept.get((name, key))
        self.hits += found is not None
        return found

    def put(self, name, key, data):
        self.kept[name, key] = data
        return True


def test_a_compiled_module_is_kept_and_used_again():
    shelf = Shelf()
    wasm = bundled(FUNDS).example.wasm_path.read_bytes()
    first = WitnessCalculator(wasm, file="f.wasm", module_cache=shelf).calculate(funds())
    assert (len(shelf.kept), shelf.hits) == (1, 0)
    second = WitnessCalculator(wasm, file="f.wasm", module_cache=shelf).calculate(funds())
    assert (len(shelf.kept), shelf.hits) == (1, 1)
    assert np.array_equal(first, second)
    WitnessCalculator(guest(), file="g.wasm", module_cache=shelf)
    assert len(shelf.kept) == 2


def test_a_kept_module_of_another_wasmtime_is_compiled_again():
    shelf = Shelf()
    WitnessCalculator(guest(), file="g.wasm", module_cache=shelf)
    [key] = shelf.kept
    good = shelf.kept[key]
    shelf.kept[key] = b"made by something else"
    calculator = WitnessCalculator(guest(), file="g.wasm", module_cache=shelf)
    assert shelf.kept[key] == good
    assert from_limbs(calculator.calculate(inputs_from({"x": [3, 4]}, file="i"))) == [1, 3, 4]


def test_the_interpreter_keeps_nothing():
    shelf = Shelf()
    WitnessCalculator(guest(), file="g.wasm", module_cache=shelf, interpreted=True)
    assert shelf.kept == {}


def test_modules_lie_in_the_sealed_store(tmp_path):
    store = SealedStore(tmp_path / "cache", tmp_path / "key")
    for _ in range(2):
        calculator = WitnessCalculator(guest(), file="g.wasm", module_cache=store)
        assert from_limbs(calculator.calculate(inputs_from({"x": [3, 4]}, file="i"))) == [1, 3, 4]
    assert store.size()[0] == 1


# -- files of other tools


@pytest.mark.external
@pytest.mark.parametrize("folder", ["groth16", "fflonk"])
def test_witnesses_of_other_tools_are_met(external_vectors, folder):
    place = external_vectors / "snarkjs" / folder
    if folder == "groth16":
        inputs = read_inputs(place / "input.json")
        expected = read_wtns(place / "witness.wtns")
        assert np.array_equal(read_calculator(place / "circuit.wasm").calculate(inputs), expected)
    else:
        witness = read_calculator(place / "circuit.wasm").calculate(inputs_from({"a": 3, "b": 11}, file="i"))
        assert from_limbs(witness[:1]) == [1]


def test_negative_and_large_numbers_are_taken_mod_r():
    calculator = WitnessCalculator(guest(), file="g.wasm")
    inputs = inputs_from({"x": ["-1", str(FR.modulus + 5)]}, file="i")
    assert inputs.reduced == ("x",)
    assert from_limbs(calculator.calculate(inputs)) == [1, FR.modulus - 1, 5]


def test_compiling_has_a_time_limit():
    with pytest.raises(ResourceError, match="within 0 s"):
        read_calculator(bundled("sha256-preimage").example.wasm_path, limits=WitnessLimits(time_s=0))


def test_names_are_looked_up_for_a_bounded_time():
    # a thousand different names and a name of a megabyte, none of them the circuit's
    none = {"getInputSignalSize": "(param i32 i32) (result i32) (i32.const 0)"}
    calculator = WitnessCalculator(guest(**none), file="x.wasm")
    long = "".join(f"{i + 1},{i + 1},0,main.{'n' * 300_000}{i}\n" for i in range(30))
    many = "".join(f"{i + 100},{i + 100},0,main.m{i}\n" for i in range(150_000))
    names = parse_sym((long + many).encode(), file="x.sym")
    begin = time.process_time()
    with pytest.raises(InputError, match="no input named x"):
        calculator.calculate(inputs_from({"x": [1, 2, 3]}, file="i"), names=names)
    assert time.process_time() - begin < 0.5
