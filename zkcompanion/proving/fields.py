"""Fields of BN254 as data, and the way between Python integers and limb arrays.

Everything but the moduli and the small generators is derived here, so another curve is another `FieldParams`.
Source of the moduli: EIP-196/197; the same primes stand in snarkjs's `bn128`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

#: uint64[..., 4], little-endian limbs; whether Montgomery or plain is said where it is used.
LimbArray = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class FieldParams:
    """A prime field of at most 254 bits with Montgomery radix R = 2^256 (four 64-bit limbs)."""

    name: str
    modulus: int
    #: smallest quadratic non-residue; generates the 2-Sylow subgroup's top
    nonresidue: int

    @cached_property
    def r(self) -> int:
        """R mod p: the number one in Montgomery form."""
        return (1 << 256) % self.modulus

    @cached_property
    def r2(self) -> int:
        """R^2 mod p: montmul by it takes a plain number to Montgomery form."""
        return self.r * self.r % self.modulus

    @cached_property
    def r_inv(self) -> int:
        """R^-1 mod p."""
        return pow(self.r, -1, self.modulus)

    @cached_property
    def inv64(self) -> int:
        """-p^-1 mod 2^64, the Montgomery reduction factor of one 64-bit limb."""
        return -pow(self.modulus, -1, 1 << 64) % (1 << 64)

    @cached_property
    def two_adicity(self) -> int:
        """Largest s with 2^s dividing p - 1."""
        m = self.modulus - 1
        return (m & -m).bit_length() - 1

    def root_of_unity(self, power: int) -> int:
        """W of exact order 2^power, plain: nonresidue^((p-1)/2^power), as snarkjs's Fr.w[power]."""
        if not 0 <= power <= self.two_adicity:
            raise ValueError(f"no root of unity of order 2^{power} in {self.name}")
        return pow(self.nonresidue, (self.modulus - 1) >> power, self.modulus)

    def to_mont(self, value: int) -> int:
        """Value * R mod p."""
        return value * self.r % self.modulus

    def from_mont(self, value: int) -> int:
        """Value / R mod p."""
        return value * self.r_inv % self.modulus


FR = FieldParams("fr", 21888242871839275222246405745257275088548364400416034343698204186575808495617, nonresidue=5)
FP = FieldParams("fp", 21888242871839275222246405745257275088696311157297823662689037894645226208583, nonresidue=3)


def to_limbs(values: Iterable[int]) -> LimbArray:
    """uint64[n, 4] little-endian limbs of non-negative integers below 2^256."""
    data = b"".join(v.to_bytes(32, "little") for v in values)
    return np.frombuffer(data, dtype="<u8").reshape(-1, 4).astype(np.uint64)


def from_limbs(limbs: LimbArray) -> list[int]:
    """Integers of uint64[n, 4] (any leading shape is flattened)."""
    data = np.ascontiguousarray(limbs, dtype="<u8").tobytes()
    return [int.from_bytes(data[i : i + 32], "little") for i in range(0, len(data), 32)]


def to_mont_limbs(values: Iterable[int], field: FieldParams) -> LimbArray:
    """Montgomery limbs uint64[n, 4] of plain integers."""
    return to_limbs(field.to_mont(v % field.modulus) for v in values)


def from_mont_limbs(limbs: LimbArray, field: FieldParams) -> list[int]:
    """Plain integers of Montgomery limbs."""
    return [field.from_mont(v) for v in from_limbs(limbs)]
