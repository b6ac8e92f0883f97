"""Circuits to measure with, made on the spot: dense witnesses, bit-heavy witnesses, and a mix of both.

A prover behaves differently on full-size values than on bits (zeros and ones cost almost nothing in a multi-scalar
multiplication), so a mean over both hides what matters: the kinds are always reported apart.

- `dense`: a chain of Poseidon permutations (t = 3, 8 full and 57 partial rounds); nearly every witness value is full-
size.
- `bits`: a chain of SHA-256 compressions; nearly every witness value is 0 or 1.
- `mix`: half of each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from zkcompanion.benchmarks.builder import ONE, CircuitBuilder
from zkcompanion.proving.fields import FR, LimbArray
from zkcompanion.proving.formats.r1cs import R1cs
from zkcompanion.proving.reference.poseidon import FULL_ROUNDS, poseidon_params

# -- Poseidon ------------------------------------------------------------------------------------------------------
_T = 3


def _power_5(c: CircuitBuilder, wire: int, constant: int) -> int:
    """(x + constant)^5 in three constraints."""
    x = [(wire, 1), (ONE, constant)]
    squared = c.product(x, x)
    fourth = c.product([(squared, 1)], [(squared, 1)])
    return c.product([(fourth, 1)], x)


def _poseidon_rounds(c: CircuitBuilder, state: list[int], limit: int) -> list[int]:
    """One permutation, a wire for each state element after each round; stops before `limit` constraints are passed."""
    params = poseidon_params(_T)
    half = FULL_ROUNDS // 2
    for index in range(FULL_ROUNDS + params.partial_rounds):
        full = index < half or index >= half + params.partial_rounds
        if c.n_constraints + (3 * _T if full else 3) + _T > limit:
            return state
        constants = params.round_constants[index * _T : (index + 1) * _T]
        terms: list[tuple[int, int]] = []  # state after the S-boxes, as (wire, added constant)
        for position, wire in enumerate(state):
            if full or position == 0:
                terms.append((_power_5(c, wire, constants[position]), 0))
            else:
                terms.append((wire, constants[position]))
        state = [
            c.linear(
                [(wire, params.matrix[row][column]) for column, (wire, _) in enumerate(terms)]
                + [(ONE, sum(params.matrix[row][column] * k for column, (_, k) in enumerate(terms)) % FR.modulus)]
            )
            for row in range(_T)
        ]
    return state


def _dense(c: CircuitBuilder, limit: int) -> None:
    state = [c.wire(pow(3, 200 + i, FR.modulus)) for i in range(_T)]
    while True:
        before = c.n_constraints
        state = _poseidon_rounds(c, state, limit)
        if c.n_constraints == before:
            break
    while c.n_constraints < limit:  # the few rows that no whole round fits in
        state[0] = c.product([(state[0], 1)], [(state[0], 1)])


# -- SHA-256 (FIPS 180-4) --------------------------------------------------------------------------------------------
_PRIMES = [p for p in range(2, 312) if all(p % q for q in range(2, p))]


def _root_fraction(value: int, degree: int) -> int:
    """First 32 fractional bits of the square or cube root of a small integer, exactly."""
    scaled = value << (32 * degree)
    low, high = 0, 1 << 40
    while low < high:
        middle = (low + high + 1) // 2
        if middle**degree <= scaled:
            low = middle
        else:
            high = middle - 1
    return low & 0xFFFFFFFF


_K = [_root_fraction(p, 3) for p in _PRIMES[:64]]
_H0 = [_root_fraction(p, 2) for p in _PRIMES[:8]]

#: 32 wires, least significant bit first
Word = list[int]
_ROUND_CONSTRAINTS = 450  # at most this many for one round with its message word; measured, see the test


def _word(c: CircuitBuilder, value: int) -> Word:
    return [c.bit(value >> i & 1) for i in range(32)]


def _rotate(word: Word, by: int) -> Word:
    return word[by:] + word[:by]


def _xor(c: CircuitBuilder, a: Word, b: Word) -> Word:
    """2*a*b = a + b - out, bit by bit."""
    out = []
    for x, y in zip(a, b, strict=True):
        wire = c.wire(c.values[x] ^ c.values[y])
        c.constrain([(x, 2)], [(y, 1)], [(x, 1), (y, 1), (wire, -1)])
        out.append(wire)
    return out


def _shift_xor(c: CircuitBuilder, word: Word, first: int, second: int, shift: int) -> Word:
    """rotr(first) ^ rotr(second) ^ shr(shift): the top bits of the shifted word are zero and cost nothing."""
    left = _xor(c, _rotate(word, first), _rotate(word, second))
    return _xor(c, left[: 32 - shift], word[shift:]) + left[32 - shift :]


def _choose(c: CircuitBuilder, e: Word, f: Word, g: Word) -> Word:
    """e*(f - g) = out - g."""
    out = []
    for x, y, z in zip(e, f, g, strict=True):
        wire = c.wire(c.values[y] if c.values[x] else c.values[z])
        c.constrain([(x, 1)], [(y, 1), (z, -1)], [(wire, 1), (z, -1)])
        out.append(wire)
    return out


def _majority(c: CircuitBuilder, x: Word, y: Word, z: Word) -> Word:
    """T = y*z; out = t + x*(y + z - 2*t)."""
    out = []
    for a, b, d in zip(x, y, z, strict=True):
        both = c.product([(b, 1)], [(d, 1)])
        wire = c.wire(int(c.values[a] + c.values[b] + c.values[d] >= 2))
        c.constrain([(a, 1)], [(b, 1), (d, 1), (both, -2)], [(wire, 1), (both, -1)])
        out.append(wire)
    return out


def _weights(word: Word) -> list[tuple[int, int]]:
    return [(wire, 1 << i) for i, wire in enumerate(word)]


def _sum(c: CircuitBuilder, words: list[Word], constant: int = 0) -> Word:
    """Sum mod 2^32: output bits and the carry bits that are dropped, each boolean, and one linear constraint."""
    terms = [term for word in words for term in _weights(word)] + [(ONE, constant)]
    total = c.value(terms)
    carries = (len(words) + 1).bit_length()
    bits = [c.bit(total >> i & 1) for i in range(32 + carries)]
    c.constrain([], [], [*terms, *((wire, -(1 << i)) for i, wire in enumerate(bits))])
    return bits[:32]


def _sha256_block(c: CircuitBuilder, state: list[Word], block: list[Word], limit: int) -> list[Word] | None:
    """One compression, or None when the constraints left do not hold another round."""
    schedule = list(block)
    a, b, d, f, e, g, h, i = (*state[:4], *state[4:])
    for index in range(64):
        if c.n_constraints + _ROUND_CONSTRAINTS > limit:
            return None
        if index >= 16:
            s0 = _shift_xor(c, schedule[index - 15], 7, 18, 3)
            s1 = _shift_xor(c, schedule[index - 2], 17, 19, 10)
            schedule.append(_sum(c, [schedule[index - 16], s0, schedule[index - 7], s1]))
        big1 = _xor(c, _xor(c, _rotate(e, 6), _rotate(e, 11)), _rotate(e, 25))
        first = [i, big1, _choose(c, e, g, h), schedule[index]]
        big0 = _xor(c, _xor(c, _rotate(a, 2), _rotate(a, 13)), _rotate(a, 22))
        new_a = _sum(c, [*first, big0, _majority(c, a, b, d)], _K[index])
        new_e = _sum(c, [*first, f], _K[index])
        a, b, d, f, e, g, h, i = new_a, a, b, d, new_e, e, g, h
    return [_sum(c, [old, new]) for old, new in zip(state, (a, b, d, f, e, g, h, i), strict=True)]


def _bits(c: CircuitBuilder, limit: int) -> None:
    seed = pow(5, 300, FR.modulus)
    if c.n_constraints + 24 * 32 + _ROUND_CONSTRAINTS <= limit:
        state: list[Word] | None = [_word(c, value) for value in _H0]
        block = [_word(c, (seed >> (12 * i)) & 0xFFFFFFFF) for i in range(16)]
        while state is not None:
            last = state
            state = _sha256_block(c, last, block, limit - 8 * 40)
            block = (state or last) + last
    wire = c.bit(1) if c.n_constraints < limit else ONE
    while c.n_constraints < limit:
        wire = c.product([(wire, 1)], [(wire, 1)])


def _mix(c: CircuitBuilder, limit: int) -> None:
    _dense(c, c.n_constraints + (limit - c.n_constraints) // 2)
    _bits(c, limit)


KINDS: Mapping[str, Callable[[CircuitBuilder, int], None]] = {"dense": _dense, "bits": _bits, "mix": _mix}


def generate_circuit(kind: str, power: int) -> tuple[R1cs, LimbArray]:
    """A circuit of `kind` whose domain is exactly 2^power and nearly full, with a witness that satisfies it.

    Arguments:
        kind: a key of `KINDS`.
        power: 2 to 28; 2^power - 2 constraints and one public signal.

    Returns: the system and its witness, plain `uint64[n_wires, 4]`. The same arguments give the same bytes.
    """
    if power < 2:
        raise ValueError("the smallest generated circuit has a domain of 4")
    return generate_sized(kind, (1 << power) - 2)


def generate_sized(kind: str, constraints: int) -> tuple[R1cs, LimbArray]:
    """A circuit of `kind` with exactly so many constraints, at least two; otherwise as `generate_circuit`."""
    if constraints < 2:
        raise ValueError("a generated circuit has at least two constraints")
    c = CircuitBuilder()
    start = c.public(pow(7, 100, FR.modulus))
    square = c.product([(start, 1)], [(start, 1)])
    c.linear([(square, 1)])
    KINDS[kind](c, constraints)
    return c.finish()
