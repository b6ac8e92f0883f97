"""`check`: can this machine prove it, how long will it take, and what would help."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from zkcompanion.base.errors import ExitCode, UsageError
from zkcompanion.base.estimates import band
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.units import format_count, format_duration, format_size
from zkcompanion.cli.commands import Arguments, Command, Option, Outcome, Word, one_of
from zkcompanion.cli.prove import CIRCUIT_FILES
from zkcompanion.cli.views import row

if TYPE_CHECKING:
    from zkcompanion.app.application import Application
    from zkcompanion.app.choose import FileRole
    from zkcompanion.app.hardware_views import (
        AdviceView,
        AnswerView,
        Band,
        CheckView,
        MachineFacts,
        PredictionView,
        VerdictView,
        WorkloadView,
    )
    from zkcompanion.app.timing import RecordingTrace

_SCHEMA = "urn:zkcompanion:schema:check:1"
#: As they are typed, from best to worst.
_TIERS = ("easily", "well", "barely", "too-large", "impossible", "unknown")
_TIER_WORDS = {
    "easily": msg("easily"),
    "well": msg("well"),
    "barely": msg("barely"),
    "too large": msg("too large"),
    "impossible": msg("impossible"),
    "unknown": msg("not known"),
}
#: Options that are about the catalogue alone.
_OF_CATALOGUE = ("group", "search", "tier", "sort")
_DOES_NOT_FIT = ("too large", "impossible")


def _likely(known: Band | None) -> float:
    """What is not known comes last."""
    return float("inf") if known is None else known.likely


#: Sorting keeps the order of the catalogue where two are alike.
_SORTS: dict[str, Callable[[WorkloadView], tuple[float, float, str]]] = {
    "catalogue": lambda _: (0, 0, ""),
    "tier": lambda one: (_TIERS.index(one.verdict.tier.replace(" ", "-")), _likely(one.seconds), ""),
    "time": lambda one: (_likely(one.seconds), 0, ""),
    "memory": lambda one: (_likely(one.memory), 0, ""),
    "name": lambda one: (0, 0, str(one.name).casefold()),
}


def check(app: Application, arguments: Arguments, _trace: RecordingTrace) -> Outcome:
    """One circuit, or this machine and the catalogue."""
    circuit = arguments.word("CIRCUIT")
    roles: tuple[FileRole, ...] = ("zkey", "wasm", "r1cs", "sym")
    chosen = {role: Path(text) for role in roles if (text := arguments.text(role)) is not None}
    if circuit:
        for option in _OF_CATALOGUE:
            if arguments.text(option) is not None:
                raise UsageError(msg("--{option} is for the catalogue; leave the circuit out.", option=option))
        return _of_circuit(app.check_circuit(circuit, chosen), app.hardware.look())
    if chosen:
        raise UsageError(msg("Name the circuit that these files belong to."))
    answer = app.hardware.answer()
    return _of_machine(answer, _wanted(answer, arguments), app.hardware.look(), app.hardware.advice())


def _of_circuit(view: CheckView, facts: MachineFacts) -> Outcome:
    lines = [view.verdict.sentence, msg(""), *_prediction_lines(view.prediction)]
    lines += _advice_lines(view.advice)
    data = {
        "machine": machine_data(facts),
        "circuit": {"name": view.name, **_prediction_data(view.prediction)},
        "verdict": _verdict_data(view.verdict),
        "answer": None,
        "advice": [_advice_data(one) for one in view.advice],
    }
    code = ExitCode.RESOURCES if view.verdict.tier in _DOES_NOT_FIT else ExitCode.OK
    return Outcome(_SCHEMA, data, tuple(lines), code, notes=tuple(_basis_notes(view.prediction.basis)))


def _of_machine(
    answer: AnswerView, rows: Sequence[WorkloadView], facts: MachineFacts, advice: Sequence[AdviceView]
) -> Outcome:
    lines = [*_machine_lines(facts), msg(""), answer.headline]
    lines += [msg("{title}: {sentence}", title=limit.title, sentence=limit.sentence) for limit in answer.limits]
    lines += [msg(""), *_table(rows), *_advice_lines(advice)]
    data = {
        "machine": machine_data(facts),
        "circuit": None,
        "verdict": None,
        "answer": {
            "headline": str(answer.headline),
            "largest_power": answer.largest_power,
            "basis": answer.basis,
            "limits": [
                {"resource": one.resource, "title": str(one.title), "sentence": str(one.sentence)}
                for one in answer.limits
            ],
            "workloads": [_row_data(one) for one in rows],
        },
        "advice": [_advice_data(one) for one in advice],
    }
    return Outcome(_SCHEMA, data, tuple(lines), notes=tuple(_basis_notes(answer.basis)))


def _wanted(answer: AnswerView, arguments: Arguments) -> list[WorkloadView]:
    """The rows that were asked for, sorted. Raises: UsageError for a group that there is not."""
    group, search, tier = arguments.text("group"), arguments.text("search"), arguments.text("tier")
    groups = list(dict.fromkeys(one.group for one in answer.workloads))
    if group is not None and group not in groups:
        raise UsageError(
            msg("There is no group named {group}.", group=ascii(group)[1:-1]),
            hint=msg("Groups: {groups}.", groups=", ".join(groups)),
        )
    rows = [
        one
        for one in answer.workloads
        if (group is None or one.group == group)
        and (tier is None or one.verdict.tier == tier.replace("-", " "))
        and (search is None or search.casefold() in _searched(one))
    ]
    return sorted(rows, key=_SORTS[arguments.text("sort") or "catalogue"])


def _searched(one: WorkloadView) -> str:
    return " ".join((one.id, str(one.name), str(one.what), one.system, one.prover)).casefold()


def _machine_lines(facts: MachineFacts) -> Iterator[Message]:
    unknown = msg("not known")
    free, total = facts.free_memory_bytes, facts.usable_memory_bytes
    memory: str | Message = unknown
    if total is not None and free is not None:
        memory = msg("{total}, of which {free} are free now", total=format_size(total), free=format_size(free))
    elif total is not None:
        memory = format_size(total)
    cores = facts.usable_cores
    disk = facts.disk.free_bytes
    yield row(msg("Processor"), facts.processor.model or unknown)
    yield row(msg("Cores"), unknown if cores is None else cores)
    yield row(msg("Kernels"), facts.family or unknown)
    yield row(msg("Memory"), memory)
    yield row(msg("Disk"), unknown if disk is None else msg("{free} free", free=format_size(disk)))


def _prediction_lines(view: PredictionView) -> Iterator[Message]:
    memory = _sizes(view.memory)
    unknown = msg("not known before a proof or a measurement")
    time = unknown if view.seconds is None else band(view.seconds.low, view.seconds.high)
    key = format_size(view.key_bytes)
    exact = key if view.key_exact else msg("about {size}", size=key)
    yield row(msg("Constraints"), format_count(view.constraints))
    yield row(msg("Powers of tau"), f"2^{view.power}")
    yield row(msg("Key"), exact)
    yield row(msg("Time"), time)
    yield row(msg("Memory"), memory)
    yield row(msg("Disk"), format_size(view.disk_bytes))
    yield row(msg("Kernels"), msg("{kernels}, {n} threads", kernels=view.kernels, n=view.threads))
    for one in view.phases:
        took = "" if one.seconds is None else format_duration(one.seconds.likely)
        held = format_size(one.memory_bytes) if one.memory_bytes else ""
        yield msg("    {phase:<12} {took:>10} {memory:>10}", phase=one.phase, took=took, memory=held)


def _sizes(memory: Band) -> Message:
    low, likely, high = (format_size(round(value)) for value in (memory.low, memory.likely, memory.high))
    return msg("about {likely} ({low} to {high})", likely=likely, low=low, high=high)


def _table(rows: Sequence[WorkloadView]) -> Iterator[Message]:
    if not rows:
        yield msg("No workload of the catalogue is so.")
        return
    yield _table_row(msg("verdict"), msg("time"), msg("memory"), msg("prover"), msg("workload"))
    for one in rows:
        time = "-" if one.seconds is None else format_duration(one.seconds.likely)
        memory = "-" if one.memory is None else format_size(round(one.memory.likely))
        yield _table_row(_TIER_WORDS[one.verdict.tier], time, memory, one.prover, one.name)


def _table_row(verdict: object, time: object, memory: object, prover: object, name: object) -> Message:
    return msg(
        "{verdict:<11} {time:>14} {memory:>10}  {prover:<19} {name}",
        verdict=verdict,
        time=time,
        memory=memory,
        prover=prover,
        name=name,
    )


def _advice_lines(advice: Sequence[AdviceView]) -> Iterator[Message]:
    if advice:
        yield msg("")
        yield msg("What would help:")
    for one in advice:
        yield msg("  {title}. {effect} {how}", title=one.title, effect=one.effect, how=one.how)
        if one.unlocks:
            yield msg("    gets better: {names}", names=", ".join(one.unlocks))


def _basis_notes(basis: str) -> Iterator[Message]:
    if basis == "estimated":
        yield msg("An estimate: this computer was not measured yet. The page Hardware of the window measures it.")


def machine_data(facts: MachineFacts) -> dict[str, object]:
    """The machine as JSON: what verdicts go by."""
    return {
        "processor": facts.processor.model,
        "architecture": facts.processor.architecture,
        "cores": facts.usable_cores,
        "kernels": facts.family,
        "memory_bytes": facts.usable_memory_bytes,
        "free_memory_bytes": facts.free_memory_bytes,
        "disk_bytes": facts.disk.total_bytes,
        "free_disk_bytes": facts.disk.free_bytes,
        "gpus": None if facts.gpus is None else [gpu.name for gpu in facts.gpus],
        "container": facts.limits.container,
        "virtual_machine": facts.limits.virtual_machine,
        "system": facts.platform.system,
    }


def _band_data(known: Band | None) -> dict[str, float] | None:
    return None if known is None else {"low": known.low, "likely": known.likely, "high": known.high}


def _prediction_data(view: PredictionView) -> dict[str, object]:
    return {
        "constraints": view.constraints,
        "wires": view.wires,
        "public": view.public,
        "power": view.power,
        "key_bytes": view.key_bytes,
        "key_exact": view.key_exact,
        "key_record_bytes": view.key_record_bytes,
        "disk_bytes": view.disk_bytes,
        "memory": _band_data(view.memory),
        "seconds": _band_data(view.seconds),
        "phases": [
            {"phase": one.phase, "seconds": _band_data(one.seconds), "memory_bytes": one.memory_bytes}
            for one in view.phases
        ],
        "basis": view.basis,
        "kernels": view.kernels,
        "threads": view.threads,
        "past_error": view.past_error,
        "past_proofs": view.past_proofs,
    }


def _verdict_data(verdict: VerdictView) -> dict[str, object]:
    return {
        "tier": verdict.tier,
        "binding": verdict.binding,
        "margin": verdict.margin,
        "confidence": verdict.confidence,
        "sentence": str(verdict.sentence),
    }


def _row_data(one: WorkloadView) -> dict[str, object]:
    source = one.source
    return {
        "id": one.id,
        "name": str(one.name),
        "what": str(one.what),
        "group": one.group,
        "system": one.system,
        "prover": one.prover,
        "size": one.size,
        "verdict": _verdict_data(one.verdict),
        "seconds": _band_data(one.seconds),
        "memory": _band_data(one.memory),
        "key_bytes": one.key_bytes,
        "runs_here": one.runs_here,
        "method": None if one.method is None else str(one.method),
        "figures": [str(figure) for figure in one.figures],
        "source": None
        if source is None
        else {
            "title": source.title,
            "url": source.url,
            "date": source.date,
            "undated": source.undated,
            "confidence": source.confidence,
        },
    }


def _advice_data(one: AdviceView) -> dict[str, object]:
    return {
        "id": one.id,
        "kind": one.kind,
        "title": str(one.title),
        "effect": str(one.effect),
        "how": str(one.how),
        "unlocks": list(one.unlocks),
        "confidence": one.confidence,
    }


COMMANDS = (
    Command(
        ("check",),
        msg("Say whether this computer can prove a circuit, how long it takes, and what would help."),
        check,
        words=(
            Word(
                "CIRCUIT",
                msg("an example's name, a folder, a .zkey or an .r1cs; without it the whole catalogue is answered"),
                "",
            ),
        ),
        options=(
            Option(("--group",), msg("only workloads of this group of the catalogue"), "G"),
            Option(("--search",), msg("only workloads that this stands in: name, purpose, system, prover"), "TEXT"),
            Option(
                ("--tier",),
                msg("only workloads with this verdict: {tiers}", tiers=", ".join(_TIERS)),
                "T",
                one_of(*_TIERS),
            ),
            Option(("--sort",), msg("sort by catalogue, tier, time, memory or name"), "KEY", one_of(*_SORTS)),
            *CIRCUIT_FILES,
        ),
    ),
)
