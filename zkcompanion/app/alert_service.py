"""Alerts as the faces use them: judges every sample by the rules, keeps what was, and hears what a person decides."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace

from zkcompanion.app.alert_views import RulesChanged, RuleView
from zkcompanion.app.monitor_views import AlertChanged, AlertView, MarkView, Sample, SampleTaken, Unit
from zkcompanion.base.clock import Clock
from zkcompanion.base.errors import FileError, ResourceError, UsageError
from zkcompanion.base.events import EventBus, Unsubscribe
from zkcompanion.base.logs import get_logger
from zkcompanion.base.messages import Message, msg
from zkcompanion.base.paths import AppDirs, resource_path
from zkcompanion.rules.book import Book, read_rules
from zkcompanion.rules.evaluator import Evaluator, Transition
from zkcompanion.rules.journal import MOST, SCHEMA, Entry, Found, Journal, newest
from zkcompanion.rules.rule import Rule
from zkcompanion.storage import spool

_LOG = get_logger(__name__)

#: What a command beside the window leaves for it.
EVENT = "alerts.decision"
#: An open alert of an earlier run may go on where that run was seen so short a time ago; else it ended unseen.
GOES_ON_S = 300.0
#: How often it is written down that an open alert still lasts.
_TOUCH_S = 60.0
LONGEST_SNOOZE_S = 366 * 86400.0


class AlertService:
    """`load` reads the disk, `start` watches the samples of the bus from then on. Safe to call from any thread.

    Arguments:
        writes: False for a process that only looks.

    The rules are those of `resources/rules/monitor.json`. Alerts are told by `AlertChanged`, in the thread that
    published the sample; nothing waits for the disk.
    """

    def __init__(self, bus: EventBus, dirs: AppDirs, clock: Clock, *, writes: bool = True) -> None:
        self._bus = bus
        self._clock = clock
        self._lock = threading.RLock()
        # taken before the other, never after it
        self._telling = threading.RLock()
        path = resource_path("rules", "monitor.json")
        self._book = Book(read_rules(path.read_bytes(), file=path.name))
        self._entries: dict[int, Entry] = {}
        self._open: dict[tuple[str, str], int] = {}
        self._snoozes: dict[str, float] = {}
        self._touched: dict[int, float] = {}
        self._next_id = 1
        self._now_s = 0.0
        self._evaluator = Evaluator(self._book.rules())
        self._journal = Journal(lambda: dirs.state, self._everything, writes=writes)
        self._end: Unsubscribe | None = None
        self._watch: spool.SpoolWatch | None = None

    # -- looking -------------------------------------------------------------------------------------------------------

    @property
    def notice(self) -> Message | None:
        """What the user should know of the file."""
        return self._journal.notice

    def open(self) -> tuple[AlertView, ...]:
        """Alerts that are open and were not dismissed, the worst first, then the newest."""
        with self._lock:
            found = [self._view(entry) for entry in self._still_open() if not entry.dismissed]
        order = ("critical", "warning", "info")
        return tuple(sorted(found, key=lambda one: (order.index(one.severity), -one.begin_unix_s, one.id)))

    def history(self, begin_unix_s: float = 0.0, end_unix_s: float = math.inf) -> tuple[AlertView, ...]:
        """All that lasted at some time between the two, newest first, open ones too; from memory, so quick."""
        with self._lock:
            entries = sorted(self._entries.values(), key=lambda entry: -entry.id)
            return tuple(
                self._view(entry)
                for entry in entries
                if entry.begin_unix_s <= end_unix_s and (entry.end_unix_s is None or entry.end_unix_s >= begin_unix_s)
            )

    def marks(self, begin_unix_s: float, end_unix_s: float) -> tuple[MarkView, ...]:
        """The same for the time axis, oldest first."""
        now = self._clock.unix_s()
        return tuple(
            MarkView("alert", one.begin_unix_s, one.end_unix_s or now, one.title, one.severity)
            for one in reversed(self.history(begin_unix_s, end_unix_s))
        )

    def rules(self) -> tuple[RuleView, ...]:
        """All rules, as they hold, with what was compared last."""
        with self._lock:
            return tuple(self._rule_view(rule) for rule in self._book.rules())

    def find(self, alert_id: int) -> AlertView:
        """One alert. Raises: UsageError where it is not known."""
        with self._lock:
            return self._view(self._known(alert_id))

    # -- deciding ------------------------------------------------------------------------------------------------------

    def change(self, rule_id: str, **changes: object) -> RuleView:
        """Change `threshold`, `margin`, `for_s`, `clear_for_s`, `severity` or `enabled`. Raises: UsageError."""
        return self._hold(rule_id, lambda: self._book.change(rule_id, **changes))

    def restore(self, rule_id: str) -> RuleView:
        """The rule as it came. Raises: UsageError."""
        return self._hold(rule_id, lambda: self._book.restore(rule_id))

    def acknowledge(self, alert_id: int) -> AlertView:
        """A person has seen it. Raises: UsageError where there is none."""
        return self._decide(alert_id, lambda entry: replace(entry, acknowledged=True))

    def dismiss(self, alert_id: int, *, again: bool = False) -> AlertView:
        """A person wants to see no more of it until it ends; `again`: to see it after all. Raises: UsageError."""
        return self._decide(alert_id, lambda entry: replace(entry, acknowledged=True, dismissed=not again))

    def snooze(self, what: int | str, seconds: float | None) -> None:
        """Do not show an alert (its id) or those of a rule (its name) for so long; 0: show again; None: until it ends.

        Raises: UsageError where there is none, or for a time that is none.
        """
        self.check_snooze(what, seconds)
        until = None if seconds == 0 else math.inf if seconds is None else self._clock.unix_s() + seconds
        if isinstance(what, int):
            self._decide(what, lambda entry: replace(entry, snoozed_until_unix_s=until))
            return
        assert seconds is not None
        with self._lock:
            self._book.shipped(what)
            if until is None:
                self._snoozes.pop(what, None)
            else:
                self._snoozes[what] = until
            self._journal.decide("snooze", what, None if until is None else {"until": until})
            of_rule = [self._entries[number] for (rule, _), number in self._open.items() if rule == what]
        self._bus.publish(RulesChanged(what))
        self._tell(of_rule)

    @staticmethod
    def check_snooze(what: int | str, seconds: float | None) -> None:
        """Raises: UsageError for a time that is none, or that does not fit."""
        if seconds is not None and not 0 <= seconds <= LONGEST_SNOOZE_S:
            raise UsageError(msg("From 0 seconds to a year."))
        if seconds is None and not isinstance(what, int):
            raise UsageError(msg("A rule does not end; say for how long."))

    def preview(self, rule_id: str, **changes: object) -> RuleView:
        """The rule as `change` would make it; nothing is changed. Raises: UsageError."""
        with self._lock:
            return self._rule_view(self._book.rule(rule_id).changed(**changes))

    # -- beginning and ending ------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Read what is kept; once."""
        found = self._journal.read()
        with self._lock:
            for rule_id, edit in (found.edits or {}).items():
                try:
                    self._evaluator.change(self._book.change(rule_id, **edit), 0.0)
                except (UsageError, TypeError):
                    _LOG.warning("What was changed of a rule fits no more; it is as it came.")
            now = self._clock.unix_s()
            self._snoozes.update({rule: until for rule, until in (found.snoozes or {}).items() if until > now})
            self._entries = {entry.id: entry for entry in found.entries}
            self._next_id = max(self._entries, default=0) + 1

    def start(self) -> None:
        """Judge samples from now on, and hear what commands decide; once. Reads the disk."""
        self.load()
        with self._lock:
            now = self._clock.unix_s()
            self._now_s = self._clock.monotonic_s()
            for entry in [entry for entry in self._entries.values() if entry.end_unix_s is None]:
                self._take_up(entry, now)
            self._end = self._bus.subscribe(SampleTaken, lambda event: self._judge(event.sample))
            try:
                self._watch = spool.SpoolWatch(self._journal.store.spool_folder, self.take_in)
            except FileError:
                _LOG.warning("There is no folder for what commands decide about alerts.")
            opened = [self._entries[one.id] for one in self.open()]
        self._tell(opened)

    def close(self) -> None:
        """Judge no more, and write what is open as it is now; idempotent."""
        end, self._end = self._end, None
        if end is not None:
            end()
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.close()
        if end is not None:
            with self._lock:
                for entry in self._still_open():
                    self._journal.put(entry)
        self._journal.close()

    def owns(self) -> bool:
        """Whether this process may write what is kept; opened now if it was not yet."""
        return self._journal.store.open()

    def leave(self, action: str, what: int | str, **more: object) -> None:
        """From a command beside the window: let the window decide so. Raises: FileError, ResourceError."""
        body = {"action": action, "what": what, "more": more}
        spool.spool_event(self._journal.store.spool_folder, EVENT, body)

    def take_in(self) -> int:
        """Do what commands left since; how many. What is nonsense is set aside."""
        events: list[spool.Event] = []
        try:
            self._journal.store.take_spool(lambda _connection, event: _check(event), events.append, kinds={EVENT})
        except (FileError, ResourceError):
            return 0
        for event in events:
            try:
                self.act(str(event.body["action"]), event.body["what"], event.body["more"])
            except (UsageError, TypeError):
                _LOG.warning("What a command decided about an alert does not fit.")
        return len(events)

    def act(self, action: str, what: object, more: object) -> None:
        """`acknowledge`, `dismiss`, `snooze`, `change` or `restore`, as it was left. Raises: UsageError, TypeError."""
        given = dict(more) if isinstance(more, dict) else {}
        if action == "acknowledge" and isinstance(what, int):
            self.acknowledge(what)
        elif action == "dismiss" and isinstance(what, int):
            self.dismiss(what)
        elif action == "snooze" and isinstance(what, int | str):
            self.snooze(what, given.get("seconds"))
        elif action == "change" and isinstance(what, str):
            self.change(what, **given)
        elif action == "restore" and isinstance(what, str):
            self.restore(what)
        else:
            raise UsageError(msg("There is no such decision about an alert."))

    # -- samples -------------------------------------------------------------------------------------------------------

    def _judge(self, sample: Sample) -> None:
        changed: list[Entry] = []
        with self._lock:
            # the moment at which it should have been taken: whole ticks add up exactly
            self._now_s = sample.monotonic_s - sample.late_s
            slept = bool(sample.slept_s)
            for change in self._evaluator.take(self._now_s, sample.values, slept=slept):
                entry = self._entry(change, sample.unix_s)
                if entry is not None:
                    changed.append(entry)
            changed += self._wake(sample.unix_s)
        self._tell(changed)

    def _tell(self, entries: Iterable[Entry]) -> None:
        """As each of them is now: the last that is told is the last that happened, whichever threads tell."""
        with self._telling:
            for entry in entries:
                with self._lock:
                    view = self._view(self._entries.get(entry.id, entry))
                self._bus.publish(AlertChanged(view))

    def _entry(self, change: Transition, unix_s: float) -> Entry | None:
        """The alert that a change makes or is of, kept; None for those that are not open."""
        key = (change.rule.id, change.series)
        if change.kind == "opened":
            rule, begun = change.rule, unix_s - (change.at_s - change.since_s)
            entry = Entry(
                self._next_id,
                rule.id,
                change.series,
                rule.severity,
                rule.unit,
                rule.threshold,
                begun,
                unix_s,
                change.worst,
                change.counted_s,
            )
            self._next_id += 1
            self._open[key] = entry.id
            self._keep(entry)
            return entry
        if key not in self._open:
            return None
        former = self._entries[self._open[key]]
        entry = replace(_by_clock(former, unix_s), worst=change.worst, seconds=change.counted_s)
        if change.kind == "ended":
            del self._open[key]
            self._touched.pop(entry.id, None)
            looked = unix_s - (self._now_s - change.at_s)
            last = min(former.seen_unix_s, looked) if change.unseen else unix_s
            entry = replace(_by_clock(entry, last), end_unix_s=last, unseen=change.unseen, snoozed_until_unix_s=None)
            self._keep(entry)
        elif abs(unix_s - self._touched.get(entry.id, former.begin_unix_s)) >= _TOUCH_S:
            self._touched[entry.id] = unix_s
            self._keep(entry)
        else:
            self._entries[entry.id] = entry
        return entry

    def _wake(self, unix_s: float) -> list[Entry]:
        """Open alerts still last; those whose snooze is over are shown again."""
        woken = []
        for rule in [rule for rule, until in self._snoozes.items() if until <= unix_s]:
            del self._snoozes[rule]
            self._journal.decide("snooze", rule, None)
            woken += [self._entries[number] for (one, _), number in self._open.items() if one == rule]
        for number in self._open.values():
            former = self._entries[number]
            lasted_s = self._evaluator.lasted_s(former.rule, former.series)
            entry = replace(_by_clock(former, unix_s), seconds=lasted_s)
            if entry.snoozed_until_unix_s is not None and entry.snoozed_until_unix_s <= unix_s:
                entry = replace(entry, snoozed_until_unix_s=None)
                woken.append(entry)
                self._keep(entry)
            elif abs(unix_s - self._touched.setdefault(number, unix_s)) >= _TOUCH_S:
                self._touched[number] = unix_s
                self._keep(entry)
            self._entries[number] = entry
        return woken

    # -- deciding, beneath ---------------------------------------------------------------------------------------------

    def _hold(self, rule_id: str, made: Callable[[], Rule]) -> RuleView:
        """A rule is another one from now on."""
        with self._lock:
            rule, unix_s = made(), self._clock.unix_s()
            self._journal.decide("edit", rule.id, self._book.edits(rule.id) or None)
            ended = [self._entry(change, unix_s) for change in self._evaluator.change(rule, self._now_s)]
            view = self._rule_view(rule)
        self._bus.publish(RulesChanged(rule_id))
        self._tell(entry for entry in ended if entry is not None)
        return view

    def _decide(self, alert_id: int, decided: Callable[[Entry], Entry]) -> AlertView:
        with self._lock:
            entry = decided(self._known(alert_id))
            self._keep(entry)
            view = self._view(entry)
        self._tell([entry])
        return view

    # -- with the lock held --------------------------------------------------------------------------------------------

    def _still_open(self) -> list[Entry]:
        return [self._entries[number] for number in self._open.values()]

    def _take_up(self, entry: Entry, unix_s: float) -> None:
        """An alert that was open when an earlier run ended, by itself or not."""
        standing = self._standing(entry.rule)
        recent = standing or 0 <= unix_s - entry.seen_unix_s <= GOES_ON_S
        there = (entry.rule, entry.series) in self._open
        if (recent and not there) and self._evaluator.resume(
            entry.rule, entry.series, self._now_s, worst=entry.worst, counted_s=entry.seconds
        ):
            self._open[entry.rule, entry.series] = entry.id
            # it was told when it opened, and is so at every start
            self._entries[entry.id] = replace(entry, acknowledged=entry.acknowledged or standing)
            return
        self._keep(replace(entry, end_unix_s=entry.seen_unix_s, unseen=True, snoozed_until_unix_s=None))

    def _standing(self, rule_id: str) -> bool:
        try:
            return self._book.shipped(rule_id).standing
        except UsageError:
            return False

    def _known(self, alert_id: int) -> Entry:
        if alert_id not in self._entries:
            raise UsageError(msg("There is no alert with the number {id}.", id=alert_id))
        return self._entries[alert_id]

    def _keep(self, entry: Entry) -> None:
        self._entries[entry.id] = entry
        if len(self._entries) > MOST + MOST // 10:
            self._entries = {one.id: one for one in (*newest(self._entries.values()), *self._still_open())}
        self._journal.put(entry)

    def _everything(self) -> Found:
        """For the file, where it has to be written anew."""
        with self._lock:
            edits = {rule.id: self._book.edits(rule.id) for rule in self._book.rules() if self._book.edits(rule.id)}
            return Found(newest(self._entries.values()), edits, dict(self._snoozes))

    def _rule_view(self, rule: Rule) -> RuleView:
        return RuleView(
            id=rule.id,
            title=rule.title,
            meaning=rule.meaning,
            advice=rule.advice,
            series=rule.series,
            of=rule.of,
            comparison=rule.comparison,
            unit=rule.unit,
            threshold=rule.threshold,
            margin=rule.margin,
            clear=rule.clear,
            for_s=rule.for_s,
            clear_for_s=rule.clear_for_s,
            severity=rule.severity,
            enabled=rule.enabled,
            changed=bool(self._book.edits(rule.id)),
            environment=rule.environment,
            value=self._evaluator.values.get(rule.id),
            snoozed_until_unix_s=self._snoozes.get(rule.id),
        )

    def _view(self, entry: Entry) -> AlertView:
        environment = standing = False
        try:
            rule = self._book.shipped(entry.rule)
            texts = (rule.title, rule.meaning, rule.advice)
            environment, standing = rule.environment, rule.standing
        except UsageError:  # of another version of this program
            texts = (msg("Alert {name}", name=entry.rule), msg("This version does not know it."), msg("Nothing."))
        snoozes = [until for until in (entry.snoozed_until_unix_s, self._snoozes.get(entry.rule)) if until is not None]
        unit: Unit = entry.unit  # type: ignore[assignment]
        return AlertView(
            entry.id,
            entry.rule,
            *texts,
            entry.severity,
            "open" if entry.end_unix_s is None else "ended",
            entry.series,
            unit,
            entry.threshold,
            entry.begin_unix_s,
            entry.end_unix_s,
            entry.worst,
            entry.seconds,
            entry.acknowledged,
            max(snoozes) if snoozes and entry.end_unix_s is None else None,
            entry.dismissed,
            environment,
            standing,
        )


def _by_clock(entry: Entry, unix_s: float) -> Entry:
    """Seen now; what lasts did not begin later, also where the clock was set back meanwhile."""
    return replace(entry, begin_unix_s=min(entry.begin_unix_s, unix_s), seen_unix_s=unix_s)


def _check(event: spool.Event) -> None:
    """Raises: ValueError for what is no decision."""
    if event.body.keys() != {"action", "what", "more"} or not isinstance(event.body["more"], dict):
        raise ValueError("not a decision")


__all__ = ["EVENT", "GOES_ON_S", "SCHEMA", "AlertService"]
