"""What `scripts/fit_costs.py` found; how and with which result: `docs/costs.md`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class MemoryConstants:
    """Bytes, or bytes for each of something, or shares."""

    #: interpreter and libraries of a process that has loaded its kernels, by their family
    base: Mapping[str, int]
    #: wasmtime, and what it holds whatever the circuit
    calculator: int
    #: for each byte of a calculator's file: the text, its machine code, twice mapped
    wasm_byte: float
    #: of the linear memory that a calculator declares, the part that a run touches, and the part of that that stays
    wasm_memory: float
    wasm_kept: float
    #: of what reading the files takes for a moment, the part that stays
    load_kept: float
    #: of the work arrays of a thread, the part that it touches
    scratch_touched: float
    #: a development key: kernels, and the part of its arrays that stays
    setup_fixed: int
    setup_kept: float
    #: wires that are 0 or 1 for each wire of which a constraint says so: sums and products of bits are bits
    bits_per_bit: float
    #: half as much again as the largest error over the circuits that were fitted, and over those that made their key;
    #: at least 5 and 12 percent
    margin: float
    setup_margin: float


MEMORY = MemoryConstants(
    base={"ifma": 90_200_000, "scalar": 90_100_000, "reference": 80_900_000},
    calculator=16_100_000,
    wasm_byte=4.0,
    wasm_memory=4.4,
    wasm_kept=0.58,
    load_kept=0.14,
    scratch_touched=0.42,
    setup_fixed=5_000_000,
    setup_kept=0.2,
    bits_per_bit=3.9,
    margin=0.05,
    setup_margin=0.12,
)
