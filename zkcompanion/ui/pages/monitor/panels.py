"""The four charts of the tab "Live": which series each of them needs, its picture, and what it reads at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from zkcompanion.app.monitor_views import Unit, label_of
from zkcompanion.app.monitor_words import value_words
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.widgets.chart_data import (
    EMPTY,
    Area,
    Bars,
    Line,
    Picture,
    Track,
    aligned,
    highest,
    lowest,
    most,
    smoothed,
    stacked,
)
from zkcompanion.ui.widgets.chart_ticks import round_top
from zkcompanion.ui.widgets.phase_words import PHASE_WORDS, phase_words
from zkcompanion.ui.widgets.worker_words import worker_name

Tracks = Mapping[str, Track]
#: Of more workers than there are colours the rest share one.
_MOST_COLOURS = 6
#: Of more cores their lowest and highest are read from the mean's own.
_MOST_CORES = 32
_CORE, _WORKER, _PHASE = "machine.core/", "worker.memory/", "proofs.phase/"
#: A proof that ended this long before a moment is the last one of it.
_STALE_S = 10.0
#: Less than this is not worth an axis.
_LEAST_BYTES = 64.0 * (1 << 20)


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure at a moment: in the colour in which it is drawn, `value` None where nothing was measured."""

    name: Message
    value: Message | None
    colour: str = ""


class Panel:
    """A chart's contents. `series` are those of the known names that it draws; tracks are by series."""

    id: ClassVar[str]
    title: ClassVar[Message]

    def series(self, known: Iterable[str]) -> tuple[str, ...]:
        """What it needs."""
        raise NotImplementedError

    def picture(self, tracks: Tracks) -> Picture:
        """What it draws."""
        raise NotImplementedError

    def readings(self, tracks: Tracks, unix_s: float) -> tuple[Reading, ...]:
        """What was measured at a moment, in the order in which it is drawn from top to bottom."""
        raise NotImplementedError


class ProcessorPanel(Panel):
    """The whole machine's processor, and from the least to the most busy core."""

    id = "processor"
    title = msg("Processor")

    def series(self, known: Iterable[str]) -> tuple[str, ...]:
        """The machine, and its cores."""
        cores = _labelled(known, _CORE)
        return ("machine.processor", *(cores if len(cores) <= _MOST_CORES else ()))

    def picture(self, tracks: Tracks) -> Picture:
        """A line over a band."""
        whole = tracks.get("machine.processor", EMPTY)
        cores = aligned([tracks[name] for name in _labelled(tracks, _CORE)] or [whole])
        top, ticks = _ticks(100.0, "percent")
        return Picture(
            top,
            ticks,
            areas=(Area(cores.times, cores.steps, lowest(cores.low), highest(cores.high), "accent", 55),),
            lines=(Line(whole.times, whole.steps, whole.mean, "accent"),),
        )

    def readings(self, tracks: Tracks, unix_s: float) -> tuple[Reading, ...]:
        """All cores together, the most and the least busy one."""
        cores = [tracks[name] for name in _labelled(tracks, _CORE)]
        most_busy = _at(cores, unix_s, "high")
        least_busy = _at(cores, unix_s, "low")
        return (
            Reading(msg("All cores"), _value(tracks.get("machine.processor"), unix_s, "percent"), "accent"),
            Reading(msg("Busiest core"), _words(max(most_busy, default=None), "percent")),
            Reading(msg("Least busy core"), _words(min(least_busy, default=None), "percent")),
        )


class MemoryPanel(Panel):
    """What each worker holds, one on top of the other."""

    id = "memory"
    title = msg("Memory of our workers")

    def series(self, known: Iterable[str]) -> tuple[str, ...]:
        """Workers, and the machine for the figures."""
        return ("machine.memory", "machine.memory_free", *_labelled(known, _WORKER))

    def picture(self, tracks: Tracks) -> Picture:
        """Areas on top of each other."""
        names = _labelled(tracks, _WORKER)
        rows = aligned(tracks[name] for name in names)
        if not names:
            return Picture(*_ticks(_LEAST_BYTES, "bytes"))
        heights = stacked(rows.mean)
        top, ticks = _ticks(max(_LEAST_BYTES, most(highest(rows.high)), most(heights[-1])), "bytes")
        areas = tuple(
            Area(rows.times, rows.steps, heights[row], heights[row + 1], _series(row), 110) for row in range(len(names))
        )
        lines = tuple(Line(rows.times, rows.steps, heights[row + 1], _series(row), 1) for row in range(len(names)))
        return Picture(top, ticks, areas=areas, lines=lines)

    def readings(self, tracks: Tracks, unix_s: float) -> tuple[Reading, ...]:
        """Each worker, the highest on top; then the machine."""
        names = _labelled(tracks, _WORKER)
        workers = [
            Reading(worker_name(label_of(name) or ""), _value(tracks[name], unix_s, "bytes"), _series(row))
            for row, name in enumerate(names)
        ]
        return (
            *reversed(workers),
            Reading(msg("Machine, in use"), _value(tracks.get("machine.memory"), unix_s, "bytes")),
            Reading(msg("Machine, available"), _value(tracks.get("machine.memory_free"), unix_s, "bytes")),
        )


