"""What finished runs were expected to hold, from the shape of their circuits, as far as the files are still there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from zkcompanion.app.choose import find_files
from zkcompanion.app.circuit_files import CircuitFiles
from zkcompanion.app.history_rows import ProofRecord
from zkcompanion.base.errors import CompanionError
from zkcompanion.base.logs import get_logger

_LOG = get_logger(__name__)

#: Circuits that are looked at for one report, and the most that their files may have: a report is not to take minutes.
_MOST_CIRCUITS, _MOST_BYTES = 12, 64 << 20


def predictions(history: Sequence[ProofRecord]) -> Mapping[int, tuple[float, float]]:
    """For runs that verified, by their number: least and most bytes that the process was expected to hold.

    The circuits of the newest runs are looked at; a file that is gone, too large or another one now says nothing.
    """
    from zkcompanion.app.budgeting import family_of
    from zkcompanion.app.describing import fingerprint_of
    from zkcompanion.app.foresight import measure_circuit
    from zkcompanion.costs.needs import predict

    by_circuit: dict[tuple[str, str], list[ProofRecord]] = {}
    for record in history:
        if record.outcome == "verified" and record.source and record.fingerprint and record.kernels:
            by_circuit.setdefault((record.source, record.fingerprint), []).append(record)
    found: dict[int, tuple[float, float]] = {}
    for (source, fingerprint), records in list(by_circuit.items())[:_MOST_CIRCUITS]:
        try:
            files: CircuitFiles = find_files(source, {})
            if files.size_bytes > _MOST_BYTES or fingerprint_of(files.r1cs, files.zkey) != fingerprint:
                continue
            measured = measure_circuit(files)
        except (CompanionError, OSError) as error:
            _LOG.info("A circuit of the history cannot be looked at (%s).", type(error).__name__)
            continue
        for record in records:
            run = replace(
                measured.run, threads=max(1, record.threads), kernels=family_of(record.kernels), makes_key=False
            )
            peak = predict(measured.shape, run).peak
            found[record.id] = (float(peak.low), float(peak.high))
    return found
