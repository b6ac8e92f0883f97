"""Objectives on proof events: what was attained, what of the error budget is left, how fast it burns. Pure.

An event counts at the date at which its proof ended; a window holds the events after its begin and up to its end.
Burn rates and their windows are those of the SRE workbook (chapter 5): a rate of 1 spends the budget of the window
exactly within it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from fractions import Fraction
from math import fsum, nextafter
from typing import Literal

from zkcompanion.base.messages import Message, msg
from zkcompanion.monitoring.intervals import clopper_pearson
from zkcompanion.monitoring.runs import ProofEvent, RunRecord

#: `success`: of the proofs that were begun, those that were made. `verified`: of those made, those that verified.
#: `fast`: of the verified ones, those within the bound. `recovered`: of those that lost a worker, those verified.
Indicator = Literal["success", "verified", "fast", "recovered"]
#: `cancelled` and `refused` never count; the other two where an objective says so.
Exclusion = Literal["cancelled", "refused", "asleep", "battery"]

#: Below this nothing is said of how an objective is met.
ENOUGH = 30
DAY_S = 86_400.0
#: Bounds of what a person may choose.
LEAST_TARGET, MOST_TARGET = 0.5, 0.9999
MOST_DAYS = 365
LEAST_BOUND_S, MOST_BOUND_S = 0.001, 1e6
LEAST_TIMES, MOST_TIMES = 1.0, 100.0
#: Events of one objective in memory; beyond it the oldest go.
_MOST_EVENTS = 250_000
_WORST = 5
_MOST_RUNS = 20


@dataclass(frozen=True, slots=True)
class Objective:
    """`target`: the share that is to be good; `days`: the window, up to now.

    The bound of `fast` is `bound_s` seconds, or `bound_times` the usual time of that circuit on this machine.
    """

    id: str
    title: Message
    indicator: Indicator
    target: float
    days: int = 30
    bound_s: float | None = None
    bound_times: float | None = None
    exclusions: tuple[Exclusion, ...] = ("asleep",)
    on: bool = True


SHIPPED: tuple[Objective, ...] = (
    Objective("made", msg("Proofs that were begun are made"), "success", 0.99),
    Objective("verified", msg("Proofs that were made verify"), "verified", 0.999),
    Objective("usual", msg("Proofs take about as long as usual"), "fast", 0.95, bound_times=2.0,
              exclusions=("asleep", "battery")),
    Objective("in-time", msg("Proofs are done in time"), "fast", 0.95, bound_s=60.0,
              exclusions=("asleep", "battery"), on=False),
    Objective("recovered", msg("Proofs survive the end of their worker"), "recovered", 0.99),
)  # fmt: skip

#: (rate, long window, short window) in seconds: both must burn, so that it is true still and not only for a moment.
BURNS: tuple[tuple[Fraction, float, float], ...] = (
    (Fraction(144, 10), 3600.0, 300.0),
    (Fraction(6), 6 * 3600.0, 1800.0),
    (Fraction(1), 3 * DAY_S, 6 * 3600.0),
)


@dataclass(frozen=True, slots=True)
class Burn:
    """How fast the budget burned in the last `window_s`; None without events."""

    window_s: float
    events: int
    bad: int
    rate: float | None


@dataclass(frozen=True, slots=True)
class BurnPair:
    """`burning`: both windows burn at `threshold` or faster, and the long one has enough events to say so."""

    threshold: float
    long: Burn
    short: Burn
    burning: bool


@dataclass(frozen=True, slots=True)
class Incident:
    """Bad events with no good one between them; `runs` are their numbers (the first 20)."""

    begin_unix_s: float
    end_unix_s: float
    events: int
    runs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Excluded:
    """What did not count, and how long those proofs took together."""

    kind: Exclusion
    events: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Period:
    """A day (`2026-11-26`) or a month (`2026-11`); `share` is None without events."""

    name: str
    begin_unix_s: float
    events: int
    bad: int
    share: float | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """An objective at a moment.

    `share` of `events` was good, and lies between `low` and `high` (Clopper-Pearson, 95 %); None without events.
    `enough`: there are at least 30. `met`: None where there are not. `allowed`: bad events that the budget has room
    for; `left_share`: of the budget, below 0 where it is overspent. `unknown`: proofs that could not be judged
    (no usual time yet). `worst` incidents first; days and months oldest first.
    """

    objective: Objective
    unix_s: float
    begin_unix_s: float
    events: int
    bad: int
    share: float | None
    low: float | None
    high: float | None
    enough: bool
    met: bool | None
    allowed: float
    left_share: float | None
    burns: tuple[BurnPair, ...]
    worst: tuple[Incident, ...]
    excluded: tuple[Excluded, ...]
    unknown: int
    days: tuple[Period, ...]
    months: tuple[Period, ...]

    @property
    def left(self) -> float:
        """Bad events that there is room for still; below 0 where the budget is overspent."""
        return self.allowed - self.bad

    @property
    def burning(self) -> bool:
        """Whether the budget burns too fast now."""
        return any(pair.burning for pair in self.burns)


def problem(objective: Objective) -> Message | None:
    """What is wrong with an objective that somebody chose; None where nothing is."""
    if not LEAST_TARGET <= objective.target <= MOST_TARGET:
        return msg("A share from {least} % to {most} %.", least="50", most="99.99")
    if not 1 <= objective.days <= MOST_DAYS:
        return msg("A window from 1 to {most} days.", most=MOST_DAYS)
    if objective.bound_s is not None and not LEAST_BOUND_S <= objective.bound_s <= MOST_BOUND_S:
        return msg("A bound from 1 ms to 1,000,000 s.")
    if objective.bound_times is not None and not LEAST_TIMES <= objective.bound_times <= MOST_TIMES:
        return msg("From 1 to {most} times the usual time.", most=100)
    if objective.indicator == "fast" and objective.bound_s is None and objective.bound_times is None:
        return msg("A bound is needed.")
    return None


def verdict(objective: Objective, record: RunRecord, proof: ProofEvent) -> bool | Exclusion | Literal["unknown"] | None:
    """Whether an event was good; or why it does not count; None where it is none of this objective's."""
    good = _good(objective, proof)
    if good is None:
        return None
    if proof.verdict == "cancelled":
        return "cancelled"
    if proof.verdict == "refused":
        return "refused"
    if record.asleep_s > 0 and "asleep" in objective.exclusions:
        return "asleep"
    if record.battery and "battery" in objective.exclusions:
        return "battery"
    return good


