"""`monitor history`: what was measured before."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from zkcompanion.base.errors import UsageError
from zkcompanion.base.messages import Message, msg
from zkcompanion.cli.commands import Arguments, Command, Option, Outcome, date_text, moment, whole_number

if TYPE_CHECKING:
    from zkcompanion.app.application import Application
    from zkcompanion.app.monitor_reading import MonitorReader
    from zkcompanion.app.monitor_views import CurveView, Point
    from zkcompanion.app.timing import RecordingTrace
    from zkcompanion.cli.output import Console

_SCHEMA = "urn:zkcompanion:schema:monitor-history:1"
_DAY_S = 86400.0
_USUAL_POINTS, _MOST_POINTS = 24, 100_000
_COLUMNS = ("series", "unit", "unix_s", "step_s", "count", "mean", "low", "high", "p50", "p95")


def history(app: Application, arguments: Arguments, _trace: RecordingTrace) -> Outcome:
    """Series between two dates."""
    from zkcompanion.app.monitor_reading import MonitorReader

    begin, end = arguments.options.get("from"), arguments.options.get("to")
    end_s = end if isinstance(end, float) else app.clock.unix_s()
    begin_s = begin if isinstance(begin, float) else end_s - _DAY_S
    if begin_s >= end_s:
        raise UsageError(msg("--from is before --to."))
    points = arguments.number("points", 0)
    with MonitorReader(app.dirs, app.clock) as reader:
        series = _wanted(reader, arguments.text("series"))
        if arguments.flag("csv"):
            period = begin_s, end_s
            return Outcome(_SCHEMA, {}, (), stream=lambda console: _stream(app, console, series, period, points))
        usual = 1 if arguments.text("series") is None else _USUAL_POINTS
        curves = reader.curves(series, begin_s, end_s, points or usual)
    data = {
        "begin_unix_s": begin_s,
        "end_unix_s": end_s,
        "series": [
            {"name": curve.series, "unit": curve.unit, "points": [_point_data(point) for point in curve.points]}
            for curve in curves
        ],
    }
    if not any(curve.points for curve in curves):
        return Outcome(_SCHEMA, data, (msg("Nothing was kept then. A window that is open keeps what it measures."),))
    return Outcome(_SCHEMA, data, tuple(_lines(curves)))


def _wanted(reader: MonitorReader, text: str | None) -> tuple[str, ...]:
    known = reader.series()
    if text is None:
        return known
    wanted = tuple(dict.fromkeys(one.strip() for one in text.split(",")))
    for name in wanted:
        if name not in known:
            raise UsageError(
                msg("Nothing is kept of {series}. There is: {known}.", series=name, known=", ".join(known) or "-")
            )
    return wanted


def _point_data(point: Point) -> dict[str, object]:
    return {
        "unix_s": point.unix_s,
        "step_s": point.step_s,
        "count": point.count,
        "mean": point.mean,
        "low": point.low,
        "high": point.high,
        "p50": point.p50,
        "p95": point.p95,
    }


def _stream(
    app: Application, console: Console, series: Sequence[str], period: tuple[float, float], points: int
) -> None:
    """CSV, as fine as it is kept where no number of points is asked for."""
    from zkcompanion.app.monitor_reading import MonitorReader
    from zkcompanion.app.monitor_views import metric_of

    def rows(reader: MonitorReader) -> Iterator[tuple[str, Point]]:
        if not points:
            yield from reader.export(series, *period)
        for curve in reader.curves(series, *period, points) if points else ():
            yield from ((curve.series, point) for point in curve.points)

    if console.as_json:
        raise UsageError(msg("Take either --csv or --json."))
    console.lines((_csv(_COLUMNS),))
    with MonitorReader(app.dirs, app.clock) as reader:
        for name, point in rows(reader):
            console.lines((_csv((name, metric_of(name).unit, *_point_data(point).values())),))
            if console.unread:
                return


def _csv(cells: Iterable[object]) -> Message:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return Message("{line}", {"line": line.getvalue()})


def _lines(curves: Sequence[CurveView]) -> Iterator[Message]:
    from zkcompanion.app.monitor_words import value_words

    for curve in curves:
        for point in curve.points:
            when = date_text(point.unix_s)
            yield msg(
                "{time}  {series:<26} mean {mean:>12}, lowest {low:>12}, highest {high:>12}, 95 % below {p95:>12}",
                time=when,
                series=curve.series,
                mean=value_words(point.mean, curve.unit),
                low=value_words(point.low, curve.unit),
                high=value_words(point.high, curve.unit),
                p95=value_words(point.p95, curve.unit),
            )


COMMANDS = (
    Command(
        ("monitor", "history"),
        msg("Show what a window measured: each second of a day, each minute of 90 days, each hour of two years."),
        history,
        options=(
            Option(("--series",), msg("these alone, with commas between them"), "NAMES"),
            Option(("--from",), msg("from this date on; a day before the end where it is left out"), "DATE", moment),
            Option(("--to",), msg("until this date; now where it is left out"), "DATE", moment),
            Option(
                ("--points",),
                msg("in so many steps at most; 24, or 1 where no series is named"),
                "N",
                whole_number(1, _MOST_POINTS),
            ),
            Option(("--csv",), msg("as CSV; without --points all that is kept")),
        ),
    ),
)
