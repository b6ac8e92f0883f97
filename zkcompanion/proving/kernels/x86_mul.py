"""Montgomery products of four 64-bit limbs in x86-64 assembly (MULX, ADCX, ADOX), for `field_ops.ScalarField`.

LLVM knows one carry flag: of two carry chains that run side by side it keeps one in registers, some 240 instructions
where 130 do. ADCX and ADOX keep one chain in CF and the other in OF, so a row of products is added while its carries
still travel (Ozturk, Guilford, Gopal, "Large Integer Squaring on Intel Architecture Processors", 2012). The algorithm
is that of the portable version, operand scanning without a carry word; see `ScalarField.mul` for its bounds.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir

from zkcompanion.proving.fields import FieldParams
from zkcompanion.proving.kernels.ir import I64, Emitter, Value
from zkcompanion.proving.kernels.jit import cpu_identity

_MASK64 = (1 << 64) - 1


@cache
def available() -> bool:
    """Whether the CPU that we compile for has the instructions; makes LLVM ready to assemble them."""
    _, features = cpu_identity()
    if not llvm.get_process_triple().startswith("x86_64") or not {"+adx", "+bmi2"} <= set(features.split(",")):
        return False
    llvm.initialize_native_asmparser()
    return True


def _template(terms: int) -> str:
    """The instructions for a sum of `terms` products.

    Operands: $0-$3 the result's limbs; $4, $5 temporaries; then the limbs of a and b of each term, of p, and -1/p.
    For each i: t += a*b_i for every term, then t = (t + m*p)/2^64 with m = -t/p mod 2^64. CF carries the high halves of
    the products, OF the low ones; both chains end in the word above t[3] ($4), which never overflows.
    """
    t = [f"${i}" for i in range(4)]
    top, low = "$4", "$5"
    vectors = [[f"${6 + 4 * v + j}" for j in range(4)] for v in range(2 * terms + 1)]
    p, inverse = vectors[-1], f"${6 + 4 * len(vectors)}"
    lines = []
    for i in range(4):
        for term in range(terms):
            a, b = vectors[2 * term], vectors[2 * term + 1]
            lines += [f"movq {b[i]}, %rdx", "xorl %eax, %eax"]  # xor clears both flags
            if i == 0 and term == 0:
                lines += [f"mulxq {a[0]}, {t[0]}, {t[1]}", f"mulxq {a[1]}, {low}, {t[2]}", f"addq {low}, {t[1]}"]
                lines += [f"mulxq {a[2]}, {low}, {t[3]}", f"adcq {low}, {t[2]}"]
                lines += [f"mulxq {a[3]}, {low}, {top}", f"adcq {low}, {t[3]}", f"adcq %rax, {top}"]
                continue
            high = top if term == 0 else "%rax"
            lines += [f"mulxq {a[0]}, {low}, {high}", f"adoxq {low}, {t[0]}"]
            for j in range(1, 4):
                lines += [f"adcxq {high}, {t[j]}", f"mulxq {a[j]}, {low}, {high}", f"adoxq {low}, {t[j]}"]
            if term == 0:
                lines += [f"adcxq %rax, {top}", f"adoxq %rax, {top}"]
            else:
                lines += [f"adcxq %rax, {top}", "movl $$0, %eax", f"adoxq %rax, {top}"]  # mov leaves the flags alone
        lines += [f"movq {inverse}, %rdx", f"imulq {t[0]}, %rdx", "xorl %eax, %eax"]
        lines += [f"mulxq {p[0]}, {low}, %rax", f"adcxq {t[0]}, {low}", f"movq %rax, {t[0]}"]
        for j in range(1, 4):
            lines += [f"adcxq {t[j]}, {t[j - 1]}", f"mulxq {p[j]}, {low}, {t[j]}", f"adoxq {low}, {t[j - 1]}"]
        lines += ["movl $$0, %eax", f"adcxq %rax, {t[3]}", f"adoxq {top}, {t[3]}"]
    return "\\0A\\09".join(lines)


def _constants(e: Emitter, f: FieldParams) -> Value:
    """The words of p, and -1/p mod 2^64, once in the module."""
    name = f"_{f.name}_mul_constants"
    found = e.module.globals.get(name)
    if found is None:
        words = [(f.modulus >> (64 * i)) & _MASK64 for i in range(4)] + [f.inv64]
        found = ir.GlobalVariable(e.module, ir.ArrayType(I64, 5), name)
        found.linkage = "internal"
        found.global_constant = True
        found.initializer = ir.Constant(found.value_type, words)
    return found


def sum_of_products(e: Emitter, f: FieldParams, *pairs: tuple[Value, Value]) -> list[Value]:
    """The four limbs of (a*b + c*d + ...)/2^256."""
    return sum_of_products_at(e, f, *((e.in_memory(a), e.in_memory(b)) for a, b in pairs))


def sum_of_products_at(e: Emitter, f: FieldParams, *pairs: tuple[Value, Value]) -> list[Value]:
    """The same of operands in memory, where the assembly reads them: so few registers are bound."""
    build = e.builder

    def words(pointer: Value, count: int) -> list[Value]:
        places = []
        for i in range(count):
            place = build.gep(pointer, [e.i64(i)], source_etype=I64)
            place.type = ir.PointerType(I64)
            places.append(place)
        return places

    operands = [place for pair in pairs for cell in pair for place in words(cell, 4)] + words(_constants(e, f), 5)
    result: Any = ir.LiteralStructType([I64] * 6)
    constraints = ["=&r"] * 6 + ["*m"] * len(operands) + ["~{rax}", "~{rdx}", "~{flags}"]
    function_type = ir.FunctionType(result, [place.type for place in operands])
    function = ir.instructions.InlineAsm(function_type, _template(len(pairs)), ",".join(constraints))
    call = build.call(function, operands, arg_attrs=dict.fromkeys(range(len(operands)), ("elementtype",)))
    return [build.extract_value(call, i) for i in range(4)]
