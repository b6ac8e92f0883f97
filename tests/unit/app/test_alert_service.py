"""Alerts: from samples on the bus to what the faces are told, and across starts of the program."""

import json
import math

import pytest

from tests.support.stores import Starts, bend, rows, starts
from zkcompanion.app import alert_service
from zkcompanion.app.alert_service import GOES_ON_S, AlertService
from zkcompanion.app.alert_views import RulesChanged
from zkcompanion.app.monitor_views import AlertChanged, Sample, SampleTaken
from zkcompanion.base.errors import UsageError
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs
from zkcompanion.rules import journal
from zkcompanion.storage.check import row_digest

BEGIN = 1_795_000_000.0


class Days:
    """A clock that is set by hand."""

    now_s = set_back_s = 0.0

    def monotonic_s(self):
        return self.now_s

    def unix_s(self):
        return BEGIN + self.now_s - self.set_back_s


class Alerts:
    """The service with a bus and a clock of its own."""

    def __init__(self, home, now_s=0.0, **options):
        self.clock, self.bus, self.told, self.rules = Days(), EventBus(), [], []
        self.clock.now_s = now_s
        self.bus.subscribe(AlertChanged, lambda event: self.told.append(event.alert))
        self.bus.subscribe(RulesChanged, lambda event: self.rules.append(event.rule))
        self.service = AlertService(self.bus, AppDirs(home), self.clock, **options)
        self.service.start()

    def tick(self, times=1, late_s=0.0, slept_s=None, **values):
        for _ in range(times):
            self.clock.now_s += 1
            named = {name.replace("__", "."): float(value) for name, value in values.items()}
            self.bus.publish(
                SampleTaken(
                    Sample(
                        self.clock.unix_s(), self.clock.monotonic_s() + late_s, named, late_s=late_s, slept_s=slept_s
                    )
                )
            )

    def close(self):
        self.service.close()


open_alerts = starts(Alerts)
HOT, COOL = {"machine__temperature": 95}, {"machine__temperature": 60}

_AS_IT_WAS = "UPDATE alerts SET body = ?, digest = ? WHERE id = ?"


def kept(home):
    return rows(home / "state" / "alerts.sqlite", "SELECT id, body FROM alerts ORDER BY id")


def test_an_alert_opens_after_its_duration_gets_worse_and_ends(tmp_path, open_alerts):
    made = open_alerts(tmp_path)
    made.tick(15, late_s=0.02, **HOT)
    assert made.told == []
    made.tick(late_s=0.01, **HOT)
    (told,) = made.told
    assert (told.id, told.rule, told.state, told.series, told.unit) == (
        1,
        "heat",
        "open",
        "machine.temperature",
        "celsius",
    )
    assert (told.begin_unix_s, told.seconds, told.worst, told.threshold) == (BEGIN + 1, 15.0, 95.0, 92.0)
    made.tick(machine__temperature=97)
    made.tick(14, **COOL)
    assert [one.worst for one in made.told] == [95.0, 97.0]
    assert made.service.open()[0].worst == 97.0
    made.tick(2, **COOL)
    ended = made.told[-1]
    assert (ended.state, ended.end_unix_s, ended.seconds) == ("ended", BEGIN + 33, 16.0)
    assert made.service.open() == ()
    assert made.service.history() == (ended,)
    assert made.service.history(BEGIN + 34) == made.service.history(0, BEGIN) == ()
    (mark,) = made.service.marks(BEGIN, BEGIN + 60)
    assert (mark.kind, mark.begin_unix_s, mark.end_unix_s) == ("alert", BEGIN + 1, BEGIN + 33)


def test_the_worst_alert_comes_first(tmp_path, open_alerts):
    made = open_alerts(tmp_path)
    made.tick(11, machine__memory=97, machine__memory_free=2, worker__deaths=1)
    assert [one.rule for one in made.service.open()] == ["memory-out", "failing-workers", "memory-low"]


def test_the_last_that_is_told_of_an_alert_is_the_last_that_happened(tmp_path, open_alerts):
    made = open_alerts(tmp_path)

    def acknowledge_all(_event):
        for one in made.service.open():
            if not one.acknowledged:
                made.service.acknowledge(one.id)

    made.bus.subscribe(AlertChanged, acknowledge_all)
    made.tick(machine__throttled=0, worker__deaths=1, proofs__failed=1)
    last = {one.id: one.acknowledged for one in made.told}
    assert last == {one.id: True for one in made.service.open()}
    assert len(last) == 2


