"""Row 9: how much of what one core can multiply a whole proof makes use of, phase by phase."""

from __future__ import annotations

import statistics
import time
from typing import Any

from proverbench.bench import Bench, NotThere
from proverbench.circuits import Case
from proverbench.table import Part, Row
from zkcompanion.app.profiling import Profiler, start_profiler
from zkcompanion.app.timing import RecordingTrace
from zkcompanion.app.views import Profile
from zkcompanion.proving.backend import Backend
from zkcompanion.proving.formats.wtns import read_wtns
from zkcompanion.proving.formats.zkey import read_zkey
from zkcompanion.proving.groth16.prove import ProvingKey, prove
from zkcompanion.proving.phases import Phase


class _ThreadClock:
    """Tells the processor time of the calling thread as if it were the time of day."""

    def monotonic_s(self) -> float:
        return time.thread_time()

    def thread_cpu_s(self) -> float:
        return time.thread_time()

    def unix_s(self) -> float:
        return time.time()

    def process_cpu_s(self) -> float:
        return time.process_time()

    def slept_s(self) -> float | None:
        return None


def _profiles(
    case: Case, key: ProvingKey, backend: Backend, rounds: int
) -> list[tuple[float, dict[str, float], Profile]]:
    """For each round: ns of a multiplication, milliseconds of each phase, the profile; of one thread."""
    result = []
    for _ in range(rounds + 1):
        trace = RecordingTrace(clock=_ThreadClock())
        profiler: Profiler | None = start_profiler(backend, trace)
        if profiler is None:
            raise NotThere("no kernel runs here")
        with trace.stopwatch() as watch:
            with trace.phase(Phase.WITNESS):
                witness = read_wtns(case.witness)
            proof, public = prove(key, witness, backend, trace=trace)
            with trace.phase(Phase.VERIFY):
                case.verify(proof, public)
        phases = trace.lap()
        work, counting_s = trace.lap_work()
        profile = profiler.profile(phases, work, watch.seconds - counting_s)
        result.append((1e9 * profiler.limit_s, {n: 1e3 * s for n, s in phases.items()}, profile))
    return result[1:]  # the first one warms up


def _case_detail(case: Case, backend: Backend, rounds: int) -> dict[str, Any]:
    with read_zkey(case.zkey) as zkey:
        found = _profiles(case, ProvingKey.prepare(zkey), backend, rounds)
    phases = {
        name: {
            "milliseconds": statistics.median(milliseconds[name] for _, milliseconds, _ in found),
            "field_multiplications": part.field_multiplications,
            "limit_percent": None
            if part.limit_percent is None
            else statistics.median(profile.phases[name].limit_percent or 0.0 for _, _, profile in found),
        }
        for name, part in found[0][2].phases.items()
    }
    return {
        "kind": case.kind,
        "power": case.power,
        "nanoseconds_of_a_multiplication": statistics.median(limit for limit, _, _ in found),
        "field_multiplications": found[0][2].field_multiplications,
        "limit_percent": statistics.median(profile.limit_percent for _, _, profile in found),
        "all_limit_percent": [profile.limit_percent for _, _, profile in found],
        "phases": phases,
    }


def row_9(bench: Bench) -> Row:
    """Share of the multiplication limit in a whole dense proof, one thread."""
    backend = bench.backend(threads=1)
    rounds = max(bench.options.rounds, 5)
    detail = [
        _case_detail(bench.case(kind, power), backend, rounds)
        for power in bench.powers((17,))
        for kind in ("dense", "bits")
    ]
    value = min(d["limit_percent"] for d in detail if d["kind"] == "dense")
    how = (
        "field multiplications of all phases (see zkcompanion/proving/workcount.py) times the time of one in a loop"
        " that only multiplies, measured before each proof, over the processor time of the proof from reading the"
        " witness to its verification; median"
    )
    title = "share of the multiplication limit in a whole dense proof of 2^17, one thread"
    return Row(9, title, how, [Part("dense", value, 40, 50, "percent")], detail)
