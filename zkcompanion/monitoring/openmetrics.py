"""Samples as OpenMetrics 1.0 text, which Prometheus and many other tools read. Pure.

Values are in base units: a percentage is a ratio of 1. What a sample counts by second is a counter here, which begins
with the `Counts`. The text is also what node_exporter's textfile collector takes: no timestamps, and
no types that the older format of Prometheus does not have.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from zkcompanion.base.messages import render
from zkcompanion.monitoring.metrics import METRICS, Metric, Unit, label_of
from zkcompanion.monitoring.samples import Sample

#: What a scraper is told that it gets.
CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_PREFIX = "zkcompanion"
#: Of every such text.
BEGINNING = f"# HELP {_PREFIX}_".encode()
#: The ending of a name, and what a value is multiplied with.
_UNITS: Mapping[Unit, tuple[str, float]] = {
    "percent": ("ratio", 0.01),
    "share": ("ratio", 1.0),
    "bytes": ("bytes", 1.0),
    "bytes_per_second": ("bytes_per_second", 1.0),
    "hertz": ("hertz", 1.0),
    "celsius": ("celsius", 1.0),
    "seconds": ("seconds", 1.0),
    "count": ("", 1.0),
    "per_second": ("", 1.0),
}


class Counts:
    """What samples tell by second, added up. Not for several threads at once."""

    def __init__(self) -> None:
        self._counts: dict[str, float] = {}
        self._before_s: float | None = None

    def add(self, sample: Sample) -> None:
        """The next sample."""
        before_s, self._before_s = self._before_s, sample.monotonic_s
        for series, value in sample.values.items():
            if not math.isfinite(value):
                continue
            if _is_counted(series):
                # a sample tells whole events divided by a time that is that between samples, but for some milliseconds
                past_s = sample.monotonic_s - before_s if before_s is not None else 1.0
                self._counts[series] = self._counts.get(series, 0.0) + round(value * past_s)
            elif series == "monitor.missed":
                self._counts[series] = self._counts.get(series, 0.0) + value

    def counts(self) -> Mapping[str, float]:
        """By series."""
        return self._counts


def exposition(sample: Sample | None, counts: Mapping[str, float], *, version: str) -> str:
    """The whole text: the last sample (None: there is none yet) and what was counted by series."""
    values = dict(sample.values) if sample is not None else {}
    lines: list[str] = []
    for metric in METRICS.values():
        counted = metric.unit == "per_second" or metric.name == "monitor.missed"
        lines += _family(metric, counts if counted else values, counted=counted)
    if sample is not None:
        lines += [
            *_head(
                f"{_PREFIX}_sample_timestamp_seconds", "gauge", "When the sample was taken, since 1970 UTC", "seconds"
            ),
            f"{_PREFIX}_sample_timestamp_seconds {_number(sample.unix_s)}",
        ]
    lines += [
        *_head(f"{_PREFIX}_version", "gauge", "The version of ZK Companion, as a label of 1", ""),
        f'{_PREFIX}_version{{version="{_escaped(version)}"}} 1',
        "# EOF",
    ]
    return "\n".join(lines) + "\n"


def name_of(metric: Metric) -> str:
    """What a metric is called, without the `_total` of a counter."""
    unit, _factor = _UNITS[metric.unit]
    name = f"{_PREFIX}_{metric.name.replace('.', '_')}"
    return name if not unit or name.endswith(f"_{unit}") else f"{name}_{unit}"


def _is_counted(series: str) -> bool:
    metric = METRICS.get(series.partition("/")[0])
    return metric is not None and metric.unit == "per_second"


def _family(metric: Metric, values: Mapping[str, float], *, counted: bool) -> Iterable[str]:
    """A metric with all its series; nothing where there is none."""
    unit, factor = _UNITS[metric.unit]
    name = name_of(metric)
    samples = []
    for series in sorted(values):
        if series.partition("/")[0] == metric.name and math.isfinite(values[series]):
            label = label_of(series)
            labels = f'{{{metric.label}="{_escaped(label)}"}}' if metric.label is not None and label is not None else ""
            samples.append(f"{name}{'_total' if counted else ''}{labels} {_number(values[series] * factor)}")
    if samples:
        yield from _head(name, "counter" if counted else "gauge", render(metric.title), unit)
        yield from samples


def _head(name: str, kind: str, help_text: str, unit: str) -> list[str]:
    lines = [f"# HELP {name} {_escaped(help_text)}", f"# TYPE {name} {kind}"]
    return [*lines, f"# UNIT {name} {unit}"] if unit else lines


def _number(value: float) -> str:
    """As exact as it is, and without an exponent that is not needed."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(round(value, 9))


def _escaped(text: str) -> str:
    """For a label's value or a help text."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
