"""Compiling, keeping, loading and checking of kernels; with the smallest group, so that a compilation takes 0.1 s."""

from __future__ import annotations

import ctypes
import importlib
import re
import struct
import subprocess
import sys
from importlib import resources
from pathlib import Path

import llvmlite
import numpy as np
import pytest

from tests.support.kernels import scalar_kernels
from zkcompanion.base.errors import Cancelled, ExitCode
from zkcompanion.base.sealed import SealedStore
from zkcompanion.proving.fields import FP
from zkcompanion.proving.kernels import jit, row_ops, row_ops_answers, source
from zkcompanion.proving.kernels.jit import KernelGroup, KernelSet, KernelsUnavailable, compile_group, kernel_key
from zkcompanion.proving.phases import NULL_TRACE, Phase, Trace

pytestmark = pytest.mark.kernels
MODULE = "zkcompanion.proving.kernels.row_ops"
GROUPS = {"rows": MODULE}
ENTRY = "kernels-row_ops"


class MemoryStore:
    """An `ObjectStore`, and what was asked of it."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, bytes], bytes] = {}
        self.hits = self.misses = 0

    def get(self, name: str, key: bytes) -> bytes | None:
        data = self.entries.get((name, key))
        self.hits += data is not None
        self.misses += data is None
        return data

    def put(self, name: str, key: bytes, data: bytes) -> None:
        self.entries[name, key] = data

    def damage(self, change) -> None:
        for key, data in self.entries.items():
            self.entries[key] = change(data)


@pytest.fixture(scope="module")
def compiled_rows() -> bytes:
    return compile_group(MODULE, "scalar.rows")


@pytest.fixture
def store(compiled_rows) -> MemoryStore:
    store = MemoryStore()
    store.put(ENTRY, kernel_key(MODULE), compiled_rows)
    return store


def load(store, **keywords) -> KernelSet:
    kernels = KernelSet("scalar", GROUPS, store=store, **keywords)
    kernels.load()
    return kernels


def works(kernels: KernelSet) -> bool:
    return row_ops_answers.known_answer(kernels.__getitem__)


def test_a_first_use_compiles_and_keeps_and_a_second_one_does_not() -> None:
    store = MemoryStore()
    first = load(store)
    assert first.compiled == ["rows"]
    assert works(first)
    assert [name for name, _ in store.entries] == [ENTRY]
    second = load(store)
    assert second.compiled == []
    assert works(second)
    assert (store.hits, store.misses) == (1, 1)


def test_families_share_the_code_of_a_module() -> None:
    store = MemoryStore()
    assert load(store).compiled == ["rows"]
    other = KernelSet("ifma", GROUPS, store=store)
    other.load()
    assert other.compiled == []
    assert works(other)


def test_without_a_store_it_is_compiled_each_time() -> None:
    kernels = KernelSet("scalar", GROUPS)
    assert "fr_rows_plain" not in kernels
    kernels.load(["rows"])
    kernels.load(["rows"])
    assert kernels.compiled == ["rows"]
    assert "fr_rows_plain" in kernels
    assert "fr_mul" not in kernels
    with pytest.raises(KeyError):
        kernels["fr_mul"]


def test_only_what_is_asked_for_is_loaded(store) -> None:
    kernels = KernelSet("scalar", {**GROUPS, "other": "no.such.module"}, store=store)
    kernels.load(["rows"])
    assert works(kernels)
    with pytest.raises(ModuleNotFoundError):
        kernels.load()


@pytest.mark.parametrize(
    "change",
    [
        lambda _: b"",
        lambda data: data[:5],
        lambda data: b"ELF0" + data[4:],
        lambda data: data[:20],
        lambda data: data[:9] + b"\xff" + data[10:],
        lambda data: data[: len(data) // 2],
        lambda data: data[: 8 + struct.unpack_from("<4sI", data)[1]],
        lambda data: data[: 8 + struct.unpack_from("<4sI", data)[1]] + bytes(1000),
        lambda data: data.replace(b"fr_rows_plain", b"fr_rows_pla1n", 1),
    ],
    ids=[
        "empty",
        "no-header",
        "magic",
        "table-cut",
        "table-text",
        "half",
        "no-object",
        "zeros",
        "symbol",
    ],
)
def test_a_damaged_entry_is_compiled_anew_and_replaced(store, change) -> None:
    store.damage(change)
    kernels = load(store)
    assert kernels.compiled == ["rows"]
    assert works(kernels)
    assert load(store).compiled == [], "the damaged entry was replaced"


def test_a_stored_group_with_wrong_answers_is_compiled_anew(store, monkeypatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(row_ops, "FR", FP)  # sound code, but for another field
        wrong = compile_group(MODULE, "scalar.rows")
    store.damage(lambda _: wrong)
    kernels = load(store)
    assert kernels.compiled == ["rows"]
    assert works(kernels)


def test_code_that_gives_wrong_answers_even_anew_is_never_used(monkeypatch) -> None:
    monkeypatch.setattr(row_ops_answers, "known_answer", lambda _: False)
    store = MemoryStore()
    kernels = KernelSet("scalar", GROUPS, store=store)
    with pytest.raises(KernelsUnavailable, match="rows gives wrong answers") as caught:
        kernels.load()
    assert caught.value.code == "kernels-unavailable"
    assert caught.value.exit_code is ExitCode.BUG
    assert caught.value.hint is not None
    assert store.entries == {}
    assert "fr_rows_plain" not in kernels


@pytest.mark.parametrize(
    ("target", "value"),
    [
        ("cpu_identity", lambda: ("znver9", "+avx512f")),
        ("source_digest", lambda: bytes(32)),
    ],
)
def test_another_processor_or_another_source_has_another_key(store, monkeypatch, target, value) -> None:
    before = kernel_key(MODULE)
    monkeypatch.setattr(jit, target, value)
    assert kernel_key(MODULE) != before


def test_features_and_name_of_the_processor_both_count(monkeypatch) -> None:
    keys = set()
    for identity in (("a", "+x"), ("a", "+x,+y"), ("a+x", ""), ("b", "+x")):
        monkeypatch.setattr(jit, "cpu_identity", lambda identity=identity: identity)
        keys.add(kernel_key(MODULE))
    keys.add(kernel_key(MODULE + "_other"))
    monkeypatch.setattr(llvmlite, "__version__", "99.0")
    keys.add(kernel_key(MODULE))
    assert len(keys) == 6


def test_every_source_file_of_the_generator_counts(monkeypatch, tmp_path) -> None:
    folders = tmp_path / "kernels", tmp_path / "proving", tmp_path / "reference"
    for folder in folders:
        folder.mkdir()
    (folders[0] / "ir.py").write_text("a = 1")
    (folders[0] / "notes.txt").write_text("no source")
    (folders[1] / "fields.py").write_text("p = 7")
    (folders[1] / "unrelated.py").write_text("x")
    (folders[2] / "curve.py").write_text("x = 1")
    places = dict(zip(("kernels", "", "reference"), folders, strict=True))
    monkeypatch.setattr(source.resources, "files", lambda package: places[package[len("zkcompanion.proving.") :]])

    def digest() -> bytes:
        return source.source_digest.__wrapped__()

    first = digest()
    (folders[1] / "unrelated.py").write_text("y")
    (folders[0] / "notes.txt").write_text("still none")
    assert digest() == first
    (folders[1] / "fields.py").write_text("p = 11")
    second = digest()
    (folders[0] / "ir.py").write_text("a = 2")
    third = digest()
    (folders[2] / "curve.py").write_text("x = 2")
    fourth = digest()
    (folders[0] / "new_ops.py").write_text("")
    assert len({first, second, third, fourth, digest()}) == 5


def test_every_module_that_kernels_take_constants_from_is_a_source_of_them() -> None:
    # answers are asked anew of every object file, so what they import is no part of it
    package = resources.files("zkcompanion.proving.kernels")
    waiting = [e for e in package.iterdir() if e.name.endswith(".py") and not e.name.endswith("_answers.py")]
    imported = set()
    while waiting:
        for found in re.findall(r"^ *from (zkcompanion\.proving\.[\w.]+) import", waiting.pop().read_text(), re.M):
            root, _, name = found.rpartition(".")
            ours = found.startswith("zkcompanion.proving.kernels") or found == "zkcompanion.proving.phases"
            if not ours and found not in imported:
                imported.add(found)
                waiting.append(resources.files(root) / f"{name}.py")
    listed = {f"{root}.{name}" for root, names in source._SOURCES.items() for name in names or ()}
    assert imported == listed


def test_a_stale_entry_is_not_used(store, monkeypatch) -> None:
    monkeypatch.setattr(jit, "source_digest", lambda: bytes(32))
    kernels = load(store)
    assert kernels.compiled == ["rows"]
    assert len(store.entries) == 2


def test_compilation_is_a_phase_that_can_be_cancelled(store) -> None:
    class Seen(Trace):
        def __init__(self, limit: int) -> None:
            self.seen: list[object] = []
            self.left = limit

        def begin(self, phase: Phase, steps: int = 0) -> None:
            self.seen.append((phase, steps))

        def advance(self, phase: Phase, steps: int = 1) -> None:
            self.seen.append(phase)

        def end(self, phase: Phase) -> None:
            self.seen.append("end")

        def check(self) -> None:
            self.left -= 1
            if self.left < 0:
                raise Cancelled

    trace = Seen(10)
    load(None, trace=trace)
    assert trace.seen == [(Phase.COMPILE, 1), Phase.COMPILE, "end"]
    trace = Seen(10)
    load(store, trace=trace)
    assert trace.seen == [], "a group from the store is no compilation"
    for limit in (0, 1):
        with pytest.raises(Cancelled):
            load(None, trace=Seen(limit))


def test_a_load_may_have_a_trace_of_its_own() -> None:
    class Stop(Trace):
        def check(self) -> None:
            raise Cancelled

    kernels = KernelSet("scalar", GROUPS, trace=Stop())
    with pytest.raises(Cancelled):
        kernels.load()
    kernels.load(trace=NULL_TRACE)
    assert works(kernels)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux to forbid run-time code")
def test_a_system_that_forbids_run_time_code_gets_a_plain_message() -> None:
    program = (
        "import ctypes, sys; from zkcompanion.proving.kernels.jit import KernelSet, KernelsUnavailable\n"
        "if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0): sys.exit(77)\n"  # PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN
        f"try: KernelSet('scalar', {GROUPS!r}).load()\n"
        "except KernelsUnavailable as error: print(error)\n"
    )
    root = Path(jit.__file__).parents[3]
    result = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False)
    if result.returncode == 77:
        pytest.skip("this kernel has no such setting")
    assert result.stdout == "This computer does not let us run code that was compiled on it (group rows).\n"


def test_a_sealed_store_keeps_kernels_and_a_flipped_bit_only_costs_time(tmp_path, compiled_rows) -> None:
    store = SealedStore(tmp_path / "cache", tmp_path / "key")
    store.put(ENTRY, kernel_key(MODULE), compiled_rows)
    assert load(store).compiled == []
    (entry,) = (tmp_path / "cache").glob("*.sealed")
    data = bytearray(entry.read_bytes())
    data[len(data) // 2] ^= 1
    entry.write_bytes(data)
    assert load(store).compiled == ["rows"]
    assert load(store).compiled == []


def test_arguments_are_pointers_and_signed_integers(compiled_rows) -> None:
    group = KernelGroup("rows", compiled_rows)
    kernel = group.functions["fr_rows_of_key"]
    assert kernel.restype is None
    assert kernel.argtypes == (ctypes.c_void_p,) * 5 + (ctypes.c_int64,) * 3


@pytest.mark.parametrize("group", ["field", "rows", "ntt"])
def test_the_known_answers_notice_every_wrong_kernel(group) -> None:
    kernels = scalar_kernels(group)
    module = importlib.import_module(jit.SCALAR_GROUPS[group])
    answers = importlib.import_module(jit.SCALAR_GROUPS[group] + "_answers")
    assert answers.known_answer(kernels.__getitem__)
    noticed = set()
    for spec in module.SPECS:

        def spoiled(name: str, spec=spec):
            if name != spec.name:
                return kernels[name]

            def kernel(*arguments: int) -> None:
                kernels[name](*arguments)
                ctypes.c_uint8.from_address(arguments[0] + 9).value ^= 4

            return kernel

        if not answers.known_answer(spoiled):
            noticed.add(spec.name)
    unchecked = {spec.name for spec in module.SPECS} - noticed
    # sums, differences, scalings and conversions are made of the parts that the product and the inverse check
    allowed = {f"{f}_{k}" for f in ("fr", "fp") for k in ("add", "sub", "scale", "to_mont", "from_mont")}
    assert unchecked <= allowed


def test_a_start_from_the_store_does_not_load_the_code_generator(tmp_path, compiled_rows) -> None:
    store = SealedStore(tmp_path / "cache", tmp_path / "key")
    store.put(ENTRY, kernel_key(MODULE), compiled_rows)
    program = (
        "import sys; from pathlib import Path; from zkcompanion.base.sealed import SealedStore; "
        "from zkcompanion.proving.kernels.jit import KernelSet; root = Path(sys.argv[1]); "
        f"kernels = KernelSet('scalar', {GROUPS!r}, store=SealedStore(root / 'cache', root / 'key')); kernels.load(); "
        "assert kernels.compiled == [], kernels.compiled; "
        "loaded = [m for m in sys.modules if m.endswith('_ops')]; assert not loaded, loaded"
    )
    root = Path(jit.__file__).parents[3]
    result = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], cwd=root, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_the_machine_code_does_not_touch_memory_behind_its_arrays() -> None:
    kernels = scalar_kernels("field")
    guarded = np.full((6, 4), 0xABCDEF, dtype=np.uint64)
    a = np.ones((2, 4), dtype=np.uint64)
    kernels["fr_mul"](guarded[2:].ctypes.data, a.ctypes.data, a.ctypes.data, 2)
    assert (guarded[[0, 1, 4, 5]] == 0xABCDEF).all()
