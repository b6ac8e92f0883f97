"""What several commands print about keys and proofs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_count, format_duration, format_size
from zkcompanion.cli.accounts import accounts_data, accounts_lines

if TYPE_CHECKING:
    from zkcompanion.app.job_views import WorkerView
    from zkcompanion.app.views import BudgetView, KeyView, OverrideView, PhaseProfile, Profile, ProofView, ProvingView


def key_data(key: KeyView) -> dict[str, object]:
    """`key` and `key_reasons` of a JSON object."""
    reasons = [{"id": word, "message": str(message)} for word, message in zip(key.reasons, key.messages, strict=True)]
    return {"key": key.state, "key_reasons": reasons}


def key_text(key: KeyView) -> Message:
    """The state of a key with its first reason."""
    if not key.messages:
        return msg("ok: nothing was found against it")
    return msg("{state}: {why}", state=key.state, why=key.messages[0])


def row(label: Message, value: object) -> Message:
    """A label and a value in two columns."""
    return msg("  {label:<14} {value}", label=label, value=value)


def worker_data(worker: WorkerView) -> dict[str, object]:
    """A worker as JSON."""
    return {
        "name": worker.name,
        "state": worker.state,
        "pid": worker.pid,
        "kernels": worker.kernels,
        "threads": worker.threads,
        "memory_bytes": worker.memory_bytes,
        "jobs": worker.jobs,
        "speed": worker.speed,
        "busy_seconds": worker.busy_seconds,
        "utilisation": worker.utilisation,
        "multiplications_per_second": worker.throughput,
        "deaths": worker.deaths,
        **({} if worker.accounts is None else {"accounts": accounts_data(worker.accounts)}),
    }


def worker_lines(workers: Iterable[WorkerView]) -> Iterator[Message]:
    """Workers for people: a table."""
    yield _worker_row(msg("worker"), msg("state"), msg("memory"), msg("jobs"), msg("busy"), msg("of the time"))
    for one in workers:
        share = msg("{percent} %", percent=round(100 * one.utilisation))
        size, busy = format_size(one.memory_bytes), format_duration(one.busy_seconds)
        yield _worker_row(one.name, one.state, size, one.jobs, busy, share)


def _worker_row(name: object, state: object, memory: object, jobs: object, busy: object, share: object) -> Message:
    return msg(
        "  {name:<12} {state:<9} {memory:>10} {jobs:>6} {busy:>10} {share:>12}",
        name=name,
        state=state,
        memory=memory,
        jobs=jobs,
        busy=busy,
        share=share,
    )


def proving_data(view: ProvingView) -> dict[str, object]:
    """A run of proofs as JSON."""
    return {
        "circuit": view.circuit,
        "verified": view.verified,
        **key_data(view.key),
        "kernels": view.kernels,
        "threads": view.threads,
        "constant_work": view.constant_work,
        "constraints": view.constraints,
        "wires": view.wires,
        "public_signals": len(view.public_signals),
        "witness_checked": view.witness_checked,
        "startup_seconds": view.startup_seconds,
        "load_seconds": view.load_seconds,
        "setup_seconds": view.setup_seconds,
        **({} if view.multiplication_seconds is None else {"multiplication_seconds": view.multiplication_seconds}),
        "proofs": [_proof_data(proof) for proof in view.proofs],
        "files": dict(view.files),
        **({} if view.memory is None else {"memory": memory_data(view.memory)}),
        **({} if view.overridden is None else {"run_anyway": _override_data(view.overridden)}),
        **({} if view.accounts is None or not _profiled(view) else {"accounts": accounts_data(view.accounts)}),
    }


def _profiled(view: ProvingView) -> bool:
    return view.proofs[-1].profile is not None


def _override_data(view: OverrideView) -> dict[str, object]:
    return {"needed_bytes": view.needed_bytes, "room_bytes": view.room_bytes}


def memory_data(view: BudgetView) -> dict[str, object]:
    """A budget of memory."""
    return {"budget_bytes": view.budget_bytes, "predicted_bytes": view.predicted_bytes, "mode": view.mode}


def _proof_data(proof: ProofView) -> dict[str, object]:
    data = {
        "seconds": proof.seconds,
        "phases": dict(proof.phases),
        "peak_rss_bytes": proof.peak_rss_bytes,
        "verified": proof.verified,
    }
    return data if proof.profile is None else {**data, "profile": _profile_data(proof.profile)}


def _profile_data(profile: Profile) -> dict[str, object]:
    return {
        "field_multiplications": profile.field_multiplications,
        "limit_percent": profile.limit_percent,
        "phases": {phase: _phase_data(part) for phase, part in profile.phases.items()},
    }


def _phase_data(part: PhaseProfile) -> dict[str, object]:
    names = "seconds", "field_multiplications", "limit_percent"
    data: dict[str, object] = {name: getattr(part, name) for name in names}
    if part.memory is not None:
        data |= {"peak_rss_bytes": part.memory.peak_bytes, "end_rss_bytes": part.memory.end_bytes}
    return data


def profile_lines(view: ProvingView) -> Iterator[Message]:
    """The profile of the last proof for people: a line for each phase; nothing where there is none."""
    proof = view.proofs[-1]
    if proof.profile is None or view.multiplication_seconds is None:
        return
    yield msg(
        "Where the time went. 100 % of the limit: every thread multiplies all the time, at {limit} ns each.",
        limit=f"{1e9 * view.multiplication_seconds:.1f}",
    )
    yield _profile_row(msg("phase"), msg("time"), msg("multiplications"), msg("of the limit"), msg("memory"))
    for phase, part in proof.profile.phases.items():
        memory = None if part.memory is None else format_size(part.memory.peak_bytes)
        duration = format_duration(part.seconds)
        yield _profile_row(phase, duration, part.field_multiplications, part.limit_percent, memory)
    whole = proof.profile
    duration, memory = format_duration(proof.seconds), format_size(proof.peak_rss_bytes)
    yield _profile_row(msg("whole proof"), duration, whole.field_multiplications, whole.limit_percent, memory)
    if view.accounts is not None:
        yield from accounts_lines(view.accounts)


def _profile_row(phase: object, time: object, products: object, percent: object, memory: object) -> Message:
    if isinstance(products, int):
        products = format_count(products)
    if isinstance(percent, float):
        percent = msg("{percent} %", percent=round(percent))
    return msg(
        "  {phase:<14} {time:>10} {products:>18} {percent:>14} {memory:>10}",
        phase=phase,
        time=time,
        products="-" if products is None else products,
        percent="-" if percent is None else percent,
        memory="-" if memory is None else memory,
    )


def proving_lines(view: ProvingView) -> Iterator[Message]:
    """A run of proofs for people."""
    count = len(view.proofs)
    if count == 1:
        yield msg("{circuit}: the proof is made and verified.", circuit=view.circuit)
    else:
        yield msg("{circuit}: {count} proofs are made and verified.", circuit=view.circuit, count=count)
    yield row(msg("time"), _times(view))
    yield row(msg("before that"), _before(view))
    yield row(msg("memory"), msg("{size} at most", size=format_size(view.proofs[-1].peak_rss_bytes)))
    if view.constraints is not None:
        yield row(msg("constraints"), format_count(view.constraints))
    computed = msg("{kernels} kernels, threads: {threads}", kernels=view.kernels, threads=view.threads)
    yield row(msg("computed by"), computed)
    if view.constant_work:
        yield row(msg("work"), msg("the same for every witness of this circuit"))
    yield row(msg("key"), key_text(view.key))
    for path in view.files.values():
        yield row(msg("written"), path)


def _times(view: ProvingView) -> Message:
    seconds = sorted(proof.seconds for proof in view.proofs)
    if len(seconds) == 1:
        return msg("{duration}, verification included", duration=format_duration(seconds[0]))
    return msg(
        "{least} to {most} each, median {median}",
        least=format_duration(seconds[0]),
        most=format_duration(seconds[-1]),
        median=format_duration(seconds[len(seconds) // 2]),
    )


def _before(view: ProvingView) -> Message:
    parts = {"startup": format_duration(view.startup_seconds), "load": format_duration(view.load_seconds)}
    if view.setup_seconds:
        setup = format_duration(view.setup_seconds)
        return msg("start-up {startup}, making the key {setup}, loading {load}", setup=setup, **parts)
    return msg("start-up {startup}, loading {load}", **parts)
