"""A key in one step from local randomness: for trying a circuit out at once, without powers of tau.

Tau, alpha, beta and delta are drawn from the operating system, the columns of the constraints are evaluated at tau in
the field, and every point is a multiple of a generator. Whoever runs this could keep the secrets and forge any proof,
so the key says what it is: its one contribution is called `DEVELOPMENT_CONTRIBUTION`, which `keytrust` recognises and
snarkjs shows. Gamma is the generator, as in keys of snarkjs.

The secrets live in local variables of `new_development_key` and end with it, also when it is cancelled; arrays that
hold them are overwritten. Python's integers cannot be, so their memory may keep them until it is used again.

To snarkjs the key is an ordinary one: `groth16 prove`, `groth16 verify` and `zkey export` take it. `zkey verify` calls
it invalid, and should: there is no powers-of-tau file that it comes from (the record of its contribution is sound, so
that the message is "Invalid alpha1"). The circuit's hash in section 10 is a BLAKE2b-512 of the key's own coefficients.
"""

from __future__ import annotations

import hashlib
import secrets
import struct
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from zkcompanion.proving.backend import Backend
from zkcompanion.proving.fields import FR, LimbArray, from_limbs, to_limbs
from zkcompanion.proving.formats.binfile import raw_bytes
from zkcompanion.proving.formats.contributions import PERSON, Note
from zkcompanion.proving.formats.mapped import StrPath
from zkcompanion.proving.formats.r1cs import R1cs, SparseRows
from zkcompanion.proving.formats.zkey import CONTRIBUTED_LAYOUT, Groth16Zkey, write_zkey
from zkcompanion.proving.groth16.contributions import new_contribution
from zkcompanion.proving.groth16.keytrust import DEVELOPMENT_CONTRIBUTION
from zkcompanion.proving.groth16.qap import a_with_public_rows, columns, domain_power, key_coefficients
from zkcompanion.proving.groth16.setup import Steps
from zkcompanion.proving.phases import NULL_TRACE, Phase, Trace
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR
from zkcompanion.proving.reference.curve import G1, G2

R = FR.modulus
#: Separates the circuit hash of development keys from those of other keys.
_PERSON = b"zkc development"


def write_development_key(path: StrPath, r1cs: R1cs, backend: Backend, *, trace: Trace = NULL_TRACE) -> None:
    """Write a development key for the circuit to `path`. Runs as Phase.SETUP.

    Raises: ResourceError for a circuit beyond the curve's largest domain; OSError for the disk; Cancelled.
    """
    key = new_development_key(r1cs, backend, trace=trace)
    trace.check()
    write_zkey(path, key)


def new_development_key(r1cs: R1cs, backend: Backend, *, trace: Trace = NULL_TRACE) -> Groth16Zkey:
    """The key in memory: about 0.6 kB a wire. Some 15 us a wire and 3 us a point of the domain, in one thread."""
    power = domain_power(r1cs)
    toxic: list[LimbArray] = []
    with trace.phase(Phase.SETUP, 7):
        steps = Steps(trace)
        tau = _draw()
        while pow(tau, 2 << power, R) == 1:  # a point of the domain: some polynomials would vanish there
            tau = _draw()
        secret = _Secrets(tau, alpha=_draw(), beta=_draw(), delta=_draw())
        try:
            scalars = _scalars(r1cs, power, secret, backend, toxic, steps)
            return _key(r1cs, power, secret, scalars, backend, steps)
        finally:
            for array in toxic:
                array.fill(0)


@dataclass(frozen=True)
class _Secrets:
    """What nobody may know."""

    tau: int = field(repr=False)
    alpha: int = field(repr=False)
    beta: int = field(repr=False)
    delta: int = field(repr=False)


class _Scalars(NamedTuple):
    """Logarithms of the key's points: uint64[n, 4], plain; as secret as tau."""

    a: LimbArray
    b: LimbArray
    ic: LimbArray
    c: LimbArray
    h: LimbArray

    def __repr__(self) -> str:
        return "_Scalars(...)"


