"""Poseidon over the scalar field of BN254, on Python integers; gives the values of circomlib's and circomlibjs's.

Parameters: S-box x^5, 8 full rounds, as many partial rounds as the paper's reference script finds for 128 bits of
security. Round constants and the Cauchy matrix come from the paper's Grain LFSR (Grassi, Khovratovich, Rechberger, Roy,
Schofnegger: "Poseidon: A New Hash Function for Zero-Knowledge Proof Systems", appendices E and F), so no table is
copied. Used to make inputs of the bundled circuits and to generate `resources/circuits/lib/poseidon_constants.circom`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from zkcompanion.proving.fields import FR

FULL_ROUNDS = 8
#: Partial rounds for widths 2, 3, ..., 17.
PARTIAL_ROUNDS = (56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68)
MIN_WIDTH, MAX_WIDTH = 2, 17

_FIELD_BITS = 254
_STATE_BITS = 80


@dataclass(frozen=True)
class PoseidonParams:
    """Width, rounds and constants of one permutation; field elements are plain integers below r."""

    width: int
    partial_rounds: int
    #: (8 + partial_rounds) * width values, round by round
    round_constants: tuple[int, ...]
    #: width x width; a new state is matrix times state
    matrix: tuple[tuple[int, ...], ...]


def _grain_bits(width: int, partial_rounds: int) -> Iterator[int]:
    """Self-shrinking bits of the Grain LFSR seeded with the parameters (prime field, x^alpha S-box)."""
    seed = 0
    for value, size in ((1, 2), (0, 4), (_FIELD_BITS, 12), (width, 12), (FULL_ROUNDS, 10), (partial_rounds, 10)):
        seed = seed << size | value
    seed = seed << 30 | (1 << 30) - 1
    state = deque((seed >> (_STATE_BITS - 1 - i) & 1 for i in range(_STATE_BITS)), maxlen=_STATE_BITS)

    def step() -> int:
        bit = state[62] ^ state[51] ^ state[38] ^ state[23] ^ state[13] ^ state[0]
        state.append(bit)  # and the oldest leaves
        return bit

    for _ in range(160):
        step()
    while True:
        keep, bit = step(), step()
        if keep:
            yield bit


def _take(bits: Iterator[int]) -> int:
    value = 0
    for _ in range(_FIELD_BITS):
        value = value << 1 | next(bits)
    return value


@cache
def poseidon_params(width: int) -> PoseidonParams:
    """Constants for a state of `width` elements (2 to 17).

    Round constants at or above r are drawn again. Matrix entries are 1 / (x_i + y_j) for 2 * width draws reduced mod r;
    all draws differ and no sum is zero for the widths offered, and the first matrix drawn is the one in use everywhere
    (a test compares the hashes with circomlibjs's).
    """
    if not MIN_WIDTH <= width <= MAX_WIDTH:
        raise ValueError(f"Poseidon is defined here for widths {MIN_WIDTH} to {MAX_WIDTH}, not {width}")
    partial_rounds = PARTIAL_ROUNDS[width - MIN_WIDTH]
    bits = _grain_bits(width, partial_rounds)
    constants: list[int] = []
    while len(constants) < (FULL_ROUNDS + partial_rounds) * width:
        value = _take(bits)
        if value < FR.modulus:
            constants.append(value)
    draws = [_take(bits) % FR.modulus for _ in range(2 * width)]
    xs, ys = draws[:width], draws[width:]
    matrix = tuple(tuple(pow(x + y, -1, FR.modulus) for y in ys) for x in xs)
    return PoseidonParams(width, partial_rounds, tuple(constants), matrix)


def permute(state: Sequence[int]) -> list[int]:
    """The permutation on `len(state)` plain integers below r."""
    r = FR.modulus
    params = poseidon_params(len(state))
    width = params.width
    values = list(state)
    first_partial, last_partial = FULL_ROUNDS // 2, FULL_ROUNDS // 2 + params.partial_rounds
    for round_ in range(FULL_ROUNDS + params.partial_rounds):
        constants = params.round_constants[round_ * width : (round_ + 1) * width]
        values = [(v + c) % r for v, c in zip(values, constants, strict=True)]
        boxes = 1 if first_partial <= round_ < last_partial else width
        values[:boxes] = [pow(v, 5, r) for v in values[:boxes]]
        values = [sum(m * v for m, v in zip(row, values, strict=True)) % r for row in params.matrix]
    return values


def poseidon(inputs: Sequence[int]) -> int:
    """Hash of 1 to 16 plain integers (taken mod r): first element of the permuted state 0, inputs."""
    return permute([0, *(v % FR.modulus for v in inputs)])[0]