def test_a_machine_that_slept_counts_no_time(tmp_path, open_alerts):
    made = open_alerts(tmp_path)
    made.tick(15, **HOT)
    made.clock.now_s += 3600
    made.tick(**HOT)
    made.tick(slept_s=60.0, **HOT)  # by a clock that stood still
    assert made.told == []
    made.tick(**HOT)
    assert [one.rule for one in made.told] == ["heat"]


@pytest.mark.parametrize("values", [COOL, {}])
def test_an_alert_during_which_the_clock_was_set_back_ends_after_it_began(tmp_path, open_alerts, values):
    made = open_alerts(tmp_path)
    made.tick(20, **HOT)
    made.clock.set_back_s = 1e7
    made.tick(61, **HOT)
    made.service._journal.close()  # what is on the disk where the program is killed now
    ((_, body),) = kept(tmp_path)
    now = made.clock.unix_s()
    assert json.loads(body)["seen_unix_s"] >= now - 60
    assert [one.rule for one in made.service.history(now - 100, now)] == ["heat"]
    made.tick(70, **values)
    now = made.clock.unix_s()
    (mark,) = made.service.marks(now - 100, now)
    assert now - 200 < mark.begin_unix_s <= mark.end_unix_s <= now
    assert made.service.open() == ()


def test_alerts_and_decisions_are_there_at_the_next_start(tmp_path, open_alerts):
    made = open_alerts(tmp_path)
    made.tick(worker__deaths=1, proofs__failed=1)
    first, second = made.service.open()
    assert made.service.acknowledge(first.id).acknowledged
    made.service.snooze(second.id, None)
    made.service.snooze("heat", 60)
    assert made.service.find(second.id).snoozed_until_unix_s == math.inf
    made.service.change("heat", threshold=80, severity="critical")
    again = open_alerts(tmp_path, now_s=5.0)
    assert [(one.id, one.acknowledged) for one in again.service.open()] == [(first.id, True), (second.id, False)]
    assert again.service.find(second.id).snoozed_until_unix_s == math.inf
    heat = next(rule for rule in again.service.rules() if rule.id == "heat")
    assert (heat.threshold, heat.clear, heat.severity, heat.changed) == (80.0, 73.0, "critical", True)
    assert heat.snoozed_until_unix_s == BEGIN + 1 + 60
    assert len(again.told) == 2
    again.told.clear()
    again.tick(worker__deaths=1)
    again.tick(60, worker__deaths=0)
    # its value was missing for a minute: over, and nobody saw when
    assert {(one.rule, one.state) for one in again.told} == {("failing-proofs", "ended")}
    again.tick(worker__deaths=0)
    assert again.told[-1].rule == "failing-workers"
    assert again.service.restore("heat").changed is False
    assert again.rules == ["heat"]
    assert next(rule for rule in open_alerts(tmp_path).service.rules() if rule.id == "heat").threshold == 92.0


def test_an_alert_that_was_open_at_the_end_goes_on_only_soon_after(tmp_path, open_alerts):
    made = open_alerts(tmp_path)
    made.tick(16, **HOT)
    again = open_alerts(tmp_path, now_s=20.0)
    again.tick(**HOT)
    (same,) = again.service.open()
    assert (same.id, same.begin_unix_s, same.seconds) == (1, BEGIN + 1, 16.0)
    later = open_alerts(tmp_path, now_s=22.0 + GOES_ON_S)
    assert later.service.open() == ()
    (ended,) = later.service.history()
    assert (ended.state, ended.end_unix_s) == ("ended", BEGIN + 21)
    later.tick(16, **HOT)
    assert [one.id for one in later.service.open()] == [2]


def test_an_alert_that_was_open_at_a_crash_ended_unseen_where_its_value_is_fine(tmp_path, open_alerts):
    made = open_alerts(tmp_path)
    made.tick(16, **HOT)
    # as a killed process leaves it: nothing is written any more
    made.service._journal.store.close()
    again = open_alerts(tmp_path, now_s=40.0)
    again.tick(**COOL)
    _goes_on, ended = again.told
    assert (ended.state, ended.end_unix_s) == ("ended", BEGIN + 16)
    assert '"unseen": true' in kept_after(open_alerts, tmp_path)[0][1]


def kept_after(opened, home):
    opened.end(home)
    return kept(home)