def _scalars(
    r1cs: R1cs, power: int, secret: _Secrets, backend: Backend, toxic: list[LimbArray], steps: Steps
) -> _Scalars:
    """Evaluate the columns at tau; every array that is made is appended to `toxic`."""

    def keep(array: LimbArray) -> LimbArray:
        toxic.append(array)
        steps.check()  # the Python integers between two arrays take up to 0.4 s for a domain of 2^18
        return array

    n = 1 << power
    # L_i(tau) is the inverse transform of the powers of tau
    powers = keep(_powers(secret.tau, 2 * n))
    lagrange = keep(backend.ntt.inverse(powers[:n], trace=steps))
    odd = keep(backend.ntt.inverse(powers, trace=steps))[1::2]
    by_delta = pow(secret.delta, -1, R)
    values = from_limbs(lagrange)
    # a column of K takes beta for rows of A, alpha for those of B, one for those of C
    weights = [k * x % R for k in (secret.beta, secret.alpha, 1) for x in values]
    public, private = keep(to_limbs(weights)), keep(to_limbs(k * by_delta % R for k in weights))
    h = keep(to_limbs(x * by_delta % R for x in from_limbs(odd)))
    steps.done()
    a = a_with_public_rows(r1cs)
    a_columns, b_columns = (columns([(rows, 0)], r1cs.n_wires) for rows in (a, r1cs.b))
    k_columns = columns([(a, 0), (r1cs.b, n), (r1cs.c, 2 * n)], r1cs.n_wires)
    split = r1cs.n_public + 1
    parts = (
        (a_columns, lagrange),
        (b_columns, lagrange),
        (_slice(k_columns, 0, split), public),
        (_slice(k_columns, split, r1cs.n_wires), private),
    )
    at_a, at_b, at_ic, at_c = (keep(backend.rows.evaluate(rows, at, trace=steps)) for rows, at in parts)
    steps.done()
    return _Scalars(at_a, at_b, at_ic, at_c, h)


def _key(r1cs: R1cs, power: int, secret: _Secrets, scalars: _Scalars, backend: Backend, steps: Steps) -> Groth16Zkey:
    """Multiples of the generators, and the record that says what the key is."""

    def in_g1(values: LimbArray) -> LimbArray:
        points = backend.curve.fixed_base_g1(G1_GENERATOR, values, trace=steps)
        steps.done()
        return points

    coefficients = key_coefficients(r1cs, backend.fields, trace=steps)
    circuit_hash = _circuit_hash(r1cs, coefficients)
    note = Note(PERSON, DEVELOPMENT_CONTRIBUTION.encode())
    return Groth16Zkey(
        r1cs.n_wires,
        r1cs.n_public,
        1 << power,
        vk_alpha_1=G1.multiply(G1_GENERATOR, secret.alpha),
        vk_beta_1=G1.multiply(G1_GENERATOR, secret.beta),
        vk_beta_2=G2.multiply(G2_GENERATOR, secret.beta),
        vk_gamma_2=G2_GENERATOR,
        vk_delta_1=G1.multiply(G1_GENERATOR, secret.delta),
        vk_delta_2=G2.multiply(G2_GENERATOR, secret.delta),
        ic=in_g1(scalars.ic),
        coefficients=coefficients,
        points_a=in_g1(scalars.a),
        points_b1=in_g1(scalars.b),
        points_b2=backend.curve.fixed_base_g2(G2_GENERATOR, scalars.b, trace=steps),
        points_c=in_g1(scalars.c),
        points_h=in_g1(scalars.h),
        circuit_hash=circuit_hash,
        contributions=(new_contribution(circuit_hash, (), G1_GENERATOR, secret.delta, note),),
        layout=CONTRIBUTED_LAYOUT,
    )


def _draw() -> int:
    """Uniform in [1, r)."""
    return 1 + secrets.randbelow(R - 1)


def _powers(x: int, n: int) -> LimbArray:
    """1, x, x^2, ...: uint64[n, 4], plain."""
    values, acc = [], 1
    for _ in range(n):
        values.append(acc)
        acc = acc * x % R
    return to_limbs(values)


def _slice(rows: SparseRows, first: int, last: int) -> SparseRows:
    """Rows first to last - 1."""
    start, stop = rows.row_ptr[first], rows.row_ptr[last]
    return SparseRows(rows.row_ptr[first : last + 1] - start, rows.wire[start:stop], rows.value[start:stop])


def _circuit_hash(r1cs: R1cs, coefficients: npt.NDArray[np.void]) -> bytes:
    digest = hashlib.blake2b(struct.pack("<III", r1cs.n_wires, r1cs.n_public, r1cs.n_constraints), person=_PERSON)
    digest.update(raw_bytes(coefficients))
    return digest.digest()
