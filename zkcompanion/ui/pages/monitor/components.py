"""Memory of the workers by component and by phase: words, the chart over time, and which phase needed how much."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from zkcompanion.app.accounts import COMPONENTS
from zkcompanion.app.monitor_views import JobSpanView, label_of
from zkcompanion.app.monitor_words import value_words
from zkcompanion.base.messages import Message, msg
from zkcompanion.ui.pages.monitor.panels import Panel, Reading, Tracks
from zkcompanion.ui.widgets.chart_data import Area, Line, Picture, aligned, most, stacked
from zkcompanion.ui.widgets.chart_ticks import round_top

_SERIES = "memory.component/"
_LEAST_BYTES = 64.0 * (1 << 20)

_WORDS: dict[str, Message] = {
    "base": msg("Python and libraries"),
    "kernels": msg("Compiled arithmetic"),
    "tables": msg("Roots of unity"),
    "circuits": msg("Circuits and keys"),
    "calculators": msg("Witness programs"),
    "buffers": msg("Large arrays"),
    "rest": msg("Everything else"),
}


@dataclass(frozen=True, slots=True)
class PhaseMemory:
    """What a worker held at most while it went through a phase, as far as samples fell into it."""

    phase: str
    most_bytes: float
    samples: int


def component_words(component: str) -> Message:
    """What people call a component."""
    return _WORDS.get(component, Message("{component}", {"component": component}))


def component_colour(component: str) -> str:
    """Its colour of the series; what is left over is pale."""
    if component not in COMPONENTS or component == "rest":
        return "faint"
    return f"series/{COMPONENTS.index(component)}"


def component_series(known: Iterable[str]) -> tuple[str, ...]:
    """The components of which anything is known, in their order."""
    names = set(known)
    return tuple(name for component in COMPONENTS if (name := _SERIES + component) in names)


class ComponentsPanel(Panel):
    """All workers together, one component on top of the other."""

    id = "components"
    title = msg("All workers")

    def series(self, known: Iterable[str]) -> tuple[str, ...]:
        """The components, and the workers for the phases."""
        known = tuple(known)
        return (*component_series(known), *sorted(name for name in known if name.startswith("worker.memory/")))

    def picture(self, tracks: Tracks) -> Picture:
        """Areas on top of each other."""
        names = component_series(tracks)
        rows = aligned(tracks[name] for name in names)
        heights = stacked(rows.mean) if names else np.zeros((1, 0))
        top, ticks = round_top(max(_LEAST_BYTES, most(heights[-1])), "bytes")
        colours = [component_colour(label_of(name) or "") for name in names]
        return Picture(
            top,
            tuple((value, str(value_words(value, "bytes"))) for value in ticks),
            areas=tuple(
                Area(rows.times, rows.steps, heights[row], heights[row + 1], colour, 110)
                for row, colour in enumerate(colours)
            ),
            lines=tuple(
                Line(rows.times, rows.steps, heights[row + 1], colour, 1) for row, colour in enumerate(colours)
            ),
        )

    def readings(self, tracks: Tracks, unix_s: float) -> tuple[Reading, ...]:
        """Each component, the highest on top, and their sum."""
        found = component_values(tracks, unix_s)
        total = value_words(sum(found.values()), "bytes") if found else None
        return (
            Reading(msg("Together"), total),
            *(
                Reading(component_words(one), value_words(value, "bytes"), component_colour(one))
                for one, value in reversed(found.items())
            ),
        )


def component_values(tracks: Tracks, unix_s: float) -> dict[str, float]:
    """Bytes by component at a moment, in their order."""
    values = {label_of(name) or "": tracks[name].at(unix_s) for name in component_series(tracks)}
    return {component: value for component, value in values.items() if value is not None}


def phase_memory(runs: Iterable[JobSpanView], tracks: Tracks, span: tuple[float, float]) -> tuple[PhaseMemory, ...]:
    """By phase what its worker held at most, over the runs in sight, in the order in which phases first occur."""
    most_bytes: dict[str, float] = {}
    samples: dict[str, int] = {}
    for run in runs:
        for one in run.phases:
            track = tracks.get(f"worker.memory/{one.worker or run.worker}")
            if track is None or one.end_unix_s < span[0] or one.begin_unix_s > span[1]:
                continue
            first, last = np.searchsorted(track.times, (one.begin_unix_s, one.end_unix_s))
            inside = track.high[first:last]
            inside = inside[~np.isnan(inside)]
            if len(inside):
                most_bytes[one.phase] = max(most_bytes.get(one.phase, 0.0), float(inside.max()))
                samples[one.phase] = samples.get(one.phase, 0) + len(inside)
    return tuple(PhaseMemory(phase, size, samples[phase]) for phase, size in most_bytes.items())
