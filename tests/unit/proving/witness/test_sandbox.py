"""What a calculator made by an enemy can do: nothing, and not for long."""

import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import wasmtime

from tests.support.bounds import bounded
from tests.support.guests import COMPLAIN, LOOP, guest
from zkcompanion.base.errors import (
    Cancelled,
    FileError,
    InputError,
    KnownError,
    ResourceError,
    UnsatisfiedWitnessError,
    UnsupportedFileError,
)
from zkcompanion.proving.fields import FP, FR, from_limbs
from zkcompanion.proving.phases import Phase, Trace
from zkcompanion.proving.witness.calculator import WitnessCalculator, read_calculator
from zkcompanion.proving.witness.inputs import inputs_from
from zkcompanion.proving.witness.sandbox import WitnessLimits

#: Values that no message may hold.
SECRETS = (4242424242424242424242, 77770000777700007777)
INPUTS = inputs_from({"x": list(SECRETS)}, file="input.json")
QUICK = WitnessLimits(time_s=0.3)


def run(wasm, limits=QUICK, trace=None, inputs=INPUTS):
    return WitnessCalculator(wasm, file="evil.wasm", limits=limits).calculate(inputs, trace or Trace())


def refused(kind, wasm, *words, **keywords):
    with pytest.raises(kind) as caught:
        run(wasm, **keywords)
    assert type(caught.value) is kind
    shown = f"{caught.value} {caught.value.hint}"
    for word in words:
        assert word in shown
    for secret in SECRETS:
        assert str(secret) not in shown
        assert f"{secret:x}" not in shown
    return caught.value


def test_the_honest_guest_is_run():
    assert from_limbs(run(guest())) == [1, *SECRETS]


def test_an_early_release_without_sizes_and_messages_is_run():
    wasm = guest(left_out=("getInputSignalSize", "getMessageChar"))
    assert from_limbs(run(wasm)) == [1, *SECRETS]


# -- time


@pytest.mark.parametrize("function", ["init", "getVersion", "setInputSignal", "getWitness", "getMessageChar"])
def test_an_endless_loop_is_stopped_at_the_time_limit(function):
    head = {"init": "(param i32)", "getVersion": "(result i32)", "setInputSignal": "(param i32 i32 i32)"}
    head |= {"getWitness": "(param i32)", "getMessageChar": "(result i32)"}
    tail = " (i32.const 2)" if "result" in head[function] else ""
    changed = {function: f"{head[function]} {LOOP}{tail}"}
    if function == "getMessageChar":
        changed["init"] = f"(param i32) {COMPLAIN.format(code=4)}"
    began = time.perf_counter()
    refused(ResourceError, guest(**changed), "evil.wasm", "within 0.3 s")
    assert time.perf_counter() - began < 2.0


def test_an_endless_start_function_is_stopped():
    refused(ResourceError, guest(extra=f"(func $forever {LOOP}) (start $forever)"), "within 0.3 s")


@pytest.mark.parametrize("interpreted", [False, True])
def test_a_cancel_is_heard_within_half_a_second(interpreted):
    class Stop(Trace):
        def __init__(self):
            self.asked_at = None
            self.begun = []

        def begin(self, phase, steps=0):
            self.begun.append(phase)

        def check(self):
            if self.asked_at is not None:
                raise Cancelled

    trace = Stop()
    calculator = WitnessCalculator(guest(init=f"(param i32) {LOOP}"), file="evil.wasm", interpreted=interpreted)

    def ask():
        trace.asked_at = time.perf_counter()

    timer = threading.Timer(0.15, ask)
    timer.start()
    with pytest.raises(Cancelled):
        calculator.calculate(INPUTS, trace)
    assert time.perf_counter() - trace.asked_at < 0.5
    assert trace.begun == [Phase.WITNESS]
    timer.join()


