"""A thin builder over llvmlite: loops, conditions, variables and memory, so that a kernel reads like its pseudocode.

Every kernel is one exported C-ABI function that returns nothing and takes pointers and 64-bit integers only
(`KernelSpec`). Argument order is fixed: out, in-out, in, sizes. Internal functions begin with `_` and never leave the
object file.
Mutable state is an `alloca` (`Var`): LLVM's mem2reg turns it into registers, and no phi nodes are written by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

#: An SSA value of LLVM; llvmlite ships no types.
Value = Any

I1 = ir.IntType(1)
I8 = ir.IntType(8)
I16 = ir.IntType(16)
I32 = ir.IntType(32)
I64 = ir.IntType(64)
I128 = ir.IntType(128)
I256 = ir.IntType(256)
PTR = ir.PointerType()
VOID = ir.VoidType()


def const(type_: Any, value: int) -> Value:
    """An integer constant (vectors: the same in every lane)."""
    if isinstance(type_, ir.VectorType):
        return ir.Constant(type_, [ir.Constant(type_.element, value)] * type_.count)
    return ir.Constant(type_, value)


@dataclass(frozen=True)
class KernelSpec:
    """A kernel's name, its parameters and how to emit it.

    Arguments:
        name: exported symbol, `<field or group>_<verb>[_<variant>]`.
        params: names; a trailing `*` marks a pointer, all others are signed 64-bit integers.
        emit: writes the body into a fresh `Emitter`.
    """

    name: str
    params: tuple[str, ...]
    emit: Callable[[Emitter], None]


class Var:
    """A mutable local."""

    def __init__(self, emitter: Emitter, type_: Any, init: Value | None) -> None:
        self._e = emitter
        self.type = type_
        with emitter.builder.goto_entry_block():
            self.slot = emitter.builder.alloca(type_)
        if init is not None:
            self.set(init)

    def get(self) -> Value:
        """The value now."""
        return self._e.builder.load(self.slot, typ=self.type)

    def set(self, value: Value) -> None:
        """Assign."""
        self._e.builder.store(value, self.slot)


class Emitter:
    """Writes one function. `e.builder` is the llvmlite builder for plain instructions."""

    def __init__(
        self,
        module: ir.Module,
        name: str,
        params: Sequence[tuple[str, Any]],
        result: Any = VOID,
        *,
        attributes: Sequence[str] = (),
    ) -> None:
        self.module = module
        self.function = ir.Function(module, ir.FunctionType(result, [t for _, t in params]), name)
        self.function.attributes.add("nounwind")
        for attribute in attributes:
            self.function.attributes.add(attribute)
        if name.startswith("_"):
            self.function.linkage = "internal"
        self._args = {n: a for (n, _), a in zip(params, self.function.args, strict=True)}
        self.builder = ir.IRBuilder(self.function.append_basic_block("entry"))
        self._copies: dict[int, tuple[Value, Value]] = {}

    def arg(self, name: str) -> Value:
        """A parameter by name."""
        return self._args[name]

    # -- values ------------------------------------------------------------------------------------------------
    def i64(self, value: int) -> Value:
        """A 64-bit constant."""
        return const(I64, value)

    def as_i64(self, value: int | Value) -> Value:
        """Python integers become constants; narrower LLVM integers are zero-extended."""
        if isinstance(value, int):
            return self.i64(value)
        return value if value.type == I64 else self.builder.zext(value, I64)

    def var(self, type_: Any, init: Value | int | None = None) -> Var:
        """A mutable local of `type_`."""
        if isinstance(init, int):
            init = const(type_, init)
        return Var(self, type_, init)

    def call(self, function: ir.Function, *args: Value) -> Value:
        """Call an internal function."""
        return self.builder.call(function, args)

    # -- memory ------------------------------------------------------------------------------------------------
    def at(self, pointer: Value, index: int | Value, type_: Any) -> Value:
        """Address of element `index` of an array of `type_` at `pointer`."""
        return self.builder.gep(pointer, [self.as_i64(index)], source_etype=type_)

    def load(self, pointer: Value, type_: Any, index: int | Value = 0, *, align: int = 8) -> Value:
        """Element `index` of an array of `type_`, aligned to `align` bytes (a mapped file promises less than 8)."""
        natural = type_.width // 8 if isinstance(type_, ir.IntType) else align
        return self.builder.load(self.at(pointer, index, type_), typ=type_, align=min(align, natural))

    def store(self, value: Value, pointer: Value, index: int | Value = 0, *, align: int = 8) -> None:
        """Write element `index` of an array of the value's type."""
        natural = value.type.width // 8 if isinstance(value.type, ir.IntType) else align
        self.builder.store(value, self.at(pointer, index, value.type), align=min(align, natural))

    def in_memory(self, value: Value) -> Value:
        """Address of a copy of an SSA value, written once, where the value comes into being."""
        known = self._copies.get(id(value))
        if known is not None:
            return known[1]
        b, here = self.builder, self.builder.block
        b.position_at_start(self.function.entry_basic_block)
        slot = b.alloca(value.type)
        if isinstance(value, ir.Instruction):
            b.position_after(value)
            self._copies[id(value)] = value, slot  # with the value, so that no other one gets its id
        else:
            b.position_at_end(here)
        b.store(value, slot)
        b.position_at_end(here)
        return slot

    def prefetch(self, pointer: Value, *, nearest: bool = True, write: bool = False) -> None:
        """Ask for the cache line of an address, to be read soon (not `nearest`: some 100 us later) or written; never
        faults.
        """
        kind = ir.FunctionType(VOID, [PTR, I32, I32, I32])
        function = self.module.globals.get("llvm.prefetch.p0") or ir.Function(self.module, kind, "llvm.prefetch.p0")
        self.builder.call(function, [pointer, const(I32, int(write)), const(I32, 3 if nearest else 2), const(I32, 1)])

    # -- control -----------------------------------------------------------------------------------------------
    @contextmanager
    def loop(self, start: int | Value, stop: int | Value, step: int | Value = 1) -> Iterator[Value]:
        """For i in range(start, stop, step), step > 0, signed compare; yields i as i64."""
        b = self.builder
        start, stop, step = self.as_i64(start), self.as_i64(stop), self.as_i64(step)
        counter = self.var(I64, start)
        head = b.append_basic_block("loop.head")
        body = b.append_basic_block("loop.body")
        done = b.append_basic_block("loop.done")
        b.branch(head)
        b.position_at_end(head)
        index = counter.get()
        b.cbranch(b.icmp_signed("<", index, stop), body, done)
        b.position_at_end(body)
        yield index
        counter.set(b.add(index, step))
        b.branch(head)
        b.position_at_end(done)

    @contextmanager
    def loop_down(self, start: int | Value, stop: int | Value) -> Iterator[Value]:
        """For i in range(start - 1, stop - 1, -1): the same indices as `loop`, last first."""
        stop = self.as_i64(stop)
        last = self.builder.sub(self.builder.add(stop, self.as_i64(start)), self.i64(1))
        with self.loop(stop, start) as i:
            yield self.builder.sub(last, i)

    @contextmanager
    def while_(self, condition: Callable[[], Value]) -> Iterator[None]:
        """While `condition()`, emitted in the loop's head, is true."""
        b = self.builder
        head = b.append_basic_block("while.head")
        body = b.append_basic_block("while.body")
        done = b.append_basic_block("while.done")
        b.branch(head)
        b.position_at_end(head)
        b.cbranch(condition(), body, done)
        b.position_at_end(body)
        yield
        b.branch(head)
        b.position_at_end(done)

    @contextmanager
    def when(self, condition: Value, *, likely: bool | None = None) -> Iterator[None]:
        """If `condition` (i1)."""
        with self.builder.if_then(condition, likely=likely):
            yield

    @contextmanager
    def either(self, condition: Value) -> Iterator[tuple[Any, Any]]:
        """`with e.either(c) as (then, otherwise): with then: ...; with otherwise: ...`."""
        with self.builder.if_else(condition) as branches:
            yield branches

    def finish(self, value: Value | None = None) -> ir.Function:
        """Return `value` (None: nothing) and end the function."""
        if value is None:
            self.builder.ret_void()
        else:
            self.builder.ret(value)
        return self.function


def internal_function(
    module: ir.Module,
    name: str,
    params: Sequence[tuple[str, Any]],
    result: Any,
    body: Callable[[Emitter], Value | None],
    *,
    inline: bool = False,
) -> ir.Function:
    """The internal function `name` of `module`, emitted at the first call and shared by the later ones."""
    found = module.globals.get(name)
    if found is not None:
        return found
    e = Emitter(module, name, params, result, attributes=("alwaysinline",) if inline else ("noinline",))
    return e.finish(body(e))


def emit_kernel(module: ir.Module, spec: KernelSpec) -> None:
    """Emit one exported kernel."""
    params = [(p.rstrip("*"), PTR if p.endswith("*") else I64) for p in spec.params]
    e = Emitter(module, spec.name, params)
    spec.emit(e)
    e.finish()