def test_of_two_that_a_file_says_are_open_one_goes_on(tmp_path, open_alerts):
    made = open_alerts(tmp_path)
    made.tick(20, **HOT)
    made.close()
    ((_, body),) = kept(tmp_path)
    bend(
        tmp_path / "state" / "alerts.sqlite",
        ("INSERT INTO alerts VALUES (2, ?, ?)", (body, row_digest(2, body))),
    )
    again = open_alerts(tmp_path, now_s=30.0)
    assert [one.state for one in again.service.history()] == ["ended", "open"]
    again.tick(20, **COOL)
    assert [one.state for one in again.service.history()] == ["ended", "ended"]


def test_a_snoozed_alert_is_shown_again_when_its_time_is_over(tmp_path, open_alerts):
    made = open_alerts(tmp_path)
    made.tick(worker__deaths=1)
    made.service.snooze(1, 10)
    made.service.snooze("failing-workers", 20)
    assert made.told[-1].snoozed_until_unix_s == BEGIN + 21
    made.told.clear()
    made.tick(10, worker__deaths=1)
    assert [one.snoozed_until_unix_s for one in made.told] == [BEGIN + 21]
    made.tick(10, worker__deaths=1)
    assert made.told[-1].snoozed_until_unix_s is None
    made.service.snooze("failing-workers", 20)
    made.service.snooze("failing-workers", 0)
    made.service.snooze(1, 0)
    assert made.told[-1].snoozed_until_unix_s is None


@pytest.mark.parametrize(
    "ask",
    [
        lambda service: service.acknowledge(7),
        lambda service: service.snooze(7, 1),
        lambda service: service.snooze("none", 1),
        lambda service: service.snooze("heat", None),
        lambda service: service.snooze("heat", -1),
        lambda service: service.snooze("heat", math.nan),
        lambda service: service.change("none", threshold=1),
        lambda service: service.change("heat", threshold="1"),
        lambda service: service.change("heat", series="x"),
        lambda service: service.restore("none"),
        lambda service: service.find(7),
        lambda service: service.act("snooze", None, {}),
    ],
)
def test_what_is_no_alert_no_rule_or_no_value_is_refused(tmp_path, open_alerts, ask):
    with pytest.raises(UsageError):
        ask(open_alerts(tmp_path).service)


def test_a_rule_that_is_switched_off_ends_its_alert(tmp_path, open_alerts):
    made = open_alerts(tmp_path)
    made.tick(worker__deaths=1)
    assert next(rule for rule in made.service.rules() if rule.id == "failing-workers").value == 1.0
    made.service.change("failing-workers", enabled=False)
    assert made.told[-1].state == "ended"
    made.tick(worker__deaths=1)
    assert made.service.open() == ()


def test_what_a_command_left_is_done_once(tmp_path, open_alerts):
    made = open_alerts(tmp_path)
    made.tick(worker__deaths=1)
    beside = AlertService(EventBus(), AppDirs(tmp_path), made.clock, writes=False)
    assert not beside.owns()
    beside.leave("acknowledge", 1)
    beside.leave("snooze", "heat", seconds=60)
    beside.leave("change", "heat", threshold=70)
    beside.leave("restore", "disk-out")
    beside.leave("change", "heat", threshold="nonsense")
    beside.leave("nonsense", 1)
    beside.close()
    while not made.service.find(1).acknowledged or "disk-out" not in made.rules:
        made.service.take_in()
    assert next(rule for rule in made.service.rules() if rule.id == "heat").threshold == 70.0
    assert made.service.take_in() == 0


def test_a_file_that_is_damaged_is_begun_anew_with_all_that_is_known(tmp_path, open_alerts):
    made = open_alerts(tmp_path)
    made.tick(worker__deaths=1)
    made.service.change("heat", threshold=70)
    made.service.snooze("heat", 60)
    open_alerts.end(tmp_path)
    file = tmp_path / "state" / "alerts.sqlite"
    bend(
        file,
        ("UPDATE alerts SET body = replace(body, 'failing', 'falling')", ()),
        ("UPDATE decisions SET body = '[]'", ()),
    )
    assert open_alerts(tmp_path).service.history() == ()
    open_alerts.end(tmp_path)
    file.write_bytes(b"no database, but long enough to be looked at" * 100)
    again = open_alerts(tmp_path)
    assert again.service.history() == ()
    again.tick(worker__deaths=1)
    assert len(kept_after(open_alerts, tmp_path)) == 1