def test_a_stopped_run_does_not_stop_another_run_of_the_same_calculator():
    # the flag is no input: the guest loops for ever only where x[0] is 1
    body = (
        "(param i32 i32 i32)"
        " (memory.copy (i32.add (i32.const 1056) (i32.shl (local.get 2) (i32.const 5))) (i32.const 64) (i32.const 32))"
        f" (if (i32.and (local.get 2) (i32.eq (i32.load (i32.const 1056)) (i32.const 1))) (then {LOOP}))"
        " (if (local.get 2) (then (local.set 0 (i32.const 60000000))"
        "  (loop $busy (br_if $busy (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"
    )
    calculator = WitnessCalculator(guest(setInputSignal=body), file="evil.wasm", limits=WitnessLimits(time_s=5))
    results = []
    other = threading.Thread(
        target=lambda: results.append(calculator.calculate(inputs_from({"x": [5, 6]}, file="input.json")))
    )

    class StopAtOnce(Trace):
        def __init__(self):
            self.left = 2

        def check(self):
            self.left -= 1
            if self.left < 0:
                raise Cancelled

    other.start()
    with pytest.raises(Cancelled):
        calculator.calculate(inputs_from({"x": [1, 6]}, file="input.json"), StopAtOnce())
    other.join()
    assert from_limbs(results[0]) == [1, 5, 6]


# -- memory


def test_more_memory_than_allowed_is_refused_at_the_start():
    limits = WitnessLimits(memory_size_bytes=64 << 20, time_s=5)
    refused(ResourceError, guest(memory="1025"), "evil.wasm", "67108864 bytes", limits=limits)


def test_a_memory_bomb_does_not_grow_beyond_the_limit():
    # grows by 64 pages until it is told no, then reports the size that it got as x[0]
    body = (
        "(param i32) (loop $more (br_if $more (i32.ne (memory.grow (i32.const 64)) (i32.const -1))))"
        " (i32.store (i32.const 2048) (memory.size))"
    )
    witness = "(param i32) (memory.copy (i32.const 64) (i32.const 2048) (i32.const 4))"
    limits = WitnessLimits(memory_size_bytes=64 << 20, time_s=5)
    one = "(i64.store (i32.const 64) (i64.const 1)) (i64.store (i32.const 72) (i64.const 0))"
    one += " (i64.store (i32.const 80) (i64.const 0)) (i64.store (i32.const 88) (i64.const 0))"
    grown = guest(init=body, getWitness=f"{witness[:11]} {one} (if (local.get 0) (then {witness[11:]}))")
    pages = from_limbs(run(grown, limits=limits))[1]
    assert 900 < pages <= 1024


def test_a_witness_larger_than_the_limit_is_refused_before_it_is_read():
    wasm = guest(getWitnessSize="(result i32) (i32.const -1)", getWitness=f"(param i32) {LOOP}")
    refused(ResourceError, wasm, "bytes allowed")


@pytest.mark.parametrize("extra", ["(table 9000000 funcref)", "(memory 1)"])
def test_other_resources_are_bounded_too(extra):
    with pytest.raises(KnownError):
        run(guest(extra=extra))


def test_endless_recursion_ends_with_a_sentence():
    refused(FileError, guest(extra="(func $down call $down)", init="(param i32) (call $down)"), "stack overflow")


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("unreachable", "unreachable"),
        ("(drop (i32.load (i32.const 100000000)))", "memory out of bounds"),
        ("(drop (i32.div_u (i32.const 1) (i32.const 0)))", "integer division by zero"),
    ],
)
def test_a_trap_is_told_in_words(body, word):
    assert str(refused(FileError, guest(init=f"(param i32) {body}"), word)).startswith("evil.wasm: ")


@pytest.mark.integration
@pytest.mark.skipif(sys.platform != "linux", reason="address-space limits are enforced on Linux")
def test_an_address_space_limit_of_one_gigabyte_leaves_room():
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30));"
        "from tests.support.guests import guest;"
        "from zkcompanion.proving.witness.calculator import WitnessCalculator;"
        "from zkcompanion.proving.witness.inputs import inputs_from;"
        "print(WitnessCalculator(guest(), file='x').calculate(inputs_from({'x': [5, 6]}, file='x'))[:, 0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[1 5 6]\n", "")


