"""Products and the forms for operands of known range, in assembly and in plain LLVM IR, against Python integers."""

from __future__ import annotations

import importlib
import random

import pytest

from tests.support.kernels import compiled, shaped_integers
from zkcompanion.proving.fields import FP, FR, FieldParams, from_limbs, to_limbs
from zkcompanion.proving.kernels import x86_mul
from zkcompanion.proving.kernels.jit import SCALAR_GROUPS, KernelGroup, compile_group

pytestmark = pytest.mark.kernels
N = 400
FIELDS = {"fr": FR, "fp": FP, "compact": FP}


@pytest.fixture(params=["this CPU", "portable"])
def kernel(request, monkeypatch):
    if request.param == "this CPU":
        return compiled("tests.support.form_kernels")
    monkeypatch.setattr(x86_mul, "available", lambda: False)
    return compiled("tests.support.portable_form_kernels")


def ranged(rng: random.Random, f: FieldParams, top: int) -> list[int]:
    """Values in [0, top*p], edges first: limbs of all ones, and the range's ends."""
    p = f.modulus
    edges = [0, 1, p - 1, p, top * p, top * p - 1, (1 << 254) - 1, (1 << 192) - 1, (1 << 64) - 1, f.r, 1 << 253]
    edges = [v for v in edges if v <= top * p]
    values = edges + [v + p * (i % top) for i, v in enumerate(shaped_integers(rng, N - len(edges), f))]
    rng.shuffle(values)
    return values


def run(function, *columns, words: int = 4) -> list[int]:
    arrays = [to_limbs(column) for column in columns]
    out = arrays[0] * 0
    function(*(a.ctypes.data for a in (out, *arrays)), len(arrays[0]) * 4 // words)
    return from_limbs(out)


@pytest.mark.parametrize("field", FIELDS)
def test_products_and_sums_of_two_products_vs_reference(kernel, field):
    f = FIELDS[field]
    p, rng = f.modulus, random.Random(100)
    a, b, c, d = (ranged(rng, f, 2) for _ in range(4))
    for form, expected in (
        ("mul", [x * y for x, y in zip(a, b, strict=True)]),
        ("mul_add", [x * y + u * v for x, y, u, v in zip(a, b, c, d, strict=True)]),
    ):
        got = run(kernel[f"{field}_{form}"], a, b, c, d)
        assert [v % p for v in got] == [v * f.r_inv % p for v in expected]
        assert max(got) < 2 * p


@pytest.mark.parametrize("field", FIELDS)
def test_wide_first_factors_are_taken(kernel, field):
    """The first factor may reach 4p as long as the product of the bounds stays below 5."""
    f = FIELDS[field]
    p, rng = f.modulus, random.Random(101)
    a, b = ranged(rng, f, 4), ranged(rng, f, 1)
    got = run(kernel[f"{field}_mul"], a, b, a, b)
    assert [v % p for v in got] == [x * y * f.r_inv % p for x, y in zip(a, b, strict=True)]
    assert max(got) < 2 * p


@pytest.mark.parametrize("field", FIELDS)
def test_differences_of_known_range_vs_reference(kernel, field):
    f = FIELDS[field]
    p, rng = f.modulus, random.Random(102)
    wide, a, b, c = (ranged(rng, f, top) for top in (2, 1, 1, 1))
    wide = [min(v, 2 * p - 1) for v in wide]
    got = run(kernel[f"{field}_difference"], a, b, c, c)
    assert [v % p for v in got] == [(x - y) % p for x, y in zip(a, b, strict=True)]
    assert max(got) <= 2 * p
    assert run(kernel[f"{field}_minus_one"], wide, b, c, c) == [(x - y) % p for x, y in zip(wide, b, strict=True)]
    expected = [(x - y - z) % p for x, y, z in zip(wide, b, c, strict=True)]
    assert run(kernel[f"{field}_minus_two"], wide, b, c, c) == expected


def test_conditional_negation_vs_reference(kernel):
    p = FP.modulus
    values = [v % p for v in ranged(random.Random(103), FP, 1)]
    for name, words in (("fp_negate_if", 4), ("fp2_negate_if", 8)):
        got = run(kernel[name], values, words=words)
        odd = [i // (words // 4) % 2 for i in range(len(values))]
        assert got == [p - v if o else v for v, o in zip(values, odd, strict=True)]


def test_the_extension_field_vs_reference(kernel):
    p, r_inv, rng = FP.modulus, FP.r_inv, random.Random(104)
    a, b = ([min(v, 2 * p - 1) for v in ranged(rng, FP, 2)] for _ in range(2))
    got = run(kernel["fp2_mul"], a, b, a, b, words=8)
    assert max(got) < 2 * p
    for i in range(0, N, 2):
        real, imaginary = a[i] * b[i] - a[i + 1] * b[i + 1], a[i] * b[i + 1] + a[i + 1] * b[i]
        assert [got[i] % p, got[i + 1] % p] == [real * r_inv % p, imaginary * r_inv % p]
    a, b, c = ([v % p for v in column] for column in (a, b, [*b[1:], b[0]]))
    for name, expected in (
        ("fp2_difference", [x - y for x, y in zip(a, b, strict=True)]),
        ("fp2_minus_one", [x - y for x, y in zip(a, b, strict=True)]),
        ("fp2_minus_two", [x - y - z for x, y, z in zip(a, b, c, strict=True)]),
    ):
        assert [v % p for v in run(kernel[name], a, b, c, c, words=8)] == [v % p for v in expected]


@pytest.mark.parametrize("f", [FR, FP], ids=lambda f: f.name)
def test_inverses_by_division_steps_vs_reference(kernel, f):
    p = f.modulus
    values = [v % p for v in ranged(random.Random(105), f, 1)]
    # long runs of halvings, of swaps and of cancelled bits; quotients that are all ones or all small
    values += [(1 << k) % p for k in range(256)] + [((1 << k) - 1) % p for k in range(256)]
    values += [p // k for k in range(2, 200)] + [pow(k, -1, p) for k in range(1, 200)] + [p - k for k in range(1, 200)]
    got = run(kernel[f"{f.name}_inverse"], values)
    assert got == [pow(v, -1, p) if v else 0 for v in values]


@pytest.mark.parametrize("group", ["sums", "curve"])
def test_point_kernels_without_assembly_know_their_answers(group, monkeypatch):
    """What a CPU without ADX gets."""
    monkeypatch.setattr(x86_mul, "available", lambda: False)
    name = SCALAR_GROUPS[group]
    loaded = KernelGroup(f"portable-{group}", compile_group(name, group))
    assert importlib.import_module(name + "_answers").known_answer(loaded.functions.__getitem__)


@pytest.mark.parametrize(
    ("triple", "features", "expected"),
    [
        ("x86_64-unknown-linux-gnu", "+adx,+bmi2,+avx2", True),
        ("x86_64-unknown-linux-gnu", "-adx,+bmi2", False),
        ("x86_64-pc-windows-msvc", "+adx", False),
        ("aarch64-apple-darwin", "+adx,+bmi2", False),
    ],
)
def test_the_assembly_is_for_x86_with_adx_and_bmi2(triple, features, expected, monkeypatch):
    monkeypatch.setattr(x86_mul, "cpu_identity", lambda: ("cpu", features))
    monkeypatch.setattr(x86_mul.llvm, "get_process_triple", lambda: triple)
    monkeypatch.setattr(x86_mul.llvm, "initialize_native_asmparser", lambda: None)
    assert x86_mul.available.__wrapped__() is expected
