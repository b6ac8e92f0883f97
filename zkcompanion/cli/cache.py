"""`cache stats`, `cache warm`, `cache verify`, `cache clear`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zkcompanion.app.cache_service import KINDS, OTHER
from zkcompanion.base.messages import Message, msg, msg_n
from zkcompanion.base.units import format_count, format_duration, format_size
from zkcompanion.cli.commands import Arguments, Command, Option, Outcome, Word, one_of

if TYPE_CHECKING:
    from zkcompanion.app.application import Application
    from zkcompanion.app.cache_service import CacheView, KindView
    from zkcompanion.app.timing import RecordingTrace
    from zkcompanion.app.warming import WarmedCircuit, WarmedKernels

_SCHEMA = "urn:zkcompanion:schema:cache-{}:1"
_PARTS = {
    "key": msg("key"),
    "constraints": msg("constraints"),
    "names": msg("names"),
    "calculator": msg("calculator"),
}
_STATES = {
    "found": msg("was there"),
    "prepared": msg("prepared"),
    "not-kept": msg("could not be kept"),
}


def stats(app: Application, _arguments: Arguments, _trace: RecordingTrace) -> Outcome:
    """What is in the cache and how it was used."""
    view = app.cache.view()
    data = {
        "folder": view.folder,
        "max_entries": view.max_entries,
        "max_bytes": view.max_bytes,
        "total": _kind_data(view.total),
        "kinds": [{"kind": kind.kind, **_kind_data(kind)} for kind in view.kinds],
    }
    return Outcome(_SCHEMA.format("stats"), data, tuple(_stats_lines(view)))


def warm(app: Application, arguments: Arguments, trace: RecordingTrace) -> Outcome:
    """Fill it for some circuits."""
    view = app.warm(arguments.more, trace)
    kernels = view.kernels
    data = {
        "kernels": {"kind": kernels.kernels, "compiled": kernels.compiled, "seconds": kernels.seconds},
        "circuits": [_circuit_data(circuit) for circuit in view.circuits],
    }
    lines = [_kernels_line(kernels), *(line for circuit in view.circuits for line in _circuit_lines(circuit))]
    lost = [c for c in view.circuits if any(part.state == "not-kept" for part in c.parts)]
    unkept = (
        msg("{circuit}: not everything could be kept; its next proof prepares it again.", circuit=circuit.circuit)
        for circuit in lost
    )
    return Outcome(_SCHEMA.format("warm"), data, tuple(lines), warnings=(*kernels.notices, *unkept))


def verify(app: Application, _arguments: Arguments, trace: RecordingTrace) -> Outcome:
    """Look at every entry."""
    view = app.cache.verify(trace.check)
    good = msg_n("{n} entry is good.", "{count} entries are good.", n=view.good, count=format_count(view.good))
    removed = msg_n(
        "{n} entry was damaged or foreign, and was removed.",
        "{n} entries were damaged or foreign, and were removed.",
        n=view.removed,
    )
    data = {"good": view.good, "removed": view.removed}
    return Outcome(_SCHEMA.format("verify"), data, (good,), warnings=(removed,) if view.removed else ())


def clear(app: Application, arguments: Arguments, _trace: RecordingTrace) -> Outcome:
    """Empty it."""
    kind = arguments.text("kind")
    view = app.cache.clear(kind)
    line = msg_n(
        "{n} entry removed, {size} freed.",
        "{count} entries removed, {size} freed.",
        n=view.entries,
        count=format_count(view.entries),
        size=format_size(view.size_bytes),
    )
    data = {"kind": kind, "removed": view.entries, "freed_bytes": view.size_bytes}
    again = msg("What is needed of it is made again; that takes some seconds once.")
    return Outcome(_SCHEMA.format("clear"), data, (line,), notes=(again,) if view.entries else ())


def _kind_data(kind: KindView) -> dict[str, object]:
    return {
        "entries": kind.entries,
        "size_bytes": kind.size_bytes,
        "hits": kind.hits,
        "misses": kind.misses,
        "hit_rate": kind.hit_rate,
        "kept": kind.kept,
        "evicted": kind.evicted,
        "damaged": kind.damaged,
        "read_bytes": kind.read_bytes,
        "written_bytes": kind.written_bytes,
        "saved_seconds": kind.saved_s,
    }


def _circuit_data(circuit: WarmedCircuit) -> dict[str, object]:
    parts = [{"part": part.part, "state": part.state, "seconds": part.seconds} for part in circuit.parts]
    return {"circuit": circuit.circuit, "made_key": circuit.made_key, "parts": parts}


def _stats_lines(view: CacheView) -> Iterator[Message]:
    total = view.total
    yield msg(
        "{folder}: {size} of {most}, {entries} of {most_entries} entries",
        folder=view.folder,
        size=format_size(total.size_bytes),
        most=format_size(view.max_bytes),
        entries=format_count(total.entries),
        most_entries=format_count(view.max_entries),
    )
    yield _stats_row(
        msg("kind"),
        msg("entries"),
        msg("size"),
        (msg("hits"), msg("misses"), msg("rate")),
        (msg("evicted"), msg("damaged")),
        msg("time saved"),
    )
    for kind in (*view.kinds, total):
        yield _stats_row(
            msg("all") if kind is total else kind.kind,
            format_count(kind.entries),
            format_size(kind.size_bytes),
            (format_count(kind.hits), format_count(kind.misses), _rate(kind)),
            (format_count(kind.evicted), format_count(kind.damaged)),
            format_duration(kind.saved_s),
        )


def _rate(kind: KindView) -> Message | str:
    return "-" if kind.hit_rate is None else msg("{percent} %", percent=round(100 * kind.hit_rate))


def _stats_row(
    kind: object, entries: object, size: object, asked: tuple[object, ...], gone: tuple[object, ...], saved: object
) -> Message:
    hits, misses, rate = asked
    evicted, damaged = gone
    return msg(
        "  {kind:<16} {entries:>8} {size:>10} {hits:>8} {misses:>8} {rate:>6} {evicted:>8} {damaged:>8} {saved:>12}",
        kind=kind,
        entries=entries,
        size=size,
        hits=hits,
        misses=misses,
        rate=rate,
        evicted=evicted,
        damaged=damaged,
        saved=saved,
    )


def _kernels_line(kernels: WarmedKernels) -> Message:
    duration = format_duration(kernels.seconds)
    if kernels.compiled:
        return msg_n(
            "Kernels {kind}: {n} group compiled, {duration}",
            "Kernels {kind}: {n} groups compiled, {duration}",
            n=kernels.compiled,
            kind=kernels.kernels,
            duration=duration,
        )
    return msg("Kernels {kind}: ready, {duration}", kind=kernels.kernels, duration=duration)


def _circuit_lines(circuit: WarmedCircuit) -> Iterator[Message]:
    if circuit.made_key:
        yield msg("{circuit}: a development key was made, because there was none.", circuit=circuit.circuit)
    else:
        yield msg("{circuit}:", circuit=circuit.circuit)
    for part in circuit.parts:
        yield msg(
            "  {part:<14} {state:<18} {duration:>10}",
            part=_PARTS[part.part],
            state=_STATES[part.state],
            duration=format_duration(part.seconds),
        )


COMMANDS = (
    Command(("cache", "stats"), msg("Show what is kept between runs, and what it saved."), stats),
    Command(
        ("cache", "warm"),
        msg("Prepare kernels and circuits now, so that the next proof need not."),
        warm,
        more=Word("CIRCUIT", msg("an example's name, a folder with a circuit's files, or a .zkey")),
    ),
    Command(("cache", "verify"), msg("Look at every entry of the cache, and remove what is damaged."), verify),
    Command(
        ("cache", "clear"),
        msg("Remove what is kept between runs."),
        clear,
        options=(Option(("--kind",), msg("remove this kind of entry only"), "KIND", one_of(*KINDS, OTHER)),),
    ),
)
