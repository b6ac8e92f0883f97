"""The first key of a circuit from a powers-of-tau file: what `snarkjs groth16 setup` writes, byte for byte.

With L_i the Lagrange polynomials of the domain and a_s, b_s, c_s the columns of the constraints for wire s:

    A[s] = sum a_s[i] * [L_i(tau)]_1, B1[s] and B2[s] the same of b_s in both groups,
    K[s] = sum a_s[i] * [beta*L_i(tau)]_1 + b_s[i] * [alpha*L_i(tau)]_1 + c_s[i] * [L_i(tau)]_1,
    H[i] = [L'_(2i+1)(tau)]_1, L' those of the domain twice as large.

IC are the K of the constant one and of the public signals, C those of the other wires. Gamma and delta are the
generators: anyone can forge proofs for such a key until somebody contributes to it. Source: snarkjs 0.7.6 (zkey_new).

No secret is handled here. Points of the file are checked to be on their curves as they are used; that they are powers
of one number, `powersoftau verify` checks.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zkcompanion.base.errors import FileError
from zkcompanion.base.messages import msg
from zkcompanion.proving.backend import Backend
from zkcompanion.proving.fields import FR, LimbArray
from zkcompanion.proving.formats.mapped import StrPath
from zkcompanion.proving.formats.ptau import (
    ALPHA_TAU_G1,
    BETA_G2,
    BETA_TAU_G1,
    LAGRANGE_ALPHA_TAU_G1,
    LAGRANGE_BETA_TAU_G1,
    LAGRANGE_TAU_G1,
    LAGRANGE_TAU_G2,
    Ptau,
)
from zkcompanion.proving.formats.r1cs import R1cs
from zkcompanion.proving.formats.zkey import SETUP_LAYOUT, Groth16Zkey, write_zkey
from zkcompanion.proving.groth16.circuit_hash import CircuitHash
from zkcompanion.proving.groth16.qap import a_with_public_rows, columns, domain_power, key_coefficients
from zkcompanion.proving.phases import NULL_TRACE, Phase, Trace
from zkcompanion.proving.points import G1_GENERATOR, G2_GENERATOR, g1_from_limbs, g2_from_limbs
from zkcompanion.proving.weighted_sums import WeightedSums


class Steps(Trace):
    """Hears `check` from the drivers and passes it on; `done` reports a step of the set-up."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def check(self) -> None:
        """As the trace does."""
        self._trace.check()

    def done(self) -> None:
        """One step more."""
        self._trace.advance(Phase.SETUP)


def setup(path: StrPath, r1cs: R1cs, ptau: Ptau, backend: Backend, *, trace: Trace = NULL_TRACE) -> bytes:
    """Write the circuit's first key to `path`; returns the circuit's hash (64 bytes). Runs as Phase.SETUP.

    Raises: FileError where the powers-of-tau file is not prepared, too small, or holds a point off its curve;
        ResourceError for a circuit beyond the curve's largest domain; OSError for the disk; Cancelled.
    """
    key = new_key(r1cs, ptau, backend, trace=trace)
    trace.check()
    write_zkey(path, key)
    return key.circuit_hash


def new_key(r1cs: R1cs, ptau: Ptau, backend: Backend, *, trace: Trace = NULL_TRACE) -> Groth16Zkey:
    """The key of `setup`, in memory: about 0.6 kB a wire and 0.1 kB a constraint and term."""
    power = required_power(r1cs, ptau)
    n = 1 << power
    a = a_with_public_rows(r1cs)
    a_columns = columns([(a, 0)], r1cs.n_wires)
    b_columns = columns([(r1cs.b, 0)], r1cs.n_wires)
    k_columns = columns([(a, 0), (r1cs.b, n), (r1cs.c, 2 * n)], r1cs.n_wires)
    work = WeightedSums.tiles(a_columns) + 2 * WeightedSums.tiles(b_columns) + WeightedSums.tiles(k_columns)
    with trace.phase(Phase.SETUP, work):
        steps = Steps(trace)
        points = _PtauPoints(ptau, backend, steps)
        in_g1 = WeightedSums(backend.curve.sum_segments_g1, backend.curve.multiply_rows_g1, steps.done)
        in_g2 = WeightedSums(backend.curve.sum_segments_g2, backend.curve.multiply_rows_g2, steps.done)
        lagrange = points.lagrange(LAGRANGE_TAU_G1, power)
        k_bases = [points.lagrange(number, power) for number in (LAGRANGE_BETA_TAU_G1, LAGRANGE_ALPHA_TAU_G1)]
        k = in_g1.run(np.concatenate((*k_bases, lagrange)), k_columns, trace=steps)
        key = Groth16Zkey(
            r1cs.n_wires,
            r1cs.n_public,
            n,
            vk_alpha_1=g1_from_limbs(points.take(ALPHA_TAU_G1, 0, 1))[0],
            vk_beta_1=g1_from_limbs(points.take(BETA_TAU_G1, 0, 1))[0],
            vk_beta_2=g2_from_limbs(points.beta_g2())[0],
            vk_gamma_2=G2_GENERATOR,
            vk_delta_1=G1_GENERATOR,
            vk_delta_2=G2_GENERATOR,
            ic=k[: r1cs.n_public + 1],
            coefficients=key_coefficients(r1cs, backend.fields, trace=steps),
            points_a=in_g1.run(lagrange, a_columns, trace=steps),
            points_b1=in_g1.run(lagrange, b_columns, trace=steps),
            points_b2=in_g2.run(points.lagrange(LAGRANGE_TAU_G2, power), b_columns, trace=steps),
            points_c=k[r1cs.n_public + 1 :],
            points_h=_h_points(points, power),
            circuit_hash=b"",
            layout=SETUP_LAYOUT,
        )
        key.circuit_hash = _circuit_hash(key, points, backend, steps)
    return key