def test_the_history_is_bounded_and_open_alerts_stay(tmp_path, open_alerts, monkeypatch):
    for module in (alert_service, journal):
        monkeypatch.setattr(module, "MOST", 20)
    monkeypatch.setattr(journal.newest, "__defaults__", (20,))
    made = open_alerts(tmp_path)
    made.tick(worker__deaths=1)
    made.service.change("throttling", for_s=0, clear_for_s=0)
    for _ in range(30):
        made.tick(worker__deaths=1, machine__throttled=1)
        made.tick(worker__deaths=1, machine__throttled=0)
    kept_ids = [one.id for one in made.service.history()]
    assert kept_ids[:20] == list(range(31, 11, -1))
    assert kept_ids[-1] == 1
    assert len(kept_ids) <= 23
    assert len(kept_after(open_alerts, tmp_path)) <= 21


def test_where_nothing_can_be_written_alerts_come_all_the_same(tmp_path):
    opened = Starts(Alerts)
    (tmp_path / "state").write_text("a file in the folder's place")
    made = opened(tmp_path)
    made.tick(worker__deaths=1)
    assert [one.rule for one in made.told] == ["failing-workers"]
    assert "cannot be saved" in str(made.service.notice)
    assert made.service.take_in() == 0
    (tmp_path / "state").unlink()
    made.service.acknowledge(1)
    made.tick(61, worker__deaths=0)
    opened.end_all()
    assert len(kept(tmp_path)) == 1


def test_a_dismissed_alert_is_in_the_history_alone_and_stays_so(tmp_path, open_alerts):
    made = open_alerts(tmp_path)
    made.tick(16, **HOT)
    assert made.service.dismiss(1).dismissed is True
    assert made.service.open() == ()
    (there,) = made.service.history()
    assert (there.state, there.acknowledged, there.dismissed, there.environment) == ("open", True, True, True)
    assert made.told[-1] == there
    made.tick(5, machine__temperature=99)
    assert made.service.open() == ()
    made.close()
    again = open_alerts(tmp_path, made.clock.now_s)
    again.tick(2, **HOT)
    assert again.service.open() == ()
    assert again.told == []
    assert again.service.dismiss(1, again=True).dismissed is False
    assert [one.id for one in again.service.open()] == [1]
    # what comes after its end is another alert
    again.service.dismiss(1)
    again.tick(17, **COOL)
    again.tick(16, **HOT)
    assert [(one.id, one.dismissed) for one in again.service.open()] == [(2, False)]


def test_what_stands_is_told_once_and_goes_on_however_long_the_program_was_closed(tmp_path, open_alerts):
    made = open_alerts(tmp_path)
    made.tick(3, machine__vectors=0)
    (told,) = made.told
    assert (told.rule, told.standing, told.acknowledged) == ("no-vectors", True, False)
    made.close()
    later = open_alerts(tmp_path, made.clock.now_s + 30 * 86400)
    assert [one.acknowledged for one in later.told] == [True]
    later.tick(3, machine__vectors=0)
    assert [(one.id, one.acknowledged) for one in later.service.open()] == [(1, True)]
    later.close()
    # in another machine
    moved = open_alerts(tmp_path, later.clock.now_s + 86400)
    moved.tick(machine__vectors=1)
    assert moved.service.open() == ()
    assert moved.service.history()[0].state == "ended"


def test_alerts_of_versions_that_knew_no_dismissing_are_read(tmp_path, open_alerts):
    made = open_alerts(tmp_path)
    made.tick(16, **HOT)
    made.close()
    path = tmp_path / "state" / "alerts.sqlite"
    ((number, body),) = kept(tmp_path)
    plain = json.loads(body)
    del plain["dismissed"]
    older = json.dumps(plain)
    bend(path, (_AS_IT_WAS, (older, row_digest(number, older), number)))
    again = open_alerts(tmp_path, made.clock.now_s)
    assert [(one.id, one.dismissed) for one in again.service.history()] == [(1, False)]


def test_an_alert_of_a_rule_that_is_not_known_any_more_ends_where_it_was_seen(tmp_path, open_alerts):
    made = open_alerts(tmp_path)
    made.tick(16, **HOT)
    made.close()
    ((number, body),) = kept(tmp_path)
    other = json.dumps(json.loads(body) | {"rule": "of-old"})
    path = tmp_path / "state" / "alerts.sqlite"
    bend(path, (_AS_IT_WAS, (other, row_digest(number, other), number)))
    again = open_alerts(tmp_path, made.clock.now_s)
    assert [(one.state, one.environment) for one in again.service.history()] == [("ended", False)]
