"""Round figures for the axes: values with their unit, moments by the clock on the wall."""

from __future__ import annotations

import math

from PySide6.QtCore import QDateTime, QLocale

from zkcompanion.app.monitor_views import Unit

_KIB = 1024.0
_TIME_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_DAY_STEPS = (1, 2, 7, 14, 30, 61, 91, 182, 365)
_DAY_S = 86_400


def round_top(highest: float, unit: Unit, most: int = 3) -> tuple[float, list[float]]:
    """A round value at or above the highest one, and the values of at most `most` ticks up to there."""
    if unit == "percent":
        return (100.0, [50.0, 100.0]) if highest <= 100.0 else _steps(highest, _decimal_step(highest / most))
    if unit == "share":
        return 1.0, [0.5, 1.0]
    if unit in {"bytes", "bytes_per_second"}:
        step = _KIB
        while step * most < highest:
            step *= 2
        return _steps(highest, step)
    if unit == "count":
        return _steps(highest, max(1.0, _decimal_step(highest / most)))
    return _steps(highest, _decimal_step(highest / most))


def _decimal_step(least: float) -> float:
    if least <= 0:
        return 0.1
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= least * (1 - 1e-9))


def _steps(highest: float, step: float) -> tuple[float, list[float]]:
    count = max(1, math.ceil(highest / step - 1e-9))
    return count * step, [number * step for number in range(1, count + 1)]


def time_ticks(first: float, last: float, most: int) -> list[tuple[float, str]]:
    """Round moments between two dates by the local clock, at most about `most`, as (unix s, text)."""
    length = max(last - first, 1.0)
    locale = QLocale()
    step = next((step for step in _TIME_STEPS if length / step <= most), None)
    if step is None:
        days = next((days for days in _DAY_STEPS if length / _DAY_S / days <= most), _DAY_STEPS[-1])
        step = days * _DAY_S
    shift = QDateTime.fromSecsSinceEpoch(int(first)).offsetFromUtc()
    at = math.ceil((first + shift) / step) * step - shift
    made = []
    while at <= last - 0.03 * length:
        made.append((float(at), _moment(at, step, length, locale)))
        at += step
    return made


def _moment(at: float, step: float, length: float, locale: QLocale) -> str:
    date = QDateTime.fromSecsSinceEpoch(int(at))
    if step < 60:
        return locale.toString(date.time(), "HH:mm:ss")
    if step < _DAY_S:
        return locale.toString(date.time(), "HH:mm")
    return locale.toString(date.date(), "d MMM" if length < 300 * _DAY_S else "MMM yyyy")


def moment_words(unix_s: float, length_s: float) -> str:
    """A moment as one reads it beside figures: with the date where more than some hours are in sight."""
    date = QDateTime.fromSecsSinceEpoch(int(unix_s))
    return QLocale().toString(date, "HH:mm:ss" if length_s <= 6 * 3600 else "d MMM yyyy HH:mm")
