"""Reports by the calendar: one for each day, week or month that is over, made up for when the program was closed.

Which were made stands in `schedule.json` beside the reports and in the reports themselves: whichever of the two a
killed program got to, no period is reported twice.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Literal

from zkcompanion.app.report_service import ReportService
from zkcompanion.app.report_views import FormName, KeptReport, ReportOrder
from zkcompanion.base.clock import Clock
from zkcompanion.base.documents import read_document, write_document
from zkcompanion.base.errors import Cancelled, CompanionError, FileError, ResourceError
from zkcompanion.base.logs import get_logger
from zkcompanion.base.messages import Message

_LOG = get_logger(__name__)

Schedule = Literal["off", "daily", "weekly", "monthly"]

#: Periods that are made up for at the most; older ones are passed over.
MOST_MISSED = 7
FORMS: tuple[FormName, ...] = ("html", "pdf")
_STATE = "schedule.json"
_MOST_BYTES = 1 << 16
_MOST_DONE = 400
#: The calendar is looked at so often, whatever the clock does meanwhile; after a failure less often.
_LOOK_S, _RETRY_S = 60.0, 3600.0


@dataclass(frozen=True, slots=True)
class Period:
    """`name`: the schedule and the first day, `weekly 2026-11-23`."""

    name: str
    begin_unix_s: float
    end_unix_s: float


def periods_due(
    schedule: Schedule, since_unix_s: float, now_unix_s: float, zone: tzinfo | None, *, most: int = MOST_MISSED
) -> tuple[Period, ...]:
    """The last `most` periods that ended after `since` and by `now`, oldest first; days begin at local midnight.

    The period in which `since` lies is among them once it is over. `zone` None is the system's.
    """
    if schedule == "off":
        return ()
    found: list[Period] = []
    first = _first_day(schedule, _local_day(now_unix_s, zone))
    while len(found) < most:
        first, after = _first_day(schedule, first - timedelta(days=1)), first
        end = _midnight(after, zone)
        if end <= since_unix_s:
            break
        begin = _midnight(first, zone)
        # a country that goes over the date line leaves out a day
        if begin < end <= now_unix_s:
            found.append(Period(f"{schedule} {first:%Y-%m-%d}", begin, end))
    return tuple(reversed(found))


def _local_day(unix_s: float, zone: tzinfo | None) -> date:
    return datetime.fromtimestamp(unix_s, UTC).astimezone(zone).date()


def _first_day(schedule: Schedule, day: date) -> date:
    """The first day of the period in which a day lies."""
    if schedule == "weekly":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if schedule == "monthly" else day


def _midnight(day: date, zone: tzinfo | None) -> float:
    """When a day begins; where clocks are put forward over midnight, the moment after it."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


class ReportScheduler:
    """Looks at the calendar from `start` on, in a thread of its own, until `close`.

    `chosen` is asked each time, so that another choice holds at once after `look`. `zone`: see `periods_due`.
    """

    def __init__(
        self,
        reports: ReportService,
        clock: Clock,
        chosen: Callable[[], Schedule],
        *,
        zone: tzinfo | None = None,
    ) -> None:
        self._reports = reports
        self._clock = clock
        self._chosen = chosen
        self._zone = zone
        self._wake = threading.Event()
        self._closing = False
        self._problem: Message | None = None
        self._thread = threading.Thread(target=self._run, name="report-schedule", daemon=True)

    @property
    def problem(self) -> Message | None:
        """Why the last scheduled report could not be made."""
        return self._problem

    def start(self) -> None:
        """Begin; once."""
        self._thread.start()

    def look(self) -> None:
        """Something may be due now."""
        self._wake.set()

    def close(self) -> None:
        """Look no more; idempotent. A report that is being made is the service's to end, which is closed first."""
        self._closing = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def make_due(self) -> tuple[KeptReport, ...]:
        """Make what is due now, oldest first; what was made. Waits for it.

        Raises: Cancelled, ResourceError, FileError; what was made before stays, and is not made again.
        """
        schedule = self._chosen()
        now_s = self._clock.unix_s()
        since_s, done = self._state(schedule, now_s)
        made = []
        for period in periods_due(schedule, since_s, now_s, self._zone):
            if period.name in done:
                continue
            order = ReportOrder("performance", period.begin_unix_s, period.end_unix_s, FORMS, scheduled=period.name)
            _, future = self._reports.order(order)
            id_ = future.result().kept
            made += [one for one in self._reports.kept() if one.id == id_]
            done.append(period.name)
            self._note(schedule, since_s, done)
        return tuple(made)

    def _run(self) -> None:
        self._reports.shelf.settle()
        while not self._closing:
            wait_s = _LOOK_S
            try:
                self.make_due()
                self._problem = None
            except Cancelled:
                wait_s = _RETRY_S
            except CompanionError as error:
                _LOG.warning("A scheduled report was not made (%s).", error.code)
                self._problem, wait_s = error.message, _RETRY_S
            self._wake.wait(wait_s)
            self._wake.clear()

    def _state(self, schedule: Schedule, now_s: float) -> tuple[float, list[str]]:
        """Since when this schedule holds, and the periods that have their report; another choice begins now."""
        found = read_document(self._reports.shelf.folder / _STATE, max_bytes=_MOST_BYTES).data
        since, names = found.get("since_unix_s"), found.get("done")
        done = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
        done += [one.scheduled for one in self._reports.kept() if one.scheduled and one.scheduled not in done]
        # a later moment was told by a clock that was wrong
        if found.get("schedule") == schedule and isinstance(since, int | float) and since <= now_s:
            return float(since), done
        self._note(schedule, now_s, done)
        return now_s, done

    def _note(self, schedule: Schedule, since_s: float, done: list[str]) -> None:
        data = {"version": 1, "schedule": schedule, "since_unix_s": since_s, "done": done[-_MOST_DONE:]}
        with contextlib.suppress(ResourceError, FileError):  # the reports themselves say it too
            write_document(self._reports.shelf.folder / _STATE, data)
