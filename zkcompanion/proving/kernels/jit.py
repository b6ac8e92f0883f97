"""Compile groups of kernels for this very CPU, keep the object code, load it, and check it before its first use.

A group is one object file. Its key hashes all that the code depends on: every source file of this package, the field
parameters and the constants of curve and tower, the versions of llvmlite and LLVM, the target triple, the name and the
features of the CPU. A store (see `zkcompanion.base.sealed`) keeps it authenticated; without a store, or with a stale or
damaged entry, it is compiled anew. Families share what a module makes: a group of both is compiled and kept once.
Kernels are loaded through LLVM's ORC JIT linker and called through ctypes, which releases the GIL for the call.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib
import json
import struct
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Protocol

import llvmlite
import llvmlite.binding as llvm

from zkcompanion.base.errors import BugError
from zkcompanion.base.messages import Message, msg
from zkcompanion.proving.kernels.source import source_digest
from zkcompanion.proving.phases import NULL_TRACE, Phase, Trace

#: group -> module that defines SPECS: tuple[KernelSpec, ...] and known_answer(call) -> bool
SCALAR_GROUPS: dict[str, str] = {
    "field": "zkcompanion.proving.kernels.vector_ops",
    "rows": "zkcompanion.proving.kernels.row_ops",
    "ntt": "zkcompanion.proving.kernels.ntt_ops",
    "sums": "zkcompanion.proving.kernels.sum_ops",
    "msm": "zkcompanion.proving.kernels.msm_ops",
    "curve": "zkcompanion.proving.kernels.curve_ops",
    "pairing": "zkcompanion.proving.kernels.pairing_ops",
    "limit": "zkcompanion.proving.kernels.limit_ops",
}

#: The vector family: rows, transforms and batched additions on eight lanes; all else is shared with the scalar one.
IFMA_GROUPS: dict[str, str] = SCALAR_GROUPS | {
    "rows": "zkcompanion.proving.kernels.ifma_row_ops",
    "ntt": "zkcompanion.proving.kernels.ifma_ntt_ops",
    "sums": "zkcompanion.proving.kernels.ifma_sum_ops",
    "limit": "zkcompanion.proving.kernels.ifma_limit_ops",
}

Kernel = Callable[..., None]
_HEADER = struct.Struct("<4sI")
_MAGIC = b"ZKO1"


class ObjectStore(Protocol):
    """Where object code lies between runs; `get` returns only what `put` stored under the same name and key."""

    def get(self, name: str, key: bytes) -> bytes | None:
        """The data, or None."""

    def put(self, name: str, key: bytes, data: bytes) -> object:
        """Keep the data, or not; never raises for a full disk."""


class KernelsUnavailable(BugError):
    """This machine does not let us run code made at run time, or its code gives wrong answers."""

    code = "kernels-unavailable"


@cache
def _initialize() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


@cache
def cpu_identity() -> tuple[str, str]:
    """LLVM's name of this CPU and its features as one string."""
    _initialize()
    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


def cpu_has_ifma() -> bool:
    """Whether this CPU and system run the vector family: AVX-512 with 52-bit multiply-add."""
    return {"+avx512f", "+avx512ifma"} <= set(cpu_identity()[1].split(","))


def kernel_key(module_name: str) -> bytes:
    """What makes object code of a module valid; 32 bytes."""
    cpu, features = cpu_identity()
    parts = (
        module_name,
        llvmlite.__version__,
        ".".join(map(str, llvm.llvm_version_info)),
        llvm.get_process_triple(),
        cpu,
        features,
    )
    digest = hashlib.blake2b(source_digest(), digest_size=32)
    for part in parts:
        digest.update(f"{len(part)}:{part}".encode())
    return digest.digest()


def _target_machine() -> llvm.TargetMachine:
    _initialize()
    cpu, features = cpu_identity()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    # on some CPUs with AVX-512 LLVM would split eight lanes into twice four
    features += ",-prefer-256-bit" if cpu_has_ifma() else ""
    # Position-independent: the linker may place it anywhere. Large constants stay in the object's own rodata.
    return target.create_target_machine(cpu=cpu, features=features, opt=3, reloc="pic", codemodel="small", jit=True)