@pytest.mark.integration
@pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel to forbid code made at run time")
def test_a_system_that_forbids_code_made_at_run_time_gets_the_interpreter():
    code = (
        "import ctypes, sys;"
        # PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN: Linux 6.3
        "sys.exit(77) if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) else None;"
        "from tests.support.guests import guest;"
        "from zkcompanion.proving.witness.calculator import WitnessCalculator;"
        "from zkcompanion.proving.witness.inputs import inputs_from;"
        "c = WitnessCalculator(guest(), file='x');"
        "print(c.interpreted, c.calculate(inputs_from({'x': [5, 6]}, file='x'))[:, 0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if done.returncode == 77:
        pytest.skip("this kernel cannot forbid it")
    assert (done.stdout, done.stderr) == ("True [1 5 6]\n", "")


# -- what it may ask for


def test_wasi_is_refused_by_name():
    wasm = guest(imports='(import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))')
    refused(FileError, wasm, "wasi_snapshot_preview1.fd_write")


@pytest.mark.parametrize(
    "wanted",
    [
        '(import "env" "now" (func (result i64)))',
        '(import "runtime" "readFile" (func (param i32)))',
        '(import "runtime" "exceptionHandler" (func (param i64)))',
        '(import "runtime" "exceptionHandler" (global i32))',
        '(import "env" "memory2" (memory 1))',
    ],
)
def test_any_other_import_is_refused_by_name(wanted):
    module, name = wanted.split('"')[1:4:2]
    wasm = bytes(wasmtime.wat2wasm(f"(module {wanted})")) if "memory" in wanted else guest(imports=wanted)
    refused(FileError, wasm, f"{module}.{name}")


def test_a_name_that_is_no_text_is_shown_as_ascii():
    wasm = guest(imports='(import "runtime" "\\1b[31m\\e2\\98\\83" (func))')
    error = refused(FileError, wasm, "\\u2603")
    assert "\x1b" not in str(error)


@pytest.mark.parametrize(
    "data",
    [b"", b"\0asm", b"(module)", b"\0asm\2\0\0\0", b"\0asm\1\0\0\0\xff\xff", b"\0asm\1\0\0\0\1\xff\xff\xff\xff\x0f"],
)
def test_what_is_no_module_is_refused(data):
    refused(FileError, data, "evil.wasm", "WebAssembly")


def test_a_cut_off_module_is_refused_at_every_length():
    whole = guest()
    for length in range(0, len(whole), 97):
        with pytest.raises(FileError):
            WitnessCalculator(whole[:length], file="evil.wasm")


def test_a_file_over_the_limit_is_not_even_parsed():
    limits = WitnessLimits(file_size_bytes=1000, time_s=1)
    refused(FileError, guest() + bytes(2000), "1000 allowed", limits=limits)


def test_a_large_file_is_not_even_read(tmp_path):
    path = tmp_path / "large.wasm"
    with path.open("wb") as stream:
        stream.truncate((64 << 20) + 1)
    with pytest.raises(FileError):
        read_calculator(path)


@pytest.mark.parametrize(
    "name", ["getVersion", "init", "getRawPrime", "getFieldNumLen32", "getInputSize", "getWitnessSize", "getWitness"]
)
def test_a_missing_export_is_named(name):
    refused(FileError, guest(left_out=(name,)), name)


def test_an_export_of_the_wrong_type_is_named():
    refused(FileError, guest(getWitness="(param i64)"), "getWitness")
    refused(FileError, guest(getInputSignalSize="(param i32 i32)"), "getInputSignalSize")
    refused(FileError, guest(left_out=("init",), extra='(global (export "init") i32 (i32.const 0))'), "init")


def test_circom_1_is_refused_by_name():
    wat = '(module (import "env" "memory" (memory 1)) (func (export "getNVars") (result i32) (i32.const 1)))'
    refused(UnsupportedFileError, bytes(wasmtime.wat2wasm(wat)), "circom 1")


def test_another_version_of_circom_is_refused_by_number():
    refused(UnsupportedFileError, guest(getVersion="(result i32) (i32.const 3)"), "circom 3")


def test_other_fields_are_refused_by_name():
    bls12_381 = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
    refused(UnsupportedFileError, guest(prime=bls12_381), "bls12-381")
    refused(UnsupportedFileError, guest(prime=FP.modulus), "grumpkin")
    goldilocks = guest(prime=0xFFFFFFFF00000001, getFieldNumLen32="(result i32) (i32.const 2)")
    refused(UnsupportedFileError, goldilocks, "goldilocks")
    refused(UnsupportedFileError, guest(prime=FR.modulus - 2), "unknown field", "256 bits")
    # the right prime in elements of another size, and more words than any field has
    refused(UnsupportedFileError, guest(getFieldNumLen32="(result i32) (i32.const 9)"), "unknown field")
    refused(UnsupportedFileError, guest(getFieldNumLen32="(result i32) (i32.const -1)"), "unknown field")


# -- what it may say


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (1, FileError, "Signal not found"),
        (2, FileError, "Too many signals set"),
        (3, FileError, "Signal already set"),
        (4, UnsatisfiedWitnessError, "assertion"),
        (5, ResourceError, "more memory"),
        (6, FileError, "Input signal array access exceeds the size"),
        (7, UnsatisfiedWitnessError, "outside its bounds"),
        (0, FileError, "Unknown error"),
        (-5, FileError, "Unknown error"),
    ],
)
def test_every_exception_code_has_words(code, kind, words):
    refused(kind, guest(init=f"(param i32) {COMPLAIN.format(code=code)}"), words)


