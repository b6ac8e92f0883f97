"""Where an axis of time has its ticks: on round moments of the clock on the wall, whatever that did in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo

from zkcompanion.reports.words import Words

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_STEPS_S = (
    *(n * _MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * _HOUR for n in (1, 2, 3, 6, 12)),
    *(n * _DAY for n in (1, 2, 5, 7, 14)),
)
_MONTHS = (1, 2, 3, 6, 12, 24)
_MONTH_S = 30 * _DAY


def ticks(begin_unix_s: float, end_unix_s: float, words: Words, *, most: int = 8) -> list[tuple[float, str]]:
    """(moment, label) of at most `most` ticks or so, oldest first."""
    span_s = end_unix_s - begin_unix_s
    step_s = next((step for step in _STEPS_S if span_s / step <= most), None)
    begin = words.local(begin_unix_s)
    if step_s is None:
        months = next((n for n in _MONTHS if span_s / (n * _MONTH_S) <= most), _MONTHS[-1])
        walls, form = _by_months(begin, months), "%Y-%m"
    else:
        walls, form = _by_seconds(begin, step_s), "%H:%M" if step_s < _DAY else "%m-%d"
    found: list[tuple[float, str]] = []
    for wall in walls:
        moment = _unix_s(wall, words.zone)
        if moment > end_unix_s:
            break
        if moment >= begin_unix_s and (not found or moment > found[-1][0]):
            midnight = form == "%H:%M" and not (wall.hour or wall.minute)
            found.append((moment, f"{wall:{'%m-%d' if midnight else form}}"))
    return found


def _by_seconds(begin: datetime, step_s: int) -> Iterator[datetime]:
    wall = begin.replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    while True:
        yield wall
        wall += timedelta(seconds=step_s)


def _by_months(begin: datetime, months: int) -> Iterator[datetime]:
    number = begin.year * 12 + (begin.month - 1) // months * months
    while True:
        yield datetime(number // 12, number % 12 + 1, 1)  # noqa: DTZ001  # the clock on the wall, zone or not
        number += months


def _unix_s(wall: datetime, zone: tzinfo | None) -> float:
    """A moment of the clock on the wall; the first one where there are two, and the one that follows where none is."""
    return (wall if zone is None else wall.replace(tzinfo=zone)).timestamp()