def _good(objective: Objective, proof: ProofEvent) -> bool | Literal["unknown"] | None:
    made, verified = proof.verdict in {"verified", "unverified"}, proof.verdict == "verified"
    match objective.indicator:
        case "success":
            return made
        case "verified":
            return verified if made else None
        case "recovered":
            return verified if proof.lost else None
        case _:
            return _fast(objective, proof) if verified else None


def _fast(objective: Objective, proof: ProofEvent) -> bool | Literal["unknown"]:
    bound_s = objective.bound_s
    if objective.bound_times is not None:
        bound_s = None if proof.usual_s is None else objective.bound_times * proof.usual_s
    return "unknown" if bound_s is None or proof.seconds is None else proof.seconds <= bound_s


#: End, begin, number of the run, 1 for a bad one.
_Event = tuple[float, float, int, int]


class Ledger:
    """The events of one objective in the order of their ends, counted so that any window is two searches.

    Some 32 bytes for each event. Not for several threads at once.
    """

    def __init__(self, objective: Objective, records: Iterable[RunRecord] = ()) -> None:
        self.objective = objective
        self._ends = array("d")
        self._begins = array("d")
        self._runs = array("q")
        #: how many of the first n events were bad
        self._bad = array("q", [0])
        #: ends and seconds of what does not count, in the order in which it came
        self._apart: dict[Exclusion | Literal["unknown"], tuple[array[float], array[float]]] = {}
        self.add(records)

    def add(self, records: Iterable[RunRecord]) -> None:
        """Take in the proofs of runs, in any order."""
        new: list[_Event] = []
        for record in records:
            begin_unix_s = record.begin_unix_s
            for proof in record.proofs:
                found = verdict(self.objective, record, proof)
                if isinstance(found, bool):
                    new.append((proof.end_unix_s, begin_unix_s, record.id, int(not found)))
                elif found is not None:
                    ends, seconds = self._apart.setdefault(found, (array("d"), array("d")))
                    ends.append(proof.end_unix_s)
                    seconds.append(max(0.0, proof.end_unix_s - begin_unix_s))
                begin_unix_s = proof.end_unix_s
        for ends, seconds in self._apart.values():
            del ends[:-_MOST_EVENTS], seconds[:-_MOST_EVENTS]
        if new:
            self._put(new)

    def _put(self, new: list[_Event]) -> None:
        # what follows the first new one is put in order and counted again; mostly that is nothing
        first = bisect_left(self._ends, min(new)[0])
        behind = sorted([*self._from(first), *new])
        if first + len(behind) > _MOST_EVENTS:
            behind = [*self._from(0)[:first], *behind][-_MOST_EVENTS * 4 // 5 :]
            first = 0
        del self._ends[first:], self._begins[first:], self._runs[first:], self._bad[first + 1 :]
        for end_unix_s, begin_unix_s, run, bad in behind:
            self._ends.append(end_unix_s)
            self._begins.append(begin_unix_s)
            self._runs.append(run)
            self._bad.append(self._bad[-1] + bad)

    def _from(self, first: int) -> list[_Event]:
        bad = [self._bad[number + 1] - self._bad[number] for number in range(first, len(self._ends))]
        return list(zip(self._ends[first:], self._begins[first:], self._runs[first:], bad, strict=True))

    def count(self, begin_unix_s: float, end_unix_s: float) -> tuple[int, int]:
        """Events after `begin` and up to `end`, and how many of them were bad."""
        first, last = self._range(begin_unix_s, end_unix_s)
        return last - first, self._bad[last] - self._bad[first]

    def judge(self, unix_s: float, zone: tzinfo | None = None) -> Judgement:
        """The objective as it stands at a date; days and months are those of `zone` (None: of this computer)."""
        objective = self.objective
        begin_unix_s = unix_s - objective.days * DAY_S
        events, bad = self.count(begin_unix_s, unix_s)
        enough = events >= ENOUGH
        room = _room(objective)
        allowed = room * events
        low, high = clopper_pearson(events - bad, events) if events else (None, None)
        return Judgement(
            objective=objective,
            unix_s=unix_s,
            begin_unix_s=begin_unix_s,
            events=events,
            bad=bad,
            share=(events - bad) / events if events else None,
            low=low,
            high=high,
            enough=enough,
            met=bad <= allowed if enough else None,
            allowed=float(allowed),
            left_share=float(1 - bad / allowed) if events else None,
            burns=tuple(self._pair(unix_s, *pair) for pair in BURNS),
            worst=self._worst(begin_unix_s, unix_s),
            excluded=self._excluded(begin_unix_s, unix_s),
            unknown=self._apart_of("unknown", begin_unix_s, unix_s)[0],
            days=tuple(self._periods(_days(begin_unix_s, unix_s, zone), unix_s)),
            months=tuple(self._periods(_months(unix_s, zone), unix_s)),
        )

    def _range(self, begin_unix_s: float, end_unix_s: float) -> tuple[int, int]:
        first = bisect_right(self._ends, begin_unix_s)
        return first, max(first, bisect_right(self._ends, end_unix_s))

    def _pair(self, unix_s: float, threshold: Fraction, long_s: float, short_s: float) -> BurnPair:
        long, short = self._burn(unix_s, long_s), self._burn(unix_s, short_s)
        fast = all(
            one.events and Fraction(one.bad, one.events) >= threshold * _room(self.objective) for one in (long, short)
        )
        return BurnPair(float(threshold), long, short, fast and long.events >= ENOUGH)

    def _burn(self, unix_s: float, window_s: float) -> Burn:
        events, bad = self.count(unix_s - window_s, unix_s)
        rate = float(Fraction(bad, events) / _room(self.objective)) if events else None
        return Burn(window_s, events, bad, rate)

    def _worst(self, begin_unix_s: float, end_unix_s: float) -> tuple[Incident, ...]:
        first, last = self._range(begin_unix_s, end_unix_s)
        groups: list[list[int]] = []
        for nth in range(self._bad[first] + 1, self._bad[last] + 1):
            number = bisect_left(self._bad, nth) - 1  # of the nth bad event
            if groups and groups[-1][-1] == number - 1:
                groups[-1].append(number)
            else:
                groups.append([number])
        groups.sort(key=lambda one: (-len(one), -one[-1]))
        return tuple(
            Incident(
                min(self._begins[number] for number in one),
                self._ends[one[-1]],
                len(one),
                tuple(dict.fromkeys(self._runs[number] for number in one))[:_MOST_RUNS],
            )
            for one in groups[:_WORST]
        )

    def _excluded(self, begin_unix_s: float, end_unix_s: float) -> tuple[Excluded, ...]:
        kinds: tuple[Exclusion, ...] = ("asleep", "battery", "cancelled", "refused")
        found = (Excluded(kind, *self._apart_of(kind, begin_unix_s, end_unix_s)) for kind in kinds)
        return tuple(one for one in found if one.events)

    def _apart_of(
        self, kind: Exclusion | Literal["unknown"], begin_unix_s: float, end_unix_s: float
    ) -> tuple[int, float]:
        """How many events of a kind ended in a window, and their seconds."""
        ends, seconds = self._apart.get(kind, ((), ()))
        took = [one for end, one in zip(ends, seconds, strict=True) if begin_unix_s < end <= end_unix_s]
        return len(took), fsum(took)

    def _periods(self, starts: list[tuple[str, float]], unix_s: float) -> Iterator[Period]:
        # what ended at the very moment at which a period begins is its own, unlike in a window
        befores = [nextafter(begin, 0) for _, begin in starts]
        for (name, begin), before, end in zip(starts, befores, [*befores[1:], unix_s], strict=True):
            events, bad = self.count(before, end)
            yield Period(name, begin, events, bad, (events - bad) / events if events else None)


def _room(objective: Objective) -> Fraction:
    """The share that may be bad, exactly as the target is written (0.999 is no binary fraction)."""
    return 1 - Fraction(repr(objective.target))


def _days(begin_unix_s: float, unix_s: float, zone: tzinfo | None) -> list[tuple[str, float]]:
    """Name and begin of each day from one date to another."""
    day, last = datetime.fromtimestamp(begin_unix_s, zone).date(), datetime.fromtimestamp(unix_s, zone).date()
    days = [day + timedelta(days=number) for number in range((last - day).days + 1)]
    return [(one.isoformat(), _midnight(one, zone)) for one in days]


def _months(unix_s: float, zone: tzinfo | None) -> list[tuple[str, float]]:
    """Name and begin of this month and the eleven before it."""
    last = datetime.fromtimestamp(unix_s, zone).date()
    numbers = (last.year * 12 + last.month - 1 - back for back in range(11, -1, -1))
    firsts = [date(number // 12, number % 12 + 1, 1) for number in numbers]
    return [(f"{one:%Y-%m}", _midnight(one, zone)) for one in firsts]


def _midnight(day: date, zone: tzinfo | None) -> float:
    return datetime.combine(day, time(), zone).timestamp()