@pytest.mark.parametrize("code", [1, 2, 3, 6])
def test_a_code_that_blames_an_input_names_that_input(code):
    body = f"(param i32 i32 i32) (call $exceptionHandler (i32.const {code}))"
    for left_out in ((), ("getInputSignalSize",)):
        refused(InputError, guest(setInputSignal=body, left_out=left_out), "Input x ")


def test_a_failed_assertion_names_template_and_line():
    message = b"Error in template Range$_x_12 line: 31\0"
    error = refused(
        UnsatisfiedWitnessError,
        guest(message=message, init=f"(param i32) {COMPLAIN.format(code=4)}"),
        "template Range$_x,",
    )
    assert "line 31." in str(error)
    assert error.hint is None


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"4242424242424242424242\0",
        b"Error in template A_0 line: 4242424242424242424242\0",
        b"Error in template A_0 line: 4 4242424242424242424242\0",
        b"Error in template 4242424242424242424242_0 line: 4\0",
        b"Error in template A line: 4\0",
        b"\xff\xfe\0",
        b"x" * 4000,
    ],
)
def test_any_other_text_of_the_guest_is_dropped(message):
    wasm = guest(message=message, init=f"(param i32) {COMPLAIN.format(code=4)}")
    error = refused(UnsatisfiedWitnessError, wasm, "assertion")
    assert "template" not in str(error)


def test_a_text_that_is_made_of_input_values_is_dropped():
    # the template's name is put together at run time: "Error in template s_0 line: 1" with s from an input
    message = b"Error in template " + b"\0" * 8
    copy = "(i64.store (i32.const 146) (i64.load (i32.const 2048))) "
    store = "(param i32 i32 i32) (i64.store (i32.const 2048) (i64.load (i32.const 64)))"
    digits = int.from_bytes(b"s3cr_0 l", "little")
    wasm = guest(
        message=message + b"ine: 1\0",
        setInputSignal=f"{store} {copy} {COMPLAIN.format(code=4)}",
    )
    error = refused(UnsatisfiedWitnessError, wasm, inputs=inputs_from({"x": [digits, 1]}, file="x"))
    assert "s3cr" not in f"{error} {error.hint}"


