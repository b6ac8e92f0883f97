"""How long a proof takes by what a calibration measured: the seconds of each phase, from the shape of its circuit.

The sums over the witness share one sorting of its digits, which counts for the first of them, as in a proof. Values of
a witness are full-size, or 0 and 1 in equal parts; a short value counts as full-size, of which it takes a part.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zkcompanion.costs.band import Band
from zkcompanion.costs.memory import Run
from zkcompanion.costs.rates import Rates
from zkcompanion.costs.shape import CircuitShape, System
from zkcompanion.costs.windows import Windows, full_size_windows
from zkcompanion.costs.work import fixed_base_additions
from zkcompanion.proving.phases import Phase
from zkcompanion.proving.workcount import fold_additions, quotient_products

#: Phases that a warm proof does not go through: they come once for a circuit.
ONCE = (Phase.SETUP, Phase.LOAD)
#: A phase that may have nothing to do takes next to nothing.
_NO_VALUES = math.log(100.0)


@dataclass(frozen=True, slots=True)
class Values:
    """How many values of a witness are full-size, in all and of those with a finite point in A, in B and in C."""

    full: int
    full_a: int
    full_b: int
    full_c: int
    #: 0 or 1, by the same
    small: int
    small_a: int
    small_b: int
    small_c: int


def values_of(shape: CircuitShape, full: int) -> Values:
    """Of a witness with so many full-size values. Where they stand the constraints tell; else they stand everywhere."""
    small = shape.wires - full
    if shape.small:
        share = min(1.0, small / shape.small)
        small_a, small_b = round(share * shape.small_a), round(share * shape.small_b)
    else:
        share = small / shape.wires
        small_a, small_b = round(share * shape.finite_a), round(share * shape.finite_b)
    small_c = max(0, small - round(shape.public * small / shape.wires))
    return Values(
        full,
        max(0, shape.finite_a - small_a),
        max(0, shape.finite_b - small_b),
        max(0, shape.points_c - small_c),
        small,
        small_a,
        small_b,
        small_c,
    )


def seconds_by_phase(shape: CircuitShape, run: Run, full: int, rates: Rates) -> Mapping[Phase, float]:
    """Of a proof with so many full-size values in its witness; the phases in their order."""
    threads, values = run.threads, values_of(shape, full)
    windows = full_size_windows(full)
    found: dict[Phase, float] = {}
    if run.makes_key:
        found[Phase.SETUP] = _setup(shape, rates, threads)
    found[Phase.LOAD] = rates.seconds("read-key", shape.key_bytes)
    if run.system is not None:
        found[Phase.LOAD] += rates.seconds("read-system", run.system.size_bytes)
    found[Phase.WITNESS] = rates.seconds("read-witness", shape.wires)
    if run.system is not None:
        found[Phase.CHECK] = _check(run.system, full / shape.wires, rates, threads)
    found[Phase.CONSTRAINTS] = rates.seconds("rows", shape.coefficients, threads)
    found[Phase.TRANSFORMS] = rates.seconds("transforms", quotient_products(shape.power), threads)
    sorting = rates.seconds("sort", full, threads) + rates.seconds("sort-bits", values.small, threads)
    found[Phase.SUM_A] = sorting + _sum(windows, values.full_a, values.small_a, rates, threads)
    found[Phase.SUM_B1] = _sum(windows, values.full_b, values.small_b, rates, threads)
    found[Phase.SUM_B2] = _sum(windows, values.full_b, values.small_b, rates, threads, in_g2=True)
    found[Phase.SUM_C] = _sum(windows, values.full_c, values.small_c, rates, threads)
    found[Phase.SUM_H] = rates.seconds("sort", shape.domain, threads)
    found[Phase.SUM_H] += _sum(full_size_windows(shape.domain), shape.domain, 0, rates, threads)
    found[Phase.ASSEMBLE] = rates.seconds("assemble", 1)
    found[Phase.VERIFY] = rates.seconds("verify", 1)
    return found


def rest_seconds(shape: CircuitShape, full: int, rates: Rates) -> float:
    """Between the phases: the witness is looked at once more, and memory that held secrets is overwritten."""
    in_sums = 0
    for windows in (full_size_windows(full), full_size_windows(shape.domain)):
        in_sums += 4 * windows.entries + 64 * windows.buckets + 32 * windows.scalars
    return rates.seconds("read-witness", shape.wires) + rates.seconds("wipe", 3 * 32 * shape.domain + in_sums)


def _check(system: System, full: float, rates: Rates, threads: int) -> float:
    """Terms, and products of values of full size, which such a share of the witness is; others take nothing more."""
    products = full * system.products
    beyond = rates.seconds("check-products", products, threads) - rates.seconds("check", 3 * products, threads)
    return rates.seconds("check", system.terms, threads) + max(0.0, beyond)


def _sum(windows: Windows, full: int, small: int, rates: Rates, threads: int, *, in_g2: bool = False) -> float:
    """One multi-scalar multiplication, its digits sorted already."""
    folds = sum(fold_additions(bits - 1) for bits in windows.bits)
    seconds = rates.seconds("g2" if in_g2 else "g1", windows.additions(full) + folds, threads)
    return seconds + rates.seconds("g2-bits" if in_g2 else "g1-bits", small / 2, threads)


def _setup(shape: CircuitShape, rates: Rates, threads: int) -> float:
    """Making a development key: multiples of the generators for the most part."""
    seconds = rates.seconds("g1", fixed_base_additions(3 * shape.wires + shape.domain), threads)
    seconds += rates.seconds("g2", fixed_base_additions(shape.wires), threads)
    return seconds + 2 * rates.seconds("transforms", quotient_products(shape.power), threads)


def warm_seconds(phases: Mapping[Phase, Band], rest: Band) -> Band:
    """Of a proof whose key is in memory; `rest`: what comes between the phases."""
    counted = [rest, *(band for phase, band in phases.items() if phase not in ONCE)]
    return Band(*(sum(part) for part in zip(*((b.low, b.likely, b.high) for b in counted), strict=True)))


def band_of(times: Sequence[float], factor: float, below: float, above: float) -> Band:
    """Seconds for the fewest, the likely and the most full-size values, times `factor`, with a margin to both sides.

    What the witness may do and what the model may miss are independent of each other: their logarithms add as squares.
    """
    low, likely, high = (factor * seconds for seconds in times)
    if not likely > 0:
        return Band(min(low, likely), likely, max(high, likely) * (1 + above))
    down = math.hypot(math.log(likely / min(low, likely)) if low > 0 else _NO_VALUES, math.log1p(-below))
    up = math.hypot(math.log(max(high, likely) / likely), math.log1p(above))
    return Band(likely * math.exp(-down), likely, likely * math.exp(up))
