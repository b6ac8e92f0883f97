"""Machines that were measured beforehand, for those that were not: rates to begin with, and how families compare.

The table is `resources/catalogue/reference_rates.json`: calibrations of machines of ours, one for each family of
kernels. What another machine takes is guessed from it by family, cores and clock; it may be twice or half of that.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from zkcompanion.base.errors import BugError
from zkcompanion.base.messages import msg
from zkcompanion.base.paths import resource_path
from zkcompanion.base.strictjson import load_json
from zkcompanion.costs.rates import KINDS, Kind, Rates, rates_from_plain

_MAX_BYTES = 1 << 20
#: A processor's highest clock is reached by one core in the best case; more than this is not made of it.
_LEAST_FACTOR, _MOST_FACTOR = 0.7, 2.5


@dataclass(frozen=True, slots=True)
class Reference:
    """A machine of the table: its name, the clock at which it was measured in hertz, and what was measured."""

    machine: str
    date: str
    hz: float
    rates: Rates


@lru_cache(maxsize=1)
def references() -> Mapping[str, Reference]:
    """By family of kernels."""
    path = resource_path("catalogue", "reference_rates.json")
    plain = load_json(path.read_bytes(), file=str(path), max_bytes=_MAX_BYTES)
    found: dict[str, Reference] = {}
    machines = plain["machines"] if isinstance(plain, dict) else []
    for machine in machines:
        rates = rates_from_plain(machine["rates"])
        if rates is None:
            raise BugError(msg("The table of reference machines is damaged."))
        found[rates.kernels] = Reference(machine["machine"], machine["date"], machine["hz"], rates)
    return found


@lru_cache(maxsize=64)
def guessed_rates(family: str, max_hz: float | None) -> Rates:
    """Of a machine that was not measured, of which at most its highest clock is known."""
    reference = references()[family]
    if not max_hz:
        return reference.rates
    factor = min(_MOST_FACTOR, max(_LEAST_FACTOR, reference.hz / max_hz))
    return reference.rates.scaled(family, dict.fromkeys(KINDS, factor))


@lru_cache(maxsize=16)
def in_other_family(rates: Rates, family: str) -> Rates:
    """The same machine with other kernels, as far as the reference machines compare: kind by kind."""
    here, there = references()[rates.kernels].rates, references()[family].rates
    return rates.scaled(family, {kind: _ratio(kind, here, there) for kind in KINDS})


def _ratio(kind: Kind, here: Rates, there: Rates) -> float:
    """How many times as long `there` takes, at the sizes that both were measured at."""
    last = there.one[kind].points[-1][0]
    works = [work for work, _ in here.one[kind].points if work <= last][-3:]
    return statistics.median(there.one[kind].seconds(work) / here.one[kind].seconds(work) for work in works or [last])
