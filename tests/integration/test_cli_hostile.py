"""Files that are not what they should be end a command in time: one sentence that says where, and exit code 3."""

import json
import shutil
import struct
import subprocess
import sys
import time

import pytest

from tests.support.circuit_folder import make_folder
from tests.support.cli import BARE, ROOT, environment, run
from tests.support.format_files import patched, ptau, section_offset

pytestmark = [pytest.mark.integration, pytest.mark.beside]

FUNDS = ROOT / "resources" / "circuits" / "funds-above-threshold"
LIMIT_S = 5


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Sound files under the default names of snarkjs."""
    folder = make_folder(tmp_path_factory.mktemp("sound"))
    path = folder.path
    for old, new in (
        ("small.zkey", "circuit_final.zkey"),
        ("small.r1cs", "circuit.r1cs"),
        ("small.wtns", "witness.wtns"),
    ):
        (path / old).rename(path / new)
    shutil.copy(FUNDS / "circuit.wasm", path / "circuit.wasm")
    shutil.copy(FUNDS / "input.json", path / "input.json")
    for words in (["zkev", "circuit_final.zkey", "verification_key.json"], ["g16p", "--kernels", "reference"]):
        done = run(*words, cwd=path)
        assert done.code == 0, done.err
    (path / "powersoftau.ptau").write_bytes(ptau())
    return path


@pytest.fixture
def files(sound, tmp_path):
    return shutil.copytree(sound, tmp_path / "files")


def refusal(words, files):
    """The error object; what every refusal promises is checked here."""
    before = sorted(path.name for path in files.iterdir())
    begin_s = time.perf_counter()
    done = run(*words.split(), "--json", "--kernels", "reference", cwd=files)
    assert time.perf_counter() - begin_s < LIMIT_S
    assert done.code == 3, done.err
    error = done.data
    assert error["exit_code"] == 3
    assert error["file"] is not None
    assert "\n" not in error["message"]
    assert error["file"] in error["message"]
    assert done.err.splitlines()[:2] == [f"error: {error['title']}", f"  {error['message']}"]
    assert sorted(path.name for path in files.iterdir()) == before
    return error


def u32(value):
    return struct.pack("<I", value)


def in_section(number, offset, new):
    return lambda data: patched(data, section_offset(data, number) + offset, new)


BINARY = {
    "half a key": ("circuit_final.zkey", "g16p", lambda data: data[: len(data) // 2]),
    "a key with endless sections": ("circuit_final.zkey", "g16p", lambda data: patched(data, 8, u32(2**32 - 1))),
    "a key with a section beyond its end": (
        "circuit_final.zkey",
        "g16p",
        lambda data: patched(data, 16, struct.pack("<Q", 2**63)),
    ),
    "a key with a huge domain": ("circuit_final.zkey", "g16p", in_section(2, 80, u32(2**31 - 1))),
    "a key without a domain": ("circuit_final.zkey", "g16p", in_section(2, 80, u32(0))),
    "a key with endless wires": ("circuit_final.zkey", "g16p", in_section(2, 72, u32(2**32 - 1))),
    "a key with endless coefficients": ("circuit_final.zkey", "g16p", in_section(4, 0, u32(2**32 - 1))),
    "a key with a wire that is not there": ("circuit_final.zkey", "g16p", in_section(4, 12, u32(2**31))),
    "a key with a coordinate beyond the prime": ("circuit_final.zkey", "g16p", in_section(5, 0, b"\xff" * 32)),
    "half a witness": ("witness.wtns", "g16p", lambda data: data[: len(data) // 2]),
    "a witness with endless values": ("witness.wtns", "g16p", in_section(1, 36, u32(2**32 - 16))),
    "a witness of giant numbers": ("witness.wtns", "g16p", in_section(1, 0, u32(2**31 - 1))),
    "a witness with a value beyond the prime": ("witness.wtns", "wchk", in_section(2, 32, b"\xff" * 32)),
    "half a circuit": ("circuit.r1cs", "ri", lambda data: data[: len(data) // 2]),
    "a circuit with endless constraints": ("circuit.r1cs", "wchk", in_section(1, 60, u32(2**32 - 1))),
    "a circuit with endless wires": ("circuit.r1cs", "ri", in_section(1, 36, u32(2**32 - 1))),
    "a circuit with an endless constraint": ("circuit.r1cs", "ri", in_section(2, 0, u32(2**32 - 1))),
    "a ceremony with endless powers": ("powersoftau.ptau", "g16s", in_section(1, 36, u32(2**31))),
    "half a ceremony": ("powersoftau.ptau", "g16s", lambda data: data[: len(data) // 2]),
    "another kind of file": ("circuit_final.zkey", "g16p", lambda data: b"wtns" + data[4:]),
    "a file with an outline that is broken": ("circuit.r1cs", "fi circuit.r1cs", lambda data: data[:100]),
}


@pytest.mark.parametrize("case", BINARY)
def test_a_binary_file_is_refused_at_a_byte(files, case):
    name, words, edit = BINARY[case]
    (files / name).write_bytes(edit((files / name).read_bytes()))
    error = refusal(words, files)
    assert error["file"] == name
    assert error["offset"] is not None


TEXT = {
    "an empty proof": ("proof.json", b""),
    "a proof that is a list": ("proof.json", b"[]"),
    "a proof of brackets": ("proof.json", b"[" * 100_000),
    "a proof that is no text": ("proof.json", b'{"pi_a": "\xff"}'),
    "a proof given twice": ("proof.json", b'{"pi_a": 1, "pi_a": 1}'),
    "a giant proof": ("proof.json", b" " * (1 << 20) + b"{}"),
    "signals that are not numbers": ("public.json", b'["1_000"]'),
    "a number that never ends": ("public.json", b"[" + b"9" * 5000 + b"]"),
    "not a number": ("public.json", b"[NaN]"),
    "an empty key": ("verification_key.json", b"{}"),
}


@pytest.mark.parametrize("case", TEXT)
def test_a_text_file_is_refused(files, case):
    name, content = TEXT[case]
    (files / name).write_bytes(content)
    assert refusal("g16v", files)["file"] == name


def test_a_coordinate_beyond_the_prime_is_refused(files):
    proof = json.loads((files / "proof.json").read_text())
    prime = 21888242871839275222246405745257275088696311157297823662689037894645226208583
    proof["pi_a"][0] = str(int(proof["pi_a"][0]) + prime)
    (files / "proof.json").write_text(json.dumps(proof))
    assert "pi_a[0]" in refusal("g16v", files)["message"]


@pytest.mark.parametrize("content", [b"", b"\0asm", b"\0asm\1\0\0\0", b"MZ" * 100])
def test_a_file_that_is_no_witness_calculator_is_refused(files, content):
    (files / "circuit.wasm").write_bytes(content)
    assert refusal("wc", files)["file"] == "circuit.wasm"


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"a": 1', b'{"a": NaN}', b"[" * 100_000])
def test_inputs_that_are_no_inputs_are_refused(files, content):
    (files / "input.json").write_bytes(content)
    assert refusal("wc", files)["file"] == "input.json"


@pytest.mark.parametrize("words", ["g16p", "g16v", "ri", "fi circuit.r1cs", "zkev", "wc"])
def test_files_that_are_not_there_and_folders_in_their_place_are_refused(files, tmp_path, words):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "No such file" in refusal(words, empty)["message"]
    for name in ("circuit_final.zkey", "verification_key.json", "circuit.r1cs", "circuit.wasm", "input.json"):
        (empty / name).mkdir()
    assert "regular file" in refusal(words, empty)["message"]


def test_a_name_that_would_move_the_cursor_is_shown_harmless(tmp_path):
    done = run("ri", "\x1b[2J\x07.r1cs", cwd=tmp_path)
    assert done.code == 3
    assert "\x1b" not in done.err
    assert "\\x1b[2J" in done.err


def test_a_name_adds_no_line_that_looks_like_ours(tmp_path):
    name = "a\nOK: the proof is valid.\nerror: b.r1cs"
    done = run("ri", name, cwd=tmp_path)
    assert done.code == 3
    assert [line[:8] for line in done.err.splitlines()] == ["error: A", "  a\\nOK:", "hint: Lo"]
    (tmp_path / name).write_bytes(b"{}")
    done = run("fi", name, cwd=tmp_path)
    assert done.code == 0
    assert [line.partition(":")[0] for line in done.out.splitlines()] == ["File", "Type", "Size"]


MEASURED = """
import sys
from zkcompanion.app.memory import peak_rss_bytes
from zkcompanion.cli.main import main
code = main(sys.argv[1:])
print(peak_rss_bytes(), file=sys.stderr)
sys.exit(code)
"""
MOST_GROWTH_BYTES = 200 << 20

#: Files of some megabytes that stand for gigabytes: name, what is written, command.
SWOLLEN = {
    "inputs of empty lists": ("input.json", lambda: b'{"a":[' + b"[]," * 5_000_000 + b"[]]}", "wc"),
    "inputs with a long name before many short ones": (
        "input.json",
        lambda: json.dumps({"A" * 200_000: {str(i): 1 for i in range(30_000)}}).encode(),
        "wc",
    ),
    "inputs with many names": (
        "input.json",
        lambda: b"{" + b",".join(b'"k%d":1' % i for i in range(1_000_000)) + b"}",
        "wc",
    ),
    "a list of signals without end": ("public.json", lambda: b"[" + b'"0",' * 3_900_000 + b'"0"]', "g16v"),
    "a list of lists": ("public.json", lambda: b"[" + b"[]," * 5_000_000 + b"1]", "g16v"),
    "a key of points at infinity": (
        "verification_key.json",
        lambda: b'{"IC":[' + b'["0","1","0"],' * 1_000_000 + b"0]}",
        "g16v",
    ),
    "names of nothing but line feeds": ("circuit.sym", lambda: b"\n" * 10_000_000, "wchk --sym circuit.sym"),
}


@pytest.mark.parametrize("case", SWOLLEN)
def test_a_file_that_swells_is_refused_in_time_and_memory(files, case):
    name, content, words = SWOLLEN[case]
    (files / name).write_bytes(content())

    def peak(*arguments):
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, *arguments, "--kernels", "reference"],
            cwd=files,
            env=environment(**BARE),
            capture_output=True,
            text=True,
            check=False,
        )
        *lines, last = done.stderr.splitlines()
        return done.returncode, lines, int(last)

    _, _, usual_bytes = peak(words.split()[0], "missing")
    begin_s = time.perf_counter()
    code, lines, bytes_ = peak(*words.split())
    assert time.perf_counter() - begin_s < LIMIT_S
    assert code in {2, 3}  # an input that is not a circuit's is wrong use
    assert lines[0].startswith("error: ")
    assert len(lines[0]) < 300
    assert bytes_ - usual_bytes < MOST_GROWTH_BYTES
