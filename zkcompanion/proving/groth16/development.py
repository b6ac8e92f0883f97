"""A key in one step from local randomness: for trying a circuit out at once, without powers of tau.

Tau, alpha, beta and delta are drawn from the operating system, the columns of the constraints are evaluated at tau in
the field, and every point is a multiple of a generator. Whoever runs this could keep the secrets and forge any proof,
so the key says what it is: its one contribution is called `DEVELOPMENT_CONTRIBUTION`, which `keytrust` recognises and
snarkjs shows. Gamma is the generator, as in keys of snarkjs.

The secrets live as long as the key is made, also where that is cancelled; arrays that hold them are overwritten.
Python's integers cannot be, so the memory of the few that there are may keep them until it is used again.

The key is written while it is made, some ten thousand points at a time: beside the constraints there are three arrays
of field elements for the wires, and at the worst two of the domain and its roots (`costs/making` says how much).

To snarkjs the key is an ordinary one: `groth16 prove`, `groth16 verify` and `zkey export` take it. `zkey verify` calls
it invalid, and should: there is no powers-of-tau file that it comes from (the record of its contribution is sound, so
that the message is "Invalid alpha1"). The circuit's hash in section 10 is a BLAKE2b-512 of the key's own coefficients.
"""

from __future__ import annotations

import hashlib
import secrets
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from zkcompanion.proving.backend import Backend
from zkcompanion.proving.fields import FR, LimbArray
from zkcompanion.proving.formats.binfile import raw_bytes
from zkcompanion.proving.formats.contributions import PERSON, Note
from zkcompanion.proving.formats.mapped import StrPath
from zkcompanion.proving.formats.r1cs import R1cs
from zkcompanion.proving.formats.zkey import COEFFICIENT, CONTRIBUTED_LAYOUT, Groth16Zkey, write_zkey_in_parts
from zkcompanion.proving.groth16.contributions import new_contribution
from zkcompanion.proving.groth16.keytrust import DEVELOPMENT_CONTRIBUTION
from zkcompanion.proving.groth16.qap import coefficient_parts, domain_power, n_coefficients
from zkcompanion.proving.groth16.setup import Steps
from zkcompanion.proving.groth16.toxic import (
    BLOCK,
    ToxicArrays,
    add_multiple,
    columns_at,
    lagrange_at,
    quotients_at,
)
from zkcompanion.proving.phases import NULL_TRACE, Phase, Trace
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR
from zkcompanion.proving.reference.curve import G1, G2

R = FR.modulus
#: Separates the circuit hash of development keys from those of other keys.
_PERSON = b"zkc development"

#: Sections of a key in their order, each in parts.
Parts = Mapping[int, Iterator[npt.NDArray[Any]]]


def write_development_key(path: StrPath, r1cs: R1cs, backend: Backend, *, trace: Trace = NULL_TRACE) -> None:
    """Write a development key for the circuit to `path`, as it is made. Runs as Phase.SETUP.

    Some 15 us a wire and 3 us a point of the domain, in one thread.
    Raises: ResourceError for a circuit beyond the curve's largest domain; OSError for the disk; Cancelled. Then nothing
        is written.
    """
    with _making(r1cs, backend, trace) as (key, parts):
        write_zkey_in_parts(path, key, n_coefficients(r1cs), parts)


def new_development_key(r1cs: R1cs, backend: Backend, *, trace: Trace = NULL_TRACE) -> Groth16Zkey:
    """The key in memory: about 0.6 kB a wire beside what `write_development_key` takes."""
    with _making(r1cs, backend, trace) as (key, parts):
        whole = {number: np.concatenate(list(section)) for number, section in sorted(parts.items())}
    key.ic, key.coefficients, key.points_c, key.points_h = whole[3], whole[4], whole[8], whole[9]
    key.points_a, key.points_b1, key.points_b2 = whole[5], whole[6], whole[7]
    return key


@dataclass(frozen=True)
class _Secrets:
    """What nobody may know."""

    tau: int = field(repr=False)
    alpha: int = field(repr=False)
    beta: int = field(repr=False)
    delta: int = field(repr=False)


@contextmanager
def _making(r1cs: R1cs, backend: Backend, trace: Trace) -> Iterator[tuple[Groth16Zkey, Parts]]:
    """A key without its arrays, and these in parts, which are made when they are asked for, in their order."""
    power = domain_power(r1cs)
    sizes = (r1cs.n_public + 1, *3 * (r1cs.n_wires,), r1cs.n_wires - r1cs.n_public - 1, 1 << power)
    toxic = ToxicArrays()
    with trace.phase(Phase.SETUP, 3 + sum(len(_blocks(size)) for size in sizes)):
        tau = _draw()
        while pow(tau, 2 << power, R) == 1:  # a point of the domain: some polynomials would vanish there
            tau = _draw()
        secret = _Secrets(tau, alpha=_draw(), beta=_draw(), delta=_draw())
        steps = Steps(trace)
        try:
            key = _key_without_arrays(r1cs, power, secret, backend, steps)
            yield key, _Maker(r1cs, power, secret, backend, toxic, steps).parts()
        finally:
            toxic.wipe_all()