def required_power(r1cs: R1cs, ptau: Ptau) -> int:
    """The power of the circuit's domain.

    Raises: FileError where the file is too small or not prepared; ResourceError for a circuit beyond all domains.
    """
    power = domain_power(r1cs)
    if power > ptau.power:
        raise FileError(
            msg(
                "The circuit needs powers of tau up to 2^{needed} (for {constraints} constraints and {public} public "
                "signals); this file goes up to 2^{found}.",
                needed=power,
                constraints=r1cs.n_constraints,
                public=r1cs.n_public,
                found=ptau.power,
            ),
            file=ptau.file,
            hint=msg("Take a powers-of-tau file of power {needed} or more.", needed=power),
        )
    if not ptau.prepared:
        raise FileError(
            msg("The file is not prepared for phase 2 (its Lagrange sections 12 to 15 are missing)."),
            file=ptau.file,
            hint=msg("Prepare it first: powersoftau prepare phase2."),
        )
    return power


class _PtauPoints:
    """Points of the file, looked at before they are used."""

    def __init__(self, ptau: Ptau, backend: Backend, steps: Steps) -> None:
        self.ptau = ptau
        self._curve = backend.curve
        self._steps = steps

    def lagrange(self, number: int, power: int) -> LimbArray:
        """All points of one Lagrange base."""
        return self.take(number, (1 << power) - 1, 1 << power)

    def take(self, number: int, first: int, count: int) -> LimbArray:
        """Some points of a section. Raises: FileError."""
        points = self.ptau.points(number, first, count)
        self.check(number, points, first)
        return points

    def check(self, number: int, points: LimbArray, first: int) -> None:
        """Raise FileError where a point is off its curve."""
        in_g2 = points.shape[1] == 16
        find: Callable[..., int] = self._curve.find_off_curve_g2 if in_g2 else self._curve.find_off_curve_g1
        bad = find(points, trace=self._steps)
        if bad >= 0:
            what = msg("Point {index} is not on the curve.", index=first + bad)
            raise self.ptau.point_refusal(what, number, first + bad)

    def beta_g2(self) -> LimbArray:
        """Beta in G2, the one point of the file whose order is looked at too (40 us; a large file has millions)."""
        point = self.take(BETA_G2, 0, 1)
        if self._curve.find_outside_subgroup(point, trace=self._steps) >= 0:
            raise self.ptau.point_refusal(msg("Beta is outside the subgroup."), BETA_G2, 0)
        return point


def _h_points(points: _PtauPoints, power: int) -> LimbArray:
    """Every other point of the base twice as large; for the largest domain, which has none, its second half."""
    twice = points.lagrange(LAGRANGE_TAU_G1, power + 1)
    return twice[1::2] if power < FR.two_adicity else twice[len(twice) // 2 :]


def _circuit_hash(key: Groth16Zkey, points: _PtauPoints, backend: Backend, steps: Steps) -> bytes:
    digest = CircuitHash(backend.fields, steps)
    digest.g1(key.vk_alpha_1)
    digest.g1(key.vk_beta_1)
    digest.g2(key.vk_beta_2)
    digest.g2(key.vk_gamma_2)
    digest.g1(key.vk_delta_1)
    digest.g2(key.vk_delta_2)
    digest.section(key.ic)
    digest.differences(points.ptau, key.power, backend.curve.sum_segments_g1, points.check)
    for array in (key.points_c, key.points_a, key.points_b1, key.points_b2):
        digest.section(array)
    return digest.digest()