class ThroughputPanel(Panel):
    """Proofs a second at the left, as the mean of some seconds; runs that wait or are at work at the right."""

    id = "throughput"
    title = msg("Throughput and queue")

    def series(self, known: Iterable[str]) -> tuple[str, ...]:  # noqa: ARG002 (the same in any case)
        """Always the same."""
        return ("proofs.verified", "proofs.failed", "engine.waiting", "engine.running")

    def picture(self, tracks: Tracks) -> Picture:
        """A line over the queue; both have an axis, each with its own figures."""
        waiting, running = (tracks.get(name, EMPTY) for name in ("engine.waiting", "engine.running"))
        proofs = smoothed(tracks.get("proofs.verified", EMPTY))
        queue = aligned((running, waiting))
        heights = stacked(queue.mean)
        top, ticks = _ticks(max(most(proofs.high), 0.1), "per_second", " /s")
        runs_top, runs_ticks = _ticks(max(most(heights[-1]), 2.0), "count")
        scale = top / runs_top
        return Picture(
            top,
            ticks,
            right_ticks=tuple((value * scale, text) for value, text in runs_ticks),
            areas=(
                Area(queue.times, queue.steps, heights[0] * scale, heights[1] * scale, "series/2", 60),
                Area(queue.times, queue.steps, heights[1] * scale, heights[2] * scale, "series/1", 60),
                Area(proofs.times, proofs.steps, proofs.low, proofs.high, "accent", 45),
            ),
            lines=(Line(proofs.times, proofs.steps, proofs.mean, "accent"),),
        )

    def readings(self, tracks: Tracks, unix_s: float) -> tuple[Reading, ...]:
        """Each of them."""
        proofs = smoothed(tracks.get("proofs.verified", EMPTY))
        return (
            Reading(msg("Verified"), _value(proofs, unix_s, "per_second"), "accent"),
            Reading(msg("Runs waiting"), _value(tracks.get("engine.waiting"), unix_s, "count"), "series/1"),
            Reading(msg("Runs at work"), _value(tracks.get("engine.running"), unix_s, "count"), "series/2"),
            Reading(msg("Failed"), _value(tracks.get("proofs.failed"), unix_s, "per_second")),
        )


class PhasesPanel(Panel):
    """What each phase of the proofs took that ended then, one on top of the other."""

    id = "phases"
    title = msg("Time of a proof, by phase")
    #: phases in the readings; the rest of a proof is a moment
    _NAMED = 5

    def series(self, known: Iterable[str]) -> tuple[str, ...]:
        """The phases, in their order."""
        names = set(_labelled(known, _PHASE))
        ordered = [_PHASE + phase for phase in PHASE_WORDS if _PHASE + phase in names]
        return ("proofs.seconds", *ordered, *sorted(names.difference(ordered)))

    def picture(self, tracks: Tracks) -> Picture:
        """Bars, because between two proofs nothing was measured."""
        names = self.series(tracks)[1:]
        if not names:
            return Picture(*_ticks(1.0, "seconds"))
        rows = aligned(tracks[name] for name in names)
        heights = stacked(rows.mean)
        top, ticks = _ticks(max(most(heights[-1]), 0.01), "seconds")
        return Picture(
            top,
            ticks,
            bars=tuple(
                Bars(rows.times, rows.steps, heights[row], heights[row + 1], f"phase/{label_of(name)}")
                for row, name in enumerate(names)
            ),
        )

    def readings(self, tracks: Tracks, unix_s: float) -> tuple[Reading, ...]:
        """The whole proof and its longest phases."""
        names = self.series(tracks)[1:]
        values = [(name, tracks[name].latest(unix_s, _STALE_S)) for name in names]
        longest = sorted(values, key=lambda one: -(one[1] or 0.0))[: self._NAMED]
        whole = tracks.get("proofs.seconds", EMPTY).latest(unix_s, _STALE_S)
        found = [
            Reading(phase_words(label_of(name) or "").name, _words(value, "seconds"), f"phase/{label_of(name)}")
            for name, value in longest
            if value is not None
        ]
        if whole is not None or not found:
            found.insert(0, Reading(msg("Whole proof"), _words(whole, "seconds")))
        return tuple(found)


def live_panels() -> tuple[Panel, ...]:
    """From top to bottom."""
    return ProcessorPanel(), MemoryPanel(), ThroughputPanel(), PhasesPanel()


def _series(row: int) -> str:
    return f"series/{min(row, _MOST_COLOURS - 1)}"


def _labelled(names: Iterable[str], beginning: str) -> list[str]:
    found = [name for name in names if name.startswith(beginning)]
    return sorted(found, key=lambda name: (len(name), name))


def _at(tracks: Iterable[Track], unix_s: float, which: str) -> list[float]:
    return [float(getattr(one, which)[row]) for one in tracks if (row := one.nearest(unix_s)) is not None]


def _value(track: Track | None, unix_s: float, unit: Unit) -> Message | None:
    return _words(track.at(unix_s) if track is not None else None, unit)


def _words(value: float | None, unit: Unit) -> Message | None:
    return value_words(value, unit) if value is not None else None


def _ticks(highest_value: float, unit: Unit, ending: str = "") -> tuple[float, tuple[tuple[float, str], ...]]:
    top, values = round_top(highest_value, unit)
    # figures on an axis have no words, so they are the same in every language
    return top, tuple((value, _plain(value, unit) + ending) for value in values)


def _plain(value: float, unit: Unit) -> str:
    words = value_words(value, "count" if unit == "per_second" else unit)
    return words.template.format(**words.params)