class _Maker:
    """The arrays of one key. `parts` are to be taken in the order of their sections: what the later ones do not need
    is let go of.
    """

    def __init__(
        self, r1cs: R1cs, power: int, secret: _Secrets, backend: Backend, toxic: ToxicArrays, steps: Steps
    ) -> None:
        self._r1cs, self._power, self._secret = r1cs, power, secret
        self._backend, self._toxic, self._steps = backend, toxic, steps
        self._curve: Any = backend.curve

    def parts(self) -> Parts:
        """Sections 3 to 9."""
        r1cs, curve, steps = self._r1cs, self._curve, self._steps
        split, by_delta = r1cs.n_public + 1, pow(self._secret.delta, -1, R)
        a, b, k = self._columns()
        in_g1 = curve.base_g1(G1_GENERATOR, 3 * r1cs.n_wires + (1 << self._power), trace=steps)

        def in_g2() -> Iterator[LimbArray]:
            yield from self._points(b, curve.base_g2(G2_GENERATOR, r1cs.n_wires, trace=steps), last=True)

        def h() -> Iterator[LimbArray]:
            scalars = quotients_at(self._secret.tau, self._secret.delta, self._power, self._backend, self._toxic, steps)
            steps.done()
            yield from self._points(scalars, in_g1, last=True)

        return {
            3: self._points(k[:split], in_g1),
            4: coefficient_parts(r1cs, self._backend.fields, trace=steps),
            5: self._points(a, in_g1, last=True),
            6: self._points(b, in_g1),
            7: in_g2(),
            8: self._private(k, split, in_g1, by_delta),
            9: h(),
        }

    def _columns(self) -> tuple[LimbArray, LimbArray, LimbArray]:
        """For each wire the value at tau of its columns of A and B, and of K = beta*A + alpha*B + C."""
        r1cs, toxic, steps, backend = self._r1cs, self._toxic, self._steps, self._backend
        lagrange = lagrange_at(self._secret.tau, self._power, backend, toxic, steps)
        steps.done()
        a, b, k = (columns_at(rows, r1cs.n_wires, lagrange, backend, toxic, steps) for rows in (r1cs.a, r1cs.b, r1cs.c))
        # the rows of A for the constant one and the public signals
        public, first = r1cs.n_public + 1, r1cs.n_constraints
        backend.fields.add_into(FR, a[:public], lagrange[first : first + public], trace=steps)
        toxic.wipe(lagrange)
        add_multiple(k, a, self._secret.beta, backend, toxic, steps)
        add_multiple(k, b, self._secret.alpha, backend, toxic, steps)
        steps.done()
        return a, b, k

    def _points(self, scalars: LimbArray, base: Any, *, last: bool = False) -> Iterator[LimbArray]:
        """Multiples of a generator; `last`: the scalars are used no more then."""
        for part in _blocks(len(scalars)):
            yield self._curve.multiples(base, scalars[part], trace=self._steps)
            self._steps.done()
        if last:
            self._toxic.wipe(scalars)

    def _private(self, k: LimbArray, split: int, base: Any, by_delta: int) -> Iterator[LimbArray]:
        """The points C: those of K from wire `split` on, over delta."""
        for part in _blocks(len(k) - split):
            known = self._backend.fields.scale(FR, k[split:][part], by_delta << 256, trace=self._steps)
            with self._toxic.briefly(known) as scalars:
                yield self._curve.multiples(base, scalars, trace=self._steps)
            self._steps.done()
        self._toxic.wipe(k)


def _blocks(n: int) -> list[slice]:
    """At least one."""
    return [slice(start, start + BLOCK) for start in range(0, max(n, 1), BLOCK)]


def _key_without_arrays(r1cs: R1cs, power: int, secret: _Secrets, backend: Backend, steps: Steps) -> Groth16Zkey:
    """Its single points, and the record that says what the key is."""
    circuit_hash = _circuit_hash(r1cs, backend, steps)
    note = Note(PERSON, DEVELOPMENT_CONTRIBUTION.encode())
    in_g1, in_g2 = np.empty((0, 8), dtype=np.uint64), np.empty((0, 16), dtype=np.uint64)
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
        ic=in_g1,
        coefficients=np.empty(0, dtype=COEFFICIENT),
        points_a=in_g1,
        points_b1=in_g1,
        points_b2=in_g2,
        points_c=in_g1,
        points_h=in_g1,
        circuit_hash=circuit_hash,
        contributions=(new_contribution(circuit_hash, (), G1_GENERATOR, secret.delta, note),),
        layout=CONTRIBUTED_LAYOUT,
    )


def _draw() -> int:
    """Uniform in [1, r)."""
    return 1 + secrets.randbelow(R - 1)


def _circuit_hash(r1cs: R1cs, backend: Backend, steps: Steps) -> bytes:
    """Goes through the coefficients, which are made once more for the file."""
    digest = hashlib.blake2b(struct.pack("<III", r1cs.n_wires, r1cs.n_public, r1cs.n_constraints), person=_PERSON)
    for part in coefficient_parts(r1cs, backend.fields, trace=steps):
        digest.update(raw_bytes(part))
    return digest.digest()
