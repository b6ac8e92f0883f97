"""`monitor`: the machine, live; `monitor metrics`: the same for other tools."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from zkcompanion.base.messages import Message, msg
from zkcompanion.cli.commands import Arguments, Command, Option, Outcome, whole_number

if TYPE_CHECKING:
    from zkcompanion.app.application import Application
    from zkcompanion.app.monitor_views import Sample
    from zkcompanion.app.timing import RecordingTrace
    from zkcompanion.cli.output import Console

_SAMPLE_SCHEMA = "urn:zkcompanion:schema:monitor-sample:1"
_METRICS_SCHEMA = "urn:zkcompanion:schema:monitor-metrics:1"
_ENDPOINT_SCHEMA = "urn:zkcompanion:schema:monitor-endpoint:1"
#: What a line has room for, where it cannot be drawn over.
_IN_A_LINE = (
    "machine.processor",
    "machine.temperature",
    "machine.memory",
    "machine.memory_free",
    "machine.swap",
    "machine.disk_read",
    "machine.disk_written",
)
_BAR_CELLS = 20


def monitor(app: Application, arguments: Arguments, trace: RecordingTrace) -> Outcome:
    """Print a sample each second."""
    count, seconds = arguments.number("count", 0) or None, arguments.number("seconds", 0) or None

    def stream(console: Console) -> None:
        console.note(
            msg("This is the machine. What a window that is open proves, and its workers, are in its own Monitor.")
        )
        drawn = 0
        for sample in app.watch(trace, count=count, seconds=seconds):
            if console.as_json:
                console.json_line(_SAMPLE_SCHEMA, _data(sample))
            elif console.is_screen:
                drawn = console.draw(tuple(_table(sample)), drawn)
            else:
                console.lines((_line(sample),))
            if console.unread:
                return

    return Outcome(_SAMPLE_SCHEMA, {}, (), stream=stream)


def metrics(app: Application, arguments: Arguments, trace: RecordingTrace) -> Outcome:
    """Print the metrics, write them into a file, or give them to whoever asks at a port."""
    from zkcompanion.app.metrics_export import LatestMetrics, write_metrics

    latest = LatestMetrics()
    port = arguments.number("serve", 0)
    if port:
        seconds = arguments.number("seconds", 0) or None
        return Outcome(_ENDPOINT_SCHEMA, {}, (), stream=lambda console: _serve(app, trace, console, port, seconds))
    # rates are of a whole second
    for sample in app.watch(trace, count=2):
        latest.take(sample)
    text, out = latest.text(), arguments.text("out")
    if out is not None:
        write_metrics(Path(out), text)
        return Outcome(_METRICS_SCHEMA, {"text": text, "file": out}, (msg("Written to {file}.", file=out),))
    lines = tuple(Message("{line}", {"line": line}) for line in text.splitlines())
    return Outcome(_METRICS_SCHEMA, {"text": text, "file": None}, lines)


def _serve(app: Application, trace: RecordingTrace, console: Console, port: int, seconds: int | None) -> None:
    from zkcompanion.app.metrics_export import LatestMetrics, open_endpoint

    latest = LatestMetrics()
    endpoint = open_endpoint(port, latest, app.clock)
    try:
        if console.as_json:
            console.json_line(_ENDPOINT_SCHEMA, {"url": endpoint.url})
        else:
            console.lines((Message("{url}", {"url": endpoint.url}),))
        console.note(msg("Only programs on this computer can ask. Ctrl-C ends it."))
        for sample in app.watch(trace, seconds=seconds):
            latest.take(sample)
    finally:
        endpoint.close()


def _data(sample: Sample) -> dict[str, object]:
    return {
        "unix_s": round(sample.unix_s, 3),
        "monotonic_s": round(sample.monotonic_s, 6),
        "late_s": round(sample.late_s, 6),
        "missed": sample.missed,
        "slept_s": None if sample.slept_s is None else round(sample.slept_s, 3),
        "values": {series: round(value, 6) for series, value in sorted(sample.values.items())},
    }


def _time(sample: Sample) -> str:
    return datetime.fromtimestamp(sample.unix_s, UTC).astimezone().strftime("%H:%M:%S")


def _line(sample: Sample) -> Message:
    from zkcompanion.app.monitor_views import metric_of

    shown = [name for name in _IN_A_LINE if name in sample.values]
    parts = [_part(metric_of(name).title, _value(name, sample)) for name in shown]
    line = Message("{time}", {"time": _time(sample)})
    for part in parts:
        line = Message("{before}  {part}", {"before": line, "part": part})
    return line


def _part(title: Message, value: Message) -> Message:
    return msg("{title}: {value}", title=title, value=value)


def _value(series: str, sample: Sample) -> Message:
    from zkcompanion.app.monitor_views import metric_of
    from zkcompanion.app.monitor_words import value_words

    return value_words(sample.values[series], metric_of(series).unit)


def _table(sample: Sample) -> Iterator[Message]:
    """A row for each series, in the order of the metrics."""
    from zkcompanion.app.monitor_views import METRICS, label_of

    yield msg("{time}  Ctrl-C ends this.", time=_time(sample))
    for metric in METRICS.values():
        found = [name for name in sample.values if name.partition("/")[0] == metric.name]
        # core 10 after core 9
        for name in sorted(found, key=lambda name: (len(name), name)):
            label, value = label_of(name), sample.values[name]
            parts: dict[str, object] = {
                "title": metric.title if label is None else Message("{t} {label}", {"t": metric.title, "label": label}),
                "value": _value(name, sample),
                "bar": _bar(value / 100) if metric.unit == "percent" else "",
            }
            # columns, not a sentence: nothing to translate but what stands in them
            yield Message("  {title:<36} {value:>14}  {bar}", parts)


def _bar(share: float) -> str:
    cells = max(0, min(_BAR_CELLS, round(share * _BAR_CELLS)))
    return f"[{'#' * cells}{'-' * (_BAR_CELLS - cells)}]"


_SECONDS = whole_number(1, 100_000_000)

COMMANDS = (
    Command(
        ("monitor",),
        msg("Show the processor, memory, disks and heat of this computer each second, until Ctrl-C."),
        monitor,
        options=(
            Option(("--count",), msg("end after N samples"), "N", _SECONDS),
            Option(("--seconds",), msg("end after N seconds"), "N", _SECONDS),
        ),
        streams=True,
    ),
    Command(
        ("monitor", "metrics"),
        msg("Print the same as OpenMetrics text, for Prometheus and its like."),
        metrics,
        options=(
            Option(("--out",), msg("write it into this file"), "FILE"),
            Option(
                ("--serve",),
                msg("give it to programs on this computer that ask at this port, until Ctrl-C"),
                "PORT",
                whole_number(1024, 65535),
            ),
            Option(("--seconds",), msg("with --serve: end after N seconds"), "N", _SECONDS),
        ),
        streams=True,
    ),
)