def test_an_endless_text_is_cut():
    wasm = guest(getMessageChar="(result i32) (i32.const 65)", init=f"(param i32) {COMPLAIN.format(code=4) * 2}")
    refused(UnsatisfiedWitnessError, wasm, "assertion")
    twice = f"(param i32) (call $printErrorMessage) {COMPLAIN.format(code=4)}"
    refused(UnsatisfiedWitnessError, guest(getMessageChar="(result i32) (i32.const 65)", init=twice), "assertion")


def test_a_text_of_many_lines_costs_no_search_for_each():
    # 1,800 lines that look like a failure's, none of which stands in the module, whose 16 MB are searched for each
    lines = b"".join(b"Error in template A%d_0 line: 1\n" % (i % 10) for i in range(1800))
    hidden = "".join(f"\\{octet ^ 1:02x}" for octet in lines + b"\0")
    next_char = (
        "(result i32) (global.set $at (i32.add (global.get $at) (i32.const 1)))"
        " (i32.xor (i32.load8_u (i32.add (i32.const 4095) (global.get $at))) (i32.const 1))"
    )
    init = f"(param i32) {COMPLAIN.format(code=4)}"
    module = guest(extra=f'(data (i32.const 4096) "{hidden}")', getMessageChar=next_char, init=init)
    unused = b"\0" + b"\x81\x80\x80\x08" + b"\0" * (1 << 24) + b"\0"
    calculator = WitnessCalculator(module + unused, file="evil.wasm")
    begin = time.process_time()
    with pytest.raises(UnsatisfiedWitnessError):
        calculator.calculate(INPUTS)
    assert time.process_time() - begin < 0.6


def test_a_witness_of_another_size_than_the_circuits_takes_no_memory():
    # 1.9 GB, just below what a calculator may give
    wasm = guest(getWitnessSize="(result i32) (i32.const 60000000)", getWitness="(param i32)")
    calculator = WitnessCalculator(wasm, file="evil.wasm")
    with (
        bounded(seconds=1, mebibytes=1),
        pytest.raises(FileError, match="gives 60000000 values, but the circuit has 3"),
    ):
        calculator.calculate(INPUTS, n_wires=3)
    honest = WitnessCalculator(guest(), file="x.wasm")
    assert from_limbs(honest.calculate(INPUTS, n_wires=3)) == [1, *SECRETS]


def test_what_a_circuit_logs_is_dropped(capfd):
    wasm = guest(init="(param i32) (call $writeBufferMessage) (call $showSharedRWMemory)")
    assert from_limbs(run(wasm)) == [1, *SECRETS]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "changed",
    [
        {"getWitnessSize": "(result i32) (i32.const 0)"},
        {"getWitness": "(param i32)"},
        {"getWitness": "(param i32) (memory.fill (i32.const 64) (i32.const 255) (i32.const 32))"},
    ],
)
def test_what_is_no_witness_is_refused(changed):
    refused(FileError, guest(**changed), "gives no witness")


def test_a_value_that_is_not_below_the_prime_is_refused():
    fill = (
        "(if (i32.eq (local.get 0) (i32.const 2)) (then (memory.fill (i32.const 64) (i32.const 255) (i32.const 32))))"
    )
    copy = (
        "(memory.copy (i32.const 64) (i32.add (i32.const 1024) (i32.shl (local.get 0) (i32.const 5))) (i32.const 32))"
    )
    refused(FileError, guest(getWitness=f"(param i32) {copy} {fill}"), "gives no witness")


def test_blocks_are_put_together_in_order():
    # more inputs and wires than one block holds
    n = (1 << 16) + 3
    sizes = {
        "getInputSize": f"(result i32) (i32.const {n})",
        "getInputSignalSize": f"(param i32 i32) (result i32) (i32.const {n})",
        "getWitnessSize": f"(result i32) (i32.const {n + 1})",
    }
    values = np.arange(n, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    inputs = inputs_from({"x": values.tolist()}, file="x")
    witness = run(guest(memory="40", **sizes), limits=WitnessLimits(), inputs=inputs)
    assert np.array_equal(witness[1:, 0], values)
    assert not witness[:, 1:].any()
