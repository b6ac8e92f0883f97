"""Powers-of-tau files whose secrets are known, laid out as snarkjs's `powersoftau prepare phase2` does."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zkcompanion.proving.backend import Backend
from zkcompanion.proving.fields import FP, FR, LimbArray, from_limbs, to_limbs
from zkcompanion.proving.formats.binfile import Layout, encode_prime, raw_bytes, write_container
from zkcompanion.proving.formats.ptau import PTAU
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR, g2_to_limbs
from zkcompanion.proving.reference.curve import G2

R = FR.modulus
ORDER = (1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15)


@dataclass(frozen=True)
class Secrets:
    """What a ceremony hides."""

    tau: int = 0x1A2B3C4D5E6F708192A3B4C5D6E7F80912A3B4C5D6E7F8091A2B3C4D5E6F708
    alpha: int = 0x0FEDCBA987654321
    beta: int = R - 987654321


def write_known_ptau(
    path: Path, power: int, backend: Backend, secrets: Secrets = Secrets(), *, prepared: bool = True
) -> None:
    """A file of `power` without contributions; `prepared` with the Lagrange sections."""
    n = 1 << power
    powers = _powers(secrets.tau, 2 * n - 1)
    lagrange = [_lagrange(powers, p, backend) for p in range(power + 1)]
    twice = _lagrange(np.concatenate((powers, to_limbs([0]))), power + 1, backend)

    def g1(*parts: LimbArray, factor: int = 1):
        scalars = np.concatenate(parts)
        if factor != 1:
            scalars = to_limbs(factor * k % R for k in from_limbs(scalars))
        return backend.curve.fixed_base_g1(G1_GENERATOR, scalars)

    def g2(*parts: LimbArray):
        return backend.curve.fixed_base_g2(G2_GENERATOR, np.concatenate(parts))

    header = encode_prime(FP.modulus) + struct.pack("<II", power, power)
    arrays = {
        2: g1(powers),
        3: g2(powers[:n]),
        4: g1(powers[:n], factor=secrets.alpha),
        5: g1(powers[:n], factor=secrets.beta),
        6: g2_to_limbs([G2.multiply(G2_GENERATOR, secrets.beta)]),
    }
    if prepared:
        arrays |= {
            12: g1(*lagrange, twice),
            13: g2(*lagrange),
            14: g1(*lagrange, factor=secrets.alpha),
            15: g1(*lagrange, factor=secrets.beta),
        }
    sections = {1: (len(header), [header]), 7: (4, [bytes(4)])}
    sections |= {number: (array.nbytes, [raw_bytes(array)]) for number, array in arrays.items()}
    write_container(path, PTAU, Layout(1, tuple(number for number in ORDER if number in sections)), sections)


def _powers(tau: int, n: int) -> LimbArray:
    values, acc = [], 1
    for _ in range(n):
        values.append(acc)
        acc = acc * tau % R
    return to_limbs(values)


def _lagrange(powers: LimbArray, power: int, backend: Backend) -> LimbArray:
    """L_i(tau) as snarkjs has them: the inverse transform of the powers of tau."""
    return backend.ntt.inverse(np.ascontiguousarray(powers[: 1 << power]))
