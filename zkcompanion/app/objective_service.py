"""Objectives as the faces use them: what each stands at, and changing them.

What a person changed lies in `objectives.json` in the config folder: for each objective only what differs from what
is shipped.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace

from zkcompanion.app.monitor_views import ObjectivesChanged
from zkcompanion.app.run_recorder import RunKept, RunRecorder, RunsForgotten
from zkcompanion.base.clock import Clock
from zkcompanion.base.documents import read_document, write_document
from zkcompanion.base.errors import FileError, ResourceError, UsageError
from zkcompanion.base.events import EventBus, Unsubscribe
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.paths import AppDirs
from zkcompanion.monitoring.objectives import (
    ENOUGH,
    SHIPPED,
    Burn,
    BurnPair,
    Excluded,
    Incident,
    Judgement,
    Ledger,
    Objective,
    Period,
    problem,
)
from zkcompanion.monitoring.runs import RunRecord

__all__ = [
    "ENOUGH",
    "FILE_NAME",
    "Burn",
    "BurnPair",
    "Excluded",
    "Incident",
    "Judgement",
    "Objective",
    "ObjectiveService",
    "ObjectivesChanged",
    "Period",
]

FILE_NAME = "objectives.json"
_VERSION = 1
_MAX_BYTES = 64 << 10
#: What a person may change, and its type as JSON.
_FIELDS: Mapping[str, type] = {"target": float, "days": int, "bound_s": float, "bound_times": float, "on": bool}


class ObjectiveService:
    """Safe to call from any thread. Counts each run when it is kept; judges when it is asked.

    Nothing raises for the disk: what cannot be written holds until the program ends, and `notice` says so.
    """

    def __init__(self, dirs: AppDirs, bus: EventBus, clock: Clock, runs: RunRecorder) -> None:
        self._dirs = dirs
        self._bus = bus
        self._clock = clock
        self._runs = runs
        self._lock = threading.Lock()
        self._notice: Message | None = None
        self._changes = self._read()
        self._ledgers: dict[str, Ledger] | None = None
        #: what was counted already: the last number, and runs that no store keeps
        self._last = 0
        self._loose: tuple[RunRecord, ...] = ()
        self._ends: list[Unsubscribe] = [bus.subscribe(RunKept, self._kept), bus.subscribe(RunsForgotten, self._forget)]

    @property
    def notice(self) -> Message | None:
        """What the user should know of what was changed, or of the runs that are counted."""
        return self._notice or self._runs.notice

    def objectives(self) -> tuple[Objective, ...]:
        """All of them, as they hold now."""
        with self._lock:
            return tuple(_changed(one, self._changes.get(one.id, {})) for one in SHIPPED)

    def shipped(self, objective_id: str) -> Objective:
        """One as it was shipped. Raises: UsageError for one that there is not."""
        for one in SHIPPED:
            if one.id == objective_id:
                return one
        raise UsageError(msg("There is no objective {name}.", name=objective_id))

    def judged(self) -> tuple[Judgement, ...]:
        """Each one that is on, as it stands now. Reads the disk the first time, so not for the GUI thread."""
        with self._lock:
            ledgers = self._counted()
            now_unix_s = self._clock.unix_s()
            return tuple(ledger.judge(now_unix_s) for ledger in ledgers.values() if ledger.objective.on)

    def change(self, objective_id: str, **changes: object) -> Objective:
        """Change `target`, `days`, `bound_s`, `bound_times` or `on`; the objective as it is then.

        Raises: UsageError for what makes no sense; then nothing is changed.
        """
        shipped = self.shipped(objective_id)
        with self._lock:
            wanted = self._changes.get(objective_id, {}) | changes
            if not (changes.keys() <= _FIELDS.keys() and _sound(wanted)):
                raise UsageError(msg("This cannot be chosen for an objective."))
            changed = _changed(shipped, wanted)
            wrong = problem(changed)
            if wrong is not None:
                raise UsageError(wrong)
            differs = {name: value for name, value in wanted.items() if getattr(shipped, name) != value}
            self._put(objective_id, differs, changed)
        self._bus.publish(ObjectivesChanged())
        return changed

    def reset(self, objective_id: str) -> Objective:
        """Back to what is shipped. Raises: UsageError."""
        shipped = self.shipped(objective_id)
        with self._lock:
            self._put(objective_id, {}, shipped)
        self._bus.publish(ObjectivesChanged())
        return shipped

    def close(self) -> None:
        """Hear nothing more; idempotent."""
        for end in self._ends:
            end()

    # -- counting

    def _counted(self) -> dict[str, Ledger]:
        """With the lock held: all that is kept, counted once."""
        if self._ledgers is None:
            records = self._runs.records()
            self._last = max((record.id for record in records), default=0)
            self._loose = tuple(record for record in records if not record.id)
            self._ledgers = {one.id: Ledger(_changed(one, self._changes.get(one.id, {})), records) for one in SHIPPED}
        return self._ledgers

    def _kept(self, event: RunKept) -> None:
        record = event.record
        with self._lock:
            if self._ledgers is not None and not self._known(record):
                self._last = max(self._last, record.id)
                for ledger in self._ledgers.values():
                    ledger.add((record,))
        self._bus.publish(ObjectivesChanged())

    def _known(self, record: RunRecord) -> bool:
        """Whether it was among what was read before its event came."""
        return record.id <= self._last if record.id else any(record is one for one in self._loose)

    def _forget(self, _event: RunsForgotten) -> None:
        with self._lock:
            self._ledgers = None
        self._bus.publish(ObjectivesChanged())

    def _put(self, objective_id: str, changes: Mapping[str, object], objective: Objective) -> None:
        self._changes = {**self._changes, objective_id: dict(changes)}
        if self._ledgers is not None and objective_id in self._ledgers:
            # another bound makes other events good, so they are counted anew
            if _counts_alike(self._ledgers[objective_id].objective, objective):
                self._ledgers[objective_id].objective = objective
            else:
                self._ledgers = None
        try:
            kept = {name: values for name, values in self._changes.items() if values}
            write_document(self._dirs.config / FILE_NAME, {"version": _VERSION, "objectives": kept})
            self._notice = None
        except (FileError, ResourceError) as error:
            self._notice = msg("The objective holds until the program ends: {why}", why=error.message)

    def _read(self) -> dict[str, dict[str, object]]:
        try:
            found = read_document(self._dirs.config / FILE_NAME, max_bytes=_MAX_BYTES)
        except FileError as error:
            self._notice = error.message
            return {}
        self._notice = found.notice
        kept = found.data.get("objectives")
        changes: dict[str, dict[str, object]] = {}
        for one in SHIPPED:
            values = kept.get(one.id) if isinstance(kept, dict) else None
            if isinstance(values, dict) and _sound(values) and problem(_changed(one, values)) is None:
                changes[one.id] = {name: value for name, value in values.items() if name in _FIELDS}
        return changes


def _changed(objective: Objective, changes: Mapping[str, object]) -> Objective:
    return replace(objective, **{name: value for name, value in changes.items() if name in _FIELDS})  # type: ignore[arg-type]


def _sound(changes: Mapping[str, object]) -> bool:
    """Whether each is of its type; a bound may be None, where the other one holds."""
    return all(
        (changes[name] is None and name.startswith("bound")) or _is_a(changes[name], kind)
        for name, kind in _FIELDS.items()
        if name in changes
    )


def _is_a(value: object, kind: type) -> bool:
    if kind is bool or isinstance(value, bool):
        return kind is bool and isinstance(value, bool)
    return isinstance(value, int) or (kind is float and isinstance(value, float))


def _counts_alike(one: Objective, other: Objective) -> bool:
    return (one.bound_s, one.bound_times) == (other.bound_s, other.bound_times)
