"""Emits arithmetic of Fp2, Fp6 and Fp12 for the pairing, over any base field that offers `FieldOps`.

Fp2 = Fp[u]/(u^2 + 1), Fp6 = Fp2[v]/(v^3 - xi), Fp12 = Fp6[w]/(w^2 - v), xi = 9 + u, as in `reference/tower`. An element
is a tuple of the level below: (c0, c1), (a, b, c) = a + b*v + c*v^2, (c0, c1) = c0 + c1*w; in memory the components
follow one another, so Fp12 is twelve base elements.

Every product above Fp is one internal function that is shared by all its uses; operands and result cross by memory.
Inlined, an Fp12 product alone would be 54 multiplications of 240 instructions; so the whole tower stays near ten
thousand instructions, and a call costs about a tenth of the smallest product behind it (41 ns). Additions are inlined.

Bounds: components are lazy base elements (scalar family: in [0, 2p)), which every operation of `FieldOps` takes and
gives, so no formula here has a bound of its own. Only `store` of a `canonical` value leaves a kernel.

Costs in base multiplications M: Fp2 3 and 2 (squaring), Fp6 18, Fp12 54 and 36, line 30, cyclotomic squaring 18.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from zkcompanion.proving.kernels.field_ops import Element, FieldOps, Fp2Ops
from zkcompanion.proving.kernels.ir import PTR, VOID, Emitter, Value, internal_function
from zkcompanion.proving.kernels.point_ops import scratch
from zkcompanion.proving.points import Fp2
from zkcompanion.proving.reference.tower import FROBENIUS


class BaseFieldOps(FieldOps, Protocol):
    """What the tower stands on."""

    def constant(self, value: int) -> Element:
        """A plain integer as a Montgomery constant."""
        ...


class Level(Protocol):
    """A level of the tower as far as memory goes."""

    size_bytes: int

    def load(self, pointer: Value, index: int | Value = 0) -> Element:
        """Element `index` of an array of consecutive elements."""
        ...

    def store(self, a: Element, pointer: Value, index: int | Value = 0) -> None:
        """Write as it is."""
        ...


class Tower:
    """The levels on one emitter; `field` makes the base field on any emitter (functions have emitters of their own)."""

    def __init__(self, e: Emitter, field: Callable[[Emitter], BaseFieldOps]) -> None:
        self.e = e
        self._field = field
        self._slots: dict[tuple[int, int], Value] = {}
        self.fp = field(e)
        self.fp2 = SharedFp2(self)
        self.fp6 = Fp6Ops(self)
        self.fp12 = Fp12Ops(self)

    def level(self, degree: int) -> Level:
        """The level of this degree over Fp."""
        levels: dict[int, Level] = {1: self.fp, 2: self.fp2, 6: self.fp6, 12: self.fp12}
        return levels[degree]

    def slot(self, position: int, degree: int) -> Value:
        """Memory of this function for operand `position` of calls; written just before one, so calls share it."""
        key = (position, degree)
        if key not in self._slots:
            self._slots[key] = scratch(self.e, self.level(degree).size_bytes)
        return self._slots[key]

    def call(
        self,
        name: str,
        formula: Callable[..., Element],
        operands: tuple[tuple[int, Element], ...],
        result: int,
    ) -> Element:
        """formula(tower, *operands) as a call of the internal function `_<name>`, emitted at its first use.

        One name has one formula and one set of degrees; `operands` are pairs (degree, value), `result` is a degree.
        """

        def body(e: Emitter) -> None:
            inner = Tower(e, self._field)
            values = [inner.level(d).load(e.arg(f"x{i}")) for i, (d, _) in enumerate(operands)]
            inner.level(result).store(formula(inner, *values), e.arg("out"))

        params = [("out", PTR), *((f"x{i}", PTR) for i in range(len(operands)))]
        function = internal_function(self.e.module, f"_{name}", params, VOID, body)
        out = self.slot(-1, result)
        pointers = [out]
        for i, (degree, value) in enumerate(operands):
            pointer = self.slot(i, degree)
            self.level(degree).store(value, pointer)
            pointers.append(pointer)
        self.e.call(function, *pointers)
        return self.level(result).load(out)


class SharedFp2(Fp2Ops):
    """Fp2 with products as shared functions."""

    def __init__(self, tower: Tower) -> None:
        super().__init__(tower.fp)
        self.tower = tower

    def constant(self, value: Fp2) -> Element:
        """A pair of plain integers as a Montgomery constant."""
        return (self.tower.fp.constant(value[0]), self.tower.fp.constant(value[1]))

    def mul(self, a: Element, b: Element) -> Element:
        """a*b, 3M."""
        return self.tower.call("fp2_mul", lambda t, x, y: Fp2Ops(t.fp).mul(x, y), ((2, a), (2, b)), 2)

    def sqr(self, a: Element) -> Element:
        """a^2, 2M."""
        return self.tower.call("fp2_sqr", lambda t, x: Fp2Ops(t.fp).sqr(x), ((2, a),), 2)

    def inv(self, a: Element) -> Element:
        """1/a, 0 for 0; one inversion in Fp."""
        return self.tower.call("fp2_inv", lambda t, x: Fp2Ops(t.fp).inv(x), ((2, a),), 2)

    def scale(self, a: Element, k: Element) -> Element:
        """k*a for k in Fp, 2M."""

        def formula(t: Tower, x: Element, y: Element) -> Element:
            return (t.fp.mul(x[0], y), t.fp.mul(x[1], y))

        return self.tower.call("fp2_scale", formula, ((2, a), (1, k)), 2)

    def conj(self, a: Element) -> Element:
        """c0 - c1*u = a^p."""
        return (a[0], self.base.neg(a[1]))

    def double(self, a: Element) -> Element:
        """2*a."""
        return self.add(a, a)

    def triple(self, a: Element) -> Element:
        """3*a."""
        return self.add(self.add(a, a), a)


class _Extension:
    """Componentwise operations of Fp6 (three of Fp2) and Fp12 (two of Fp6)."""

    def __init__(self, below: Any, parts: int) -> None:
        self.e: Emitter = below.e
        self.below = below
        self.parts = parts
        self.size_bytes: int = parts * below.size_bytes

    def zero(self) -> Element:
        return tuple(self.below.zero() for _ in range(self.parts))

    def one(self) -> Element:
        return (self.below.one(), *(self.below.zero() for _ in range(self.parts - 1)))

    def add(self, a: Element, b: Element) -> Element:
        return tuple(self.below.add(x, y) for x, y in zip(a, b, strict=True))

    def sub(self, a: Element, b: Element) -> Element:
        return tuple(self.below.sub(x, y) for x, y in zip(a, b, strict=True))

    def neg(self, a: Element) -> Element:
        return tuple(self.below.neg(x) for x in a)

    def canonical(self, a: Element) -> Element:
        return tuple(self.below.canonical(x) for x in a)

    def _index(self, index: int | Value, part: int) -> int | Value:
        if isinstance(index, int):
            return index * self.parts + part
        b = self.e.builder
        return b.add(b.mul(index, self.e.i64(self.parts)), self.e.i64(part))

    def load(self, pointer: Value, index: int | Value = 0) -> Element:
        return tuple(self.below.load(pointer, self._index(index, i)) for i in range(self.parts))

    def store(self, a: Element, pointer: Value, index: int | Value = 0) -> None:
        for i, x in enumerate(a):
            self.below.store(x, pointer, self._index(index, i))


class Fp6Ops(_Extension):
    """Fp6 = Fp2[v]/(v^3 - xi)."""

    def __init__(self, tower: Tower) -> None:
        super().__init__(tower.fp2, 3)
        self.tower = tower

    def mul(self, a: Element, b: Element) -> Element:
        """a*b, 18M."""
        return self.tower.call("fp6_mul", _fp6_mul, ((6, a), (6, b)), 6)

    def mul_sparse(self, a: Element, d: Element, e: Element) -> Element:
        """a*(d + e*v), d and e in Fp2: 15M."""
        return self.tower.call("fp6_mul_sparse", _fp6_mul_sparse, ((6, a), (2, d), (2, e)), 6)

    def mul_by_v(self, a: Element) -> Element:
        """v*a = xi*c + a*v + b*v^2; no multiplication."""
        return (self.tower.fp2.mul_by_nonresidue(a[2]), a[0], a[1])

    def inv(self, a: Element) -> Element:
        """1/a, 0 for 0."""
        return self.tower.call("fp6_inv", _fp6_inv, ((6, a),), 6)


class Fp12Ops(_Extension):
    """Fp12 = Fp6[w]/(w^2 - v)."""

    def __init__(self, tower: Tower) -> None:
        super().__init__(tower.fp6, 2)
        self.tower = tower

    def mul(self, a: Element, b: Element) -> Element:
        """a*b, 54M."""
        return self.tower.call("fp12_mul", _fp12_mul, ((12, a), (12, b)), 12)

    def sqr(self, a: Element) -> Element:
        """a^2, 36M."""
        return self.tower.call("fp12_sqr", _fp12_sqr, ((12, a),), 12)

    def mul_line(self, a: Element, d: Element, e: Element) -> Element:
        """a*(1 + (d + e*v)*w), d and e in Fp2: 30M. The shape of a line scaled to constant term one."""
        return self.tower.call("fp12_mul_line", _fp12_mul_line, ((12, a), (2, d), (2, e)), 12)

    def inv(self, a: Element) -> Element:
        """1/a, 0 for 0."""
        return self.tower.call("fp12_inv", _fp12_inv, ((12, a),), 12)

    def conj(self, a: Element) -> Element:
        """c0 - c1*w = a^(p^6); the inverse of elements of norm one over Fp6."""
        return (a[0], self.tower.fp6.neg(a[1]))

    def frobenius(self, a: Element) -> Element:
        """a^p, 15M."""
        return self.tower.call("fp12_frobenius", _fp12_frobenius, ((12, a),), 12)

    def cyclotomic_sqr(self, a: Element) -> Element:
        """a^2 for a of order dividing p^4 - p^2 + 1: 18M."""
        return self.tower.call("fp12_cyclotomic_sqr", _fp12_cyclotomic_sqr, ((12, a),), 12)


def _fp6_mul(t: Tower, x: Element, y: Element) -> Element:
    # Karatsuba in v, 6 products in Fp2. With A = a*d, B = b*e, C = c*f:
    # A + xi((b+c)(e+f) - B - C), (a+b)(d+e) - A - B + xi*C, (a+c)(d+f) - A - C + B.
    f = t.fp2
    (a, b, c), (d, e, g) = x, y
    ad, be, cg = f.mul(a, d), f.mul(b, e), f.mul(c, g)
    bc = f.sub(f.sub(f.mul(f.add(b, c), f.add(e, g)), be), cg)
    ab = f.sub(f.sub(f.mul(f.add(a, b), f.add(d, e)), ad), be)
    ac = f.sub(f.sub(f.mul(f.add(a, c), f.add(d, g)), ad), cg)
    return (f.add(ad, f.mul_by_nonresidue(bc)), f.add(ab, f.mul_by_nonresidue(cg)), f.add(ac, be))


def _fp6_mul_sparse(t: Tower, x: Element, d: Element, e: Element) -> Element:
    # a*d + xi*c*e, (a+b)(d+e) - a*d - b*e, b*e + c*d.
    f = t.fp2
    a, b, c = x
    ad, be = f.mul(a, d), f.mul(b, e)
    ab = f.sub(f.sub(f.mul(f.add(a, b), f.add(d, e)), ad), be)
    return (f.add(ad, f.mul_by_nonresidue(f.mul(c, e))), ab, f.add(be, f.mul(c, d)))


def _fp6_inv(t: Tower, x: Element) -> Element:
    # Norm to Fp2 (Guide to Pairing-Based Cryptography, algorithm 5.23): t0 = a^2 - xi*b*c, t1 = xi*c^2 - a*b,
    # t2 = b^2 - a*c, norm = a*t0 + xi*(c*t1 + b*t2).
    f = t.fp2
    a, b, c = x
    t0 = f.sub(f.sqr(a), f.mul_by_nonresidue(f.mul(b, c)))
    t1 = f.sub(f.mul_by_nonresidue(f.sqr(c)), f.mul(a, b))
    t2 = f.sub(f.sqr(b), f.mul(a, c))
    norm = f.add(f.mul(a, t0), f.mul_by_nonresidue(f.add(f.mul(c, t1), f.mul(b, t2))))
    inverse = f.inv(norm)
    return (f.mul(t0, inverse), f.mul(t1, inverse), f.mul(t2, inverse))


def _fp12_mul(t: Tower, x: Element, y: Element) -> Element:
    # Karatsuba in w, 3 products in Fp6.
    f = t.fp6
    (a, b), (c, d) = x, y
    ac, bd = f.mul(a, c), f.mul(b, d)
    cross = f.mul(f.add(a, b), f.add(c, d))
    return (f.add(ac, f.mul_by_v(bd)), f.sub(f.sub(cross, ac), bd))


def _fp12_sqr(t: Tower, x: Element) -> Element:
    # (a + b)(a + v*b) - ab - v*ab + 2ab*w, 2 products in Fp6.
    f = t.fp6
    a, b = x
    ab = f.mul(a, b)
    square = f.mul(f.add(a, b), f.add(a, f.mul_by_v(b)))
    return (f.sub(f.sub(square, ab), f.mul_by_v(ab)), f.add(ab, ab))


def _fp12_mul_line(t: Tower, x: Element, d: Element, e: Element) -> Element:
    # (a + b*w)(1 + s*w) = a + v*b*s + (b + a*s)*w, s = d + e*v.
    f = t.fp6
    a, b = x
    return (f.add(a, f.mul_by_v(f.mul_sparse(b, d, e))), f.add(b, f.mul_sparse(a, d, e)))


def _fp12_inv(t: Tower, x: Element) -> Element:
    # conjugate / (a^2 - v*b^2).
    f = t.fp6
    a, b = x
    norm = f.inv(f.sub(f.mul(a, a), f.mul_by_v(f.mul(b, b))))
    return (f.mul(a, norm), f.neg(f.mul(b, norm)))


def _fp12_frobenius(t: Tower, x: Element) -> Element:
    # Conjugate each coefficient, multiply the one of w^i by xi^(i(p-1)/6); v = w^2.
    f = t.fp2

    def map_(value: Element, power: int) -> Element:
        return f.mul(f.conj(value), f.constant(FROBENIUS[power])) if power else f.conj(value)

    (a, b, c), (d, e, g) = x
    return ((map_(a, 0), map_(b, 2), map_(c, 4)), (map_(d, 1), map_(e, 3), map_(g, 5)))


def _fp12_cyclotomic_sqr(t: Tower, x: Element) -> Element:
    # Granger, Scott, "Faster squaring in the cyclotomic subgroup of sixth degree extensions", PKC 2010: as
    # Fp4 = Fp2[s]/(s^2 - xi), square the pairs (a, e), (d, c), (b, g) and combine 3*square -+ 2*conjugate.
    f = t.fp2
    (a, b, c), (d, e, g) = x

    def square(y: Element, z: Element) -> tuple[Element, Element]:
        # (y + z*s)^2 = y^2 + xi*z^2 + ((y + z)^2 - y^2 - z^2)*s
        yy, zz = f.sqr(y), f.sqr(z)
        return f.add(yy, f.mul_by_nonresidue(zz)), f.sub(f.sub(f.sqr(f.add(y, z)), yy), zz)

    def minus(square: Element, y: Element) -> Element:
        # 3*square - 2*y
        return f.add(f.double(f.sub(square, y)), square)

    def plus(square: Element, y: Element) -> Element:
        # 3*square + 2*y
        return f.add(f.double(f.add(square, y)), square)

    ae, ae_s = square(a, e)
    dc, dc_s = square(d, c)
    bg, bg_s = square(b, g)
    even = (minus(ae, a), minus(dc, b), minus(bg, c))
    return (even, (plus(f.mul_by_nonresidue(bg_s), d), plus(ae_s, e), plus(dc_s, g)))
