"""How right predictions were: each finished run keeps what was predicted of it, and what it took."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, replace

from zkcompanion.app.history_rows import ProofRecord
from zkcompanion.costs.band import Band


@dataclass(frozen=True, slots=True)
class Foretold:
    """What is said of one proof before it is made, to be kept beside what it takes.

    `model_s`: by the model alone, which is called `model`, without any correction; `calibrated`: it knows this machine.
    """

    seconds: Band
    memory_bytes: int
    model: str
    model_s: float
    calibrated: bool


#: Newest runs that count.
_LOOKS_BACK = 50
#: The model counts as much as so many finished proofs: few do not move it far.
_MODEL_COUNTS = 3.0
#: No further than this from what was measured, whatever a few strange proofs took.
_MOST = math.log(4.0)


@dataclass(frozen=True, slots=True)
class Correction:
    """What the model's seconds are multiplied by, from so many finished proofs."""

    factor: float = 1.0
    proofs: int = 0


def correction_of(records: Iterable[ProofRecord], model: str, kernels: str, threads: int) -> Correction:
    """From finished proofs of any circuit for which the same model said something."""
    ratios = [
        math.log(record.seconds / record.model_s)
        for record in records
        if record.outcome == "verified"
        and record.seconds
        and record.model_s
        and (record.model, record.kernels, record.threads) == (model, kernels, threads)
    ][:_LOOKS_BACK]
    if not ratios:
        return Correction()
    weight = len(ratios) / (len(ratios) + _MODEL_COUNTS)
    found = max(-_MOST, min(_MOST, weight * statistics.median(ratios)))
    return Correction(math.exp(found), len(ratios))


def past_error(records: Iterable[ProofRecord]) -> tuple[float | None, int]:
    """The median of abs(predicted - measured) / measured of the last runs, and how many these are."""
    errors = [
        abs(record.predicted_s - record.seconds) / record.seconds
        for record in records
        if record.outcome == "verified" and record.seconds and record.predicted_s
    ][:_LOOKS_BACK]
    return (statistics.median(errors) if errors else None), len(errors)


def with_foretold(record: ProofRecord, foretold: Foretold | None) -> ProofRecord:
    """A finished run with what was said of it; as it is where nothing was, or where it made no proof."""
    if foretold is None or record.outcome != "verified" or not record.seconds:
        return record
    return replace(
        record,
        predicted_s=foretold.seconds.likely,
        predicted_bytes=foretold.memory_bytes,
        model=foretold.model,
        model_s=foretold.model_s,
    )