def compile_group(module_name: str, group: str) -> bytes:
    """Emit, optimise and compile one group; returns the stored form (signatures, then the object file)."""
    from llvmlite import ir

    from zkcompanion.proving.kernels.ir import emit_kernel

    specs = importlib.import_module(module_name).SPECS
    module = ir.Module(name=f"zkcompanion.{group}")
    module.triple = llvm.get_process_triple()
    for spec in specs:
        emit_kernel(module, spec)
    machine = _target_machine()
    parsed = llvm.parse_assembly(str(module))
    parsed.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(parsed, builder)
    code: bytes = machine.emit_object(parsed)
    table = json.dumps({spec.name: [p.endswith("*") for p in spec.params] for spec in specs}).encode()
    return _HEADER.pack(_MAGIC, len(table)) + table + code


class KernelGroup:
    """One loaded object file. Holds the JIT's memory: kernels are valid while this lives."""

    def __init__(self, group: str, data: bytes) -> None:
        magic, table_size = _HEADER.unpack_from(data)
        if magic != _MAGIC:
            raise ValueError("not object code of ours")
        table = json.loads(data[_HEADER.size : _HEADER.size + table_size])
        self.size_bytes = len(data)
        self._jit = llvm.create_lljit_compiler(_target_machine())
        library = llvm.JITLibraryBuilder().add_object_img(data[_HEADER.size + table_size :])
        for name in table:
            library.export_symbol(name)
        self._tracker = library.link(self._jit, group)
        self.functions: dict[str, Kernel] = {}
        for name, pointers in table.items():
            prototype = ctypes.CFUNCTYPE(None, *(ctypes.c_void_p if p else ctypes.c_int64 for p in pointers))
            self.functions[name] = prototype(self._tracker[name])


class KernelSet:
    """Compiled kernels of one family, loaded group by group when first asked for.

    `kernels["fr_mul"](out, a, b, n)`: pointers as integers (`array.ctypes.data`, taken once: it costs about 1 us a
    read).
    """

    def __init__(
        self,
        family: str,
        groups: Mapping[str, str],
        *,
        store: ObjectStore | None = None,
        trace: Trace = NULL_TRACE,
    ) -> None:
        self.family = family
        self._groups = groups
        self._store = store
        self._loaded: dict[str, KernelGroup] = {}
        self._functions: dict[str, Kernel] = {}
        self.compiled: list[str] = []
        self._trace = trace

    def load(self, groups: Sequence[str] | None = None, *, trace: Trace | None = None) -> None:
        """Load `groups` (all of them: None), compiling what the store does not have; not thread-safe.

        `trace`: instead of the one given at the start. Raises: KernelsUnavailable when a group cannot be loaded or
        fails its known-answer test even when compiled anew.
        """
        trace = trace or self._trace
        wanted = [g for g in (groups or self._groups) if g not in self._loaded]
        keys = {g: kernel_key(self._groups[g]) for g in wanted}
        missing: list[str] = []
        for group in wanted:
            data = self._store.get(self._entry(group), keys[group]) if self._store else None
            if data is None or self._adopt(group, data) is not None:
                missing.append(group)
        if not missing:
            return
        with trace.phase(Phase.COMPILE, len(missing)):
            for group in missing:
                trace.check()
                data = compile_group(self._groups[group], f"{self.family}.{group}")
                fault = self._adopt(group, data)
                if fault is not None:
                    raise KernelsUnavailable(
                        fault, hint=msg("Use --kernels reference, and report this computer's processor to us.")
                    )
                self.compiled.append(group)
                if self._store is not None:
                    self._store.put(self._entry(group), keys[group], data)
                trace.advance(Phase.COMPILE)

    @property
    def size_bytes(self) -> int:
        """Object code of all groups that are loaded."""
        return sum(group.size_bytes for group in list(self._loaded.values()))

    def _entry(self, group: str) -> str:
        """The name of the group's object code in the store: its module's."""
        return "kernels-" + self._groups[group].rpartition(".")[2]

    def _adopt(self, group: str, data: bytes) -> Message | None:
        """Link `data` and take it in if its known-answer test passes; what is wrong where it is not taken in."""
        try:
            loaded = KernelGroup(group, data)
        except (ValueError, KeyError, RuntimeError, struct.error):
            return msg("This computer does not let us run code that was compiled on it (group {group}).", group=group)
        answers = importlib.import_module(self._groups[group] + "_answers")
        if not answers.known_answer(loaded.functions.__getitem__):
            return msg("Compiled code of the group {group} gives wrong answers on this computer.", group=group)
        self._loaded[group] = loaded
        self._functions.update(loaded.functions)
        return None

    def __getitem__(self, name: str) -> Kernel:
        return self._functions[name]

    def __contains__(self, name: str) -> bool:
        return name in self._functions
