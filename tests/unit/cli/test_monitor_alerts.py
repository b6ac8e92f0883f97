"""`monitor alerts` and `monitor rules`: what they print fits its schema, and what they decide is kept or left."""

import json

import pytest

from tests.support.cli import check_schema
from zkcompanion.app.alert_service import AlertService
from zkcompanion.app.monitor_views import Sample, SampleTaken
from zkcompanion.base.clock import SYSTEM_CLOCK
from zkcompanion.base.errors import ExitCode
from zkcompanion.base.events import EventBus
from zkcompanion.base.paths import AppDirs
from zkcompanion.cli.main import main


@pytest.fixture
def window(own_home):
    """Alerts as a window has them: one that ended and one that is open."""
    bus = EventBus()
    service = AlertService(bus, AppDirs(), SYSTEM_CLOCK)
    service.start()
    service.change("failing-workers", clear_for_s=0)
    now = SYSTEM_CLOCK.unix_s()
    for number, values in enumerate(({"worker.deaths": 2.0}, {"worker.deaths": 0.0}, {"proofs.failed": 1.0})):
        bus.publish(SampleTaken(Sample(now + number, 100.0 + number, values)))
    service._journal.store.write(lambda _: None).result()  # a command reads what is on the disk
    yield service
    service.close()


@pytest.fixture
def told(capsys):
    def call(*words):
        code = main(["monitor", *words, "--json"])
        out = capsys.readouterr().out
        if code != ExitCode.OK:
            return code
        data = json.loads(out)
        check_schema(data)
        return data

    return call


def test_where_nothing_was_that_is_said(own_home, told, capsys):
    assert told("alerts")["alerts"] == []
    main(["monitor", "alerts"])
    assert "There was no alert." in capsys.readouterr().out
    main(["monitor", "rules"])
    assert "  heat             warning   The processor is hot: above 92.0 °C for 15.0 s" in capsys.readouterr().out


def test_a_closed_window_leaves_alerts_to_read_and_to_decide_about(window, told, capsys):
    window.close()
    first, second = told("alerts")["alerts"]
    assert [(one["rule"], one["state"], one["worst"]) for one in (first, second)] == [
        ("failing-proofs", "open", 1.0),
        ("failing-workers", "ended", 2.0),
    ]
    assert told("alerts", "acknowledge", "2")["by_the_window"] is False
    assert told("alerts", "snooze", "2", "--for", "end")["what"] == 2
    assert told("alerts", "snooze", "heat", "--for", "1 d")["what"] == "heat"
    assert told("rules", "set", "heat", "--threshold", "80", "--margin", "3", "--for", "1 min", "--clear-for", "0",
                "--severity", "critical", "--off")["action"] == "change"  # fmt: skip
    found = told("alerts")["alerts"][0]
    assert (found["acknowledged"], found["snoozed"], found["snoozed_until_unix_s"]) == (True, True, None)
    heat = next(rule for rule in told("rules")["rules"] if rule["id"] == "heat")
    assert (heat["threshold"], heat["clear"], heat["for_s"], heat["clear_for_s"]) == (80.0, 77.0, 60.0, 0.0)
    assert (heat["severity"], heat["enabled"], heat["changed"]) == ("critical", False, True)
    assert heat["snoozed_until_unix_s"] > SYSTEM_CLOCK.unix_s() + 86000
    assert told("rules", "reset", "heat")["action"] == "restore"
    assert told("alerts", "snooze", "heat", "--for", "0")["action"] == "snooze"
    heat = next(rule for rule in told("rules")["rules"] if rule["id"] == "heat")
    assert (heat["threshold"], heat["snoozed_until_unix_s"]) == (92.0, None)
    main(["monitor", "alerts"])
    out = capsys.readouterr().out
    assert "open, 0 s" in out
    assert "A worker ended by itself" in out


def test_beside_an_open_window_the_window_decides(window, told):
    assert told("alerts", "acknowledge", "2")["by_the_window"] is True
    assert told("rules", "set", "heat", "--threshold", "80")["by_the_window"] is True
    while not window.find(2).acknowledged or not any(rule.changed and rule.id == "heat" for rule in window.rules()):
        window.take_in()
    assert next(rule for rule in window.rules() if rule.id == "heat").threshold == 80.0


def test_warnings_of_the_computer_are_told_by_themselves_with_what_they_cost(own_home, told, capsys):
    bus = EventBus()
    service = AlertService(bus, AppDirs(), SYSTEM_CLOCK)
    service.start()
    now = SYSTEM_CLOCK.unix_s()
    for number in range(3):
        values = {"proofs.failed": 1.0, "machine.clock_jump": 3600.0}
        bus.publish(SampleTaken(Sample(now - 3 + number, 100.0 + number, values)))
    service.close()
    data = told("alerts", "--environment", "--days", "7")
    assert [(one["rule"], one["environment"]) for one in data["alerts"]] == [("clock-jump", True)]
    (cost,) = data["costs"]
    assert (data["days"], cost["rule"], cost["times"], cost["proofs"], cost["ratio"]) == (7, "clock-jump", 1, 0, None)
    assert 0 < cost["seconds"] < 60
    main(["monitor", "alerts", "--environment"])
    out = capsys.readouterr().out
    assert "The computer's clock was set: 1 time, " in out
    assert "No proof was made meanwhile." in out
    number = str(data["alerts"][0]["id"])
    assert told("alerts", "dismiss", number)["action"] == "dismiss"
    assert told("alerts", "--environment")["alerts"][0]["dismissed"] is True


def test_where_there_was_no_warning_that_is_said(own_home, told, capsys):
    assert told("alerts", "--environment")["costs"] == []
    main(["monitor", "alerts", "--environment"])
    assert "There was no warning." in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ("alerts", "--days", "7"),
        ("alerts", "--environment", "--days", "0"),
        ("alerts", "dismiss", "7"),
        ("alerts", "acknowledge", "7"),
        ("alerts", "acknowledge", "x"),
        ("alerts", "snooze", "7"),
        ("alerts", "snooze", "none"),
        ("alerts", "snooze", "heat", "--for", "end"),
        ("alerts", "snooze", "heat", "--for", "900 d"),
        ("alerts", "snooze", "heat", "--for", "long"),
        ("rules", "set", "heat"),
        ("rules", "set", "none", "--on"),
        ("rules", "set", "heat", "--threshold", "hot"),
        ("rules", "set", "heat", "--for", "2 d"),
        ("rules", "set", "heat", "--severity", "awful"),
        ("rules", "reset", "none"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(own_home, told, words):
    assert told(*words) == ExitCode.USAGE
    assert not any(rule["changed"] or rule["snoozed_until_unix_s"] for rule in told("rules")["rules"])
